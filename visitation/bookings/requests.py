"""A POST that comes twice does its work once: the form's own key is a row of the same transaction."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from visitation.bookings.models import Booking, RequestKey
from visitation.kernel.errors import NotFound

INSERT: dict[str, Callable[..., Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def first_result(session: Session, account_id: int, key: str, now: datetime) -> str | None:
    """Take the key. None: it is new, go on and call `remember`. Otherwise the first one's result; a simultaneous first one is waited for."""
    make = INSERT[session.get_bind().dialect.name]
    statement = make(RequestKey).values(account_id=account_id, key=key, result="", at=now).on_conflict_do_nothing().returning(RequestKey.key)
    if session.scalar(statement) is not None:
        return None
    found = session.get(RequestKey, (account_id, key), populate_existing=True)
    return found.result if found is not None else None


def booking_of(session: Session, ref: str) -> Booking:
    """The booking of a first result."""
    row = session.scalar(select(Booking).where(Booking.ref == ref))
    if row is None:
        raise NotFound
    return row


def remember(session: Session, account_id: int, key: str, result: str) -> None:
    session.execute(update(RequestKey).where(RequestKey.account_id == account_id, RequestKey.key == key).values(result=result))

"""A POST that comes twice does its work once: the form's own key is a row of the same transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from visitation.bookings.models import Booking, RequestKey
from visitation.kernel.errors import NotFound
from visitation.store.transaction import run

_table: Any = RequestKey.__table__
TAKE: dict[str, Any] = {
    name: make(_table)
    .values(account_id=bindparam("account_id"), key=bindparam("key"), result=bindparam("result"), at=bindparam("at"))
    # a second one waits here until the first has ended
    .on_conflict_do_nothing()
    .returning(_table.c.key)
    for name, make in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
FOUND = select(_table.c.result).where(_table.c.account_id == bindparam("account_id"), _table.c.key == bindparam("key"))


def first_result(session: Session, account_id: int, key: str, now: datetime, result: str = "") -> str | None:
    """Take the key. None: it is new; go on, and call `remember` unless the `result` was known beforehand. Otherwise the first one's result."""
    taken = {"account_id": account_id, "key": key, "result": result, "at": now}
    if run(session, TAKE[session.get_bind().dialect.name], taken).scalar() is not None:
        return None
    found: str | None = run(session, FOUND, {"account_id": account_id, "key": key}).scalar()
    return found


def booking_of(session: Session, ref: str) -> Booking:
    """The booking of a first result."""
    row = session.scalar(select(Booking).where(Booking.ref == ref))
    if row is None:
        raise NotFound
    return row


def remember(session: Session, account_id: int, key: str, result: str) -> None:
    session.execute(update(RequestKey).where(RequestKey.account_id == account_id, RequestKey.key == key).values(result=result))

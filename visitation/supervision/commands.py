"""Commands to brokers: rows of the transaction that decides, sent at once after it, and again with every beat until they are done."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from visitation.kernel.ids import reference
from visitation.supervision.models import BrokerCommand, DeskChange, LiveSession

MOST_AT_ONCE = 50


def command(session: Session, live: LiveSession, op: str, now: datetime, **arguments: Any) -> None:
    """Queue a command for the broker that carries this session; nothing to do where none has carried it yet."""
    if live.broker_id is not None:
        queue(session, live.broker_id, {"op": op, "sid": live.sid, **arguments}, now, live.id)


def queue(session: Session, broker_id: str, body: dict[str, Any], now: datetime, session_id: int | None = None) -> str:
    """Queue one command for one broker; returns its id."""
    row = BrokerCommand(id=reference(20), broker_id=broker_id, session_id=session_id, body=body, created_at=now)
    session.add(row)
    return row.id


def waiting(session: Session, broker_id: str) -> list[dict[str, Any]]:
    """Commands this broker has not confirmed yet, the oldest first, as the protocol sends them."""
    rows = session.scalars(
        select(BrokerCommand).where(BrokerCommand.broker_id == broker_id, BrokerCommand.done_at.is_(None)).order_by(BrokerCommand.number).limit(MOST_AT_ONCE)
    )
    return [{"id": row.id, **row.body} for row in rows]


def settle(session: Session, done: Iterable[str], now: datetime) -> int:
    """Mark confirmed commands; returns how many were still waiting."""
    ids = list(done)[:500]
    rows = session.scalars(select(BrokerCommand).where(BrokerCommand.id.in_(ids), BrokerCommand.done_at.is_(None))).all() if ids else []
    for row in rows:
        row.done_at = now
    return len(rows)


def changed(session: Session, prison_id: int, kind: str, now: datetime, ref: str = "") -> None:
    """Tell the desks of a prison that something they show has changed. kind: session, task, booking, recording."""
    session.add(DeskChange(prison_id=prison_id, kind=kind, ref=ref, at=now))


def forget(session: Session, now: datetime) -> None:
    """Drop lines that every desk has long read, and commands that were done a week ago."""
    session.execute(delete(DeskChange).where(DeskChange.at < now - timedelta(hours=12)))
    session.execute(delete(BrokerCommand).where(BrokerCommand.done_at < now - timedelta(days=7)))

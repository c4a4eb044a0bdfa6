"""What must happen after a commit, kept as rows of the same transaction and delivered at least once by a worker.

A handler is registered under a topic at the composition root. It gets the payload and the row's id (its idempotency key), and works outside any
transaction of the row; raising makes the row wait and come again, later each time.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Index, String, Text, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from visitation.store.db import Base

LEASE = timedelta(seconds=60)
"""How long one worker may take over a row before another may try it."""

Handler = Callable[[Mapping[str, Any], int], None]


class Outbox(Base):
    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_waiting", "done_at", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)


def put(session: Session, topic: str, payload: Mapping[str, Any], now: datetime, due_at: datetime | None = None) -> Outbox:
    """Queue one effect in the caller's transaction."""
    row = Outbox(topic=topic, payload=dict(payload), created_at=now, due_at=due_at or now)
    session.add(row)
    return row


def take(session: Session, now: datetime, limit: int = 20, topics: tuple[str, ...] = ()) -> list[tuple[int, str, dict[str, Any]]]:
    """Take over rows that are due: each is leased to the caller for LEASE. Returns (id, topic, payload)."""
    query = select(Outbox).where(Outbox.done_at.is_(None), Outbox.due_at <= now)
    if topics:
        query = query.where(or_(*(Outbox.topic == topic for topic in topics)))
    rows = session.scalars(query.order_by(Outbox.due_at, Outbox.id).limit(limit).with_for_update(skip_locked=True)).all()
    for row in rows:
        row.attempts += 1
        row.due_at = now + LEASE
    return [(row.id, row.topic, row.payload) for row in rows]


def settle(session: Session, row_id: int, now: datetime, error: str | None = None) -> None:
    """Record how a delivery went. A failure waits 2, 4, 8 ... seconds, at most an hour, and is tried for ever: nothing is lost."""
    row = session.get(Outbox, row_id)
    if row is None or row.done_at is not None:
        return
    row.error = error
    if error is None:
        row.done_at = now
    else:
        row.due_at = now + timedelta(seconds=min(3600, 2**row.attempts))

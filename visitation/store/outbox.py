"""What must happen after a commit, kept as rows of the same transaction and delivered at least once by a worker.

A handler is registered under a topic at the composition root. It gets the payload and the row's id (its idempotency key), and works outside any
transaction of the row; raising makes the row wait and come again, later each time.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Index, Select, String, Text, delete, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from visitation.store.db import Base
from visitation.store.transaction import run

LEASE = timedelta(seconds=60)
"""How long one worker may take over a row before another may try it."""
LONGEST_WAIT = 3600
"""Seconds after which a row is tried again at the latest."""

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


APPEND = insert(Outbox.__table__)  # type: ignore[arg-type]


def put(session: Session, topic: str, payload: Mapping[str, Any], now: datetime, due_at: datetime | None = None) -> Outbox:
    """Queue one effect in the caller's transaction."""
    row = Outbox(topic=topic, payload=dict(payload), created_at=now, due_at=due_at or now)
    session.add(row)
    return row


def append(session: Session, topic: str, payload: Mapping[str, Any], now: datetime) -> None:
    """As `put`, at once and without an object: for what is done thousands of times."""
    run(session, APPEND, {"topic": topic, "payload": dict(payload), "created_at": now, "due_at": now})


def waiting(session: Session, now: datetime, topics: Collection[str] = ()) -> bool:
    """Is anything due? A cheap read, so that a worker writes only when there is something to take."""
    return session.scalar(_due(select(Outbox.id), now, topics).limit(1)) is not None


def take(session: Session, now: datetime, limit: int = 20, topics: Collection[str] = (), lease: timedelta = LEASE) -> list[tuple[int, str, dict[str, Any]]]:
    """Take over rows that are due (of these topics; empty: of all): each is leased to the caller. Returns (id, topic, payload)."""
    query = _due(select(Outbox), now, topics).order_by(Outbox.due_at, Outbox.id).limit(limit)
    rows = session.scalars(query.with_for_update(skip_locked=True)).all()
    for row in rows:
        row.attempts += 1
        row.due_at = now + lease
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
        row.due_at = now + timedelta(seconds=min(LONGEST_WAIT, 2 ** min(row.attempts, 12)))


def clear(session: Session, before: datetime) -> int:
    """Forget rows that were delivered before a moment: what was told to whom is kept by the rooms, not here. Returns how many."""
    return len(session.scalars(delete(Outbox).where(Outbox.done_at < before).returning(Outbox.id)).all())


def oldest_waiting(session: Session) -> tuple[int, datetime | None]:
    """How many rows wait, and when the oldest of them was put: for the health page."""
    count, oldest = session.execute(select(func.count(), func.min(Outbox.created_at)).where(Outbox.done_at.is_(None))).one()
    return count, oldest


def _due(query: Select[Any], now: datetime, topics: Collection[str]) -> Select[Any]:
    due = query.where(Outbox.done_at.is_(None), Outbox.due_at <= now)
    return due.where(Outbox.topic.in_(sorted(topics))) if topics else due

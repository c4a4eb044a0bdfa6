"""The live visit as the prison knows it: brokers, sessions, their events, tasks and recordings."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from visitation.bookings.models import Booking
from visitation.store.db import Base


class Broker(Base):
    """A broker as its last beat showed it. `cursor`: number of the last journal event taken over from this broker.

    draining: takes no new session; leaving: about to stop, its sessions go on elsewhere; lost_at: it does not answer, since then. capacity: sessions it may
    carry, 0 while unknown.
    """

    __tablename__ = "broker"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    boot: Mapped[str] = mapped_column(String(40))
    control_url: Mapped[str] = mapped_column(String(200))
    outside_url: Mapped[str] = mapped_column(String(200))
    inside_url: Mapped[str] = mapped_column(String(200))
    beat_at: Mapped[datetime]
    skew_ms: Mapped[int] = mapped_column(default=0)
    sessions: Mapped[int] = mapped_column(default=0)
    draining: Mapped[bool] = mapped_column(default=False)
    leaving: Mapped[bool] = mapped_column(default=False)
    lost_at: Mapped[datetime | None]
    capacity: Mapped[int] = mapped_column(default=0)
    cursor: Mapped[int] = mapped_column(default=0)


class LiveSession(Base):
    """One booking's session. stage: scheduled, checking_in, waiting, live, paused, ended. facts: what the broker must enforce, frozen
    but for `hard_end` and `minutes`, which an extension moves.

    boot: the run of the broker that carries it now, empty when that broker no longer has it; run: which run of the session this is, 1 the first;
    seconds_before: live seconds used in earlier ones, so that a broker's restart gives no minute twice. interrupted_at: since when it is between two
    brokers. legs: confirmed visitors by the participant whose camera shows them. outcome_at is empty until an officer has written down how the visit went.
    outside: the comparison of whoever joins with the booking's account (a lawyer): unchecked, confirmed, failed, absent.
    """

    __tablename__ = "live_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    sid: Mapped[str] = mapped_column(String(24), unique=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), unique=True)
    broker_id: Mapped[str | None] = mapped_column(ForeignKey("broker.id"))
    boot: Mapped[str] = mapped_column(String(40), default="")
    run: Mapped[int] = mapped_column(default=0)
    interrupted_at: Mapped[datetime | None]
    stage: Mapped[str] = mapped_column(String(20), default="scheduled", index=True)
    gate_open: Mapped[bool] = mapped_column(default=False)
    gate_reason: Mapped[str | None] = mapped_column(String(20))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    participants: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    legs: Mapped[dict[str, list[int]]] = mapped_column(JSON, default=dict)
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    opened_at: Mapped[datetime]
    checked_in_at: Mapped[datetime | None]
    checked_in_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    live_at: Mapped[datetime | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    seconds_used: Mapped[float] = mapped_column(default=0.0)
    seconds_before: Mapped[float] = mapped_column(default=0.0)
    coverage: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    cause: Mapped[str | None] = mapped_column(String(200))
    outcome_at: Mapped[datetime | None]
    outcome_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    officer_note: Mapped[str] = mapped_column(Text, default="", deferred=True)
    concern: Mapped[bool] = mapped_column(default=False)
    outside: Mapped[str] = mapped_column(String(20), default="unchecked")
    outside_at: Mapped[datetime | None]
    outside_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    booking: Mapped[Booking] = relationship()


class SessionPass(Base):
    """Who was last given a token as which participant: what the link checks again while they are there."""

    __tablename__ = "session_pass"

    session_id: Mapped[int] = mapped_column(ForeignKey("live_session.id"), primary_key=True)
    pid: Mapped[str] = mapped_column(String(40), primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str] = mapped_column(String(20))
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class BrokerCommand(Base):
    """A command to a broker: sent at once after the commit that wrote it, and again with every beat until the broker says it is done.

    The id is the command's idempotency key at the broker; the number keeps the order.
    """

    __tablename__ = "broker_command"
    __table_args__ = (Index("ix_broker_command_waiting", "broker_id", "done_at"),)

    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(String(24), unique=True)
    broker_id: Mapped[str] = mapped_column(String(40))
    session_id: Mapped[int | None] = mapped_column(ForeignKey("live_session.id"))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class SessionEvent(Base):
    """An event of a broker's journal, taken over once: its own id is unique."""

    __tablename__ = "session_event"
    __table_args__ = (Index("ix_session_event_session", "session_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(80), unique=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("live_session.id"))
    broker_id: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    at: Mapped[datetime]
    type: Mapped[str] = mapped_column(String(30))
    pid: Mapped[str] = mapped_column(String(40), default="")
    generation: Mapped[int] = mapped_column(default=0)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class SessionTask(Base):
    """Something an officer must look at while a session runs; it closes by itself when the cause is gone."""

    __tablename__ = "session_task"
    __table_args__ = (UniqueConstraint("session_id", "key"), Index("ix_session_task_open", "closed_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("live_session.id"))
    key: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(40))
    severity: Mapped[str] = mapped_column(String(10))
    pid: Mapped[str] = mapped_column(String(40), default="")
    since: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    session: Mapped[LiveSession] = relationship()


class EmergencyReview(Base):
    """An officer alone has ended a lawyer meeting; a second officer looks at it until `due_at`. state: open, justified, unjustified.

    reason: what the first officer gave, as the broker was told. text: what the second one found.
    """

    __tablename__ = "emergency_review"
    __table_args__ = (Index("ix_emergency_review_open", "prison_id", "state", "due_at"),)

    session_id: Mapped[int] = mapped_column(ForeignKey("live_session.id"), primary_key=True, autoincrement=False)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str] = mapped_column(String(200))
    ended_at: Mapped[datetime]
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12), default="open")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None]
    text: Mapped[str] = mapped_column(Text, default="")
    session: Mapped[LiveSession] = relationship()


class DeskChange(Base):
    """One line for each change that a desk shows: what the event streams read by number."""

    __tablename__ = "desk_change"
    __table_args__ = (Index("ix_desk_change_prison", "prison_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    kind: Mapped[str] = mapped_column(String(20))
    ref: Mapped[str] = mapped_column(String(12), default="")
    at: Mapped[datetime]


class Segment(Base):
    """A recorded segment: one leg's file, sealed; hash over the stored bytes. Kept until `keep_until`, longer under legal hold.

    state: reported (by the broker), stored (fetched and its hash agreed), damaged (the hash never agreed), deleted. forget_asked_at: when the broker was
    last told to delete its own bytes; forgotten_at: when it had done so.
    """

    __tablename__ = "segment"
    __table_args__ = (
        UniqueConstraint("session_id", "file"),
        Index("ix_segment_state", "state"),
        Index("ix_segment_at_broker", "broker_id", "forgotten_at"),
        Index("ix_segment_starts_at", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("live_session.id"))
    broker_id: Mapped[str] = mapped_column(String(40))
    file: Mapped[str] = mapped_column(String(120))
    leg: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int]
    seconds: Mapped[float]
    final: Mapped[bool] = mapped_column(default=True)
    starts_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="reported")
    attempts: Mapped[int] = mapped_column(default=0)
    fetched_at: Mapped[datetime | None]
    forget_asked_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]
    keep_until: Mapped[date | None]
    legal_hold: Mapped[bool] = mapped_column(default=False)
    deleted_at: Mapped[datetime | None]
    session: Mapped[LiveSession] = relationship()


class Listening(Base):
    """A recording listened to again (复听), with its written result: clean, concern, violation."""

    __tablename__ = "listening"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("live_session.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime]
    result: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)

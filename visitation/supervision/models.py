"""The live visit as the prison knows it: brokers, sessions, their events and recordings."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from visitation.bookings.models import Booking
from visitation.store.db import Base


class Broker(Base):
    """A broker as its last beat showed it. `cursor`: number of the last journal event taken over from this broker."""

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
    cursor: Mapped[int] = mapped_column(default=0)


class LiveSession(Base):
    """One booking's session. stage: scheduled, checking_in, waiting, live, paused, ended. facts: what the broker must enforce, frozen."""

    __tablename__ = "live_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    sid: Mapped[str] = mapped_column(String(24), unique=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), unique=True)
    broker_id: Mapped[str | None] = mapped_column(ForeignKey("broker.id"))
    stage: Mapped[str] = mapped_column(String(20), default="scheduled")
    gate_open: Mapped[bool] = mapped_column(default=False)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    participants: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    opened_at: Mapped[datetime]
    live_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    seconds_used: Mapped[int] = mapped_column(default=0)
    cause: Mapped[str | None] = mapped_column(String(40))
    officer_note: Mapped[str] = mapped_column(Text, default="")
    concern: Mapped[bool] = mapped_column(default=False)
    booking: Mapped[Booking] = relationship()


class SessionEvent(Base):
    """An event of a broker's journal, taken over once: (broker, boot, number) is unique."""

    __tablename__ = "session_event"
    __table_args__ = (UniqueConstraint("broker_id", "number"), Index("ix_session_event_session", "session_id", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("live_session.id"))
    broker_id: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    at: Mapped[datetime]
    type: Mapped[str] = mapped_column(String(30))
    pid: Mapped[str] = mapped_column(String(40), default="")
    generation: Mapped[int] = mapped_column(default=0)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class Segment(Base):
    """A recorded segment: one leg's file, sealed; hash over the stored bytes. Kept until `keep_until`, longer under legal hold."""

    __tablename__ = "segment"
    __table_args__ = (UniqueConstraint("session_id", "file"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("live_session.id"))
    broker_id: Mapped[str] = mapped_column(String(40))
    file: Mapped[str] = mapped_column(String(120))
    leg: Mapped[str] = mapped_column(String(20))
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int]
    seconds: Mapped[float]
    starts_at: Mapped[datetime]
    fetched_at: Mapped[datetime | None]
    keep_until: Mapped[date | None]
    legal_hold: Mapped[bool] = mapped_column(default=False)
    deleted_at: Mapped[datetime | None]


class Listening(Base):
    """A recording listened to again (复听), with its written result."""

    __tablename__ = "listening"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("live_session.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime]
    result: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)

"""What is decided about recordings: holds, acts that need two people, and which visits are listened to again."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from visitation.store.db import Base
from visitation.supervision.models import LiveSession


class RecordingHold(Base):
    """A legal hold on a session's recording: nothing of it is deleted while one is open. One person sets it, two people lift it.

    `Segment.legal_hold` says the same on each segment, so that a deletion that waits for the row's lock sees it.
    """

    __tablename__ = "recording_hold"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("live_session.id"), index=True)
    reason: Mapped[str] = mapped_column(String(200))
    set_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    set_at: Mapped[datetime]
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    lifted_at: Mapped[datetime | None]


class RecordingRequest(Base):
    """An act on a recording that one person asks for and another one decides. kind: export, deletion, release (of a hold).

    state: asked, approved, refused, withdrawn, lapsed (nobody decided, or nobody fetched it in time), done. lapses_at: until when it waits for the
    decision, then until when it can be used. sha256 and bytes: of the package that left the house, once all of it has.
    """

    __tablename__ = "recording_request"
    __table_args__ = (Index("ix_recording_request_state", "state", "lapses_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("live_session.id"), index=True)
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("recording_hold.id"))
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10), default="asked")
    reason: Mapped[str] = mapped_column(Text)
    recipient: Mapped[str] = mapped_column(String(200), default="")
    asked_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    asked_at: Mapped[datetime]
    lapses_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None]
    decision: Mapped[str] = mapped_column(Text, default="")
    done_at: Mapped[datetime | None]
    sha256: Mapped[str] = mapped_column(String(64), default="")
    bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    session: Mapped[LiveSession] = relationship()


class Relistening(Base):
    """Every recorded session once it is over, and whether it is to be listened to again (复听).

    number: the how-manieth recorded session of this officer; sampled: whether the draw chose it; reasons: codes why it is to be listened to, the draw
    (`sample`) among them; empty: it need not be. due_at, assigned_to and done_at are empty where nothing is to be done.
    """

    __tablename__ = "relistening"
    __table_args__ = (Index("ix_relistening_open", "done_at", "due_at"),)

    session_id: Mapped[int] = mapped_column(ForeignKey("live_session.id"), primary_key=True, autoincrement=False)
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    number: Mapped[int]
    share: Mapped[float]
    sampled: Mapped[bool] = mapped_column(default=False)
    reasons: Mapped[list[str]] = mapped_column(JSON, default=list)
    assigned_to: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    looked_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    session: Mapped[LiveSession] = relationship()

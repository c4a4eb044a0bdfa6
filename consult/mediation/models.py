"""Mediation of family conflicts (家庭矛盾调解): cases and the attempts in them. What was said is kept sealed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from visitation.accounts.models import Account
from visitation.bookings.models import Booking
from visitation.kernel.ids import reference, secret_token
from visitation.people.models import Inmate
from visitation.store.db import Base
from visitation.store.sealed import Sealed


class MediationCase(Base):
    """A conflict between an inmate and a relative. state: open, agreed, failed, withdrawn.

    next_at: when the next attempt is due; follow_up_on: the day on which somebody asks whether the agreement is kept; reminded_for: the day of asking
    again for which the office was reminded. kinship_id: the other side where it is an approved relative, who can be spoken to by video.
    """

    __tablename__ = "mediation_case"
    __table_args__ = (Index("ix_mediation_case_prison", "prison_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(43), unique=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    inmate_id: Mapped[int] = mapped_column(ForeignKey("inmate.id"), index=True)
    other_name: Mapped[str] = mapped_column(String(100))
    other_relation: Mapped[str] = mapped_column(String(30))
    other_phone = Sealed()
    other_phone_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    cause: Mapped[str] = mapped_column(String(20))
    summary = Sealed()
    summary_box: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    agreement = Sealed()
    agreement_box: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    state: Mapped[str] = mapped_column(String(12), default="open")
    opened_at: Mapped[datetime]
    opened_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    next_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    follow_up_on: Mapped[date | None]
    followed_up_at: Mapped[datetime | None]
    follow_up_note: Mapped[str] = mapped_column(String(400), default="")
    reminded_for: Mapped[date | None]
    kinship_id: Mapped[int | None] = mapped_column(ForeignKey("kinship.id"), index=True)
    inmate: Mapped[Inmate] = relationship()
    attempts: Mapped[list["MediationAttempt"]] = relationship(order_by="MediationAttempt.at")

    def __init__(self, **values: Any) -> None:
        super().__init__(uid=values.pop("uid", None) or secret_token())
        for name, value in values.items():
            setattr(self, name, value)


class MediationAttempt(Base):
    """One talk, or the try of one. means: phone, video. result: see rules.RESULTS; PLANNED while the video session of booking_id is to come."""

    __tablename__ = "mediation_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(43), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("mediation_case.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    means: Mapped[str] = mapped_column(String(10))
    result: Mapped[str] = mapped_column(String(20))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"), unique=True)
    note = Sealed()
    note_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    officer: Mapped[Account] = relationship()
    booking: Mapped[Booking | None] = relationship()

    def __init__(self, **values: Any) -> None:
        super().__init__(uid=values.pop("uid", None) or secret_token())
        for name, value in values.items():
            setattr(self, name, value)

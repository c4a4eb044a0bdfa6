"""Which officer watches which visit, and who is not there although the roster says so."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from visitation.store.db import Base


class OfficerAssignment(Base):
    """The named officer of a visit. by_hand: a person decided it, and no plan moves it. despite: codes of rules that this person set aside, and why."""

    __tablename__ = "officer_assignment"

    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    by_hand: Mapped[bool] = mapped_column(default=False)
    despite: Mapped[str] = mapped_column(String(200), default="")
    reason: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class OfficerAbsence(Base):
    """An officer on the roster who is not there from `from_at` to `until_at`. The roster stays as it was written; ended_at: came back before."""

    __tablename__ = "officer_absence"
    __table_args__ = (Index("ix_officer_absence_prison", "prison_id", "from_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    by: Mapped[int] = mapped_column(ForeignKey("account.id"))

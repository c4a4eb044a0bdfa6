"""What the live pages keep: the equipment tests of a visit's devices, when they are due, and the terminals' own tests."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from visitation.bookings.models import Booking
from visitation.store.db import Base
from visitation.timetable.models import Terminal


class EquipmentTest(Base):
    """One test of a device before a visit. verdict: good, fair, bad; score: 0 to 100. figures: as measured (rules.Figures); causes: codes, the worst first."""

    __tablename__ = "equipment_test"
    __table_args__ = (Index("ix_equipment_test_booking", "booking_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime]
    verdict: Mapped[str] = mapped_column(String(10))
    score: Mapped[int] = mapped_column(default=0)
    causes: Mapped[list[str]] = mapped_column(JSON)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)


class EquipmentDue(Base):
    """A test that is due `ahead` minutes before a visit that begins at `starts_at`: open from `opens_at` until `closes_at`.

    state: open, passed, failed, missed, void (the visit was moved or does not take place). helped_*: an officer has spoken with the family.
    """

    __tablename__ = "equipment_due"
    __table_args__ = (UniqueConstraint("booking_id", "ahead", "starts_at"), Index("ix_equipment_due_state", "state", "closes_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"))
    ahead: Mapped[int]
    starts_at: Mapped[datetime]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="open")
    told_at: Mapped[datetime | None]
    test_id: Mapped[int | None] = mapped_column(ForeignKey("equipment_test.id"))
    helped_at: Mapped[datetime | None]
    helped_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    help_note: Mapped[str] = mapped_column(String(200), default="", deferred=True)
    booking: Mapped[Booking] = relationship()
    test: Mapped[EquipmentTest | None] = relationship()


class TerminalTest(Base):
    """A terminal's test of itself on a local `day`; verdict, causes, figures and score as above."""

    __tablename__ = "terminal_test"
    __table_args__ = (Index("ix_terminal_test_day", "terminal_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    terminal_id: Mapped[int] = mapped_column(ForeignKey("terminal.id"))
    day: Mapped[date]
    at: Mapped[datetime]
    verdict: Mapped[str] = mapped_column(String(10))
    score: Mapped[int] = mapped_column(default=0)
    causes: Mapped[list[str]] = mapped_column(JSON)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)
    terminal: Mapped[Terminal] = relationship()

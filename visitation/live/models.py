"""What the live pages keep: the equipment tests of a visit's devices."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from visitation.store.db import Base


class EquipmentTest(Base):
    """One test of a device before a visit. verdict: good, fair, bad. figures: what was measured (rules.Figures); causes: codes, the worst first."""

    __tablename__ = "equipment_test"
    __table_args__ = (Index("ix_equipment_test_booking", "booking_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    at: Mapped[datetime]
    verdict: Mapped[str] = mapped_column(String(10))
    causes: Mapped[list[str]] = mapped_column(JSON)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)

"""What the wards write down: what an inmate said when told of a visit, each step of the way to it, and the lists as they were printed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from visitation.store.db import Base


class VisitAnswer(Base):
    """What an inmate said when told of a visit. told: what they were told (rules.told); once that is no longer true, they are asked again.

    answer: accepted, refused, heard (of a cancellation). reason_code: of a refusal; it never leaves the prison. undone_at: taken back within the
    minute; settled_at: when a refusal became the outcome of the visit.
    """

    __tablename__ = "visit_answer"
    __table_args__ = (Index("ix_visit_answer_unsettled", "answer", "settled_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), index=True)
    told: Mapped[dict[str, Any]] = mapped_column(JSON)
    answer: Mapped[str] = mapped_column(String(10))
    reason_code: Mapped[str | None] = mapped_column(String(30))
    at: Mapped[datetime]
    by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    undone_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]


class MovementStep(Base):
    """One tap on the movement list. step: called, left, arrived, refused, returned, concern_seen. A step taken back keeps its row."""

    __tablename__ = "movement_step"
    __table_args__ = (Index("ix_movement_step_unsettled", "step", "settled_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), index=True)
    step: Mapped[str] = mapped_column(String(12))
    reason_code: Mapped[str | None] = mapped_column(String(30))
    at: Mapped[datetime]
    by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    settled_at: Mapped[datetime | None]


class MovementPrint(Base):
    """A list as it was printed: version `number` of a day, of one ward or (ward_id empty) of the prison. scope: `prison`, or `ward:` and its id.

    lines: what stood on the paper (rules.Line), so that what has changed since can be marked.
    """

    __tablename__ = "movement_print"
    __table_args__ = (UniqueConstraint("prison_id", "scope", "day", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    ward_id: Mapped[int | None] = mapped_column(ForeignKey("ward.id"))
    scope: Mapped[str] = mapped_column(String(20))
    day: Mapped[date]
    number: Mapped[int]
    at: Mapped[datetime]
    by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)

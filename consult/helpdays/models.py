"""Legal-help days (视频帮教日): the series of a prison, its days, the lawyers on duty and who is seated when."""

from datetime import date, datetime, time

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.lawyers.models import Lawyer
from consult.requests.models import HelpRequest
from visitation.bookings.models import Booking
from visitation.kernel.ids import reference
from visitation.people.models import Prison
from visitation.store.db import Base


class HelpSeries(Base):
    """The days of a prison by rule: `rrule` (RFC 5545, e.g. FREQ=WEEKLY;BYDAY=WE) counted from `starts_on`, until `ends_on` (included; None: open).

    opens, closes: wall-clock times in Asia/Shanghai; minutes: of one case; lawyers: how many are on duty; terminals: ids, two for each lawyer.
    state: active, ended. sequence: of the calendar object.
    """

    __tablename__ = "help_series"
    __table_args__ = (Index("ix_help_series_prison", "prison_id", "state"), CheckConstraint("closes > opens", name="ordered"))

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    rrule: Mapped[str] = mapped_column(String(200))
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    opens: Mapped[time]
    closes: Mapped[time]
    minutes: Mapped[int]
    lawyers: Mapped[int]
    terminals: Mapped[list[int]] = mapped_column(JSON, default=list)
    state: Mapped[str] = mapped_column(String(10), default="active")
    sequence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    created_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    changed_at: Mapped[datetime]
    prison: Mapped[Prison] = relationship()
    days: Mapped[list["HelpDay"]] = relationship(back_populates="series", order_by="HelpDay.planned_on")


class HelpDay(Base):
    """One day of a series. planned_on: the day the rule gave (RECURRENCE-ID); starts_at, ends_at: where it stands now. Its terminals are copied here.

    state: planned, proposed (there is a plan that an officer looks at), published, over, cancelled. plan_version: counted up by every change of its seats.
    """

    __tablename__ = "help_day"
    __table_args__ = (
        UniqueConstraint("series_id", "planned_on"),
        Index("ix_help_day_prison", "prison_id", "starts_at"),
        CheckConstraint("ends_at > starts_at", name="ordered"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    series_id: Mapped[int] = mapped_column(ForeignKey("help_series.id"))
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    planned_on: Mapped[date]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    minutes: Mapped[int]
    lawyers: Mapped[int]
    terminals: Mapped[list[int]] = mapped_column(JSON, default=list)
    state: Mapped[str] = mapped_column(String(10), default="planned")
    reason: Mapped[str] = mapped_column(String(400), default="")
    sequence: Mapped[int] = mapped_column(default=0)
    plan_version: Mapped[int] = mapped_column(default=0)
    conflicts_asked_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    published_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    changed_at: Mapped[datetime]
    prison: Mapped[Prison] = relationship()
    series: Mapped[HelpSeries] = relationship(back_populates="days")
    duties: Mapped[list["HelpDuty"]] = relationship(back_populates="day", order_by="HelpDuty.place")
    seats: Mapped[list["HelpSeat"]] = relationship(back_populates="day", order_by="HelpSeat.starts_at")


class HelpDuty(Base):
    """A lawyer on the roster of a day. state: asked, agreed, declined, dropped (agreed and fell out), replaced (another took it over).

    place: 1 to the day's lawyers, which decides the two terminals `terminals[2 * (place - 1)]` and the next one. replaced_by: who took it over.
    """

    __tablename__ = "help_duty"
    __table_args__ = (UniqueConstraint("day_id", "lawyer_id"), Index("ix_help_duty_lawyer", "lawyer_id", "state"))

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    day_id: Mapped[int] = mapped_column(ForeignKey("help_day.id"))
    lawyer_id: Mapped[int] = mapped_column(ForeignKey("lawyer.id"))
    place: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default="asked")
    reason: Mapped[str] = mapped_column(String(200), default="")
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    replaced_by_id: Mapped[int | None] = mapped_column(ForeignKey("help_duty.id"))
    sequence: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    day: Mapped[HelpDay] = relationship(back_populates="duties")
    lawyer: Mapped[Lawyer] = relationship()


class HelpSwap(Base):
    """A lawyer asks a colleague to take over a duty, in exchange for one of theirs or not. state: open, accepted, declined, withdrawn, lapsed."""

    __tablename__ = "help_swap"
    __table_args__ = (Index("ix_help_swap_to", "to_lawyer_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    duty_id: Mapped[int] = mapped_column(ForeignKey("help_duty.id"), index=True)
    to_lawyer_id: Mapped[int] = mapped_column(ForeignKey("lawyer.id"))
    in_exchange_id: Mapped[int | None] = mapped_column(ForeignKey("help_duty.id"))
    state: Mapped[str] = mapped_column(String(10), default="open")
    at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    duty: Mapped[HelpDuty] = relationship(foreign_keys=[duty_id])
    in_exchange: Mapped[HelpDuty | None] = relationship(foreign_keys=[in_exchange_id])
    to_lawyer: Mapped[Lawyer] = relationship()


class ConflictDeclaration(Base):
    """What a proposed lawyer has said after seeing the parties' names. conflict False: none. Asked again when the parties change.

    shown: digest of the sealed names as they stood then (conflicts.shown_of); another one now means that nothing has been said of these names.
    """

    __tablename__ = "conflict_declaration"

    request_id: Mapped[int] = mapped_column(ForeignKey("help_request.id"), primary_key=True)
    lawyer_id: Mapped[int] = mapped_column(ForeignKey("lawyer.id"), primary_key=True)
    conflict: Mapped[bool]
    shown: Mapped[str] = mapped_column(String(64), default="")
    at: Mapped[datetime]


class HelpSeat(Base):
    """A request on a day: proposed, then published with a booking of kind legal_consult, then called.

    state: proposed, published, called, live, dropped (the line broke: back to the head of the queue), advised, missed, withdrawn, carried.
    carried: no seat (duty and times are None), `reason` says why. by_hand: an officer has put it there. trip: which escort of the day, from 1.
    here_at: since when the inmate stands in the waiting room; what the family zone, which reads no movements, knows of the way.
    carried_at: when this day first carried the request over; one that is published again does not count a second wait.
    """

    __tablename__ = "help_seat"
    __table_args__ = (UniqueConstraint("day_id", "request_id"), Index("ix_help_seat_duty", "duty_id", "starts_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    day_id: Mapped[int] = mapped_column(ForeignKey("help_day.id"))
    request_id: Mapped[int] = mapped_column(ForeignKey("help_request.id"), index=True)
    duty_id: Mapped[int | None] = mapped_column(ForeignKey("help_duty.id"))
    terminal_id: Mapped[int | None] = mapped_column(ForeignKey("terminal.id"))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(10), default="proposed")
    reason: Mapped[str] = mapped_column(String(40), default="")
    by_hand: Mapped[bool] = mapped_column(default=False)
    trip: Mapped[int | None]
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"), unique=True)
    carried_at: Mapped[datetime | None]
    here_at: Mapped[datetime | None]
    called_at: Mapped[datetime | None]
    live_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    drops: Mapped[int] = mapped_column(default=0)
    day: Mapped[HelpDay] = relationship(back_populates="seats")
    request: Mapped[HelpRequest] = relationship()
    duty: Mapped[HelpDuty | None] = relationship()
    booking: Mapped[Booking | None] = relationship()

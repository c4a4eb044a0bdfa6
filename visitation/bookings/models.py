"""Bookings and what they hold: claims on resources by tick, and the inmate's monthly allowance as a ledger."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from visitation.kernel.ids import reference
from visitation.people.models import Inmate, Kinship, Prison, Visitor
from visitation.store.db import Base
from visitation.timetable.models import Terminal


class Booking(Base):
    """A visit from hold to outcome. Start, end and resources are copied here: changing a template never moves a booking.

    state: held, requested, confirmed, refused, withdrawn, cancelled, expired, ended. outcome is set with ended or cancelled (rules.md §1).
    terms: the policy values frozen when the notice was accepted. sequence: of the calendar invitation. assisted_by: the clerk's account.
    due_at: until when an officer should decide a request; lapses_at: when an undecided one ends by itself.
    """

    __tablename__ = "booking"
    __table_args__ = (
        Index("ix_booking_prison_start", "prison_id", "starts_at"),
        Index("ix_booking_inmate", "inmate_id", "starts_at"),
        Index("ix_booking_account", "account_id", "starts_at"),
        Index("ix_booking_state", "state", "hold_expires_at"),
        CheckConstraint("ends_at > starts_at", name="ordered"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    kind: Mapped[str] = mapped_column(String(20))
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    inmate_id: Mapped[int] = mapped_column(ForeignKey("inmate.id"))
    terminal_id: Mapped[int] = mapped_column(ForeignKey("terminal.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    assisted_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    turnaround: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str | None] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(20), default="zh")
    terms: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    notice_accepted_at: Mapped[datetime | None]
    hold_expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    lapses_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reason_code: Mapped[str | None] = mapped_column(String(40))
    reason_text: Mapped[str] = mapped_column(Text, default="")
    staff_note: Mapped[str] = mapped_column(Text, default="", deferred=True)
    inmate_note: Mapped[str] = mapped_column(Text, default="")
    sequence: Mapped[int] = mapped_column(default=0)
    prison: Mapped[Prison] = relationship()
    inmate: Mapped[Inmate] = relationship()
    terminal: Mapped[Terminal] = relationship()
    party: Mapped[list["BookingVisitor"]] = relationship(back_populates="booking", cascade="all, delete-orphan", order_by="BookingVisitor.place")


class BookingVisitor(Base):
    """One person of a visit's party. place 0 is the lead visitor. leg: which outside connection (1 to 3) carries this person.

    identity: unchecked, confirmed, failed (the officer's comparison at check-in).
    """

    __tablename__ = "booking_visitor"

    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), primary_key=True)
    visitor_id: Mapped[int] = mapped_column(ForeignKey("visitor.id"), primary_key=True)
    kinship_id: Mapped[int] = mapped_column(ForeignKey("kinship.id"))
    place: Mapped[int]
    leg: Mapped[int] = mapped_column(default=1)
    identity: Mapped[str] = mapped_column(String(20), default="unchecked")
    checked_at: Mapped[datetime | None]
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    booking: Mapped[Booking] = relationship(back_populates="party")
    visitor: Mapped[Visitor] = relationship()
    kinship: Mapped[Kinship] = relationship()


class Claim(Base):
    """One resource for one five-minute tick. The primary key is what makes a double booking impossible.

    resource: `terminal:7`, `inmate:12`, `visitor:55`, `lawyer:3`, `watch:<prison>#n`, `uplink:<prison>#n`.
    """

    __tablename__ = "claim"

    resource: Mapped[str] = mapped_column(String(40), primary_key=True)
    tick: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), index=True)


class BookingFlag(Base):
    """Something that an officer must look at before the visit. code: CLOSURE, ...; source: what raised it, e.g. `closure:7`, which also clears it.

    dismissed_by: the officer who looked and left the visit as it is; cleared then, and not raised again while the same reason goes on.
    """

    __tablename__ = "booking_flag"
    __table_args__ = (UniqueConstraint("booking_id", "code", "source"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), index=True)
    code: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(40))
    raised_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]
    dismissed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    booking: Mapped[Booking] = relationship()


class QuotaEntry(Base):
    """A line of an inmate's ledger for a month. kind: granted, used, returned, adjusted, external. Idempotent for each booking and kind."""

    __tablename__ = "quota_entry"
    __table_args__ = (Index("ix_quota_entry_inmate", "inmate_id", "month"), UniqueConstraint("booking_id", "kind"))

    id: Mapped[int] = mapped_column(primary_key=True)
    inmate_id: Mapped[int] = mapped_column(ForeignKey("inmate.id"))
    month: Mapped[date]
    purse: Mapped[str] = mapped_column(String(20))  # visit or call: which allowance
    kind: Mapped[str] = mapped_column(String(20))
    units: Mapped[int]
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"))
    at: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(200), default="")


class RequestKey(Base):
    """A form's own key: a POST that comes twice gets the first one's answer."""

    __tablename__ = "request_key"

    account_id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    result: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]

"""Bookings and what they hold: claims on resources by tick, and the inmate's monthly allowance as a ledger."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from visitation.kernel.ids import reference, secret_token
from visitation.people.models import Inmate, Kinship, Prison, Visitor
from visitation.store.db import Base, UtcDateTime
from visitation.timetable.models import Terminal


class Booking(Base):
    """A visit from hold to outcome. Start, end and resources are copied here: changing a template never moves a booking.

    state: held, offered, requested, confirmed, refused, withdrawn, cancelled, expired, ended. offered is a place of an open Offer: claimed like a
    hold, and ended by its offer alone. outcome is set with ended or cancelled (rules.md §1).
    terms: the policy values frozen when the notice was accepted. sequence: of the calendar invitation. assisted_by: the clerk's account.
    due_at: until when an officer should decide a request; lapses_at: when an undecided one ends by itself.
    lawyer: the number of the claim `lawyer:n`, where a lawyer takes part; that person joins with the booking's account and is in no party.
    """

    __tablename__ = "booking"
    __table_args__ = (
        Index("ix_booking_prison_start", "prison_id", "starts_at"),
        Index("ix_booking_inmate", "inmate_id", "starts_at"),
        Index("ix_booking_account", "account_id", "starts_at"),
        Index("ix_booking_state", "state", "hold_expires_at"),
        Index("ix_booking_decided", "prison_id", "decided_at", sqlite_where=text("due_at IS NOT NULL"), postgresql_where=text("due_at IS NOT NULL")),
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
    lawyer: Mapped[int | None]
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
    """A line of an inmate's ledger for a month. kind: granted, used, returned, adjusted, external.

    turn: how often this booking has changed its month before; one use and one return for each turn, so that a repeat adds nothing.
    entered_by: who entered an adjusted or external line; held_on: the day of a visit that was held on another channel.
    """

    __tablename__ = "quota_entry"
    __table_args__ = (Index("ix_quota_entry_inmate", "inmate_id", "month"), UniqueConstraint("booking_id", "kind", "turn"))

    id: Mapped[int] = mapped_column(primary_key=True)
    inmate_id: Mapped[int] = mapped_column(ForeignKey("inmate.id"))
    month: Mapped[date]
    purse: Mapped[str] = mapped_column(String(20))  # visit or call: which allowance
    kind: Mapped[str] = mapped_column(String(20))
    units: Mapped[int]
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"))
    turn: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
    entered_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    held_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(String(200), default="")


class RequestKey(Base):
    """A form's own key: a POST that comes twice gets the first one's answer."""

    __tablename__ = "request_key"

    account_id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    result: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]


class Appointment(Base):
    """An appointment of an inmate that is no visit: with a court, a lawyer, a hospital. Visits give way to it (rules.md §5.14). kind: words.APPOINTMENTS."""

    __tablename__ = "appointment"
    __table_args__ = (Index("ix_appointment_inmate", "inmate_id", "starts_at"), CheckConstraint("ends_at > starts_at", name="ordered"))

    id: Mapped[int] = mapped_column(primary_key=True)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    inmate_id: Mapped[int] = mapped_column(ForeignKey("inmate.id"))
    kind: Mapped[str] = mapped_column(String(20))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(200), default="", deferred=True)
    entered_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    entered_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    inmate: Mapped[Inmate] = relationship()


class Move(Base):
    """A visit that the prison has moved. It stays on the duty chief's list until the family is reached (rules.md §4).

    reached_how: confirmed (by the family), chosen (the family took one of several places), telephoned (by the officer `reached_by`).
    """

    __tablename__ = "booking_move"
    __table_args__ = (Index("ix_booking_move_open", "reached_at", "booking_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), index=True)
    at: Mapped[datetime]
    moved_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    from_start: Mapped[datetime]
    to_start: Mapped[datetime]
    reason_code: Mapped[str] = mapped_column(String(40), default="")
    reason_text: Mapped[str] = mapped_column(Text, default="")
    reached_at: Mapped[datetime | None]
    reached_how: Mapped[str] = mapped_column(String(20), default="")
    reached_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reached_note: Mapped[str] = mapped_column(String(200), default="", deferred=True)
    booking: Mapped[Booking] = relationship()


class Wish(Base):
    """A place on the waiting list: days from `first_day` to `last_day`, on `weekdays` (digits, 0 Monday), at `parts` of the day (words.PARTS, by comma).

    state: waiting, offered (a place is kept for them), done (a place was taken), left, over (its days have passed, or it was passed on too often).
    """

    __tablename__ = "waiting_wish"
    __table_args__ = (Index("ix_waiting_wish_queue", "prison_id", "state", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    assisted_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    inmate_id: Mapped[int] = mapped_column(ForeignKey("inmate.id"), index=True)
    kinship_id: Mapped[int] = mapped_column(ForeignKey("kinship.id"))
    kind: Mapped[str] = mapped_column(String(20))
    first_day: Mapped[date]
    last_day: Mapped[date]
    weekdays: Mapped[str] = mapped_column(String(7))
    parts: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    ended_at: Mapped[datetime | None]
    kinship: Mapped[Kinship] = relationship()


class Offer(Base):
    """Places that are kept for somebody until `expires_at`: for who waits (`waiting`), for a visit that the prison must move (`move`), or for one that
    the line has cut short (`rebook`). booking_id: the visit that is replaced. state: open, taken, declined, expired, withdrawn (by the prison).
    """

    __tablename__ = "offer"
    __table_args__ = (Index("ix_offer_open", "state", "expires_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    kind: Mapped[str] = mapped_column(String(10))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"), index=True)
    wish_id: Mapped[int | None] = mapped_column(ForeignKey("waiting_wish.id"), index=True)
    state: Mapped[str] = mapped_column(String(10), default="open")
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    reason_code: Mapped[str] = mapped_column(String(40), default="")
    reason_text: Mapped[str] = mapped_column(Text, default="")
    booking: Mapped[Booking | None] = relationship()
    wish: Mapped[Wish | None] = relationship()
    places: Mapped[list["OfferPlace"]] = relationship(cascade="all, delete-orphan", order_by="OfferPlace.booking_id")


class OfferPlace(Base):
    """One place of an offer: a booking in state `offered`, which holds the claims."""

    __tablename__ = "offer_place"

    offer_id: Mapped[int] = mapped_column(ForeignKey("offer.id"), primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), primary_key=True, index=True)
    booking: Mapped[Booking] = relationship()


class PassedPlace(Base):
    """A time that was offered to somebody who waits and not taken: it is not offered to them again."""

    __tablename__ = "waiting_pass"

    wish_id: Mapped[int] = mapped_column(ForeignKey("waiting_wish.id"), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    at: Mapped[datetime]


class BookingImport(Base):
    """A file of bookings that is read in by the jobs, some rows at a time. state: waiting, running, done, failed (not a table that can be read).

    `content` is the file, sealed and forgotten when it is done; `done` of `total` rows have been judged; `report` lists the bad ones.
    """

    __tablename__ = "booking_import"
    __table_args__ = (Index("ix_booking_import_state", "state", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(43), unique=True, default=secret_token)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    report: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)

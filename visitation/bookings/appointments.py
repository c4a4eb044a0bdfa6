"""Appointments of inmates that are no visits: they come first, so visits near them are flagged and none is booked there (rules.md §5.14)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, undefer

from visitation.audit.service import record
from visitation.bookings import requests, rules
from visitation.bookings.flags import clear_flags, raise_flags
from visitation.bookings.models import Appointment, Booking
from visitation.kernel.errors import NotFound, Refusal, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import Interval, local_day
from visitation.people.models import Inmate
from visitation.people.queries import numbered
from visitation.people.rules_staff import PRISON_WIDE, sees_inmate
from visitation.policies.queries import value

SHOWN = 300


@dataclass(frozen=True)
class Wanted:
    """With whom, and from when to when."""

    number: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    note: str


def coming(session: Session, who: Identity, now: datetime) -> list[Appointment]:
    """Appointments that are not over, of the inmates this person sees, the nearest first."""
    query = select(Appointment).join(Inmate, Inmate.id == Appointment.inmate_id).where(Appointment.cancelled_at.is_(None), Appointment.ends_at > now)
    if who.prison_id is not None:
        query = query.where(Appointment.prison_id == who.prison_id)
    if not who.has(*PRISON_WIDE):
        query = query.where(Inmate.ward_id.in_(who.ward_ids))
    shown = (joinedload(Appointment.inmate).joinedload(Inmate.ward), undefer(Appointment.note))
    return list(session.scalars(query.options(*shown).order_by(Appointment.starts_at, Appointment.id).limit(SHOWN)))


def appointment_by_id(session: Session, appointment_id: int) -> Appointment | None:
    return session.get(Appointment, appointment_id)


def own_appointment(who: Identity, appointment: Appointment) -> bool:
    return sees_inmate(who, appointment.inmate)


def enter(session: Session, who: Identity, prison_id: int, wanted: Wanted, key: str, now: datetime) -> list[Booking]:
    """Enter an appointment and flag the visits that give way to it; returns those. Raises Refused with every reason; a repeat enters nothing twice."""
    inmate = session.scalar(select(Inmate).where(numbered(prison_id, wanted.number)).with_for_update(key_share=True))
    known = inmate is not None and sees_inmate(who, inmate)
    refuse([*([] if known else [Refusal("APPOINTMENT_NO_INMATE")]), *rules.appointment_refusals(wanted.starts_at, wanted.ends_at, now)])
    assert inmate is not None
    if requests.first_result(session, who.account_id, f"a:{key}"[:64], now) is not None:
        return []
    row = Appointment(prison_id=prison_id, inmate_id=inmate.id, kind=wanted.kind, starts_at=wanted.starts_at, ends_at=wanted.ends_at)
    row.note, row.entered_by, row.entered_at = wanted.note, who.account_id, now
    session.add(row)
    session.flush()
    hits = hit_by(session, row, now)
    raise_flags(session, hits, "APPOINTMENT", source_of(row), now)
    record(session, who, "appointment.enter", "inmate", inmate.id, now, prison_id, appointment=row.id, kind=row.kind, hits=[one.ref for one in hits])
    requests.remember(session, who.account_id, f"a:{key}"[:64], str(row.id))
    return hits


def cancel(session: Session, who: Identity, appointment_id: int, now: datetime) -> None:
    """It does not take place: its own flags are cleared, and nobody else's. Raises StateChanged when it was cancelled before."""
    row = session.get(Appointment, appointment_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    if row.cancelled_at is not None:
        raise StateChanged
    row.cancelled_at = now
    clear_flags(session, "APPOINTMENT", source_of(row), now)
    record(session, who, "appointment.cancel", "inmate", row.inmate_id, now, row.prison_id, appointment=row.id)


def hit_by(session: Session, row: Appointment, now: datetime) -> list[Booking]:
    """Visits to come that are too near to an appointment."""
    margin = value(session, "appointment_margin_minutes", row.prison_id, local_day(now))
    living = (Booking.state.in_(("requested", "confirmed")), Booking.starts_at > now)
    rows = session.scalars(select(Booking).where(Booking.inmate_id == row.inmate_id, *living).order_by(Booking.starts_at, Booking.id))
    whole = Interval(row.starts_at, row.ends_at)
    return [one for one in rows if rules.gives_way(Interval(one.starts_at, one.ends_at), whole, margin)]


def source_of(row: Appointment) -> str:
    return f"appointment:{row.id}"

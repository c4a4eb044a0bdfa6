"""Another place for a visit that exists already: claimed for everybody of the party in place of what it had, in one transaction."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.bookings import claims, rules
from visitation.bookings.models import Booking, BookingFlag
from visitation.kernel.errors import Refusal, Refused
from visitation.people.models import Visitor
from visitation.timetable.queries import Grid
from visitation.timetable.rules import Slot

OF_THE_TIME = ("CLOSURE", "DAY_OFF", "TIMETABLE", "APPOINTMENT", "TERMINAL_OFFLINE", "TERMINAL_OUT", "CAPACITY", "INMATE_AWAY")
"""Flags that belong to the time or the terminal a visit had; the look at all visits raises again what holds for the new one."""


def seat(session: Session, booking: Booking, slot: Slot, grid: Grid, now: datetime, account_id: int = 0) -> None:
    """Give `booking` the time of `slot` at one of its terminals. What it had claimed is given back first.

    `account_id`: whose own holds give way. The caller has locked. Raises PlaceTaken when the place is gone, Refused when a person has something else then;
    either leaves the transaction to be rolled back.
    """
    claims.give_back(session, booking.id)
    counted = claims.Counted(slot.prison_id, grid.lanes_during(slot.visit), grid.uplink)
    people = claims.people_of(slot.visit, booking.inmate_id, [person.visitor_id for person in booking.party])
    people += [(claims.lawyer(booking.lawyer), tick) for tick in slot.visit.ticks()] if booking.lawyer is not None else []
    every = [place for number in slot.terminals for place in claims.terminal_of(slot.visit, number, slot.turnaround)]
    claims.clear_dead(session, [*people, *every], counted, now, account_id)
    for attempt in range(len(slot.terminals)):
        terminal_id = slot.terminals[(booking.id + attempt) % len(slot.terminals)]
        try:
            claims.take(session, booking.id, [*people, *claims.terminal_of(slot.visit, terminal_id, slot.turnaround)], counted)
        except claims.Busy as busy:
            _busy_people(session, booking, busy.resources)
            continue
        booking.terminal_id, booking.starts_at, booking.ends_at, booking.turnaround = terminal_id, slot.visit.start, slot.visit.end, slot.turnaround
        session.flush()
        return
    raise rules.PlaceTaken


def _busy_people(session: Session, booking: Booking, resources: Iterable[str]) -> None:
    """Raise when it is a person who has something else, so that no other terminal would help."""
    names = set(resources)
    busy = [person.visitor_id for person in booking.party if claims.visitor(person.visitor_id) in names]
    found = [Refusal("INMATE_BUSY")] if claims.inmate(booking.inmate_id) in names else []
    if busy:
        rows = session.scalars(select(Visitor.name).where(Visitor.id.in_(busy)).order_by(Visitor.id))
        found += [Refusal("VISITOR_BUSY", {"name": name}) for name in rows]
    if found:
        raise Refused(found)


def clear_time_flags(session: Session, booking: Booking, now: datetime) -> list[str]:
    """The visit has another time: flags of the old one are over. Returns their codes."""
    query = select(BookingFlag).where(BookingFlag.booking_id == booking.id, BookingFlag.code.in_(OF_THE_TIME), BookingFlag.cleared_at.is_(None))
    rows = list(session.scalars(query))
    for row in rows:
        row.cleared_at = now
    return [row.code for row in rows]

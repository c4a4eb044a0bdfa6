"""Where visits could go that the prison must move, or that the line has cut short: the free places of a span of days, read once for many visits.

A visit that is moved is exempt from notice, release and its ward's weekday; levels and hours of the rooms stay, and so do the people's other
appointments, suspensions, and inmates who are kept apart (rules.md §4, §5.16).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from visitation.bookings import claims
from visitation.bookings.availability import Occupancy, Taken, taken
from visitation.bookings.models import Appointment, Booking, Claim
from visitation.bookings.rules import LIVING, Ban, gives_way
from visitation.kernel.interval import Interval, at_local, local_day, tick_of
from visitation.people.models import NonAssociation, Suspension
from visitation.policies.queries import policies_of
from visitation.timetable import queries as timetable
from visitation.timetable.queries import Grid
from visitation.timetable.rules import Slot


@dataclass
class People:
    """What stands in the way of some inmates and visitors, by resource name; `apart`: inmate -> days; `appointments`: inmate -> times with margin."""

    busy: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    bans: dict[str, list[Ban]] = field(default_factory=lambda: defaultdict(list))
    apart: dict[int, set[date]] = field(default_factory=lambda: defaultdict(set))
    pairs: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    appointments: dict[int, list[Interval]] = field(default_factory=lambda: defaultdict(list))
    margin: int = 0

    def admit(self, booking: Booking, slot: Slot) -> bool:
        """Whether everybody of a visit could be there."""
        names, ticks, day = names_of(booking), set(slot.visit.ticks()), local_day(slot.start)
        if day in self.apart[booking.inmate_id] or any(not self.busy[name].isdisjoint(ticks) for name in names):
            return False
        if any(ban.covers(day) for name in names for ban in self.bans[name]):
            return False
        return not any(gives_way(slot.visit, one, self.margin) for one in self.appointments[booking.inmate_id])

    def take(self, booking: Booking, slot: Slot) -> None:
        """From now on they are there."""
        for name in names_of(booking):
            self.busy[name].update(slot.visit.ticks())
        for other in self.pairs[booking.inmate_id]:
            self.apart[other].add(local_day(slot.start))


def names_of(booking: Booking) -> list[str]:
    lawyer = [claims.lawyer(booking.lawyer)] if booking.lawyer is not None else []
    return [claims.inmate(booking.inmate_id), *lawyer, *(claims.visitor(person.visitor_id) for person in booking.party)]


class Planner:
    """Free places for visits of one prison from `first` to `last`, nothing before `earliest`. Each that is given out is taken for the next visit."""

    def __init__(self, session: Session, bookings: Sequence[Booking], first: date, last: date, earliest: datetime, by_ward: bool = False) -> None:
        """`by_ward`: the weekdays of the inmates' wards hold; a visit that the prison moves is exempt from them."""
        prison_id = bookings[0].prison_id
        self._policies = policies_of(session, prison_id)
        self.grid: Grid = timetable.grid(session, prison_id, first, last, self._policies.value("planned_lanes", first))
        self._earliest, self._by_ward = earliest, by_ward
        self._taken = occupied(session, prison_id, first, last, [row.id for row in bookings])
        self._people = _people(session, bookings, first, last)
        self._people.margin = self._policies.value("appointment_margin_minutes", first)

    def nearest(self, booking: Booking, most: int = 1) -> list[Slot]:
        """Up to `most` places nearest to the visit's own time that do not touch each other, in order of time; each with its free terminals."""
        found: list[Slot] = []
        for slot in sorted(self._possible(booking), key=lambda one: (abs(one.start - booking.starts_at), one.start)):
            if not any(slot.visit.overlaps(other.visit) for other in found):
                found.append(slot)
            if len(found) == most:
                break
        return sorted(found, key=lambda one: one.start)

    def give(self, booking: Booking, slot: Slot) -> int:
        """The place is taken for this visit; returns the terminal."""
        terminal_id = slot.terminals[booking.id % len(slot.terminals)]
        self._taken.append(taken(terminal_id, slot.visit.start, slot.visit.end, slot.turnaround))
        self._people.take(booking, slot)
        return terminal_id

    def _possible(self, booking: Booking) -> Iterator[Slot]:
        occupancy = Occupancy(self._taken)
        level, ward = booking.inmate.level_code, booking.inmate.ward_id
        for day in self.grid.days():
            for slot in self.grid.slots(day, booking.kind, ward if self._by_ward else None, level):
                open_ones = tuple(number for number in slot.terminals if not any(shut.hits(slot.visit, ward, number) for shut in self.grid.shut))
                slot = replace(slot, terminals=open_ones)
                free = occupancy.free_terminals(slot)
                fits = free and slot.start >= self._earliest and occupancy.has_lane(self.grid.lanes_during(slot.visit))
                if fits and slot.start != booking.starts_at and self._people.admit(booking, slot):
                    yield replace(slot, terminals=free)


def occupied(session: Session, prison_id: int, first: date, last: date, without: Collection[int]) -> list[Taken]:
    """What everybody else occupies; a hold counts until it is swept, so that nobody's is overtaken."""
    columns = (Booking.terminal_id, Booking.starts_at, Booking.ends_at, Booking.turnaround)
    span = (Booking.starts_at >= at_local(first, time()), Booking.starts_at < at_local(last + timedelta(days=1), time()))
    query = select(*columns).where(Booking.prison_id == prison_id, Booking.state.in_(LIVING), Booking.id.not_in(list(without)), *span)
    return [taken(*row) for row in session.execute(query)]


def _people(session: Session, bookings: Sequence[Booking], first: date, last: date) -> People:
    found = People()
    inmates, visitors = {row.inmate_id for row in bookings}, {person.visitor_id for row in bookings for person in row.party}
    names = sorted({name for row in bookings for name in names_of(row)})
    start, end = tick_of(at_local(first, time())), tick_of(at_local(last + timedelta(days=1), time()))
    moving = {row.id for row in bookings}
    busy = select(Claim.resource, Claim.tick, Claim.booking_id).where(Claim.resource.in_(names), Claim.tick >= start, Claim.tick < end)
    for resource, tick, booking_id in session.execute(busy):
        if booking_id not in moving:
            found.busy[resource].add(tick)
    _add_bans(session, found, bookings[0].prison_id, inmates, visitors)
    _add_apart(session, found, inmates, first, last)
    for row in session.scalars(select(Appointment).where(Appointment.inmate_id.in_(inmates), Appointment.cancelled_at.is_(None))):
        found.appointments[row.inmate_id].append(Interval(row.starts_at, row.ends_at))
    return found


def _add_bans(session: Session, found: People, prison_id: int, inmates: Iterable[int], visitors: Iterable[int]) -> None:
    target = or_(Suspension.inmate_id.in_(list(inmates)), and_(Suspension.visitor_id.in_(list(visitors)), Suspension.prison_id == prison_id))
    for row in session.scalars(select(Suspension).where(target, Suspension.lifted_at.is_(None))):
        name = claims.inmate(row.inmate_id) if row.inmate_id is not None else claims.visitor(row.visitor_id or 0)
        found.bans[name].append(Ban(row.starts_on, row.ends_on))


def _add_apart(session: Session, found: People, inmates: set[int], first: date, last: date) -> None:
    pairs = select(NonAssociation.inmate_id, NonAssociation.other_id).where(NonAssociation.ended_at.is_(None))
    near = pairs.where(or_(NonAssociation.inmate_id.in_(inmates), NonAssociation.other_id.in_(inmates)))
    for one, other in session.execute(near):
        found.pairs[one].add(other)
        found.pairs[other].add(one)
    others = {number for number in found.pairs if found.pairs[number] & inmates}
    span = (Booking.starts_at >= at_local(first, time()), Booking.starts_at < at_local(last + timedelta(days=1), time()))
    for inmate_id, starts_at in session.execute(
        select(Booking.inmate_id, Booking.starts_at).where(Booking.inmate_id.in_(others), Booking.state.in_(LIVING), *span)
    ):
        for number in found.pairs[inmate_id]:
            found.apart[number].add(local_day(starts_at))

"""What a change of the timetable would do, before it is saved: which visits lose their place or their room, and where too many would begin at once.

The plan has a fingerprint; saving makes the plan again under the lock and refuses when it has become another one.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from visitation.bookings import queries as bookings
from visitation.bookings import service as booking_service
from visitation.bookings.models import Booking
from visitation.kernel.errors import Refused
from visitation.kernel.interval import Interval, at_local, local_day
from visitation.people.models import Inmate
from visitation.policies.queries import policies_of
from visitation.timetable.models import Timetable
from visitation.timetable.queries import Grid, grid
from visitation.timetable.rules import Shut
from visitation.timetable.rules_weekly import Crowd, crowds

AHEAD = timedelta(days=70)
"""At least so far ahead the timetable is read for a plan; further when visits are booked further."""
CAPACITY, DAY_OFF = "CAPACITY", "DAY_OFF"
COMING = ("requested", "confirmed")


@dataclass(frozen=True)
class Change:
    """A change of a prison's timetable. told: what is wanted and what stands now, as text. code: of the flags of those who lose their place.

    shuts, days: times and whole days that are closed by it, whatever the weekly rows say. sample: days whose check-ins are looked at.
    counts: whether it touches how many visits there may be at once.
    """

    told: str
    code: str
    after: Callable[[Grid], Grid]
    shuts: tuple[Shut, ...] = ()
    days: frozenset[date] = frozenset()
    sample: tuple[date, ...] = ()
    counts: bool = False


@dataclass(frozen=True)
class Hit:
    """A visit that a change hits, and in which ways."""

    booking: Booking
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """running: visits under way that are left alone. crowds: moments of the sample days with more check-ins than officers."""

    hits: tuple[Hit, ...]
    running: int
    crowds: tuple[Crowd, ...]
    fingerprint: str

    def of(self, code: str) -> list[Booking]:
        return [hit.booking for hit in self.hits if code in hit.codes]


@dataclass(frozen=True)
class Done:
    """What came of a change: the source of its flags, for the work list, and how many visits it hit."""

    source: str
    hits: int
    row_ids: tuple[int, ...] = ()

    @property
    def id(self) -> int:
        """The row that was made; there must be one."""
        return self.row_ids[0]


def lock(session: Session, prison_id: int) -> None:
    """Take the timetable of a prison for a change, and count its version: what was remembered of it is old now."""
    row = session.get(Timetable, prison_id, with_for_update=True, populate_existing=True)
    if row is None:
        session.add(Timetable(prison_id=prison_id))
    else:
        row.version += 1
    session.flush()


def now_and_then(session: Session, prison_id: int, now: datetime) -> Grid:
    """The timetable from today until after the last visit that is booked."""
    first = local_day(now)
    latest = session.scalar(select(func.max(Booking.ends_at)).where(Booking.prison_id == prison_id, Booking.state.in_(COMING)))
    last = max(first + AHEAD, local_day(latest) if latest is not None else first)
    policies = policies_of(session, prison_id, ("planned_lanes",))
    return grid(session, prison_id, first, last, lambda day: int(policies.value("planned_lanes", day)))


def plan(session: Session, prison_id: int, change: Change, now: datetime) -> Plan:
    """Compare the timetable as it is with what it would be."""
    before = now_and_then(session, prison_id, now)
    after = change.after(before)
    codes: dict[int, set[str]] = {}
    visits = coming(session, prison_id, now)
    for number in _lost(visits, before, after):
        codes.setdefault(number, set()).add(change.code)
    for visit in visits:
        if local_day(visit.start) in change.days:
            codes[visit.booking_id] = {DAY_OFF}
    for shut in change.shuts:
        for booking in bookings.hit_by(session, prison_id, shut, now):
            codes.setdefault(booking.id, set()).add(change.code)
    if change.counts:
        full, fuller = booking_service.overfull_now(session, prison_id, now, (before, after))
        for number in fuller - full:
            codes.setdefault(number, set()).add(CAPACITY)
    hits = tuple(Hit(row, tuple(sorted(codes[row.id]))) for row in _whole(session, codes, now))
    told = [f"{prison_id} {change.told}", *(_named(hit) for hit in hits)]
    crowded = tuple(crowd for day in change.sample for crowd in crowded_on(session, after, day))
    return Plan(hits, _running(session, prison_id, change.shuts, now), crowded, hashlib.sha256("\n".join(told).encode()).hexdigest()[:32])


def _named(hit: Hit) -> str:
    row = hit.booking
    return f"{row.ref} {row.sequence} {row.state} {row.starts_at} {hit.codes}"


def checked(session: Session, prison_id: int, change: Change, seen: str, now: datetime) -> Plan:
    """The plan, made again under the lock. Raises Refused PLAN_CHANGED when it is not the one that was seen."""
    found = plan(session, prison_id, change, now)
    if found.fingerprint != seen:
        raise Refused("PLAN_CHANGED")
    return found


def settle(session: Session, prison_id: int, change: Change, found: Plan, source: str, now: datetime, row_ids: tuple[int, ...] = ()) -> Done:
    """Flag what a saved change hits. The caller has written the change."""
    session.flush()
    for code in {change.code, DAY_OFF} - {CAPACITY}:
        booking_service.raise_flags(session, found.of(code), code, source, now)
    if change.counts:
        booking_service.repack(session, prison_id, now)
    return Done(source, len(found.hits), row_ids)


def crowded_on(session: Session, table: Grid, day: date) -> list[Crowd]:
    """Moments of a day with more than one check-in for each officer in five minutes."""
    whole = Interval(at_local(day, time()), at_local(day + timedelta(days=1), time()))
    today = [watch for watch in table.watches if watch.interval.overlaps(whole)]
    return crowds(table.places(day), today, assumed_officers(session, table, day))


def assumed_officers(session: Session, table: Grid, day: date) -> int:
    """Officers of a day whose roster is not written yet: the planned lanes, by the lanes of one officer."""
    lanes = policies_of(session, table.prison_id, ("watch_lanes",)).value("watch_lanes", day)
    planned = table.planned(day) if callable(table.planned) else table.planned
    return max(1, planned // int(lanes))


class Coming(NamedTuple):
    """A visit to come, as far as a place for it is concerned."""

    booking_id: int
    start: datetime
    kind: str
    terminal_id: int
    ward_id: int
    level: str


def coming(session: Session, prison_id: int, now: datetime) -> list[Coming]:
    """Visits to come, in order of time."""
    query = select(Booking.id, Booking.starts_at, Booking.kind, Booking.terminal_id, Inmate.ward_id, Inmate.level_code)
    query = query.join(Inmate, Inmate.id == Booking.inmate_id).where(Booking.prison_id == prison_id, Booking.state.in_(COMING), Booking.starts_at > now)
    return [Coming(*row) for row in session.execute(query.order_by(Booking.starts_at, Booking.id))]


class Places:
    """Whether the timetable has a place for a visit; each day, kind, ward and level is worked out once."""

    def __init__(self, table: Grid) -> None:
        self._table = table
        self._known: dict[tuple[date, str, int, str], frozenset[tuple[datetime, int]]] = {}

    def has(self, visit: Coming) -> bool:
        key = (local_day(visit.start), visit.kind, visit.ward_id, visit.level)
        if key not in self._known:
            found = self._table.slots(*key)
            self._known[key] = frozenset((slot.start, terminal) for slot in found for terminal in slot.terminals)
        return (visit.start, visit.terminal_id) in self._known[key]


def _lost(visits: Iterable[Coming], before: Grid, after: Grid) -> list[int]:
    """Visits that have a place now and would have none. Those that stand outside the weekly rows already are left alone."""
    old, new = Places(before), Places(after)
    return [visit.booking_id for visit in visits if old.has(visit) and not new.has(visit)]


def _whole(session: Session, ids: Iterable[int], now: datetime) -> list[Booking]:
    query = select(Booking).where(Booking.id.in_(list(ids)), Booking.starts_at > now).options(joinedload(Booking.inmate), joinedload(Booking.terminal))
    return list(session.scalars(query.order_by(Booking.starts_at, Booking.id).execution_options(populate_existing=True)))


def _running(session: Session, prison_id: int, shuts: Iterable[Shut], now: datetime) -> int:
    """Visits under way that a closure would cover: they are never touched (rules.md §5.10)."""
    query = select(Booking.starts_at, Booking.ends_at, Booking.terminal_id, Inmate.ward_id).join(Inmate, Inmate.id == Booking.inmate_id)
    rows = session.execute(query.where(Booking.prison_id == prison_id, Booking.state == "confirmed", Booking.starts_at <= now, Booking.ends_at > now)).all()
    closed = list(shuts)
    return sum(1 for start, end, terminal, ward in rows if any(shut.hits(Interval(start, end), ward, terminal) for shut in closed))

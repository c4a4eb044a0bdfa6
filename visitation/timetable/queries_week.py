"""Reading a week of a prison's timetable for the page: as many queries for one terminal as for fifty."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.bookings.models import Booking
from visitation.kernel.interval import Interval, at_local, local_day, tick_of
from visitation.policies.queries import policies_of
from visitation.timetable.models import Terminal
from visitation.timetable.plans import crowded_on
from visitation.timetable.queries import Grid, grid, terminals
from visitation.timetable.rules import Slot, monday
from visitation.timetable.week import Bounds, DayView, Line, Taken, bounds, line, runs

WEEKEND = 5


def week(session: Session, prison_id: int, day: date) -> tuple[Bounds, list[DayView]]:
    """The week of a day; Saturday and Sunday only when something is on them."""
    first = monday(day)
    policies = policies_of(session, prison_id, ("planned_lanes",))
    table = grid(session, prison_id, first, first + timedelta(days=6), lambda on: int(policies.value("planned_lanes", on)))
    taken = _taken(session, table)
    places = terminals(session, prison_id)
    every = {on: replace(table, shut=()).places(on) for on in table.days()}
    spans = [_after_midnight(slot.visit.start, slot.visit.end) for slots in every.values() for slot in slots]
    spans += [_after_midnight(one.start, one.end) for many in taken.values() for one in many]
    shown = bounds(spans)
    days = [on for on in table.days() if on.weekday() < WEEKEND or every[on] or taken.get(on)]
    return shown, [_day(session, table, on, shown, places, every[on], taken.get(on, [])) for on in days]


def _day(session: Session, table: Grid, day: date, shown: Bounds, places: Sequence[Terminal], every: list[Slot], taken: list[Taken]) -> DayView:
    midnight = tick_of(at_local(day, time()))
    first, last = midnight + shown.first, midnight + shown.last
    free = table.places(day)
    used = {number for slot in every for number in slot.terminals} | {one.terminal_id for one in taken}
    rows = [place for place in places if place.in_service or place.id in used]
    open_ticks = frozenset(tick for slot in free for tick in slot.visit.ticks())
    able = len([place for place in places if place.in_service])
    whole = Interval(at_local(day, time()), at_local(day + timedelta(days=1), time()))
    watches = [watch for watch in table.watches if watch.interval.overlaps(whole)]
    lines = tuple(Line(place.id, place.name, line(first, last, free, every, taken, place.id)) for place in rows)
    return DayView(
        day,
        table.working(day),
        lines,
        runs(first, last, taken, lambda tick: min(able, table.lanes(tick, day)), open_ticks),
        sum(cell.state in ("free", "booked") for one in lines for cell in one.cells),
        len(taken),
        tuple(crowded_on(session, table, day)) if free else (),
        len(watches),
        bool(watches),
    )


def _taken(session: Session, table: Grid) -> dict[date, list[Taken]]:
    start, end = at_local(table.first, time()), at_local(table.last + timedelta(days=1), time())
    query = select(Booking.terminal_id, Booking.kind, Booking.starts_at, Booking.ends_at)
    query = query.where(Booking.prison_id == table.prison_id, Booking.state.in_(("requested", "confirmed", "ended")))
    found: dict[date, list[Taken]] = {}
    for row in session.execute(query.where(Booking.starts_at >= start, Booking.starts_at < end).order_by(Booking.starts_at)):
        one = Taken(*row)
        found.setdefault(local_day(one.start), []).append(one)
    return found


def _after_midnight(start: datetime, end: datetime) -> tuple[int, int]:
    midnight = tick_of(at_local(local_day(start), time()))
    return tick_of(start) - midnight, tick_of(end) - midnight

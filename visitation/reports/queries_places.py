"""How much of what the timetable offers is booked: places of family visits and calls, by week. Read for all prisons at once."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, lazyload

from visitation.bookings.models import Booking
from visitation.kernel.interval import Interval, at_local, local_day
from visitation.reports.figures import Asked
from visitation.reports.local_sql import LocalDay
from visitation.reports.rules import ONE_DAY, Facts, Period
from visitation.timetable.models import CalendarDay, Closure, Template, TemplateTerminal, Terminal
from visitation.timetable.queries import Grid, weekly
from visitation.timetable.rules import BY_WARD, Said, Shut, Weekly, starts, weekday_of

BOOKED = ("requested", "confirmed", "ended")


@dataclass
class Year:
    """A prison's timetable as its places are counted from. `counted`: places of the same rows on a day that nothing shuts."""

    grid: Grid
    shut_days: frozenset[date]
    counted: dict[tuple[int, ...], int] = field(default_factory=dict)

    def places(self, day: date) -> int:
        """Terminals by times at which a visit can begin. Exactly what the timetable shows; it is only not built place by place where nothing is shut."""
        if day in self.shut_days:
            return sum(len(slot.terminals) for slot in self.grid.places(day))
        working = self.grid.working(day)
        if working is False or (working is None and day.weekday() > 4):
            return 0
        weekday = weekday_of(day, self.grid.said.get(day))
        rows = [row for row in self.grid.weekly if row.runs_on(day, weekday)]
        key = tuple(row.row_id for row in rows)
        if key not in self.counted:
            self.counted[key] = len({(row.kind, row.opens, row.minutes, row.turnaround, row.wards, row.levels, *one) for row in rows for one in starts(row)})
        return self.counted[key]


def occupancy(session: Session, asked: Asked) -> Facts:
    """Places and bookings by day, added up by week; five queries for all prisons."""
    facts = Facts()
    for prison, year in years(session, asked.prison_ids, asked.period).items():
        for number in range(asked.period.days):
            day = asked.period.first + timedelta(days=number)
            facts.at(prison, asked.period.bucket_of(day, "week")).counts["places"] += year.places(day)
    where = (*asked.within(Booking.starts_at, Booking.prison_id), Booking.kind.in_(BY_WARD), Booking.state.in_(BOOKED))
    query = select(Booking.prison_id, LocalDay(Booking.starts_at), func.count()).where(*where).group_by(Booking.prison_id, LocalDay(Booking.starts_at))
    for prison, day_text, number in session.execute(query):
        facts.at(prison, asked.period.bucket_of(date.fromisoformat(day_text), "week")).counts["booked"] += number
    return facts


def years(session: Session, prisons: list[int], period: Period) -> dict[int, Year]:
    """What places are made of; four queries."""
    rows, shut, said = _rows(session, prisons, period), _shut(session, prisons, period), _said(session, prisons, period)
    found = {}
    for prison in prisons:
        known = {**said[None], **said[prison]}
        grid = Grid(prison, period.first, period.last, tuple(rows[prison]), tuple(shut[prison]), known, (), 0, 0)
        found[prison] = Year(grid, frozenset(day for one in shut[prison] for day in _days(one.interval, period)))
    return found


def _rows(session: Session, prisons: list[int], period: Period) -> dict[int, list[Weekly]]:
    """Weekly rows of family kinds with their terminals that are in service."""
    valid = (Template.valid_from <= period.last, or_(Template.valid_to.is_(None), Template.valid_to >= period.first))
    query = select(Template, TemplateTerminal.terminal_id).join(TemplateTerminal, TemplateTerminal.template_id == Template.id)
    query = query.join(Terminal, Terminal.id == TemplateTerminal.terminal_id).where(Template.prison_id.in_(prisons), Template.kind.in_(BY_WARD), *valid)
    query = query.where(Terminal.in_service).order_by(Template.id, Terminal.name, Terminal.id).options(lazyload(Template.terminals))
    terminals: dict[int, tuple[Template, list[int]]] = {}
    for row, terminal in session.execute(query):
        terminals.setdefault(row.id, (row, []))[1].append(terminal)
    found: dict[int, list[Weekly]] = defaultdict(list)
    for row, places in terminals.values():
        found[row.prison_id].append(weekly(row, places))
    return found


def _shut(session: Session, prisons: list[int], period: Period) -> dict[int, list[Shut]]:
    """Closures, and terminals that were off line."""
    found: dict[int, list[Shut]] = defaultdict(list)
    inside = (Closure.lifted_at.is_(None), Closure.starts_at < period.end, Closure.ends_at > period.begin)
    for row in session.scalars(select(Closure).where(Closure.prison_id.in_(prisons), *inside)):
        found[row.prison_id].append(Shut(Interval(row.starts_at, row.ends_at), row.ward_id, row.terminal_id))
    silent = (Terminal.prison_id.in_(prisons), Terminal.offline_since < period.end, Terminal.offline_until > period.begin)
    query = select(Terminal.prison_id, Terminal.id, Terminal.offline_since, Terminal.offline_until)
    for prison, terminal, since, until in session.execute(query.where(*silent)):
        if since is not None and until is not None and since < until:
            found[prison].append(Shut(Interval(since, until), None, terminal))
    return found


def _said(session: Session, prisons: list[int], period: Period) -> dict[int | None, dict[date, Said]]:
    mine = or_(CalendarDay.prison_id.in_(prisons), CalendarDay.prison_id.is_(None))
    found: dict[int | None, dict[date, Said]] = defaultdict(dict)
    for row in session.scalars(select(CalendarDay).where(CalendarDay.day.between(period.first, period.last), mine)):
        found[row.prison_id][row.day] = Said(row.working, row.as_weekday)
    return found


def _days(interval: Interval, period: Period) -> Iterable[date]:
    day = max(local_day(interval.start), period.first)
    while day <= period.last and at_local(day, time()) < interval.end:
        yield day
        day += ONE_DAY

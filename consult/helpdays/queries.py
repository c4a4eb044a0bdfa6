"""Reading series, days and the roster of legal-help days."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from consult.helpdays import rules_series as rules
from consult.helpdays.models import HelpDay, HelpDuty, HelpSeries, HelpSwap
from consult.lawyers.models import Lawyer
from visitation.kernel.identity import Identity
from visitation.kernel.interval import LOCAL, at_local, local_day
from visitation.people.rules_staff import same_prison
from visitation.policies.queries import value
from visitation.timetable import queries as timetable
from visitation.timetable.models import Closure, Terminal

MOST = 400
SEARCHED = 30
"""Days in which another date is looked for."""


def series_by_ref(session: Session, ref: str) -> HelpSeries | None:
    return session.scalar(select(HelpSeries).where(HelpSeries.ref == ref.upper()))


def day_by_ref(session: Session, ref: str) -> HelpDay | None:
    """A day with its roster."""
    roster = selectinload(HelpDay.duties).joinedload(HelpDuty.lawyer).joinedload(Lawyer.firm)
    return session.scalar(select(HelpDay).where(HelpDay.ref == ref.upper()).options(roster))


def duty_by_ref(session: Session, ref: str) -> HelpDuty | None:
    return session.scalar(select(HelpDuty).where(HelpDuty.ref == ref.upper()))


def swap_by_ref(session: Session, ref: str) -> HelpSwap | None:
    return session.scalar(select(HelpSwap).where(HelpSwap.ref == ref.upper()))


def series_of(session: Session, prison_id: int | None, state: str = "active") -> list[HelpSeries]:
    """Series of a prison (None: of all), the latest first."""
    query = select(HelpSeries).where(HelpSeries.state == state).options(joinedload(HelpSeries.prison))
    if prison_id is not None:
        query = query.where(HelpSeries.prison_id == prison_id)
    return list(session.scalars(query.order_by(HelpSeries.id.desc()).limit(MOST)))


def days_of(session: Session, prison_id: int | None, first: date, last: date) -> list[HelpDay]:
    """Days of a prison (None: of all) that begin from `first` to `last`, cancelled ones too, with their rosters."""
    query = select(HelpDay).where(HelpDay.starts_at >= at_local(first, time()), HelpDay.starts_at < at_local(last + timedelta(days=1), time()))
    if prison_id is not None:
        query = query.where(HelpDay.prison_id == prison_id)
    query = query.options(joinedload(HelpDay.prison), selectinload(HelpDay.duties).joinedload(HelpDuty.lawyer))
    return list(session.scalars(query.order_by(HelpDay.starts_at, HelpDay.id).limit(MOST)))


def on_duty(session: Session, day: HelpDay) -> list[HelpDuty]:
    """Who has agreed to serve on a day, by place."""
    query = select(HelpDuty).where(HelpDuty.day_id == day.id, HelpDuty.state == "agreed").options(joinedload(HelpDuty.lawyer))
    return list(session.scalars(query.order_by(HelpDuty.place).execution_options(populate_existing=True)))


def hours(day: HelpDay) -> tuple[date, time, time]:
    """The date and the wall-clock hours on which a day stands."""
    begins, ends = day.starts_at.astimezone(LOCAL), day.ends_at.astimezone(LOCAL)
    return begins.date(), begins.time(), ends.time()


def is_moved(day: HelpDay) -> bool:
    """Whether it stands on another date than its rule says."""
    return local_day(day.starts_at) != day.planned_on


def minutes_of_case(session: Session, prison_id: int, on: date) -> int:
    return int(value(session, "visit_minutes", prison_id, on)["legal_consult"])


def terminal_names(session: Session, prison_id: int, in_service: bool = False) -> dict[int, str]:
    """Terminals of a prison, id -> name."""
    return {row.id: row.name for row in timetable.terminals(session, prison_id) if row.in_service or not in_service}


def ground(session: Session, prison_id: int, starts_on: date, today: date, without: Collection[int] = ()) -> rules.Ground:
    """What a wanted series is judged by. `without`: ids of series that do not count because they are being replaced."""
    return rules.Ground(
        terminal_names(session, prison_id, in_service=True),
        minutes_of_case(session, prison_id, starts_on),
        taken(session, prison_id, today, today + rules.LOOK, without),
    )


def taken(session: Session, prison_id: int, first: date, last: date, without: Collection[int] = (), without_day: int = 0) -> list[rules.Taken]:
    """Hours and terminals of the legal-help days of a prison: days that are made as they stand, days to come by their rule."""
    known: dict[int, set[date]] = {}
    found = []
    for day in session.scalars(
        select(HelpDay).where(HelpDay.prison_id == prison_id, or_(HelpDay.planned_on >= first, HelpDay.ends_at >= at_local(first, time())))
    ):
        known.setdefault(day.series_id, set()).add(day.planned_on)
        if day.series_id not in without and day.id != without_day and day.state in rules.OPEN:
            found.append(rules.Taken(*hours(day), frozenset(day.terminals)))
    for row in series_of(session, prison_id):
        if row.id not in without:
            dates = rules.occurrences(row.rrule, row.starts_on, row.ends_on, first, last)
            found += [rules.Taken(one, row.opens, row.closes, frozenset(row.terminals)) for one in dates if one not in known.get(row.id, ())]
    return found


@dataclass(frozen=True)
class Closed:
    """A date on which the prison, or a terminal that is needed, is closed. reason: of the closure, as it was typed; empty on a day off."""

    day: date
    reason: str = ""


def closed_days(session: Session, prison_id: int, days: Iterable[date], opens: time, closes: time, terminals: Collection[int]) -> list[Closed]:
    """Which of the days cannot be held: days off by the prison's calendar, and closures in these hours of the prison or of one of the terminals."""
    wanted = sorted(set(days))
    if not wanted:
        return []
    off = set(timetable.days_off(session, prison_id, wanted[0], wanted[-1]))
    shut = _closures(session, prison_id, at_local(wanted[0], time()), at_local(wanted[-1] + timedelta(days=1), time()), terminals)
    found = []
    for day in wanted:
        begins, ends = at_local(day, opens), at_local(day, closes)
        closure = next((one for one in shut if one.starts_at < ends and one.ends_at > begins), None)
        if day in off or closure is not None:
            found.append(Closed(day, closure.reason if closure is not None else ""))
    return found


def _closures(session: Session, prison_id: int, begins: datetime, ends: datetime, terminals: Collection[int]) -> list[Closure]:
    query = select(Closure).where(Closure.prison_id == prison_id, Closure.ward_id.is_(None), Closure.lifted_at.is_(None))
    query = query.where(Closure.starts_at < ends, Closure.ends_at > begins, or_(Closure.terminal_id.is_(None), Closure.terminal_id.in_(list(terminals))))
    return list(session.scalars(query.order_by(Closure.starts_at)))


def closed_now(session: Session, days: Iterable[HelpDay]) -> dict[int, Closed]:
    """Days that stand on a date on which the prison is closed meanwhile, by the day's id."""
    found: dict[int, Closed] = {}
    for prison_id, group in _by_prison(day for day in days if day.state in rules.OPEN).items():
        begins, ends = min(day.starts_at for day in group), max(day.ends_at for day in group)
        off = set(timetable.days_off(session, prison_id, local_day(begins), local_day(ends)))
        shut = _closures(session, prison_id, begins, ends, {terminal for day in group for terminal in day.terminals})
        for day in group:
            closure = next((one for one in shut if _covers(one, day)), None)
            if closure is not None or local_day(day.starts_at) in off:
                found[day.id] = Closed(local_day(day.starts_at), closure.reason if closure is not None else "")
    return found


def _covers(closure: Closure, day: HelpDay) -> bool:
    return closure.starts_at < day.ends_at and closure.ends_at > day.starts_at and closure.terminal_id in (None, *day.terminals)


def _by_prison(days: Iterable[HelpDay]) -> Mapping[int, list[HelpDay]]:
    found: dict[int, list[HelpDay]] = {}
    for day in days:
        found.setdefault(day.prison_id, []).append(day)
    return found


def duty_of_prison(who: Identity, duty: HelpDuty) -> bool:
    """A duty on a day of the own prison."""
    return same_prison(who, duty.day)


def free_days(session: Session, day: HelpDay, first: date, most: int = 3) -> list[date]:
    """The next days on which a day could be held at the same hours on the same terminals."""
    _on, opens, closes = hours(day)
    days = [first + timedelta(days=number) for number in range(SEARCHED)]
    shut = {one.day for one in closed_days(session, day.prison_id, days, opens, closes, day.terminals)}
    used = [one for one in taken(session, day.prison_id, days[0], days[-1], without_day=day.id) if rules.clashes(one, opens, closes, day.terminals)]
    return [one for one in days if one not in shut and one not in {hit.day for hit in used}][:most]


def terminals_of(session: Session, day: HelpDay) -> list[Terminal]:
    """The day's terminals in the order of the places; one that is gone is left out."""
    rows = {row.id: row for row in session.scalars(select(Terminal).where(Terminal.id.in_(day.terminals)))}
    return [rows[number] for number in day.terminals if number in rows]

"""Reading the timetable: terminals, working days, and what slots are made of."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, lazyload

from visitation.accounts.models import Account, AccountRole
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import Interval, at_local, local_day, tick_of
from visitation.people.models import Prison
from visitation.timetable.models import CalendarDay, Closure, Duty, Template, TemplateTerminal, Terminal, WardHours
from visitation.timetable.models import Timetable as TimetableRow
from visitation.timetable.rules import Said, Shut, Slot, Watch, Weekly, admits, lanes_by_tick, merged, slots
from visitation.timetable.workdays import after_workdays, is_working

LONGEST_HOLIDAY = 30
"""Days beyond the working days asked for that are read, so that no run of days off is cut."""


def terminals(session: Session, prison_id: int) -> list[Terminal]:
    """All terminals of a prison by name, those out of service too."""
    return list(session.scalars(select(Terminal).where(Terminal.prison_id == prison_id).order_by(Terminal.name, Terminal.id)))


def lock_shared(session: Session, prison_id: int) -> None:
    """Keep the timetable of a prison as it is until the end of this transaction. First in the order of locks (architecture.md)."""
    session.execute(select(TimetableRow.version).where(TimetableRow.prison_id == prison_id).with_for_update(read=True))


def days_said(session: Session, prison_id: int, first: date, last: date) -> dict[date, Said]:
    """What administrators have decided of the days from `first` to `last`; a prison's own word wins over the one for all."""
    query = select(CalendarDay).where(CalendarDay.day.between(first, last), or_(CalendarDay.prison_id == prison_id, CalendarDay.prison_id.is_(None)))
    rows = sorted(session.scalars(query), key=lambda row: row.prison_id is not None)
    return {row.day: Said(row.working, row.as_weekday) for row in rows}


def is_working_day(session: Session, prison_id: int, day: date) -> bool | None:
    """Whether `day` is a working day here; None while its year's calendar is unpublished and nobody has decided."""
    return is_working(day, _working(days_said(session, prison_id, day, day)))


def days_off(session: Session, prison_id: int, first: date, last: date) -> list[date]:
    """Days from `first` to `last` that are known to be none of visits here; days of an unpublished year are not among them."""
    said = _working(days_said(session, prison_id, first, last))
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if is_working(day, said) is False]


def add_workdays(session: Session, prison_id: int, start: datetime, days: int) -> datetime:
    """The same time of day, `days` working days later. Days of an unpublished year count as Monday to Friday, so such a due time is provisional."""
    first = local_day(start)
    return after_workdays(start, days, _working(days_said(session, prison_id, first, first + timedelta(days=3 * days + LONGEST_HOLIDAY))))


def _working(said: Mapping[date, Said]) -> dict[date, bool]:
    return {day: word.working for day, word in said.items()}


@dataclass(frozen=True)
class Grid:
    """Everything that slots of a prison are made of, from `first` to `last`, read once (7 queries).

    `turns`: ward -> weekdays of its family visits; `release_minutes`: ward -> minutes after the prison's release; wards that are not named have all and 0.
    """

    prison_id: int
    first: date
    last: date
    weekly: tuple[Weekly, ...]
    shut: tuple[Shut, ...]
    said: Mapping[date, Said]
    watches: tuple[Watch, ...]
    uplink: int
    planned: int | Callable[[date], int]
    turns: Mapping[int, frozenset[int]] = field(default_factory=dict)
    release_minutes: Mapping[int, int] = field(default_factory=dict)
    _lanes: dict[date, Mapping[int, int]] = field(default_factory=dict, compare=False)

    def working(self, day: date) -> bool | None:
        return is_working(day, _working(self.said))

    def slots(self, day: date, kind: str, ward_id: int | None, level: str | None = None) -> list[Slot]:
        """Slots of `kind` on a day that admit an inmate of a ward and level (None: whoever), whether taken or not."""
        rows = [row for row in self.weekly if row.kind == kind]
        found = slots(self.prison_id, day, rows, self.shut, self.working(day), self.said.get(day), ward_id, self.turns)
        return merged(slot for slot in found if admits(slot, ward_id, level))

    def places(self, day: date) -> list[Slot]:
        """Every slot of a day, of all kinds, for whomever: what the staff's pages show."""
        return slots(self.prison_id, day, self.weekly, self.shut, self.working(day), self.said.get(day), None)

    def lanes(self, moment_tick: int, day: date) -> int:
        """How many sessions there may be at once in a tick of a day."""
        if day not in self._lanes:
            planned = self.planned(day) if callable(self.planned) else self.planned
            self._lanes[day] = lanes_by_tick(day, self.watches, self.uplink, planned)
        return self._lanes[day].get(moment_tick, 0)

    def lanes_during(self, visit: Interval) -> dict[int, int]:
        return {tick: self.lanes(tick, local_day(visit.start)) for tick in visit.ticks()}

    def days(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))


def grid(session: Session, prison_id: int, first: date, last: date, planned: int | Callable[[date], int]) -> Grid:
    """Gather the timetable of a prison. `planned`: lanes of a day without a roster (policy planned_lanes), or what gives them by day."""
    span = Interval(at_local(first, time()), at_local(last + timedelta(days=1), time()))
    return Grid(
        prison_id,
        first,
        last,
        tuple(weekly_rows(session, prison_id, first)),
        tuple(_shut(session, prison_id, span)),
        days_said(session, prison_id, first, last),
        tuple(_watches(session, prison_id, span)),
        session.scalar(select(Prison.uplink_sessions).where(Prison.id == prison_id)) or 0,
        planned,
        *_of_wards(session, prison_id),
    )


def _of_wards(session: Session, prison_id: int) -> tuple[dict[int, frozenset[int]], dict[int, int]]:
    rows = ward_hours(session, prison_id)
    return {row.ward_id: frozenset(row.weekdays) for row in rows if row.weekdays}, {row.ward_id: row.release_minutes for row in rows}


def ward_hours(session: Session, prison_id: int) -> list[WardHours]:
    query = select(WardHours).where(WardHours.prison_id == prison_id).order_by(WardHours.ward_id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def weekly_rows(session: Session, prison_id: int, on_or_after: date) -> list[Weekly]:
    """Weekly rows that still run on a day or later, with their terminals that are in service."""
    query = (
        select(Template, TemplateTerminal.terminal_id)
        .join(TemplateTerminal, TemplateTerminal.template_id == Template.id)
        .join(Terminal, Terminal.id == TemplateTerminal.terminal_id)
        .where(Template.prison_id == prison_id, Terminal.in_service, or_(Template.valid_to.is_(None), Template.valid_to >= on_or_after))
        .order_by(Template.weekday, Template.opens, Template.id, Terminal.name, Terminal.id)
    )
    found: dict[int, tuple[Template, list[int]]] = {}
    for row, terminal_id in session.execute(query.options(lazyload(Template.terminals)).execution_options(populate_existing=True)):
        found.setdefault(row.id, (row, []))[1].append(terminal_id)
    return [weekly(row, places) for row, places in found.values()]


def weekly(row: Template, places: list[int]) -> Weekly:
    return Weekly(
        row.kind,
        row.weekday,
        row.opens,
        row.closes,
        row.minutes,
        row.turnaround,
        row.valid_from,
        row.valid_to,
        row.stagger,
        tuple(places),
        row.id,
        row.every_weeks,
        frozenset(row.wards),
        frozenset(row.levels),
    )


def _shut(session: Session, prison_id: int, span: Interval) -> list[Shut]:
    """Closures, and terminals that are off line."""
    silent = select(Terminal).where(Terminal.prison_id == prison_id, Terminal.offline_since < span.end, Terminal.offline_until > span.start)
    lost = [
        Shut(Interval(row.offline_since, row.offline_until), None, row.id)
        for row in session.scalars(silent.execution_options(populate_existing=True))
        if row.offline_since is not None and row.offline_until is not None
    ]
    query = select(Closure).where(Closure.prison_id == prison_id, Closure.lifted_at.is_(None), Closure.starts_at < span.end, Closure.ends_at > span.start)
    return [*(Shut(Interval(row.starts_at, row.ends_at), row.ward_id, row.terminal_id) for row in session.scalars(query)), *lost]


def _watches(session: Session, prison_id: int, span: Interval) -> list[Watch]:
    query = select(Duty).where(Duty.prison_id == prison_id, Duty.starts_at < span.end, Duty.ends_at > span.start)
    return [Watch(Interval(row.starts_at, row.ends_at), row.lanes) for row in session.scalars(query)]


def tick_range(first: date, last: date) -> tuple[int, int]:
    """First tick of `first`, and the first tick after `last`."""
    return tick_of(at_local(first, time())), tick_of(at_local(last + timedelta(days=1), time()))


def chosen_prison(session: Session, who: Identity, code: str = "") -> Prison | None:
    """The prison whose timetable somebody works on: their own; else the one named by its code, or the first."""
    query = select(Prison).where(Prison.closed_at.is_(None)).order_by(Prison.code)
    if who.prison_id is not None:
        query = query.where(Prison.id == who.prison_id)
    elif code:
        query = query.where(Prison.code == code)
    return session.scalars(query.limit(1)).first()


def templates(session: Session, prison_id: int, on: date) -> list[Template]:
    """Weekly rows that run on a day or will, by weekday and time."""
    query = select(Template).where(Template.prison_id == prison_id, or_(Template.valid_to.is_(None), Template.valid_to >= on))
    return list(session.scalars(query.order_by(Template.weekday, Template.opens, Template.id)))


def closures(session: Session, prison_id: int, now: datetime) -> list[Closure]:
    """Closures that are or will be in force, the next first."""
    query = select(Closure).where(Closure.prison_id == prison_id, Closure.lifted_at.is_(None), Closure.ends_at > now)
    return list(session.scalars(query.order_by(Closure.starts_at, Closure.id)))


def calendar_days(session: Session, prison_id: int, today: date) -> list[CalendarDay]:
    """Days decided by hand, from today on: this prison's own and those for all."""
    query = select(CalendarDay).where(CalendarDay.day >= today, or_(CalendarDay.prison_id == prison_id, CalendarDay.prison_id.is_(None)))
    return list(session.scalars(query.order_by(CalendarDay.day, CalendarDay.id)))


def duties(session: Session, prison_id: int, now: datetime) -> list[tuple[Duty, str]]:
    """The roster from now on, with the officers' names."""
    query = select(Duty, Account.name).join(Account, Account.id == Duty.account_id).where(Duty.prison_id == prison_id, Duty.ends_at > now)
    return [(row, name) for row, name in session.execute(query.order_by(Duty.starts_at, Account.name, Duty.id))]


def officers(session: Session, prison_id: int) -> list[Account]:
    """Who may supervise visits here."""
    roles = select(AccountRole.account_id).where(AccountRole.role.in_((Role.OFFICER.value, Role.DUTY_CHIEF.value)))
    query = select(Account).where(Account.prison_id == prison_id, Account.kind == "staff", Account.closed_at.is_(None), Account.id.in_(roles))
    return list(session.scalars(query.order_by(Account.name, Account.id)))


def template_by_id(session: Session, template_id: int) -> Template | None:
    return session.get(Template, template_id)


def closure_by_id(session: Session, closure_id: int) -> Closure | None:
    return session.get(Closure, closure_id)


def day_by_id(session: Session, row_id: int) -> CalendarDay | None:
    return session.get(CalendarDay, row_id)


def duty_by_id(session: Session, duty_id: int) -> Duty | None:
    return session.get(Duty, duty_id)

"""Closures, single days, and the weekdays and release of wards."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.bookings import service as booking_service
from visitation.kernel.errors import NotFound, Refused, StateChanged
from visitation.kernel.identity import Identity
from visitation.kernel.interval import Interval, at_local, local_day
from visitation.people.models import Ward
from visitation.timetable import queries
from visitation.timetable.models import CalendarDay, Closure, Terminal, WardHours
from visitation.timetable.plans import Change, Done, Plan, checked, lock, plan, settle
from visitation.timetable.queries import Grid
from visitation.timetable.rules import Said, Shut
from visitation.timetable.service_templates import clear_standing
from visitation.timetable.workdays import published

LATEST_RELEASE = 12 * 60


@dataclass(frozen=True)
class Draft:
    """A closure as it is wanted."""

    shut: Shut
    reason: str


@dataclass(frozen=True)
class Hours:
    """What is wanted for a ward: weekdays of its family visits (empty: all), minutes after the prison's release."""

    weekdays: frozenset[int]
    release_minutes: int


def plan_closure(session: Session, prison_id: int, draft: Draft, now: datetime) -> Plan:
    """Which bookings a closure would hit."""
    return plan(session, prison_id, _closing(session, prison_id, draft, now), now)


def add_closure(session: Session, who: Identity, prison_id: int, draft: Draft, seen: str, now: datetime) -> Done:
    """Close, and flag what it hits. `seen`: the fingerprint of the plan that was shown; Refused PLAN_CHANGED when it is another by now."""
    lock(session, prison_id)
    change = _closing(session, prison_id, draft, now)
    found = checked(session, prison_id, change, seen, now)
    shut = draft.shut
    row = Closure(
        prison_id=prison_id,
        ward_id=shut.ward_id,
        terminal_id=shut.terminal_id,
        starts_at=shut.interval.start,
        ends_at=shut.interval.end,
        reason=draft.reason,
        created_by=who.account_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    record(session, who, "closure.add", "closure", row.id, now, prison_id, hits=[hit.booking.ref for hit in found.hits])
    return settle(session, prison_id, change, found, f"closure:{row.id}", now, (row.id,))


def _closing(session: Session, prison_id: int, draft: Draft, now: datetime) -> Change:
    _own_scope(session, prison_id, draft.shut)
    if draft.shut.interval.end <= now:
        raise Refused("CLOSURE_PAST")
    if _stands(session, prison_id, draft.shut):
        raise Refused("CLOSURE_EXISTS")
    return Change(f"{draft.shut} {draft.reason}", "CLOSURE", lambda table: replace(table, shut=(*table.shut, draft.shut)), shuts=(draft.shut,))


def _stands(session: Session, prison_id: int, shut: Shut) -> bool:
    """Exactly this is closed already: a button that was pressed twice, or two people with the same notice in their hands."""
    same = (Closure.starts_at == shut.interval.start, Closure.ends_at == shut.interval.end, Closure.lifted_at.is_(None))
    where = (Closure.prison_id == prison_id, Closure.ward_id == shut.ward_id, Closure.terminal_id == shut.terminal_id)
    return session.scalar(select(Closure.id).where(*where, *same).limit(1)) is not None


def _own_scope(session: Session, prison_id: int, shut: Shut) -> None:
    ward = session.get(Ward, shut.ward_id) if shut.ward_id is not None else None
    terminal = session.get(Terminal, shut.terminal_id) if shut.terminal_id is not None else None
    wanted = [row for row, number in ((ward, shut.ward_id), (terminal, shut.terminal_id)) if number is not None]
    if any(row is None or row.prison_id != prison_id for row in wanted):
        raise NotFound


def lift_closure(session: Session, who: Identity, closure_id: int, now: datetime) -> Closure:
    """Open again; the flags that this closure raised are cleared, others stay."""
    row = session.get_one(Closure, closure_id)
    lock(session, row.prison_id)
    row = session.get_one(Closure, closure_id, with_for_update=True, populate_existing=True)
    if row.lifted_at is not None:
        raise StateChanged
    row.lifted_at = now
    booking_service.clear_flags(session, "CLOSURE", f"closure:{row.id}", now)
    record(session, who, "closure.lift", "closure", row.id, now, row.prison_id)
    return row


def whole_day(day: date) -> Shut:
    return Shut(Interval(at_local(day, time()), at_local(day + timedelta(days=1), time())))


def day_source(prison_id: int, day: date) -> str:
    return f"day:{prison_id}:{day}"


def plan_day(session: Session, prison_id: int, day: date, word: Said, now: datetime) -> Plan:
    return plan(session, prison_id, _deciding(session, prison_id, day, word, now), now)


def say_day(session: Session, who: Identity, prison_id: int, day: date, word: Said, note: str, seen: str, now: datetime) -> Done:
    """Decide that a day is or is not a working day here, or follows another weekday. Visits that lose their place are flagged."""
    lock(session, prison_id)
    change = _deciding(session, prison_id, day, word, now)
    found = checked(session, prison_id, change, seen, now)
    row = session.scalar(select(CalendarDay).where(CalendarDay.day == day, CalendarDay.prison_id == prison_id))
    row = row or CalendarDay(day=day, prison_id=prison_id)
    row.working, row.as_weekday, row.note = word.working, word.as_weekday, note
    session.add(row)
    session.flush()
    record(session, who, "calendar.day", "calendar_day", day.isoformat(), now, prison_id, working=word.working, as_weekday=word.as_weekday)
    source = day_source(prison_id, day)
    booking_service.clear_flags(session, "DAY_OFF", source, now)
    done = settle(session, prison_id, change, found, source, now)
    clear_standing(session, prison_id, now)
    return done


def _deciding(session: Session, prison_id: int, day: date, word: Said, now: datetime) -> Change:
    if day < local_day(now):
        raise Refused("DAY_PAST")
    stands = queries.days_said(session, prison_id, day, day).get(day)

    def after(table: Grid) -> Grid:
        return replace(table, said={**table.said, day: word})

    if word.working:
        return Change(f"{day} {word} {stands}", "TIMETABLE", after, sample=(day,))
    return Change(f"{day} {word} {stands}", "DAY_OFF", after, shuts=(whole_day(day),), days=frozenset({day}))


def plan_unsay(session: Session, row_id: int, now: datetime) -> Plan:
    row = session.get_one(CalendarDay, row_id)
    return plan(session, _owner(row), _forgetting(session, row), now)


def unsay_day(session: Session, who: Identity, row_id: int, seen: str, now: datetime) -> Done:
    """Take a decision about a day back: the published calendar counts again. Visits that stood on the decision are flagged."""
    row = session.get_one(CalendarDay, row_id)
    prison_id = _owner(row)
    lock(session, prison_id)
    change = _forgetting(session, row)
    found = checked(session, prison_id, change, seen, now)
    source = day_source(prison_id, row.day)
    record(session, who, "calendar.undo", "calendar_day", row.day.isoformat(), now, prison_id, hits=[hit.booking.ref for hit in found.hits])
    booking_service.clear_flags(session, "DAY_OFF", source, now)
    session.delete(row)
    done = settle(session, prison_id, change, found, source, now)
    clear_standing(session, prison_id, now)
    return done


def _owner(row: CalendarDay) -> int:
    """A prison's own decision; one for all is changed with the file of the year."""
    if row.prison_id is None:
        raise NotFound
    return row.prison_id


def _forgetting(session: Session, row: CalendarDay) -> Change:
    """What is said for all prisons counts then, else the published calendar."""
    day, prison_id = row.day, row.prison_id
    common = session.scalar(select(CalendarDay).where(CalendarDay.day == day, CalendarDay.prison_id.is_(None)))
    word = Said(common.working, common.as_weekday) if common is not None else None
    working = word.working if word is not None else published(day)

    def after(table: Grid) -> Grid:
        others = {one: said for one, said in table.said.items() if one != day}
        return replace(table, said={**others, **({day: word} if word is not None else {})})

    closed = frozenset({day}) if working is False else frozenset()
    return Change(f"undo {prison_id} {day} {row.working} {row.as_weekday} {word}", "TIMETABLE", after, days=closed)


def plan_ward(session: Session, ward_id: int, hours: Hours, now: datetime) -> Plan:
    ward = session.get_one(Ward, ward_id)
    return plan(session, ward.prison_id, _turning(session, ward, hours), now)


def save_ward_hours(session: Session, who: Identity, ward_id: int, hours: Hours, seen: str, now: datetime) -> Done:
    """The weekdays of a ward's family visits, and when its places are released. Visits on a day that is no longer its own are flagged."""
    ward = session.get_one(Ward, ward_id)
    lock(session, ward.prison_id)
    change = _turning(session, ward, hours)
    found = checked(session, ward.prison_id, change, seen, now)
    row = session.get(WardHours, ward_id) or WardHours(ward_id=ward_id, prison_id=ward.prison_id)
    row.weekdays, row.release_minutes = sorted(hours.weekdays), hours.release_minutes
    session.add(row)
    kept = {"weekdays": row.weekdays, "release_minutes": row.release_minutes}
    record(session, who, "ward.hours", "ward", ward_id, now, ward.prison_id, **kept)
    done = settle(session, ward.prison_id, change, found, f"ward:{ward_id}", now)
    clear_standing(session, ward.prison_id, now)
    return done


def _turning(session: Session, ward: Ward, hours: Hours) -> Change:
    if hours.release_minutes % 5 or not 0 <= hours.release_minutes <= LATEST_RELEASE:
        raise Refused("WARD_RELEASE")
    row = session.get(WardHours, ward.id, populate_existing=True)

    def after(table: Grid) -> Grid:
        others: Mapping[int, frozenset[int]] = {number: days for number, days in table.turns.items() if number != ward.id}
        return replace(table, turns={**others, **({ward.id: hours.weekdays} if hours.weekdays else {})})

    stands = (row.weekdays, row.release_minutes) if row is not None else None
    return Change(f"ward {ward.id} {sorted(hours.weekdays)} {hours.release_minutes} {stands}", "TIMETABLE", after)

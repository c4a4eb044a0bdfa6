"""Weekly rows: added, changed from a day on, ended. A row that has run is never rewritten; a change ends it and begins another."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.bookings.models import Booking, BookingFlag
from visitation.kernel.errors import NotFound, Refusal, Refused, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.people.models import Level, Ward
from visitation.timetable import queries
from visitation.timetable.models import Template, TemplateTerminal, Terminal
from visitation.timetable.plans import Change, Done, Places, Plan, checked, coming, lock, now_and_then, plan, settle
from visitation.timetable.queries import Grid
from visitation.timetable.rules import Weekly
from visitation.timetable.rules_weekly import weekly_problems

CODE = "TIMETABLE"
ONE_DAY = timedelta(days=1)
KEPT = ("kind", "weekday", "opens", "closes", "minutes", "turnaround", "stagger", "valid_from", "valid_to", "every_weeks")


def plan_templates(session: Session, prison_id: int, row: Weekly, weekdays: tuple[int, ...], now: datetime, replaces: int | None = None) -> Plan:
    """What the same row on several weekdays would do; `replaces`: the row that ends the day before. Raises Refused with every reason, of each weekday."""
    old = session.get(Template, replaces) if replaces is not None else None
    return plan(session, prison_id, _change(session, prison_id, row, weekdays, old, now), now)


def add_templates(session: Session, who: Identity, prison_id: int, row: Weekly, weekdays: tuple[int, ...], seen: str, now: datetime) -> Done:
    """The same weekly row on several weekdays. `seen`: the fingerprint of the plan that was shown."""
    lock(session, prison_id)
    change = _change(session, prison_id, row, weekdays, None, now)
    found = checked(session, prison_id, change, seen, now)
    made = _add(session, who, prison_id, row, weekdays, now)
    settle(session, prison_id, change, found, f"template:{made[0].id}", now)
    clear_standing(session, prison_id, now)
    return Done(f"template:{made[0].id}", len(found.hits), tuple(each.id for each in made))


def change_template(session: Session, who: Identity, template_id: int, row: Weekly, weekdays: tuple[int, ...], seen: str, now: datetime) -> Done:
    """From the first day of `row` on, the old row is replaced by it. Visits that lose their place are flagged, never moved."""
    old = session.get_one(Template, template_id)
    lock(session, old.prison_id)
    session.refresh(old)
    change = _change(session, old.prison_id, row, weekdays, old, now)
    found = checked(session, old.prison_id, change, seen, now)
    old.valid_to = row.valid_from - ONE_DAY
    made = _add(session, who, old.prison_id, row, weekdays, now)
    record(session, who, "template.change", "template", old.id, now, old.prison_id, becomes=[each.id for each in made], hits=_refs(found))
    done = settle(session, old.prison_id, change, found, f"template:{old.id}", now)
    clear_standing(session, old.prison_id, now)
    return done


def plan_end(session: Session, template_id: int, last_day: date, now: datetime) -> Plan:
    row = session.get_one(Template, template_id)
    return plan(session, row.prison_id, _ending(row, last_day, now), now)


def end_template(session: Session, who: Identity, template_id: int, last_day: date, seen: str, now: datetime) -> Done:
    """Let a weekly row run for the last time on `last_day`; a later day than before lets it go on. Visits that lose their place are flagged."""
    row = session.get_one(Template, template_id)
    lock(session, row.prison_id)
    session.refresh(row)
    change = _ending(row, last_day, now)
    found = checked(session, row.prison_id, change, seen, now)
    row.valid_to = max(last_day, row.valid_from - ONE_DAY)
    record(session, who, "template.end", "template", row.id, now, row.prison_id, last_day=last_day.isoformat(), hits=_refs(found))
    done = settle(session, row.prison_id, change, found, f"template:{row.id}", now)
    clear_standing(session, row.prison_id, now)
    return done


def clear_standing(session: Session, prison_id: int, now: datetime) -> None:
    """Visits that have a place again are un-flagged, whichever change took it from them."""
    query = select(BookingFlag.id, Booking.id).join(Booking, Booking.id == BookingFlag.booking_id)
    query = query.where(BookingFlag.code == CODE, BookingFlag.cleared_at.is_(None), Booking.prison_id == prison_id, Booking.starts_at > now)
    flagged = session.execute(query).all()
    if flagged:
        places = Places(now_and_then(session, prison_id, now))
        standing = {visit.booking_id for visit in coming(session, prison_id, now) if places.has(visit)}
        gone = [flag for flag, booking in flagged if booking in standing]
        session.execute(update(BookingFlag).where(BookingFlag.id.in_(gone)).values(cleared_at=now))


def _change(session: Session, prison_id: int, row: Weekly, weekdays: tuple[int, ...], old: Template | None, now: datetime) -> Change:
    wanted = _wanted(session, prison_id, row, weekdays, old, now)
    replaced = old.id if old is not None else None
    until = row.valid_from - ONE_DAY

    def after(table: Grid) -> Grid:
        kept = [replace(each, valid_to=until) if each.row_id == replaced else each for each in table.weekly]
        return replace(table, weekly=(*kept, *wanted))

    told = f"template {replaced} {[canonical(each) for each in wanted]} {canonical(_as_rule(old)) if old is not None else ''}"
    return Change(told, CODE, after, sample=tuple(_first_day(each, now) for each in wanted))


def _wanted(session: Session, prison_id: int, row: Weekly, weekdays: tuple[int, ...], old: Template | None, now: datetime) -> list[Weekly]:
    """The row for each weekday, when nothing stands against it."""
    names = {each.id: each.name for each in queries.terminals(session, prison_id)}
    _own(session, prison_id, row, names)
    others = [_as_rule(each) for each in queries.templates(session, prison_id, local_day(now))]  # terminals out of service too: they come back
    if old is not None:
        others = [replace(each, valid_to=row.valid_from - ONE_DAY) if each.row_id == old.id else each for each in others]
    wanted = [replace(row, weekday=weekday) for weekday in sorted(set(weekdays))]
    found: dict[tuple[str, str], Refusal] = {}
    for place, each in enumerate(wanted):
        for refusal in weekly_problems(each, [*others, *wanted[:place]], local_day(now), names):
            found.setdefault((refusal.code, str(refusal.facts)), refusal)
    refuse(found.values() if weekdays else [Refusal("TEMPLATE_NO_WEEKDAY")])
    return wanted


def _ending(row: Template, last_day: date, now: datetime) -> Change:
    if last_day < local_day(now) - ONE_DAY:
        raise Refused("TEMPLATE_PAST")

    def after(table: Grid) -> Grid:
        return replace(table, weekly=tuple(replace(each, valid_to=last_day) if each.row_id == row.id else each for each in table.weekly))

    return Change(f"end {row.id} {last_day} {row.valid_to}", CODE, after)


def _own(session: Session, prison_id: int, row: Weekly, names: dict[int, str]) -> None:
    """Terminals, wards and levels that exist here; anything else was not on the form."""
    wards = set(session.scalars(select(Ward.id).where(Ward.prison_id == prison_id)))
    levels = set(session.scalars(select(Level.code)))
    if not (names.keys() >= set(row.terminals) and wards >= row.wards and levels >= row.levels):
        raise NotFound


def _add(session: Session, who: Identity, prison_id: int, row: Weekly, weekdays: Iterable[int], now: datetime) -> list[Template]:
    made = [_template(prison_id, replace(row, weekday=weekday)) for weekday in sorted(set(weekdays))]
    session.add_all(made)
    session.flush()
    for template in made:
        record(session, who, "template.add", "template", template.id, now, prison_id, weekday=template.weekday, kind=template.kind)
    return made


def _template(prison_id: int, row: Weekly) -> Template:
    places = [TemplateTerminal(terminal_id=number) for number in row.terminals]
    kept = {name: getattr(row, name) for name in KEPT}
    return Template(prison_id=prison_id, terminals=places, wards=sorted(row.wards), levels=sorted(row.levels), **kept)


def _as_rule(row: Template) -> Weekly:
    return queries.weekly(row, [place.terminal_id for place in row.terminals])


def canonical(row: Weekly) -> str:
    """A row as text that is the same in every process."""
    return repr({**vars(row), "wards": sorted(row.wards), "levels": sorted(row.levels)})


def _first_day(row: Weekly, now: datetime) -> date:
    start = max(row.valid_from, local_day(now))
    return start + timedelta(days=(row.weekday - start.weekday()) % 7)


def _refs(found: Plan) -> list[str]:
    return [hit.booking.ref for hit in found.hits]


def terminals_of(session: Session, template_id: int) -> list[Terminal]:
    query = select(Terminal).join(TemplateTerminal, TemplateTerminal.terminal_id == Terminal.id).where(TemplateTerminal.template_id == template_id)
    return list(session.scalars(query.order_by(Terminal.name, Terminal.id)))

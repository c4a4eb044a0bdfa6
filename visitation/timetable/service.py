"""Changing the timetable. Every change takes the prison's row exclusively, so that no booking is judged by half of it, and counts its version."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.audit.service import record
from visitation.bookings import queries as bookings
from visitation.bookings import service as booking_service
from visitation.bookings.models import Booking
from visitation.kernel.errors import NotFound, Refusal, Refused, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import Interval, at_local, local_day
from visitation.people.models import Ward
from visitation.timetable import queries
from visitation.timetable.models import CalendarDay, Closure, Duty, Template, TemplateTerminal, Terminal, Timetable
from visitation.timetable.rules import Said, Shut, Weekly
from visitation.timetable.rules_weekly import weekly_problems


@dataclass(frozen=True)
class Draft:
    """A closure as it is wanted."""

    shut: Shut
    reason: str


@dataclass(frozen=True)
class Plan:
    """What a closure would hit, and the name of that list: saving refuses when it has changed since it was shown."""

    hits: tuple[Booking, ...]
    fingerprint: str


def lock(session: Session, prison_id: int) -> None:
    """Take the timetable of a prison for a change."""
    row = session.get(Timetable, prison_id, with_for_update=True, populate_existing=True)
    if row is None:
        session.add(Timetable(prison_id=prison_id))
    else:
        row.version += 1
    session.flush()


def add_templates(session: Session, who: Identity, prison_id: int, row: Weekly, weekdays: tuple[int, ...], now: datetime) -> list[Template]:
    """The same weekly row on several weekdays. Raises Refused with every reason, of each weekday."""
    lock(session, prison_id)
    _own_terminals(session, prison_id, row.terminals)
    others = queries.weekly_rows(session, prison_id, local_day(now))
    wanted = [Weekly(**{**vars(row), "weekday": weekday}) for weekday in weekdays]
    found: dict[tuple[str, str], Refusal] = {}
    for each in wanted:
        for refusal in weekly_problems(each, others, local_day(now)):
            found.setdefault((refusal.code, str(refusal.facts)), refusal)
    refuse(found.values() if weekdays else [Refusal("TEMPLATE_NO_WEEKDAY")])
    made = [_template(prison_id, each) for each in wanted]
    session.add_all(made)
    session.flush()
    for template in made:
        record(session, who, "template.add", "template", template.id, now, prison_id, weekday=template.weekday, kind=template.kind)
    return made


def _template(prison_id: int, row: Weekly) -> Template:
    kept = ("kind", "weekday", "opens", "closes", "minutes", "turnaround", "stagger", "valid_from", "valid_to")
    places = [TemplateTerminal(terminal_id=number) for number in row.terminals]
    return Template(prison_id=prison_id, terminals=places, **{name: getattr(row, name) for name in kept})


def _own_terminals(session: Session, prison_id: int, wanted: tuple[int, ...]) -> None:
    own = set(session.scalars(select(Terminal.id).where(Terminal.prison_id == prison_id)))
    if not own.issuperset(wanted):
        raise NotFound


def end_template(session: Session, who: Identity, template_id: int, last_day: date, now: datetime) -> Template:
    """Let a weekly row run for the last time on `last_day`. Visits that are booked already stand."""
    row = session.get_one(Template, template_id)
    lock(session, row.prison_id)
    if last_day < local_day(now) - timedelta(days=1):
        raise Refused("TEMPLATE_PAST")
    row.valid_to = max(last_day, row.valid_from - timedelta(days=1))
    record(session, who, "template.end", "template", row.id, now, row.prison_id, last_day=last_day.isoformat())
    return row


def plan_closure(session: Session, prison_id: int, draft: Draft, now: datetime) -> Plan:
    """Which bookings a closure would hit."""
    hits = tuple(bookings.hit_by(session, prison_id, draft.shut, now))
    told = [f"{prison_id} {draft.shut} {draft.reason}", *(f"{row.ref} {row.sequence} {row.state} {row.starts_at}" for row in hits)]
    return Plan(hits, hashlib.sha256("\n".join(told).encode()).hexdigest()[:32])


def add_closure(session: Session, who: Identity, prison_id: int, draft: Draft, seen: str, now: datetime) -> Closure:
    """Close, and flag what it hits. `seen`: the fingerprint of the plan that was shown; Refused PLAN_CHANGED when it is another by now."""
    lock(session, prison_id)
    _own_scope(session, prison_id, draft.shut)
    if draft.shut.interval.end <= now:
        raise Refused("CLOSURE_PAST")
    plan = plan_closure(session, prison_id, draft, now)
    if plan.fingerprint != seen:
        raise Refused("PLAN_CHANGED")
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
    booking_service.raise_flags(session, plan.hits, "CLOSURE", f"closure:{row.id}", now)
    record(session, who, "closure.add", "closure", row.id, now, prison_id, hits=[hit.ref for hit in plan.hits])
    return row


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


def say_day(session: Session, who: Identity, prison_id: int, day: date, word: Said, note: str, now: datetime) -> int:
    """Decide that a day is or is not a working day here. A day off flags the visits booked on it. Returns how many are flagged."""
    lock(session, prison_id)
    if day < local_day(now):
        raise Refused("DAY_PAST")
    row = session.scalar(select(CalendarDay).where(CalendarDay.day == day, CalendarDay.prison_id == prison_id))
    row = row or CalendarDay(day=day, prison_id=prison_id)
    row.working, row.as_weekday, row.note = word.working, word.as_weekday, note
    session.add(row)
    session.flush()
    record(session, who, "calendar.day", "calendar_day", day.isoformat(), now, prison_id, working=word.working, as_weekday=word.as_weekday)
    booking_service.clear_flags(session, "DAY_OFF", f"day:{prison_id}:{day}", now)
    if word.working:
        return 0
    whole = Shut(Interval(at_local(day, time()), at_local(day + timedelta(days=1), time())))
    hits = bookings.hit_by(session, prison_id, whole, now)
    return booking_service.raise_flags(session, hits, "DAY_OFF", f"day:{prison_id}:{day}", now)


def unsay_day(session: Session, who: Identity, row_id: int, now: datetime) -> None:
    """Take a decision about a day back: the published calendar counts again."""
    row = session.get_one(CalendarDay, row_id)
    if row.prison_id is None:
        raise NotFound
    lock(session, row.prison_id)
    booking_service.clear_flags(session, "DAY_OFF", f"day:{row.prison_id}:{row.day}", now)
    record(session, who, "calendar.undo", "calendar_day", row.day.isoformat(), now, row.prison_id)
    session.delete(row)


def add_duty(session: Session, who: Identity, prison_id: int, account_id: int, span: Interval, lanes: int, now: datetime) -> Duty:
    """Put an officer on the roster. One officer is in one place: overlapping duties are refused."""
    lock(session, prison_id)
    officer = session.get(Account, account_id)
    if officer is None or officer.prison_id not in (None, prison_id) or officer.kind != "staff":
        raise NotFound
    clash = select(Duty).where(Duty.account_id == account_id, Duty.starts_at < span.end, Duty.ends_at > span.start)
    refuse(
        [
            *([Refusal("DUTY_PAST")] if span.end <= now else []),
            *([Refusal("DUTY_TWICE", {"name": officer.name})] if session.scalar(clash.limit(1)) is not None else []),
        ]
    )
    row = Duty(prison_id=prison_id, account_id=account_id, starts_at=span.start, ends_at=span.end, lanes=lanes)
    session.add(row)
    session.flush()
    record(session, who, "duty.add", "duty", row.id, now, prison_id, officer=account_id, lanes=lanes)
    return row


def remove_duty(session: Session, who: Identity, duty_id: int, now: datetime) -> None:
    row = session.get_one(Duty, duty_id)
    lock(session, row.prison_id)
    record(session, who, "duty.remove", "duty", row.id, now, row.prison_id, officer=row.account_id)
    session.delete(row)

"""How many visits there may be at once: the duty roster, the prison's line, terminals in and out of service. Less room is dealt out anew at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.audit.service import record
from visitation.bookings import service as booking_service
from visitation.kernel.errors import NotFound, Refusal, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import LOCAL, Interval, at_local, local_day
from visitation.people.models import Prison
from visitation.timetable.models import Duty, Terminal
from visitation.timetable.plans import Change, Done, Plan, checked, lock, plan, settle
from visitation.timetable.queries import Grid
from visitation.timetable.rules import Shut, Watch
from visitation.timetable.workdays import taken_as_working

CAPACITY, TERMINAL_OUT = "CAPACITY", "TERMINAL_OUT"
FOR_EVER = timedelta(days=3650)


@dataclass(frozen=True)
class Shift:
    """A duty as it is wanted."""

    account_id: int
    span: Interval
    lanes: int

    @property
    def watch(self) -> Watch:
        return Watch(self.span, self.lanes)


def plan_duty(session: Session, prison_id: int, shifts: Sequence[Shift], now: datetime, duty_id: int | None = None) -> Plan:
    """What new duties (duty_id None), a changed one, or one that is taken away (no shifts) would do."""
    return plan(session, prison_id, _rostering(session, prison_id, shifts, duty_id, now), now)


def add_duty(session: Session, who: Identity, prison_id: int, shifts: Sequence[Shift], seen: str, now: datetime) -> Done:
    """Put an officer on the roster, on one day or several. One officer is in one place: overlapping duties are refused."""
    lock(session, prison_id)
    change = _rostering(session, prison_id, shifts, None, now)
    found = checked(session, prison_id, change, seen, now)
    rows = [Duty(prison_id=prison_id, account_id=shift.account_id, starts_at=shift.span.start, ends_at=shift.span.end, lanes=shift.lanes) for shift in shifts]
    session.add_all(rows)
    session.flush()
    for row in rows:
        record(session, who, "duty.add", "duty", row.id, now, prison_id, officer=row.account_id, lanes=row.lanes, hits=_refs(found))
    return settle(session, prison_id, change, found, f"capacity:{prison_id}", now, tuple(row.id for row in rows))


def change_duty(session: Session, who: Identity, duty_id: int, shift: Shift, seen: str, now: datetime) -> Done:
    """Other times, another officer or other lanes."""
    row = session.get_one(Duty, duty_id)
    lock(session, row.prison_id)
    session.refresh(row)
    change = _rostering(session, row.prison_id, (shift,), duty_id, now)
    found = checked(session, row.prison_id, change, seen, now)
    before = {"officer": row.account_id, "starts": row.starts_at.isoformat(), "ends": row.ends_at.isoformat(), "lanes": row.lanes}
    row.account_id, row.starts_at, row.ends_at, row.lanes = shift.account_id, shift.span.start, shift.span.end, shift.lanes
    after = {"starts": row.starts_at.isoformat(), "ends": row.ends_at.isoformat(), "lanes": row.lanes}
    record(session, who, "duty.change", "duty", row.id, now, row.prison_id, officer=row.account_id, before=before, after=after, hits=_refs(found))
    return settle(session, row.prison_id, change, found, f"capacity:{row.prison_id}", now)


def remove_duty(session: Session, who: Identity, duty_id: int, seen: str, now: datetime) -> Done:
    """Take a duty off the roster. Visits for which there is no lane any more are flagged."""
    row = session.get_one(Duty, duty_id)
    prison_id = row.prison_id
    lock(session, prison_id)
    change = _rostering(session, prison_id, (), duty_id, now)
    found = checked(session, prison_id, change, seen, now)
    record(session, who, "duty.remove", "duty", row.id, now, prison_id, officer=row.account_id, hits=_refs(found))
    session.delete(row)
    return settle(session, prison_id, change, found, f"capacity:{prison_id}", now)


def _rostering(session: Session, prison_id: int, shifts: Sequence[Shift], duty_id: int | None, now: datetime) -> Change:
    row = session.get(Duty, duty_id) if duty_id is not None else None
    old = Watch(Interval(row.starts_at, row.ends_at), row.lanes) if row is not None else None
    refuse(refusal for shift in shifts for refusal in _against(session, prison_id, shift, duty_id, now))

    def after(table: Grid) -> Grid:
        watches = list(table.watches)
        if old in watches:
            watches.remove(old)
        return replace(table, watches=(*watches, *(shift.watch for shift in shifts)), _lanes={})

    days = tuple(local_day(shift.span.start) for shift in shifts)
    return Change(f"duty {duty_id} {old} {list(shifts)}", CAPACITY, after, sample=days, counts=True)


def _against(session: Session, prison_id: int, shift: Shift, duty_id: int | None, now: datetime) -> list[Refusal]:
    officer = session.get(Account, shift.account_id)
    if officer is None or officer.prison_id not in (None, prison_id) or officer.kind != "staff":
        raise NotFound
    clash = select(Duty).where(Duty.account_id == shift.account_id, Duty.starts_at < shift.span.end, Duty.ends_at > shift.span.start)
    clash = clash.where(Duty.id != (duty_id or 0))
    return [
        *([Refusal("DUTY_PAST")] if shift.span.end <= now else []),
        *([Refusal("DUTY_TWICE", {"name": officer.name, "day": local_day(shift.span.start)})] if session.scalar(clash.limit(1)) is not None else []),
    ]


def repeated(table: Grid, shift: Shift, until: date) -> list[Shift]:
    """A duty on its day and on every working day after it until `until`, at the same hours."""
    first = local_day(shift.span.start)
    length = shift.span.end - shift.span.start
    wall = shift.span.start.astimezone(LOCAL).time()
    days = [day for day in table.days() if first < day <= until and taken_as_working(day, {one: word.working for one, word in table.said.items()})]
    return [shift, *(replace(shift, span=Interval(at_local(day, wall), at_local(day, wall) + length)) for day in days)]


def plan_uplink(session: Session, prison_id: int, sessions: int, now: datetime) -> Plan:
    return plan(session, prison_id, _lining(session, prison_id, sessions), now)


def set_uplink(session: Session, who: Identity, prison_id: int, sessions: int, seen: str, now: datetime) -> Done:
    """How many sessions the prison's line carries at once."""
    lock(session, prison_id)
    change = _lining(session, prison_id, sessions)
    found = checked(session, prison_id, change, seen, now)
    prison = session.get_one(Prison, prison_id, populate_existing=True)
    before, prison.uplink_sessions = prison.uplink_sessions, sessions
    record(session, who, "prison.uplink", "prison", prison_id, now, prison_id, before=before, after=sessions, hits=_refs(found))
    return settle(session, prison_id, change, found, f"capacity:{prison_id}", now)


def _lining(session: Session, prison_id: int, sessions: int) -> Change:
    before = session.scalar(select(Prison.uplink_sessions).where(Prison.id == prison_id))
    return Change(f"uplink {before} {sessions}", CAPACITY, lambda table: replace(table, uplink=sessions, _lanes={}), counts=True)


def uplink_changed(session: Session, prison_id: int, now: datetime) -> None:
    """For the room that keeps a prison's data: its line was changed there."""
    lock(session, prison_id)
    session.flush()
    booking_service.repack(session, prison_id, now)


def plan_service(session: Session, terminal_id: int, in_service: bool, now: datetime) -> Plan:
    row = session.get_one(Terminal, terminal_id)
    return plan(session, row.prison_id, _serving(row, in_service, now), now)


def set_in_service(session: Session, who: Identity, terminal_id: int, in_service: bool, seen: str, now: datetime) -> Done:
    """Take a terminal out of service until somebody puts it back, or put it back. The visits it has are flagged, or un-flagged."""
    row = session.get_one(Terminal, terminal_id)
    lock(session, row.prison_id)
    row = session.get_one(Terminal, terminal_id, with_for_update=True, populate_existing=True)
    if row.in_service is in_service:
        raise StateChanged
    change = _serving(row, in_service, now)
    found = checked(session, row.prison_id, change, seen, now)
    row.in_service = in_service
    record(session, who, "terminal.service", "terminal", row.id, now, row.prison_id, in_service=in_service, hits=_refs(found))
    if in_service:
        booking_service.clear_flags(session, TERMINAL_OUT, out_source(row.id), now)
    return settle(session, row.prison_id, change, found, out_source(row.id), now)


def service_changed(session: Session, terminal: Terminal, now: datetime) -> None:
    """For the room that keeps terminals: one was taken out of service or put back there. The caller holds the timetable."""
    if terminal.in_service:
        booking_service.clear_flags(session, TERMINAL_OUT, out_source(terminal.id), now)
    else:
        found = plan(session, terminal.prison_id, _serving(terminal, False, now), now)
        booking_service.raise_flags(session, found.of(TERMINAL_OUT), TERMINAL_OUT, out_source(terminal.id), now)


def out_source(terminal_id: int) -> str:
    return f"terminal-out:{terminal_id}"


def _serving(row: Terminal, in_service: bool, now: datetime) -> Change:
    """Out of service is a closure without an end; its weekly rows leave it out by themselves."""
    shuts = () if in_service else (Shut(Interval(now, now + FOR_EVER), None, row.id),)
    return Change(f"service {row.id} {in_service}", TERMINAL_OUT, lambda table: table, shuts)


def _refs(found: Plan) -> list[str]:
    return [hit.booking.ref for hit in found.hits]

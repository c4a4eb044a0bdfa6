"""A year's calendar read from a file: every day of it, for one prison or for all. What is past stays as it was."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.bookings import service as booking_service
from visitation.bookings.models import Booking, BookingFlag
from visitation.kernel.errors import NotFound, Refused
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.people.models import Prison
from visitation.timetable.models import CalendarDay
from visitation.timetable.plans import Change, Done, Hit, Plan, lock, plan
from visitation.timetable.queries import Grid
from visitation.timetable.rules_calendar import YearDay
from visitation.timetable.service_closures import day_source
from visitation.timetable.service_templates import clear_standing

CODE = "DAY_OFF"


@dataclass(frozen=True)
class Year:
    """A year as the file has it. prison_id None: for all prisons; then a prison's own word still wins."""

    year: int
    lines: tuple[YearDay, ...]
    prison_id: int | None
    file_name: str = ""

    @property
    def name(self) -> str:
        """The same for the same days, whatever the file looked like."""
        return hashlib.sha256(repr(self.lines).encode()).hexdigest()


def plan_year(session: Session, wanted: Year, now: datetime) -> Plan:
    """What the file would do, in every prison it is for."""
    plans = [plan(session, prison_id, _change(session, prison_id, wanted, now), now) for prison_id in _prisons(session, wanted)]
    hits: tuple[Hit, ...] = tuple(hit for each in plans for hit in each.hits)
    return Plan(hits, 0, (), hashlib.sha256("".join(each.fingerprint for each in plans).encode()).hexdigest()[:32])


def save_year(session: Session, who: Identity, wanted: Year, seen: str, now: datetime) -> Done:
    """Put the days of the file in place of what was decided for them before. Visits on days that are closed now are flagged by their day."""
    if who.prison_id is not None and wanted.prison_id != who.prison_id:
        raise NotFound
    prisons = _prisons(session, wanted)
    for prison_id in prisons:
        lock(session, prison_id)
    found = plan_year(session, wanted, now)
    if found.fingerprint != seen:
        raise Refused("PLAN_CHANGED")
    today = local_day(now)
    first, last = max(today, date(wanted.year, 1, 1)), date(wanted.year, 12, 31)
    theirs = CalendarDay.prison_id.is_(None) if wanted.prison_id is None else CalendarDay.prison_id == wanted.prison_id
    session.execute(delete(CalendarDay).where(theirs, CalendarDay.day.between(first, last)))
    rows = [_row(line, wanted.prison_id) for line in wanted.lines if line.day >= today]
    if rows:
        session.execute(insert(CalendarDay), rows)
    _open_again(session, prisons, [line.day for line in wanted.lines if line.said.working and line.day >= today], now)
    session.flush()
    _flag(session, found.hits, now)
    for prison_id in prisons:
        clear_standing(session, prison_id, now)
    told = {"file": wanted.file_name, "days": len(rows), "name": wanted.name, "hits": [hit.booking.ref for hit in found.hits]}
    record(session, who, "calendar.year", "calendar_year", wanted.year, now, wanted.prison_id, **told)
    return Done("", len(found.hits))


def _row(line: YearDay, prison_id: int | None) -> dict[str, object]:
    return {"day": line.day, "prison_id": prison_id, "working": line.said.working, "as_weekday": line.said.as_weekday, "note": line.note}


def _prisons(session: Session, wanted: Year) -> Sequence[int]:
    if wanted.prison_id is not None:
        return [wanted.prison_id]
    return session.scalars(select(Prison.id).where(Prison.closed_at.is_(None)).order_by(Prison.id)).all()


def _change(session: Session, prison_id: int, wanted: Year, now: datetime) -> Change:
    today = local_day(now)
    lines = {line.day: line.said for line in wanted.lines if line.day >= today}
    own = select(CalendarDay.day).where(CalendarDay.prison_id == prison_id, CalendarDay.day.between(min(lines, default=today), max(lines, default=today)))
    kept = set(session.scalars(own)) if wanted.prison_id is None else set()
    new = {day: said for day, said in lines.items() if day not in kept}

    def after(table: Grid) -> Grid:
        return replace(table, said={**table.said, **new})

    return Change(f"year {wanted.year} {wanted.name}", "TIMETABLE", after, days=frozenset(day for day, said in new.items() if not said.working))


def _open_again(session: Session, prisons: Sequence[int], days: Sequence[date], now: datetime) -> None:
    """Flags of days that are working days now are cleared."""
    sources = {day_source(prison_id, day) for prison_id in prisons for day in days}
    flagged = session.scalars(select(BookingFlag.source).where(BookingFlag.code == CODE, BookingFlag.cleared_at.is_(None)).distinct())
    gone = [source for source in flagged if source in sources]
    session.execute(update(BookingFlag).where(BookingFlag.code == CODE, BookingFlag.source.in_(gone)).values(cleared_at=now))


def _flag(session: Session, hits: Sequence[Hit], now: datetime) -> None:
    """Each visit by its day, so that whoever decides that day anew finds its flags."""
    groups: dict[tuple[str, str], list[Booking]] = {}
    for hit in hits:
        for code in hit.codes:
            groups.setdefault((code, day_source(hit.booking.prison_id, local_day(hit.booking.starts_at))), []).append(hit.booking)
    for (code, source), rows in sorted(groups.items()):
        booking_service.raise_flags(session, rows, code, source, now)

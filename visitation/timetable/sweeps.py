"""What happens to the timetable by itself: terminals fall silent and are heard again. Idempotent; a look that was killed loses nothing.

Visits on days that turn out to be days off, for instance when a year is published, are found by the bookings' own review.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.bookings import service as booking_service
from visitation.bookings.models import Booking
from visitation.kernel.identity import SYSTEM
from visitation.kernel.interval import local_day
from visitation.policies.queries import policies_of
from visitation.timetable.models import Terminal
from visitation.timetable.plans import COMING, lock, now_and_then
from visitation.timetable.queries import is_working_day
from visitation.timetable.rules_terminals import Off, Silence, judged

OFFLINE = "TERMINAL_OFFLINE"


def terminal_source(terminal_id: int) -> str:
    return f"terminal:{terminal_id}"


def sweep(session: Session, now: datetime) -> int:
    """Returns how many terminals changed and how many visits were newly flagged."""
    query = select(Terminal).where(or_(Terminal.seen_at.is_not(None), Terminal.offline_since.is_not(None))).order_by(Terminal.prison_id, Terminal.id)
    by_prison: dict[int, list[Terminal]] = {}
    for row in session.scalars(query.execution_options(populate_existing=True)):
        by_prison.setdefault(row.prison_id, []).append(row)
    return sum(_of_prison(session, prison_id, rows, now) for prison_id, rows in by_prison.items())


def _of_prison(session: Session, prison_id: int, rows: Iterable[Terminal], now: datetime) -> int:
    silence = Silence.of(policies_of(session, prison_id, ("terminal_offline",)).value("terminal_offline", local_day(now)))
    working = is_working_day(session, prison_id, local_day(now))
    changed = fresh = 0
    for row in rows:
        known = Off(row.offline_since, row.offline_until)
        found = judged(row.seen_at, known, silence, working, now) if row.in_service else Off()
        if found != known:
            if not changed:
                lock(session, prison_id)
            row.offline_since, row.offline_until = found.since, found.until
            record(session, SYSTEM, "terminal.offline" if found.until else "terminal.online", "terminal", row.id, now, prison_id)
            changed += 1
        if found.until is not None or found != known:
            fresh += booking_service.follow(session, OFFLINE, terminal_source(row.id), _hit(session, row.id, found, now), now)
    return changed + fresh


def _hit(session: Session, terminal_id: int, off: Off, now: datetime) -> set[int]:
    if off.until is None:
        return set()
    query = select(Booking.id).where(Booking.terminal_id == terminal_id, Booking.state.in_(COMING))
    return set(session.scalars(query.where(Booking.starts_at > now, Booking.starts_at < off.until)))


def capacity_sweep(session: Session, now: datetime) -> int:
    """Room that became less or more without anybody changing the roster, for instance because a rule began to hold: dealt out anew where it differs.

    Returns how many visits were newly flagged.
    """
    prisons = session.scalars(select(Booking.prison_id).where(Booking.state.in_(COMING), Booking.starts_at > now).distinct().order_by(Booking.prison_id)).all()
    fresh = 0
    for prison_id in prisons:
        (full,) = booking_service.overfull_now(session, prison_id, now, (now_and_then(session, prison_id, now),))
        if full != booking_service.without_room(session, prison_id, now):
            lock(session, prison_id)
            fresh += booking_service.repack(session, prison_id, now).flagged
    return fresh

"""The end of a session: how it came to it, what became of the booking, and who is told."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from visitation.audit import service as audit
from visitation.audit.models import AuditEntry
from visitation.bookings import service as bookings
from visitation.bookings.models import Booking
from visitation.kernel.identity import SYSTEM
from visitation.supervision import commands
from visitation.supervision.models import LiveSession, SessionEvent, SessionTask
from visitation.supervision.outside import PREFIXES
from visitation.supervision.queries import candidates
from visitation.supervision.register import GAP, STARTED
from visitation.supervision.rules import AFTER_HARD_END, Course, choose, outcome, reason_code


def close(session: Session, live: LiveSession, broker_outcome: str, cause: str, at: datetime, now: datetime) -> None:
    """Write down the end of a session, once; the booking gets its outcome in the same transaction."""
    if live.ended_at is not None:
        return
    live.stage, live.gate_open, live.gate_reason = "ended", False, "ENDED"
    live.ended_at, live.cause = at, cause[:200]
    for task in session.scalars(select(SessionTask).where(SessionTask.session_id == live.id, SessionTask.closed_at.is_(None))):
        task.closed_at = at
    code = outcome(_course(session, live, broker_outcome, cause, now))
    code = no_show(live.booking) if code == "no_show_visitor" else code
    if live.booking.state == "confirmed":
        bookings.record_outcome(session, live.booking_id, code, round(live.seconds_used), reason_code(cause) or None, now)
    audit.record(
        session, SYSTEM, "session.closed", "session", live.sid, now, live.booking.prison_id, outcome=code, cause=cause, seconds=round(live.seconds_used, 1)
    )
    commands.changed(session, live.booking.prison_id, "session", now, live.booking.ref)


def close_overdue(session: Session, now: datetime) -> int:
    """Close sessions whose hard end passed without a report of their broker: it died with them. Idempotent. Returns how many."""
    rows = session.scalars(select(LiveSession).where(LiveSession.ended_at.is_(None)).with_for_update(skip_locked=True)).all()
    overdue = [row for row in rows if now.timestamp() > row.facts.get("hard_end", 0) + AFTER_HARD_END.total_seconds()]
    for row in overdue:
        close(session, row, "completed" if _nearly_whole(row) else "BROKER_LOST" if row.live_at else "not_held", "BROKER_LOST", now, now)
    return len(overdue)


def close_unopened(session: Session, now: datetime) -> int:
    """Visits that nobody ever joined: the booked end passed and no session was opened. Idempotent. Returns how many."""
    query = select(Booking).outerjoin(LiveSession, LiveSession.booking_id == Booking.id)
    query = query.where(Booking.state == "confirmed", Booking.ends_at < now - timedelta(minutes=10), LiveSession.id.is_(None)).limit(50)
    rows = session.scalars(query).all()
    for row in rows:
        there = broker_was_there(session, row, now)
        bookings.record_outcome(session, row.id, no_show(row) if there else "technical", 0, "NOBODY_JOINED" if there else "BROKER_LOST", now)
    return len(rows)


def no_show(booking: Booking) -> str:
    """Who is missed where nobody came from outside."""
    return "no_show_lawyer" if booking.lawyer is not None and not booking.party else "no_show_visitor"


def broker_was_there(session: Session, booking: Booking, now: datetime) -> bool:
    """Whether people could join from the opening of the doors until now: a broker answers, and none was away or had to start again since."""
    if choose(candidates(session), now) is None:
        return False
    opened = booking.starts_at - timedelta(minutes=int(booking.terms.get("ready_minutes", 30)))
    query = select(AuditEntry.id).where(AuditEntry.act.in_((STARTED, GAP)), AuditEntry.at >= opened).limit(1)
    return session.scalar(query) is None


def _nearly_whole(live: LiveSession) -> bool:
    return bool(live.seconds_used >= 0.95 * 60 * live.facts.get("minutes", 0))


def _course(session: Session, live: LiveSession, broker_outcome: str, cause: str, now: datetime) -> Course:
    return Course(
        broker_outcome=broker_outcome,
        cause=cause,
        was_live=live.live_at is not None,
        visitor_came=_came(session, live.id, *PREFIXES),
        terminal_came=_came(session, live.id, "terminal:"),
        checked_in=live.checked_in_at is not None,
        broker_there=live.live_at is not None or broker_was_there(session, live.booking, now),
        line_lost=_line_was_lost(session, live.id),
        paused_for=_paused_for(session, live.id),
    )


def _came(session: Session, session_id: int, *prefixes: str) -> bool:
    query = select(func.count(SessionEvent.id)).where(
        SessionEvent.session_id == session_id, SessionEvent.type.in_(("joined", "rejoined")), or_(*map(SessionEvent.pid.startswith, prefixes))
    )
    return bool(session.scalar(query))


def _line_was_lost(session: Session, session_id: int) -> bool:
    """Whether the last that was seen of the outside legs is a broken line, not somebody who left: then it is the line's fault."""
    query = select(SessionEvent.type).where(
        SessionEvent.session_id == session_id, SessionEvent.type.in_(("lost", "left", "rejoined")), or_(*map(SessionEvent.pid.startswith, PREFIXES))
    )
    last = session.scalars(query.order_by(SessionEvent.at.desc(), SessionEvent.id.desc()).limit(1)).first()
    return last == "lost"


def _paused_for(session: Session, session_id: int) -> str:
    """The officer's reason of the pause in which the session ended; empty where it was going on, or somebody was lost."""
    query = select(SessionEvent.data).where(SessionEvent.session_id == session_id, SessionEvent.type == "stage")
    stages = session.scalars(query.order_by(SessionEvent.at.desc(), SessionEvent.id.desc()).limit(2)).all()
    last: dict[str, Any] = next((data for data in stages if data.get("to") != "ended"), {})
    return reason_code(str(last.get("reason") or "")) if last.get("to") == "paused" else ""

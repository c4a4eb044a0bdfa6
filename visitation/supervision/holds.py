"""Legal holds: set by one person with a reason, lifted only by two; while one is open nothing of the recording is deleted, whatever its retention says."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.audit import service as audit
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity
from visitation.supervision import commands
from visitation.supervision.models import LiveSession, Segment
from visitation.supervision.models_recordings import RecordingHold


def open_holds(session: Session, session_id: int) -> list[RecordingHold]:
    """Holds on a session's recording that nobody has lifted, the oldest first."""
    query = select(RecordingHold).where(RecordingHold.session_id == session_id, RecordingHold.lifted_at.is_(None))
    return list(session.scalars(query.order_by(RecordingHold.id)))


def set_hold(session: Session, who: Identity, live: LiveSession, reason: str, now: datetime) -> RecordingHold:
    """Keep every segment of a session beyond its retention. Raises Refused (NO_RECORDING) when nothing is left to keep.

    The segments' rows are locked first: a deletion under way ends before, and one that waits sees the hold.
    """
    rows = [row for row in locked_segments(session, live.id) if row.state != "deleted"]
    if not rows:
        raise Refused("NO_RECORDING")
    for row in rows:
        row.legal_hold = True
    hold = RecordingHold(session_id=live.id, reason=reason, set_by=who.account_id, set_at=now)
    session.add(hold)
    audit.record(session, who, "recording.hold", "session", live.sid, now, live.booking.prison_id, reason=reason)
    commands.changed(session, live.booking.prison_id, "recording", now, live.booking.ref)
    return hold


def lift(session: Session, who: Identity, live: LiveSession, hold_id: int, reason: str, now: datetime) -> None:
    """Lift one hold, as the second person decided. The recording is free for its retention again when no other hold is open."""
    rows = locked_segments(session, live.id)
    hold = session.get(RecordingHold, hold_id, with_for_update=True, populate_existing=True)
    if hold is None or hold.session_id != live.id or hold.lifted_at is not None:
        raise Refused("NOT_HELD")
    hold.lifted_by, hold.lifted_at = who.account_id, now
    session.flush()
    if not open_holds(session, live.id):
        for row in rows:
            row.legal_hold = False
    audit.record(session, who, "recording.release", "session", live.sid, now, live.booking.prison_id, reason=reason, held_for=hold.reason)
    commands.changed(session, live.booking.prison_id, "recording", now, live.booking.ref)


def locked_segments(session: Session, session_id: int) -> list[Segment]:
    """Every segment of a session, read anew under its row's lock: whoever sets a hold and whoever deletes wait for each other here."""
    query = select(Segment).where(Segment.session_id == session_id).order_by(Segment.id)
    return list(session.scalars(query.with_for_update(of=Segment).execution_options(populate_existing=True)))

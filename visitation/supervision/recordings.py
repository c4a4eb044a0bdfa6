"""Recordings on the prison's side: fetched from the brokers, deleted when their time is over or two people decided so, kept while a hold is open."""

import hashlib
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload

from visitation.audit import service as audit
from visitation.audit.models import AuditEntry
from visitation.kernel.clock import Clock
from visitation.kernel.identity import SYSTEM, Identity
from visitation.kernel.interval import local_day
from visitation.policies.queries import value
from visitation.store.transaction import perform, reader
from visitation.supervision import commands
from visitation.supervision.control import BrokerUnreachable, ControlLine
from visitation.supervision.holds import locked_segments, open_holds
from visitation.supervision.models import LiveSession, Segment
from visitation.supervision.models_recordings import RecordingRequest
from visitation.supervision.playback import Copies
from visitation.supervision.rules_recordings import APPROVED, DELETION, DONE, REFUSED

TRIES = 5


def stored_path(data_dir: Path, sid: str, file: str) -> Path:
    """Where a fetched segment lies. The names come from a broker, so they must not lead elsewhere."""
    if not sid or not file or {"/", "\\", "\0"} & set(sid + file) or sid.startswith(".") or file.startswith("."):
        raise ValueError("not a name of a recording")
    return data_dir / "recordings" / sid / file


def copies() -> Copies:
    """The playable copies of the running prison application."""
    settings = current_app.extensions["settings"]
    return Copies(settings.data_dir / "playback", settings.recording_private_key.get_secret_value())


SAME_LOOK = timedelta(minutes=10)


def seen_lately(session: Session, who: Identity, segment_id: int, now: datetime) -> bool:
    """Whether this person's reading of this segment is written down already: a player asks for many parts of it in one look."""
    query = select(AuditEntry.id).where(AuditEntry.subject_type == "recording_segment", AuditEntry.subject_id == str(segment_id))
    mine = query.where(AuditEntry.actor_id == who.account_id, AuditEntry.act == "sight", AuditEntry.at > now - SAME_LOOK)
    return session.scalar(mine.limit(1)) is not None


# -- fetching


def fetch_next(line: ControlLine, broker_id: str, clock: Clock, data_dir: Path) -> bool:
    """Fetch the oldest segment that this broker still holds alone; False when none waits. Raises BrokerUnreachable when it does not answer."""
    query = select(Segment).where(Segment.state == "reported", Segment.broker_id == broker_id).options(joinedload(Segment.session))
    segment = reader().scalars(query.order_by(Segment.attempts, Segment.id).limit(1)).first()
    if segment is None:
        return False
    sid, file, wanted, size, number = segment.session.sid, segment.file, segment.sha256, segment.bytes, segment.id
    path = stored_path(data_dir, sid, file)
    try:
        agrees = _download(line, broker_id, sid, file, size, wanted, path, clock)
    except BrokerUnreachable as problem:
        if not problem.status:
            raise
        agrees = False
    perform(lambda session: _settle(session, number, agrees, clock.now()))
    return True


def _download(line: ControlLine, broker_id: str, sid: str, file: str, size: int, wanted: str, path: Path, clock: Clock) -> bool:
    """Into a file beside, then in its place once its hash agrees: a kill in between leaves nothing that counts."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part, running, received = path.with_suffix(".part"), hashlib.sha256(), 0
    with part.open("wb") as target:
        for block in line.recording(broker_id, sid, file, clock.now()):
            received += len(block)
            if received > size:
                return False
            running.update(block)
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    if running.hexdigest() != wanted:
        return False
    part.replace(path)
    return True


def _settle(session: Session, segment_id: int, agrees: bool, now: datetime) -> None:
    segment = session.get(Segment, segment_id, with_for_update=True, populate_existing=True)
    if segment is None or segment.state != "reported":
        return
    booking = segment.session.booking
    if agrees:
        segment.state, segment.fetched_at = "stored", now
        days = booking.terms.get("recording_days") or value(session, "recording_days", booking.prison_id, local_day(segment.starts_at))
        segment.keep_until = local_day(segment.starts_at) + timedelta(days=int(days))
        segment.legal_hold = bool(open_holds(session, segment.session_id))
    else:
        segment.attempts += 1
        segment.state = "damaged" if segment.attempts >= TRIES else "reported"
    if segment.state != "reported":
        audit.record(session, SYSTEM, f"recording.{segment.state}", "session", segment.session.sid, now, booking.prison_id, file=segment.file)
        commands.changed(session, booking.prison_id, "recording", now, booking.ref)


ASK_AGAIN = timedelta(hours=1)


def _still_at_broker(broker_id: str, now: datetime) -> Select[Segment]:
    """Segments that are safe here, of sessions that are over, and that the broker has not been told to delete within the hour."""
    asked = or_(Segment.forget_asked_at.is_(None), Segment.forget_asked_at < now - ASK_AGAIN)
    query = select(Segment).join(LiveSession, LiveSession.id == Segment.session_id)
    return query.where(
        Segment.broker_id == broker_id,
        Segment.forgotten_at.is_(None),
        Segment.state.in_(("stored", "deleted")),
        LiveSession.ended_at.is_not(None),
        asked,
    ).limit(200)


def forget_fetched(broker_id: str, now: datetime) -> None:
    """Have a broker delete its own bytes of what was fetched and verified. It says when it has (event `forgotten`); until then it is asked again every hour."""

    def ask(session: Session) -> None:
        for row in session.scalars(_still_at_broker(broker_id, now)):
            row.forget_asked_at = now
            commands.queue(session, broker_id, {"op": "forget", "sid": row.session.sid, "file": row.file}, now, row.session_id)

    if reader().scalars(_still_at_broker(broker_id, now)).first() is not None:
        perform(ask)


# -- retention


def retention(data_dir: Path, kept: Copies) -> Callable[[Session, datetime], Any]:
    """The sweep that deletes what has been kept long enough; killed at any point it finishes the next time."""

    def sweep(session: Session, now: datetime) -> int:
        kept.sweep(now.timestamp())
        query = select(Segment).where(Segment.state.in_(("stored", "damaged")), Segment.legal_hold.is_(False), Segment.keep_until < local_day(now))
        rows = session.scalars(query.options(joinedload(Segment.session)).limit(200).with_for_update(skip_locked=True, of=Segment)).all()
        for row in rows:
            _delete(session, row, data_dir, kept, now)
            audit.record(session, SYSTEM, "recording.delete", "session", row.session.sid, now, row.session.booking.prison_id, **_named(row))
        return len(rows)

    return sweep


def deletions(data_dir: Path, kept: Copies) -> Callable[[Session, datetime], int]:
    """Carries out deletions that two people decided; a hold that came meanwhile wins. Killed at any point it finishes the next time."""

    def sweep(session: Session, now: datetime) -> int:
        query = select(RecordingRequest).where(RecordingRequest.kind == DELETION, RecordingRequest.state == APPROVED)
        requests = session.scalars(query.limit(20).with_for_update(skip_locked=True, of=RecordingRequest)).all()
        for request in requests:
            rows = locked_segments(session, request.session_id)
            held = any(row.legal_hold for row in rows)
            for row in [] if held else [row for row in rows if row.state != "deleted"]:
                _delete(session, row, data_dir, kept, now)
                audit.record(session, SYSTEM, "recording.delete_early", "session", row.session.sid, now, row.session.booking.prison_id, **_named(row))
            request.state, request.done_at = (REFUSED if held else DONE), now
        return len(requests)

    return sweep


def _delete(session: Session, row: Segment, data_dir: Path, kept: Copies, now: datetime) -> None:
    stored_path(data_dir, row.session.sid, row.file).unlink(missing_ok=True)
    kept.forget(row.sha256)
    row.state, row.deleted_at = "deleted", now
    commands.changed(session, row.session.booking.prison_id, "recording", now, row.session.booking.ref)


def _named(row: Segment) -> dict[str, str]:
    return {"file": row.file, "sha256": row.sha256, "kept_until": str(row.keep_until)}

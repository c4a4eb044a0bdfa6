"""Acts on a recording that need two people: taking it out of the house, deleting it before its time, lifting a hold."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from visitation.accounts.models import Account
from visitation.audit import service as audit
from visitation.bookings.models import Booking
from visitation.kernel.errors import Refused, StateChanged, refuse
from visitation.kernel.identity import SYSTEM, Identity
from visitation.kernel.ids import reference
from visitation.kernel.interval import local_day
from visitation.policies.queries import value
from visitation.supervision import commands, holds
from visitation.supervision.models import LiveSession
from visitation.supervision.models_recordings import RecordingRequest
from visitation.supervision.queries import segments_of
from visitation.supervision.rules_recordings import (
    APPROVED,
    ASKED,
    DELETION,
    DONE,
    EXPORT,
    LAPSED,
    OPEN_STATES,
    REFUSED,
    RELEASE,
    WITHDRAWN,
    Recording,
    ask_problems,
    decide_problems,
    fetch_problems,
)


def recording_of(session: Session, session_id: int) -> Recording:
    """The facts that the rules ask about."""
    rows = [row for row in segments_of(session, session_id) if row.state != "deleted"]
    asked = select(RecordingRequest.kind).where(RecordingRequest.session_id == session_id, RecordingRequest.state.in_(OPEN_STATES))
    stored = sum(1 for row in rows if row.state == "stored")
    return Recording(len(rows), stored, any(row.legal_hold for row in rows), frozenset(session.scalars(asked)))


def request_by_ref(session: Session, request_ref: str) -> RecordingRequest | None:
    query = select(RecordingRequest).where(RecordingRequest.ref == request_ref)
    return session.scalar(query.options(joinedload(RecordingRequest.session).joinedload(LiveSession.booking)))


def requests(session: Session, prison_id: int | None, limit: int = 200) -> list[RecordingRequest]:
    """Requests of a prison (None: of all), the newest first."""
    query = select(RecordingRequest).join(LiveSession, LiveSession.id == RecordingRequest.session_id).join(Booking)
    query = query.options(joinedload(RecordingRequest.session).joinedload(LiveSession.booking).joinedload(Booking.inmate))
    query = query if prison_id is None else query.where(Booking.prison_id == prison_id)
    return list(session.scalars(query.order_by(RecordingRequest.asked_at.desc(), RecordingRequest.id.desc()).limit(limit)))


def requests_of(session: Session, session_id: int) -> list[RecordingRequest]:
    """Requests about one recording, the newest first."""
    return list(session.scalars(select(RecordingRequest).where(RecordingRequest.session_id == session_id).order_by(RecordingRequest.id.desc())))


def names_of(session: Session, account_ids: Iterable[int]) -> dict[int, str]:
    """Account -> name."""
    rows = session.execute(select(Account.id, Account.name).where(Account.id.in_(set(account_ids))))
    return {number: str(name) for number, name in rows}


def ask(session: Session, who: Identity, live: LiveSession, kind: str, reason: str, recipient: str, now: datetime) -> RecordingRequest:
    """Ask for an export, a deletion or the release of the oldest hold. Raises Refused (NO_RECORDING, RECORDING_HELD, NOT_HELD, ALREADY_ASKED)."""
    session.get(LiveSession, live.id, with_for_update=True, populate_existing=True)  # one open request of a kind: two who ask at once meet here
    refuse(ask_problems(kind, recording_of(session, live.id)))
    hold = holds.open_holds(session, live.id)[0] if kind == RELEASE else None
    row = RecordingRequest(ref=reference(), session_id=live.id, kind=kind, reason=reason, recipient=recipient if kind == EXPORT else "")
    row.asked_by, row.asked_at, row.lapses_at = who.account_id, now, now + _patience(session, live, now)
    row.hold_id, row.session = hold.id if hold else None, live
    session.add(row)
    _trace(session, who, row, "recording.ask", now, reason=reason, recipient=row.recipient)
    return row


def decide(session: Session, who: Identity, request_id: int, approve: bool, text: str, now: datetime) -> RecordingRequest:
    """Approve or refuse, by somebody else than who asked; a release is carried out at once, a deletion by `carry_out`, an export is then fetched once.

    Raises StateChanged when it was decided meanwhile, Refused (SAME_PERSON, REQUEST_LAPSED, RECORDING_HELD, ...).
    """
    row = _locked(session, request_id, ASKED)
    recording = recording_of(session, row.session_id)
    refuse(decide_problems(row.kind, row.asked_by, who.account_id, row.lapses_at, recording, now, approve=approve))
    row.state, row.decision = (APPROVED if approve else REFUSED), text
    row.decided_by, row.decided_at = who.account_id, now
    if approve:
        row.lapses_at = now + _patience(session, row.session, now)
    _trace(session, who, row, "recording.approve" if approve else "recording.refuse", now, reason=text)
    if approve and row.kind == RELEASE:
        holds.lift(session, who, row.session, int(row.hold_id or 0), row.reason, now)
        row.state, row.done_at = DONE, now
    return row


def withdraw(session: Session, who: Identity, request_id: int, now: datetime) -> None:
    """Take one's own request back, approved or not, while it has not been used."""
    row = session.get(RecordingRequest, request_id, with_for_update=True, populate_existing=True)
    if row is None or row.state not in OPEN_STATES or (row.kind == DELETION and row.state == APPROVED):
        raise StateChanged
    if row.asked_by != who.account_id:
        raise Refused("NOT_YOUR_REQUEST")
    row.state = WITHDRAWN
    _trace(session, who, row, "recording.withdraw", now)


def fetch(session: Session, who: Identity, request_id: int, now: datetime) -> RecordingRequest:
    """Spend an approved export: from here on it can be fetched by nobody again. Raises Refused (ALREADY_FETCHED, NOT_YOUR_REQUEST, REQUEST_LAPSED)."""
    row = session.get(RecordingRequest, request_id, with_for_update=True, populate_existing=True)
    if row is None or row.kind != EXPORT:
        raise StateChanged
    refuse(fetch_problems(row.state, row.asked_by, who, row.lapses_at, now))
    row.state, row.done_at = DONE, now
    _trace(session, who, row, "recording.fetch", now, recipient=row.recipient)
    return row


def left_the_house(session: Session, who: Identity, request_id: int, sha256: str, size: int, now: datetime) -> None:
    """The whole package has been handed over: keep its hash, so that the recipient's copy can be compared with it."""
    row = session.get(RecordingRequest, request_id, with_for_update=True, populate_existing=True)
    if row is not None:
        row.sha256, row.bytes = sha256, size
        _trace(session, who, row, "recording.export", now, sha256=sha256, bytes=size, recipient=row.recipient)


def lapse(session: Session, now: datetime) -> int:
    """Requests that nobody decided or used in time. Idempotent. Returns how many."""
    due = select(RecordingRequest).where(RecordingRequest.state.in_(OPEN_STATES), RecordingRequest.lapses_at <= now)
    rows = session.scalars(due.limit(200).with_for_update(skip_locked=True, of=RecordingRequest)).all()
    late = [row for row in rows if not (row.kind == DELETION and row.state == APPROVED)]
    for row in late:
        row.state = LAPSED
        _trace(session, SYSTEM, row, "recording.lapse", now)
    return len(late)


def _locked(session: Session, request_id: int, state: str) -> RecordingRequest:
    row = session.get(RecordingRequest, request_id, with_for_update=True, populate_existing=True)
    if row is None or row.state != state:
        raise StateChanged
    return row


def _patience(session: Session, live: LiveSession, now: datetime) -> timedelta:
    return timedelta(days=int(value(session, "recording_request_days", live.booking.prison_id, local_day(now))))


def _trace(session: Session, who: Identity, row: RecordingRequest, act: str, now: datetime, **detail: object) -> None:
    booking = row.session.booking
    audit.record(session, who, act, "session", row.session.sid, now, booking.prison_id, request=row.ref, kind=row.kind, **detail)
    commands.changed(session, booking.prison_id, "recording", now, booking.ref)

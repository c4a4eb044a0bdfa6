"""What legal help keeps of a closed request, and for how long: notes, letters, papers and files go after the policy's days."""

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from consult.helpdays.models import HelpSeat
from consult.notes.models import AdviceDocument, AdviceNote, AdvicePaper, FollowUp, NoteSuccession
from consult.requests.models import FamilyPaper, HelpRequest
from consult.requests.rules import CLOSED
from visitation.audit.service import record
from visitation.kernel.identity import SYSTEM
from visitation.kernel.interval import local_day
from visitation.policies.queries import Policies, policies_of
from visitation.supervision.models import LiveSession
from visitation.supervision.models_recordings import RecordingHold
from visitation.uploads import service as uploads

POLICY = "legal_papers_days"
AT_ONCE = 200
SHORTEST = timedelta(days=30)
"""What the policy can be at least: before that nothing is looked at."""


def forget(session: Session, now: datetime) -> int:
    """Delete what is past its time, by the rule that held in the prison when the request was closed; the request itself stays to be counted.

    Idempotent. Returns of how many requests. A hold on the request, or on the recording of one of its sessions, keeps everything until it is lifted.
    """
    past = _past(session, now)[:AT_ONCE]
    rows = select(HelpRequest).where(HelpRequest.id.in_(past), HelpRequest.forgotten_at.is_(None), HelpRequest.hold_at.is_(None))
    found = session.scalars(rows.order_by(HelpRequest.id).with_for_update(skip_locked=True, of=HelpRequest)).all()
    for request in found:
        _forget(session, request, now)
    return len(found)


def _past(session: Session, now: datetime) -> list[int]:
    """Requests past their time that nothing holds, the oldest first."""
    held = exists().where(HelpSeat.request_id == HelpRequest.id, HelpSeat.booking_id == LiveSession.booking_id)
    held = held.where(RecordingHold.session_id == LiveSession.id, RecordingHold.lifted_at.is_(None))
    query = select(HelpRequest.id, HelpRequest.prison_id, HelpRequest.closed_at)
    query = query.where(HelpRequest.state.in_(CLOSED), HelpRequest.closed_at <= now - SHORTEST, HelpRequest.forgotten_at.is_(None))
    rows = session.execute(query.where(HelpRequest.hold_at.is_(None), ~held).order_by(HelpRequest.closed_at, HelpRequest.id)).all()
    rules = {prison: policies_of(session, prison, (POLICY,)) for prison in {prison for _id, prison, _closed in rows}}
    return [number for number, prison, closed in rows if closed is not None and closed + _kept(rules[prison], closed) <= now]


def _kept(rules: Policies, closed: datetime) -> timedelta:
    return timedelta(days=int(rules.value(POLICY, local_day(closed))))


def _forget(session: Session, request: HelpRequest, now: datetime) -> None:
    files = [*session.scalars(select(AdviceDocument.upload_id).where(AdviceDocument.request_id == request.id))]
    files += session.scalars(select(FamilyPaper.upload_id).where(FamilyPaper.request_id == request.id))
    gone = {}
    for model in (AdviceNote, NoteSuccession, FollowUp, AdvicePaper, AdviceDocument, FamilyPaper):
        done = session.execute(delete(model).where(model.request_id == request.id).execution_options(synchronize_session=False))
        gone[model.__tablename__] = done.rowcount  # type: ignore[attr-defined]
    uploads.remove(session, files)
    gone["letter"] = int(request.letter is not None or request.summary_box is not None)
    request.summary = request.parties = request.letter = None
    request.family_words, request.forgotten_at = "", now
    record(session, SYSTEM, "help_request.forget", "help_request", request.ref, now, request.prison_id, **gone)

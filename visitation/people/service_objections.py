"""Deciding objections (申诉): another person than the refuser, against a lamp, with an answer the family can read."""

from datetime import datetime

from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.kernel.errors import NotFound, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.notices import service as notices
from visitation.people import queries as people
from visitation.people import service_suspensions
from visitation.people.models import Kinship, Objection, Suspension
from visitation.people.queries_suspensions import subject_of
from visitation.people.rules_staff import objection_refusals, same_prison
from visitation.policies import queries as policies
from visitation.timetable import queries as timetable

PAGE = "/objections/{ref}"
"""The family's page of an objection."""


def decide_objection(session: Session, who: Identity, objection_id: int, granted: bool, answer: str, now: datetime) -> None:
    """Uphold the refusal, or grant the objection: a claim is then looked at anew, a suspension lifted; a visit is booked again by the family."""
    row = session.get(Objection, objection_id, with_for_update=True, populate_existing=True)
    if row is None or not same_prison(who, row):
        raise NotFound
    if row.state != "open":
        raise StateChanged
    subject = subject_of(session, row)
    refuse(objection_refusals(decider_of(row, subject), who.account_id, answer))
    row.state, row.answer = ("granted" if granted else "upheld"), answer
    row.decided_by, row.decided_at = who.account_id, now
    if granted:
        _follow(session, who, subject, now)
    record(session, who, "objection.decide", "objection", row.id, now, row.prison_id, state=row.state, subject=f"{row.subject_type}:{row.subject_id}")
    facts = {"ref": row.ref, "reason_text": answer, "granted": granted}
    notices.tell(session, row.account_id, "objection_decided", facts, now, PAGE.format(ref=row.ref))


def decider_of(row: Objection, subject: object) -> int | None:
    """Who took the decision that is objected to: as the objection noted it, else as the thing itself says."""
    return row.refused_by if row.refused_by is not None else getattr(subject, "decided_by", None)


def _follow(session: Session, who: Identity, subject: object, now: datetime) -> None:
    if isinstance(subject, Kinship) and subject.state == "refused" and not _claimed_anew(session, subject):
        _reopen(session, who, subject, now)
    elif isinstance(subject, Suspension) and subject.lifted_at is None:
        service_suspensions.lift(session, who, subject.id, now)


def _claimed_anew(session: Session, claim: Kinship) -> bool:
    """The family has handed in another claim meanwhile: that one is decided, not two."""
    return people.open_claim(session, claim.visitor_id, claim.prison_id, claim.inmate_number) is not None


def _reopen(session: Session, who: Identity, claim: Kinship, now: datetime) -> None:
    """The claim waits again, with a new due time; what the inmate said and what the check found stays."""
    days = policies.value(session, "review_workdays", claim.prison_id, local_day(now))
    claim.state, claim.due_at = "submitted", timetable.add_workdays(session, claim.prison_id, now, days)
    claim.reason_code, claim.reason_text, claim.decided_at, claim.decided_by = None, "", None, None
    record(session, who, "kinship.reopen", "kinship", claim.id, now, claim.prison_id)

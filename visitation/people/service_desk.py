"""The kinship desk: the check for restrictions, the inmate's answer, and the decision, each by compare-and-swap on the claim's row."""

from datetime import datetime

from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.kernel.errors import NotFound, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import LOCAL, local_day
from visitation.notices import service as notices
from visitation.people import rules_staff
from visitation.people.models import Inmate, Kinship
from visitation.people.queries_desk import accounts_of
from visitation.people.rules_staff import ClaimState
from visitation.policies import queries as policies

PAGE = "/relatives/{ref}"
"""The family's page of a claim."""


def record_restriction(session: Session, who: Identity, kinship_id: int, found: bool, note: str, now: datetime) -> None:
    """What the look into the lists of restrictions said (victim, protection order, child). The note stays with the staff."""
    claim = waiting_claim(session, who, kinship_id)
    claim.restriction = "restricted" if found else "none"
    _add_note(claim, who, note, now)
    record(session, who, "kinship.check_restriction", "kinship", claim.id, now, claim.prison_id, result=claim.restriction)


def record_answer(session: Session, who: Identity, kinship_id: int, answer: str, now: datetime) -> None:
    """What the inmate says of the visitor: accepted, declined, or withdrawn later. The family is never told which."""
    claim = _claim(session, who, kinship_id)
    inmate = session.get(Inmate, claim.inmate_id, with_for_update=True) if claim.inmate_id is not None else None
    if inmate is None or not rules_staff.sees_inmate(who, inmate):
        raise NotFound
    refuse(rules_staff.answer_refusals(claim.state, claim.inmate_answer, answer))
    claim.inmate_answer, claim.inmate_answer_at, claim.inmate_answer_by = answer, now, who.account_id
    record(session, who, "kinship.answer", "kinship", claim.id, now, claim.prison_id, answer=answer)


def approve(session: Session, who: Identity, kinship_id: int, note: str, now: datetime) -> None:
    """The relation is proven, the inmate has accepted, nothing stands against it. Raises Refused, or StateChanged when somebody was faster."""
    claim = waiting_claim(session, who, kinship_id)
    refuse(rules_staff.approval_refusals(state_of(session, claim, now), who))
    _decide(session, who, claim, "approved", now)
    _add_note(claim, who, note, now)
    record(session, who, "kinship.approve", "kinship", claim.id, now, claim.prison_id)
    _tell(session, claim, "kinship_approved", now)


def refuse_claim(session: Session, who: Identity, kinship_id: int, reason_code: str, reason_text: str, note: str, now: datetime) -> None:
    """Refuse with a reason. Under the neutral reason the officer's words stay with the staff, lest they tell what it hides."""
    claim = waiting_claim(session, who, kinship_id)
    refuse(rules_staff.refusal_refusals(reason_code, reason_text))
    _decide(session, who, claim, "refused", now)
    claim.reason_code, claim.reason_text = reason_code, rules_staff.told_text(reason_code, reason_text)
    _add_note(claim, who, "\n".join(part for part in (reason_text if not claim.reason_text else "", note) if part), now)
    record(session, who, "kinship.refuse", "kinship", claim.id, now, claim.prison_id, reason=reason_code)
    _tell(session, claim, "kinship_refused", now, reason_code=reason_code, reason_text=claim.reason_text)


def state_of(session: Session, claim: Kinship, now: datetime) -> ClaimState:
    """The facts an approval is decided on."""
    relations = policies.value(session, "relations", claim.prison_id, local_day(now))
    asked = next((row["needs_approval"] for row in relations if row["code"] == claim.relation), True)
    inmate = session.get(Inmate, claim.inmate_id, populate_existing=True) if claim.inmate_id is not None else None
    return ClaimState(inmate.status if inmate else None, claim.inmate_answer, claim.restriction, asked)


def waiting_claim(session: Session, who: Identity, kinship_id: int) -> Kinship:
    """The claim, locked, if it still waits. Raises StateChanged when it was decided or withdrawn meanwhile."""
    claim = _claim(session, who, kinship_id)
    if claim.state != "submitted":
        raise StateChanged
    return claim


def _claim(session: Session, who: Identity, kinship_id: int) -> Kinship:
    claim = session.get(Kinship, kinship_id, with_for_update=True, populate_existing=True)
    if claim is None or not rules_staff.same_prison(who, claim):
        raise NotFound
    return claim


def _decide(session: Session, who: Identity, claim: Kinship, state: str, now: datetime) -> None:
    claim.state, claim.decided_at, claim.decided_by = state, now, who.account_id


def _add_note(claim: Kinship, who: Identity, note: str, now: datetime) -> None:
    if note.strip():
        claim.staff_note = f"{claim.staff_note}\n{now.astimezone(LOCAL):%Y-%m-%d %H:%M} {who.name}: {note.strip()}".strip()


def _tell(session: Session, claim: Kinship, kind: str, now: datetime, **facts: str) -> None:
    for account_id in accounts_of(session, [claim.visitor_id]):
        notices.tell(session, account_id, kind, {"ref": claim.ref, **facts}, now, PAGE.format(ref=claim.ref))

"""Mediation: opening a case, writing down attempts, asking again, withdrawing."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.mediation import rules, video
from consult.mediation.models import MediationAttempt, MediationCase
from consult.mediation.rules import Tried
from consult.once import Once
from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refused, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.people.models import Inmate
from visitation.people.queries import numbered
from visitation.timetable import queries as timetable


@dataclass(frozen=True)
class Opened:
    """A conflict as it is brought to the office: the inmate by number, the other side, what it is about."""

    number: str
    other_name: str
    other_relation: str
    other_phone: str
    cause: str
    summary: str


def open_case(session: Session, who: Identity, opened: Opened, now: datetime, key: str | None = None) -> MediationCase:
    """A new case, the first talk due on the next workday; the same form (`key`) twice opens one. Raises Refused."""
    refuse(rules.opening_refusals(opened.other_name, opened.cause, opened.summary))
    inmate = session.scalar(select(Inmate).where(numbered(who.prison_id, opened.number)))
    if inmate is None:
        raise Refused("NUMBER_NOT_HERE")
    once = Once(session, who, key, "mediation", opened, now)
    if once.ref:
        return session.scalars(select(MediationCase).where(MediationCase.ref == once.ref)).one()
    case = MediationCase(
        prison_id=inmate.prison_id,
        inmate_id=inmate.id,
        other_name=opened.other_name,
        other_relation=opened.other_relation,
        other_phone=opened.other_phone or None,
        cause=opened.cause,
        summary=opened.summary,
        opened_at=now,
        opened_by=who.account_id,
        next_at=timetable.add_workdays(session, inmate.prison_id, now, 1),
    )
    session.add(case)
    session.flush()
    once.made(case.ref)
    record(session, who, "mediation.open", "mediation", case.ref, now, case.prison_id, cause=case.cause)
    return case


def write_attempt(session: Session, who: Identity, case_id: int, tried: Tried, now: datetime, key: str | None = None) -> None:
    """A talk, or the try of one, and what follows from it; the same form (`key`) twice is one talk. Raises Refused, StateChanged when the case has ended."""
    refuse(rules.attempt_refusals(tried, now, local_day(now)))
    once = Once(session, who, key, "attempt", (case_id, tried), now)
    if once.ref:
        return
    case = _open(session, case_id)
    attempt = video.ended(case) if tried.means == "video" else None
    if attempt is None:
        attempt = MediationAttempt(case_id=case.id, at=now, means=tried.means)
        session.add(attempt)
    attempt.by, attempt.result, attempt.note = who.account_id, tried.result, tried.note or None
    session.flush()
    case.state = rules.state_after(tried.result)
    case.next_at = tried.next_at if case.state == "open" else None
    case.closed_at = None if case.state == "open" else now
    if case.state != "open":
        video.take_back(session, who, case, "cancelled_by_prison", now)
    if case.state == "agreed":
        case.agreement, case.follow_up_on = tried.agreement, tried.follow_up_on
    once.made(case.ref)
    record(session, who, "mediation.attempt", "mediation", case.ref, now, case.prison_id, result=tried.result)


def follow_up(session: Session, who: Identity, case_id: int, kept: bool, note: str, now: datetime) -> None:
    """Somebody has asked whether the agreement is kept. If not, the case is open again and the next talk due on the next workday."""
    case = session.get(MediationCase, case_id, with_for_update=True, populate_existing=True)
    if case is None:
        raise NotFound
    if case.state != "agreed" or case.followed_up_at is not None:
        raise StateChanged
    case.follow_up_note = note
    if kept:
        case.followed_up_at = now
    else:
        case.state, case.closed_at, case.follow_up_on = "open", None, None
        case.next_at = timetable.add_workdays(session, case.prison_id, now, 1)
    record(session, who, "mediation.follow_up", "mediation", case.ref, now, case.prison_id, kept=kept)


def withdraw(session: Session, who: Identity, case_id: int, now: datetime) -> None:
    """The inmate no longer wants it."""
    case = _open(session, case_id)
    case.state, case.closed_at, case.next_at = "withdrawn", now, None
    video.take_back(session, who, case, "cancelled_by_inmate", now)
    record(session, who, "mediation.withdraw", "mediation", case.ref, now, case.prison_id)


def _open(session: Session, case_id: int) -> MediationCase:
    case = session.get(MediationCase, case_id, with_for_update=True, populate_existing=True)
    if case is None:
        raise NotFound
    if case.state != "open":
        raise StateChanged
    return case

"""Conflicts of interest: the lawyers of a day see the names in the cases that could be theirs, and nothing else, and say of each whether there is one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from consult.helpdays.facts_plan import Ground, gather, shown_of
from consult.helpdays.models import ConflictDeclaration, HelpDay, HelpDuty
from consult.helpdays.planning import day_for_change
from consult.helpdays.seating import OnDuty
from consult.lawyers.models import Lawyer
from consult.requests.models import HelpRequest
from visitation.audit.service import record
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity
from visitation.notices.service import tell

PAGE = "/lawyer/conflicts"


@dataclass(frozen=True)
class Question:
    """One case that a lawyer is asked about. conflict: what was declared of the names as they stand now; None: nothing yet."""

    day: HelpDay
    request: HelpRequest
    conflict: bool | None


@dataclass(frozen=True)
class Standing:
    """How far a lawyer is with a day's questions."""

    duty: HelpDuty
    asked: int
    open: int
    conflicts: int


def _could_be(lawyer: OnDuty, ground: Ground) -> list[HelpRequest]:
    """The requests whose matter and language fit: those this lawyer could be given."""
    return [ground.requests[case.number] for case in ground.facts.cases if lawyer.knows(case) and case.language in lawyer.languages]


def standings(ground: Ground) -> list[Standing]:
    """Every lawyer of the day, by place."""
    found = []
    for lawyer in ground.facts.lawyers:
        mine = [row.id for row in _could_be(lawyer, ground)]
        silent = sum(lawyer.number in ground.facts.undeclared.get(number, ()) for number in mine)
        barred = sum(lawyer.number in ground.facts.by_case[number].barred for number in mine)
        found.append(Standing(ground.duties[lawyer.number], len(mine), silent, barred))
    return found


def ask(session: Session, who: Identity, day_id: int, now: datetime) -> int:
    """Ask the lawyers of a day who still owe an answer; asked again, they are reminded. Returns how many were told. Raises Refused."""
    day = day_for_change(session, day_id)
    if day.state not in ("planned", "proposed", "published") or day.ends_at <= now:
        raise Refused("PLAN_DAY_BEGUN")
    ground = gather(session, day, now)
    if not ground.duties:
        raise Refused("PLAN_NO_LAWYER")
    day.conflicts_asked_at = now
    silent = [one for one in standings(ground) if one.open]
    for one in silent:
        facts = {"ref": day.ref, "starts_at": day.starts_at.isoformat(), "count": one.open}
        tell(session, one.duty.lawyer.account_id, "help_conflicts_asked", facts, now, PAGE)
    record(session, who, "helpday.ask_conflicts", "help_day", day.ref, now, day.prison_id, lawyers=len(silent))
    return len(silent)


def questions(session: Session, lawyer: Lawyer, now: datetime) -> list[Question]:
    """What a lawyer is asked about, the nearest day first: only days on which the office has asked, and which are not over."""
    asked = (HelpDay.conflicts_asked_at.is_not(None), HelpDay.ends_at > now, HelpDay.state.in_(("planned", "proposed", "published")))
    query = select(HelpDay).join(HelpDuty).where(HelpDuty.lawyer_id == lawyer.id, HelpDuty.state == "agreed", *asked).options(joinedload(HelpDay.prison))
    found = []
    for day in session.scalars(query.order_by(HelpDay.starts_at, HelpDay.id)).unique():
        ground = gather(session, day, now)
        mine = ground.facts.by_lawyer.get(lawyer.id)
        found += [_question(ground, row, lawyer.id) for row in (_could_be(mine, ground) if mine else ())]
    return found


def _question(ground: Ground, row: HelpRequest, lawyer_id: int) -> Question:
    silent = lawyer_id in ground.facts.undeclared.get(row.id, ())
    return Question(ground.day, row, None if silent else lawyer_id in ground.facts.by_case[row.id].barred)


def declare(session: Session, who: Identity, lawyer: Lawyer, answers: Mapping[str, tuple[bool, str]], now: datetime) -> int:
    """What a lawyer says: reference of the request -> (conflict, digest of the names that were shown). Returns how many answers are new.

    Answers about cases that are not theirs are left out; one about names that have changed since is refused (NAMES_CHANGED), the others are kept.
    """
    asked = {one.request.ref: one for one in questions(session, lawyer, now)}
    stale, fresh = 0, 0
    for ref, (conflict, shown) in answers.items():
        one = asked.get(ref)
        if one is None or one.conflict is conflict:
            continue
        if shown_of(one.request) != shown:
            stale += 1
            continue
        _keep(session, who, lawyer, one, conflict, now)
        fresh += 1
    if stale and not fresh:
        raise Refused("NAMES_CHANGED")
    return fresh


def _keep(session: Session, who: Identity, lawyer: Lawyer, one: Question, conflict: bool, now: datetime) -> None:
    row = session.get(ConflictDeclaration, (one.request.id, lawyer.id))
    if row is None:
        row = ConflictDeclaration(request_id=one.request.id, lawyer_id=lawyer.id)
        session.add(row)
    row.conflict, row.shown, row.at = conflict, shown_of(one.request), now
    record(session, who, "helpday.declare", "help_request", one.request.ref, now, one.day.prison_id, conflict=conflict)


def undeclared_of(ground: Ground, pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those (request, lawyer) of whom nothing was said yet."""
    return [(request, lawyer) for request, lawyer in pairs if lawyer in ground.facts.undeclared.get(request, ())]

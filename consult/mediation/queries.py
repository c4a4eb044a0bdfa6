"""Reading mediation cases."""

from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from consult.mediation import rules
from consult.mediation.models import MediationCase
from visitation.kernel.identity import Identity
from visitation.kernel.interval import at_local
from visitation.people.rules_staff import lamp

MOST = 200
BEGIN = time(9)
"""A day on which somebody is asked again counts from the beginning of office hours."""


@dataclass(frozen=True)
class Line:
    """A case, when something has to be done, and the lamp of it ("" when nothing has)."""

    case: MediationCase
    due_at: datetime | None
    lamp: str


def by_ref(session: Session, ref: str) -> MediationCase | None:
    return session.scalar(select(MediationCase).where(MediationCase.ref == ref.upper()))


def line(case: MediationCase, now: datetime) -> Line:
    follow_up = at_local(case.follow_up_on, BEGIN) if case.follow_up_on else None
    due = rules.due_at(case.state, case.next_at, follow_up, case.followed_up_at is not None)
    return Line(case, due, lamp(due, now) if due else "")


def lines(session: Session, who: Identity, closed: bool, now: datetime) -> list[Line]:
    """Cases in which something has to be done, the most urgent first; or those that are over, the latest first."""
    query = select(MediationCase).options(joinedload(MediationCase.inmate))
    if who.prison_id is not None:
        query = query.where(MediationCase.prison_id == who.prison_id)
    over = MediationCase.state.in_(rules.CLOSED) & ((MediationCase.state != "agreed") | MediationCase.followed_up_at.is_not(None))
    rows = session.scalars(query.where(over if closed else ~over).order_by(MediationCase.opened_at.desc()).limit(MOST))
    found = [line(case, now) for case in rows]
    return found if closed else sorted(found, key=lambda one: (one.due_at is None, one.due_at or now))

"""When and where a mediation can be held by video: hours in which the visiting room is open, at a terminal that is free, with both sides free."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from consult.mediation.models import MediationCase
from visitation.accounts.models import Account
from visitation.bookings.free_times import FreeTime, Whom, free_times
from visitation.people.models import Kinship, Visitor
from visitation.policies.queries import Policies

KIND = "mediation_session"


@dataclass(frozen=True)
class Relative:
    """An approved relative of the inmate, and the account that joins."""

    kinship: Kinship
    account_id: int


def relatives(session: Session, case: MediationCase) -> list[Relative]:
    """Whom the inmate may speak to by video: approved, accepted, without a restriction, and with an account that is open."""
    query = select(Kinship, Account.id).join(Visitor, Visitor.id == Kinship.visitor_id).join(Account, Account.visitor_id == Visitor.id)
    query = query.where(Kinship.inmate_id == case.inmate_id, Kinship.state == "approved", Kinship.inmate_answer == "accepted", Kinship.restriction == "none")
    rows = session.execute(query.where(Account.closed_at.is_(None)).options(joinedload(Kinship.visitor)).order_by(Kinship.id))
    return [Relative(kinship, account_id) for kinship, account_id in rows]


def length(policies: Policies, day: date) -> timedelta:
    """How long a session is, as the policy of that day says."""
    return timedelta(minutes=int(policies.value("visit_minutes", day)[KIND]))


def free(session: Session, case: MediationCase, visitor_id: int, day: date, own: int | None, now: datetime) -> list[FreeTime]:
    """Every quarter of an hour of a day at which it can be. `own`: a booking that is to be moved, whose claims do not count."""
    return free_times(session, case.prison_id, KIND, Whom(case.inmate_id, case.inmate.ward_id, visitors=(visitor_id,), own=own), day, now)

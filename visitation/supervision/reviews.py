"""The emergency end of a lawyer meeting, reviewed by a second officer against a lamp."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from visitation.accounts.models import Account
from visitation.audit import service as audit
from visitation.bookings.models import Booking
from visitation.kernel.errors import NotFound, StateChanged, refuse
from visitation.kernel.identity import SYSTEM, Identity
from visitation.kernel.interval import local_day
from visitation.policies.queries import policies_of
from visitation.supervision import commands
from visitation.supervision.models import EmergencyReview, LiveSession
from visitation.supervision.rules import same_prison
from visitation.supervision.rules_reviews import JUSTIFIED, OPEN, UNJUSTIFIED, due, needs_review, review_problems

HOURS = "emergency_review_hours"
SHOWN = 200


def open_review(session: Session, live: LiveSession, outcome: str, reason: str, ended_by: int | None, at: datetime, now: datetime) -> None:
    """Begin the review if this end needs one; once for a session. `ended_by`: the officer's account, as the broker named them."""
    booking = live.booking
    if not needs_review(booking.kind, outcome) or session.get(EmergencyReview, live.id) is not None:
        return
    hours = int(policies_of(session, booking.prison_id, (HOURS,)).value(HOURS, local_day(at)))
    ended_by = ended_by if ended_by is not None else live.officer_id
    row = EmergencyReview(session_id=live.id, prison_id=booking.prison_id, ended_by=ended_by, reason=reason[:200], ended_at=at, due_at=due(at, hours))
    row.state = OPEN
    session.add(row)
    audit.record(session, SYSTEM, "review.open", "session", live.sid, now, booking.prison_id, ended_by=ended_by, reason=reason[:200])
    commands.changed(session, booking.prison_id, "review", now, booking.ref)


def decide(session: Session, who: Identity, session_id: int, justified: bool, text: str, now: datetime) -> None:
    """The second officer's finding. Raises NotFound, StateChanged (decided meanwhile), Refused (OWN_END)."""
    row = session.get(EmergencyReview, session_id, with_for_update=True, populate_existing=True)
    if row is None or not same_prison(who, row.prison_id):
        raise NotFound
    if row.state != OPEN:
        raise StateChanged
    refuse(review_problems(row.ended_by, who.account_id))
    row.state, row.text = (JUSTIFIED if justified else UNJUSTIFIED), text
    row.decided_by, row.decided_at = who.account_id, now
    live = row.session
    facts = {"state": row.state, "ended_by": row.ended_by, "late": now > row.due_at}
    audit.record(session, who, "review.decide", "session", live.sid, now, row.prison_id, **facts)
    commands.changed(session, row.prison_id, "review", now, live.booking.ref)


# -- reading


def review_by_ref(session: Session, ref: str) -> EmergencyReview | None:
    """By the reference of the visit."""
    query = select(EmergencyReview).join(LiveSession).join(Booking).where(Booking.ref == ref)
    return session.scalar(query.options(joinedload(EmergencyReview.session).joinedload(LiveSession.booking)))


def reviews(session: Session, who: Identity, *, decided: bool) -> Sequence[EmergencyReview]:
    """Open ones, the most urgent first; or decided ones, the newest first."""
    query = select(EmergencyReview).where(EmergencyReview.state != OPEN if decided else EmergencyReview.state == OPEN)
    query = query.order_by(EmergencyReview.decided_at.desc() if decided else EmergencyReview.due_at).limit(SHOWN)
    query = query.options(joinedload(EmergencyReview.session).joinedload(LiveSession.booking).joinedload(Booking.inmate))
    return session.scalars(query if who.prison_id is None else query.where(EmergencyReview.prison_id == who.prison_id)).all()


def waiting(who: Identity, _now: datetime) -> Any:
    """How many wait for this person, and the earliest due time: nobody's own ends."""
    query = select(func.count(EmergencyReview.session_id), func.min(EmergencyReview.due_at))
    query = query.where(EmergencyReview.state == OPEN, EmergencyReview.ended_by.is_distinct_from(who.account_id))
    return query if who.prison_id is None else query.where(EmergencyReview.prison_id == who.prison_id)


def staff_names(session: Session, rows: Sequence[EmergencyReview]) -> dict[int, str]:
    """Names of who ended and who decided, by account."""
    ids = {number for row in rows for number in (row.ended_by, row.decided_by) if number is not None}
    return {row.id: row.name for row in session.scalars(select(Account).where(Account.id.in_(ids)))}

"""Mediation by video: a session arranged with an approved relative, moved, called off, and what its end means for the case."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from consult.mediation import places, rules
from consult.mediation.models import MediationAttempt, MediationCase
from visitation.audit.service import record
from visitation.bookings import service as bookings
from visitation.bookings.models import Booking
from visitation.kernel.errors import NotFound, Refused, StateChanged
from visitation.kernel.identity import SYSTEM, Identity
from visitation.kernel.interval import local_day
from visitation.notices.service import tell
from visitation.policies.queries import policies_of
from visitation.timetable import queries as timetable

BATCH = 50
OVER = ("ended", "cancelled", "refused", "withdrawn", "expired")


def planned(case: MediationCase) -> MediationAttempt | None:
    """The attempt whose session is to come, or whose end nobody has written down."""
    return next((one for one in case.attempts if one.result == rules.PLANNED), None)


def ended(case: MediationCase) -> MediationAttempt | None:
    """The attempt whose session is over and of which nobody has said what came of it."""
    one = planned(case)
    return one if one is not None and one.booking is not None and one.booking.state != "confirmed" else None


def arrange(session: Session, who: Identity, case_id: int, kinship_id: int, terminal_id: int, starts_at: datetime, now: datetime) -> Booking:
    """A session with an approved relative, who is told and joins as for a visit; or, while one is to come, the same at another time or terminal.

    The attempt is written down at once, with what came of it open. Raises Refused with everything that stands against it, StateChanged when the case is over.
    """
    case = session.get(MediationCase, case_id, with_for_update=True, populate_existing=True)
    if case is None:
        raise NotFound
    if case.state != "open" or ended(case) is not None:
        raise StateChanged
    relative = next((one for one in places.relatives(session, case) if one.kinship.id == kinship_id), None)
    if relative is None:
        raise Refused("MEDIATION_RELATIVE")
    ends_at = starts_at + places.length(policies_of(session, case.prison_id), local_day(starts_at))
    attempt = planned(case)
    if attempt is not None and attempt.booking is not None and case.kinship_id == kinship_id:
        booking = bookings.rearrange(session, who, attempt.booking.id, terminal_id, starts_at, ends_at, now)
    else:
        take_back(session, who, case, "cancelled_by_prison", now)
        people = (case.inmate_id, terminal_id, starts_at, ends_at, relative.account_id)
        booking = bookings.arrange(session, who, bookings.Arrangement(places.KIND, case.prison_id, *people, visitors=(kinship_id,)), now)
        attempt = MediationAttempt(case_id=case.id, by=who.account_id, means="video", result=rules.PLANNED, booking_id=booking.id)
        case.attempts.append(attempt)
    attempt.at, case.next_at, case.kinship_id = booking.starts_at, booking.ends_at, kinship_id
    session.flush()
    record(session, who, "mediation.arrange", "mediation", case.ref, now, case.prison_id, booking=booking.ref, starts_at=starts_at.isoformat())
    return booking


def call_off(session: Session, who: Identity, case_id: int, now: datetime) -> None:
    """The session does not take place; the next talk is due on the next workday. Raises StateChanged when none is to come."""
    case = session.get(MediationCase, case_id, with_for_update=True, populate_existing=True)
    if case is None:
        raise NotFound
    attempt = planned(case)
    if attempt is None or attempt.booking is None or attempt.booking.state != "confirmed":
        raise StateChanged
    take_back(session, who, case, "cancelled_by_prison", now)
    case.next_at = timetable.add_workdays(session, case.prison_id, now, 1)


def take_back(session: Session, who: Identity, case: MediationCase, outcome: str, now: datetime) -> None:
    """Call off the session that is to come, if there is one; everybody is told. Of one that is over, what its end says is kept."""
    attempt = planned(case)
    if attempt is None or attempt.booking is None:
        return
    if attempt.booking.state != "confirmed":
        attempt.result = rules.proposed(attempt.booking.state, attempt.booking.outcome)
        return
    bookings.call_off_arranged(session, who, attempt.booking.id, "", outcome, now)
    attempt.result = rules.CALLED_OFF
    record(session, who, "mediation.call_off", "mediation", case.ref, now, case.prison_id, booking=attempt.booking.ref)


def settle(session: Session, now: datetime) -> int:
    """Sessions to which nobody came, or that others called off: nobody was reached, and the next talk is due on the next workday.

    What took place is left to the officer. Harmless to repeat: an attempt that is settled is no longer planned. Returns how many.
    """
    query = select(MediationAttempt).join(Booking, Booking.id == MediationAttempt.booking_id).where(MediationAttempt.result == rules.PLANNED)
    query = query.where(Booking.state.in_(OVER), or_(Booking.outcome.is_(None), Booking.outcome.not_in(rules.TOOK_PLACE | {"technical"})))
    cases = session.scalars(query.with_only_columns(MediationAttempt.case_id).order_by(MediationAttempt.case_id).limit(BATCH)).all()
    for number in cases:
        case = session.get_one(MediationCase, number, with_for_update=True, populate_existing=True)
        attempt = ended(case)
        if attempt is None:
            continue
        attempt.result = "not_reached"
        if case.state == "open":
            case.next_at = timetable.add_workdays(session, case.prison_id, now, 1)
        record(session, SYSTEM, "mediation.settle", "mediation", case.ref, now, case.prison_id, booking=attempt.booking.ref if attempt.booking else "")
    return len(cases)


def remind(session: Session, now: datetime) -> int:
    """On the day of asking again, tell the officer who wrote the agreement down. Once for each such day, however often it runs. Returns how many."""
    today = local_day(now)
    query = select(MediationCase).where(MediationCase.state == "agreed", MediationCase.followed_up_at.is_(None), MediationCase.follow_up_on <= today)
    query = query.where(or_(MediationCase.reminded_for.is_(None), MediationCase.reminded_for != MediationCase.follow_up_on))
    rows = session.scalars(query.limit(BATCH).with_for_update(skip_locked=True)).all()
    for case in rows:
        officer = case.attempts[-1].by if case.attempts else case.opened_by
        tell(session, officer, "mediation_follow_up", {"ref": case.ref}, now, f"/mediation/{case.ref}")
        case.reminded_for = case.follow_up_on
        record(session, SYSTEM, "mediation.remind", "mediation", case.ref, now, case.prison_id, officer=officer)
    return len(rows)


def sweep(session: Session, now: datetime) -> int:
    """Both, for the worker."""
    return settle(session, now) + remind(session, now)

"""Arranging a meeting with the defender: the session, and the end of the request's way, in one transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from consult.lawyers.models import Lawyer
from consult.meetings import rules
from consult.requests import service as requests
from consult.requests.queries import by_ref as request_by_ref
from visitation.audit.service import record
from visitation.bookings import service as bookings
from visitation.bookings.models import Booking
from visitation.kernel.errors import NotFound, Refused, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import LOCAL, local_day
from visitation.policies.queries import value


@dataclass(frozen=True)
class Wanted:
    """Which lawyer, where and when, and which papers were shown (rules.PAPERS)."""

    lawyer_id: int
    terminal_id: int
    starts_at: datetime
    papers: Collection[str]


def arrange(session: Session, who: Identity, ref: str, wanted: Wanted, now: datetime) -> Booking:
    """A meeting by video for a request on the defence path; the lawyer is told, the inmate gets the slip, the request is passed on.

    Raises Refused with everything that stands against it, StateChanged when the request does not wait any more.
    """
    known = request_by_ref(session, ref)
    if known is None:
        raise StateChanged
    request = requests.locked(session, who, known.id)
    if not rules.waits(request.path, request.state):
        raise StateChanged
    lawyer = session.get(Lawyer, wanted.lawyer_id)
    unknown = [] if lawyer is not None and lawyer.state == "verified" else list(Refused("MEETING_LAWYER").refusals)
    refuse([*rules.paper_refusals(wanted.papers), *unknown])
    assert lawyer is not None
    minutes = int(value(session, "visit_minutes", request.prison_id, local_day(wanted.starts_at))[rules.KIND])
    where = (request.prison_id, request.inmate_id, wanted.terminal_id, wanted.starts_at, wanted.starts_at + timedelta(minutes=minutes), lawyer.account_id)
    booking = bookings.arrange(session, who, bookings.Arrangement(rules.KIND, *where, lawyer=lawyer.id, language=request.language, unseen=True), now)
    told = f"{lawyer.name} {wanted.starts_at.astimezone(LOCAL):%Y-%m-%d %H:%M}"
    late = rules.is_late(wanted.starts_at, request.due_at)
    requests.pass_on(session, who, request.id, told, now)
    record(session, who, "meeting.arrange", "help_request", request.ref, now, request.prison_id, booking=booking.ref, papers=sorted(wanted.papers), late=late)
    return booking


def call_off(session: Session, who: Identity, booking_id: int, reason: str, now: datetime) -> Booking:
    """The meeting does not take place; the lawyer is told why. Raises Refused without a reason."""
    booking = session.get(Booking, booking_id)
    if booking is None or booking.kind != rules.KIND:
        raise NotFound
    if not reason.strip():
        raise Refused("MEETING_REASON")
    return bookings.call_off_arranged(session, who, booking_id, reason.strip(), "cancelled_by_prison", now)

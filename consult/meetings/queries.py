"""Requests that wait for a meeting with the defender, and the meetings that are arranged."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from consult.lawyers.models import Lawyer
from consult.lawyers.queries import lawyers
from consult.meetings.rules import KIND
from consult.requests import queries as requests
from consult.requests.models import HelpRequest
from visitation.bookings.free_times import FreeTime, Whom, free_times
from visitation.bookings.models import Booking
from visitation.kernel.identity import Identity
from visitation.people.models import Inmate
from visitation.policies.queries import value

MOST = 200


@dataclass(frozen=True)
class Meeting:
    """An arranged meeting and its lawyer."""

    booking: Booking
    lawyer: Lawyer | None


def waiting(session: Session, who: Identity) -> list[HelpRequest]:
    """Requests on the defence path that nobody has arranged yet, the most urgent deadline first."""
    return requests.pile(session, who, "pass", HelpRequest.path == "defence")


def meetings(session: Session, prison_id: int | None, now: datetime) -> list[Meeting]:
    """Those to come, in order of time."""
    query = select(Booking).where(Booking.kind == KIND, Booking.state == "confirmed", Booking.ends_at > now)
    query = query.options(joinedload(Booking.inmate).joinedload(Inmate.ward), joinedload(Booking.terminal)).order_by(Booking.starts_at, Booking.id)
    rows = list(session.scalars((query if prison_id is None else query.where(Booking.prison_id == prison_id)).limit(MOST)))
    known = {row.id: row for row in session.scalars(select(Lawyer).where(Lawyer.id.in_({row.lawyer for row in rows})).options(joinedload(Lawyer.firm)))}
    return [Meeting(row, known.get(row.lawyer or 0)) for row in rows]


def meeting_by_ref(session: Session, ref: str) -> Booking | None:
    """A meeting that is arranged; nothing else under such a reference."""
    return session.scalar(select(Booking).where(Booking.ref == ref.upper(), Booking.kind == KIND, Booking.state == "confirmed"))


def may_defend(session: Session) -> list[Lawyer]:
    """Lawyers whose licence is verified."""
    return lawyers(session, "verified")


def is_remote(session: Session, prison_id: int, day: date) -> bool:
    """Whether meetings are held by video here: off unless a rule with its basis says so."""
    return bool(value(session, "remote", prison_id, day)[KIND])


def times(session: Session, request: HelpRequest, lawyer_id: int, day: date, now: datetime) -> list[FreeTime]:
    """Free times of a day for the inmate and a lawyer."""
    whom = Whom(request.inmate_id, request.inmate.ward_id, lawyer=lawyer_id)
    return free_times(session, request.prison_id, KIND, whom, day, now)

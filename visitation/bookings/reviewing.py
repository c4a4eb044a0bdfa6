"""Visits whose people may no longer come, or whose day is none any more: flagged for the duty chief, and un-flagged when the reason is gone (rules.md §5.10).

The flags follow from what is stored about people and days, not from the act that changed it: a suspension that begins by its date, an import that
releases an inmate, a kinship decided anew and a calendar published late are all found by the same look, and a look that was killed loses nothing.
"""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from visitation.bookings.facts import legal_session
from visitation.bookings.ledger import PURSES
from visitation.bookings.models import Appointment, Booking, BookingFlag, BookingVisitor
from visitation.bookings.rules import AWAY, Ban, gives_way
from visitation.kernel.interval import Interval, at_local, local_day
from visitation.people.models import Inmate, Kinship, Suspension
from visitation.people.rules_staff import GONE
from visitation.policies.queries import value
from visitation.timetable.queries import days_off

PEOPLE_CODES = ("INMATE_LEFT", "INMATE_AWAY", "INMATE_CONFINED", "INMATE_SUSPENDED", "VISITOR_SUSPENDED", "KINSHIP_ENDED", "TIE_RESTRICTED")
CODES = (*PEOPLE_CODES, "APPOINTMENT", "DAY_OFF")
PASSING = ("court", "hospital")
CODE_OF_STATUS = {"court": "INMATE_AWAY", "hospital": "INMATE_AWAY", "confined": "INMATE_CONFINED"}
Key = tuple[int, str, str]
"""Booking, code, source."""


def review(session: Session, now: datetime) -> int:
    """The sweep: every visit to come against its people as they stand now. What an officer has looked at stays closed until its reason ends and begins again.

    Returns how many flags were raised or cleared. Idempotent.
    """
    wanted = {*_inmates(session, now), *_suspended(session, now), *_ties(session, now), *_appointments(session, now), *_days(session, now)}
    known = {(row.booking_id, row.code, row.source): row for row in _flags(session, now)}
    changed = 0
    for booking_id, code, source in sorted(wanted - known.keys()):
        session.add(BookingFlag(booking_id=booking_id, code=code, source=source, raised_at=now))
        changed += 1
    for key, flag in known.items():
        changed += _stands(flag, now) if key in wanted else _is_over(flag, now)
    return changed


def _stands(flag: BookingFlag, now: datetime) -> bool:
    if flag.cleared_at is None or flag.dismissed_by is not None:
        return False
    flag.cleared_at, flag.raised_at = None, now
    return True


def _is_over(flag: BookingFlag, now: datetime) -> bool:
    if flag.cleared_at is not None and flag.dismissed_by is None:
        return False
    flag.cleared_at, flag.dismissed_by = flag.cleared_at or now, None
    return True


def _coming(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Never one that has started."""
    return Booking.state.in_(("requested", "confirmed")), Booking.starts_at > now


def _flags(session: Session, now: datetime) -> list[BookingFlag]:
    query = select(BookingFlag).join(Booking, Booking.id == BookingFlag.booking_id).where(BookingFlag.code.in_(CODES), *_coming(now))
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _inmates(session: Session, now: datetime) -> Iterator[Key]:
    """Court and hospital are no release: they pass, so only a visit that is near is looked at, under a code of its own (rules.md §5.9)."""
    query = select(Booking.id, Booking.prison_id, Booking.starts_at, Inmate.id, Inmate.status).join(Inmate, Inmate.id == Booking.inmate_id)
    near: dict[int, timedelta] = {}
    for booking_id, prison_id, starts_at, inmate_id, status in session.execute(query.where(Inmate.status.in_((*GONE, *AWAY)), *_coming(now))):
        if status in PASSING:
            ahead = near.get(prison_id) or timedelta(hours=value(session, "absence_flag_hours", prison_id, local_day(now)))
            near[prison_id] = ahead
            if starts_at - now > ahead:
                continue
        yield booking_id, CODE_OF_STATUS.get(status, "INMATE_LEFT"), f"inmate:{inmate_id}"


def _suspended(session: Session, now: datetime) -> Iterator[Key]:
    """Suspensions that cover the day of a visit; a visitor's counts in the prison that set it."""
    in_force = (Suspension.lifted_at.is_(None), or_(Suspension.ends_on.is_(None), Suspension.ends_on >= local_day(now)))
    columns = (Booking.id, Booking.starts_at, Suspension.id, Suspension.starts_on, Suspension.ends_on)
    inside = select(*columns).join(Suspension, Suspension.inmate_id == Booking.inmate_id)
    outside = select(*columns).join(BookingVisitor, BookingVisitor.booking_id == Booking.id)
    here = and_(Suspension.visitor_id == BookingVisitor.visitor_id, Suspension.prison_id == Booking.prison_id)
    outside = outside.join(Suspension, here)
    for query, code in ((inside, "INMATE_SUSPENDED"), (outside, "VISITOR_SUSPENDED")):
        for booking_id, starts_at, number, first, last in session.execute(query.where(*in_force, *_coming(now))):
            if Ban(first, last).covers(local_day(starts_at)):
                yield booking_id, code, f"suspension:{number}"


def _ties(session: Session, now: datetime) -> Iterator[Key]:
    """People of a party without an approved kinship any more; and those with one that the inmate, or a restriction, no longer lets stand."""
    approved = (Kinship.visitor_id == BookingVisitor.visitor_id, Kinship.inmate_id == Booking.inmate_id, Kinship.state == "approved")
    proven = exists().where(*approved)
    stands = exists().where(*approved, Kinship.inmate_answer == "accepted", Kinship.restriction == "none")
    query: Select[int, int] = select(Booking.id, BookingVisitor.visitor_id).join(BookingVisitor, BookingVisitor.booking_id == Booking.id).where(*_coming(now))
    for condition, code in ((~proven, "KINSHIP_ENDED"), (proven & ~stands, "TIE_RESTRICTED")):
        for booking_id, visitor_id in session.execute(query.where(condition)):
            yield booking_id, code, f"visitor:{visitor_id}"


def _appointments(session: Session, now: datetime) -> Iterator[Key]:
    """Legal appointments come first: family visits of the inmate near one (rules.md §5.14)."""
    query = select(Booking.id, Booking.prison_id, Booking.starts_at, Booking.ends_at, Appointment.id, Appointment.starts_at, Appointment.ends_at)
    query = query.join(Appointment, Appointment.inmate_id == Booking.inmate_id).where(Appointment.cancelled_at.is_(None), Appointment.ends_at > now)
    margins: dict[int, int] = {}
    legal = aliased(Booking)
    sessions = select(Booking.id, Booking.prison_id, Booking.starts_at, Booking.ends_at, legal.id, legal.starts_at, legal.ends_at)
    sessions = sessions.join(legal, legal.inmate_id == Booking.inmate_id).where(Booking.kind.in_(PURSES), *legal_session(legal), legal.ends_at > now)
    for found, source in ((query, "appointment"), (sessions, "booking")):
        for booking_id, prison_id, starts_at, ends_at, number, first, last in session.execute(found.where(*_coming(now))):
            if prison_id not in margins:
                margins[prison_id] = value(session, "appointment_margin_minutes", prison_id, local_day(now))
            if gives_way(Interval(starts_at, ends_at), Interval(first, last), margins[prison_id]):
                yield booking_id, "APPOINTMENT", f"{source}:{number}"


def _days(session: Session, now: datetime) -> Iterator[Key]:
    """Days that are without visits by now: decided by an administrator, or by a calendar that was published after the visit was booked."""
    for prison_id, last in session.execute(select(Booking.prison_id, func.max(Booking.starts_at)).where(*_coming(now)).group_by(Booking.prison_id)).all():
        off = days_off(session, prison_id, local_day(now), local_day(last))
        spans = [and_(Booking.starts_at >= at_local(day, time()), Booking.starts_at < at_local(day + timedelta(days=1), time())) for day in off]
        if spans:
            query = select(Booking.id, Booking.starts_at).where(Booking.prison_id == prison_id, *_coming(now), or_(*spans))
            yield from ((number, "DAY_OFF", f"day:{prison_id}:{local_day(starts_at)}") for number, starts_at in session.execute(query))

"""Counting what officers did, and what was recorded."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from visitation.bookings.models import Booking
from visitation.reports.figures import Asked
from visitation.reports.local_sql import LocalMonth
from visitation.reports.queries_visits import first_of
from visitation.reports.rules import Facts
from visitation.supervision.models import LiveSession, Segment

PRISON = Booking.prison_id + 0
"""Of a session, so written that a database without statistics begins with the sessions of the period, not with every booking that the prison ever had."""


def officers(session: Session, asked: Asked) -> Facts:
    """Sessions that went live, with who checked in and who watched; one query."""
    facts = Facts()
    watched = func.sum(LiveSession.seconds_used)
    who = (LiveSession.officer_id, LiveSession.checked_in_by)
    query = select(Booking.prison_id, LocalMonth(LiveSession.live_at), *who, func.count(), watched).join(Booking, Booking.id == LiveSession.booking_id)
    query = query.where(*asked.within(LiveSession.live_at, PRISON)).group_by(Booking.prison_id, LocalMonth(LiveSession.live_at), *who)
    for prison, month, officer, checker, number, seconds in session.execute(query):
        tally = facts.at(prison, first_of(month))
        tally.counts["sessions"] += number
        tally.counts["seconds"] += round(seconds or 0)
        tally.people["officers"] |= {one for one in (officer, checker) if one is not None}
    return facts


def recordings(session: Session, asked: Asked) -> Facts:
    """Recordings by the day on which they were made, those of them that are still kept, and their volume; one query.

    A visit has several segments, and a video of one side may be deleted before the other's: it is kept while one of them is.
    """
    facts = Facts()
    here = func.sum(Segment.bytes).filter(Segment.deleted_at.is_(None))
    one = select(Booking.prison_id, LocalMonth(func.min(Segment.starts_at)).label("month"), func.sum(Segment.bytes), here)
    one = one.join(LiveSession, LiveSession.id == Segment.session_id).join(Booking, Booking.id == LiveSession.booking_id)
    one = one.where(*asked.within(Segment.starts_at, PRISON)).group_by(Booking.prison_id, Segment.session_id)
    for prison, month, made, kept in session.execute(one):
        tally = facts.at(prison, first_of(month))
        tally.counts["recorded"] += 1
        tally.counts["made"] += int(made)
        tally.counts["still"] += kept is not None
        tally.counts["kept"] += int(kept or 0)
    return facts

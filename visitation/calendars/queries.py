"""Reading feeds and what stands in them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.bookings.models import Booking, BookingVisitor
from visitation.calendars.models import CalendarFeed
from visitation.calendars.rules import AHEAD, BEHIND
from visitation.kernel.ids import digest
from visitation.officers.queries import of_officer
from visitation.timetable.models import Duty

MOST = 200


def feed_of(session: Session, account_id: int, zone: str, name: str) -> CalendarFeed | None:
    """The living feed of an account by the offer's name."""
    query = select(CalendarFeed).where(CalendarFeed.account_id == account_id, CalendarFeed.zone == zone, CalendarFeed.name == name)
    return session.scalar(query.where(CalendarFeed.revoked_at.is_(None)).order_by(CalendarFeed.id.desc()).limit(1))


def by_token(session: Session, token: str, zone: str) -> tuple[CalendarFeed, Account] | None:
    """The feed of a secret address and its owner. One look-up by the digest, whatever was asked: unknown, revoked and closed take the same time."""
    query = select(CalendarFeed, Account).join(Account, Account.id == CalendarFeed.account_id)
    query = query.where(CalendarFeed.token_digest == digest(token), CalendarFeed.zone == zone, CalendarFeed.revoked_at.is_(None), Account.closed_at.is_(None))
    found = session.execute(query).first()
    return None if found is None else (found[0], found[1])


def visits_of(session: Session, account: Account, now: datetime) -> list[Booking]:
    """Visits of an account or with its person in the party, from a week ago on, that stand or took place."""
    in_party = exists().where(BookingVisitor.booking_id == Booking.id, BookingVisitor.visitor_id == account.visitor_id)
    query = select(Booking).where(or_(Booking.account_id == account.id, in_party), Booking.state.in_(("requested", "confirmed", "ended")))
    return list(session.scalars(query.where(Booking.ends_at > now - BEHIND).order_by(Booking.starts_at, Booking.id).limit(MOST)))


def watch_of(session: Session, account_id: int, now: datetime) -> list[Booking]:
    """Sessions that an officer is to watch in the time to come."""
    return of_officer(session, account_id, now, now + AHEAD)


def duties_of(session: Session, account_id: int, now: datetime) -> Iterable[Duty]:
    query = select(Duty).where(Duty.account_id == account_id, Duty.ends_at > now, Duty.starts_at < now + AHEAD)
    return session.scalars(query.order_by(Duty.starts_at, Duty.id))

"""Reminders: the day before a visit and an hour before it, each once for each beginning."""

from datetime import datetime, timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from visitation.bookings.models import Booking
from visitation.bookings.queries import first_of_day
from visitation.bookings.rules import FAMILY_KINDS
from visitation.notices.models import Reminder
from visitation.notices.service import tell

STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


def remind(session: Session, now: datetime) -> int:
    """Tell everybody whose visit comes near. A visit that was moved is reminded of again. Returns how many were told."""
    return sum(_remind(session, step, ahead, now) for step, ahead in STEPS.items())


def _remind(session: Session, step: str, ahead: timedelta, now: datetime) -> int:
    told = and_(Reminder.booking_id == Booking.id, Reminder.step == step, Reminder.starts_at == Booking.starts_at)
    near = select(Booking).outerjoin(Reminder, told).where(Reminder.booking_id.is_(None), Booking.state == "confirmed")
    rows = session.scalars(near.where(Booking.starts_at > now, Booking.starts_at <= now + ahead).with_for_update(of=Booking, skip_locked=True)).all()
    sent = 0
    for booking in rows:
        session.add(Reminder(booking_id=booking.id, step=step, starts_at=booking.starts_at, at=now))
        if _is_news(session, booking, step, ahead):
            facts = {"ref": booking.ref, "starts_at": booking.starts_at.isoformat()}
            kind = "booking_reminder" if booking.kind in FAMILY_KINDS else "session_reminder"
            tell(session, booking.account_id, kind, facts, now, link=f"/visits/{booking.ref}" if booking.party else "/sessions")
            sent += 1
    return sent


def _is_news(session: Session, booking: Booking, step: str, ahead: timedelta) -> bool:
    """Who booked within the last day (hour) knows; and the word of an hour before makes the one of the day before late."""
    if booking.starts_at - max(booking.created_at, booking.decided_at or booking.created_at) < ahead:
        return False
    if booking.lawyer is not None and not first_of_day(session, booking):
        return False
    return step != "day" or session.get(Reminder, (booking.id, "hour", booking.starts_at)) is None

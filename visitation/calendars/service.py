"""Making and taking back private feeds, and the files that other rooms send."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.calendars.invitations import first_origin as first_origin
from visitation.calendars.invitations import for_letters as for_letters
from visitation.calendars.invitations import invitation as invitation
from visitation.calendars.models import CalendarFeed
from visitation.kernel.identity import Identity
from visitation.kernel.ids import digest, secret_token


def make_feed(session: Session, who: Identity, name: str, now: datetime) -> str:
    """A new secret; the one before, if there was one, stops working. Only here is it ever seen: the database keeps its digest."""
    renewed = _end(session, who, name, now)
    token = secret_token()
    session.add(CalendarFeed(account_id=who.account_id, zone=who.zone.value, name=name, token_digest=digest(token), created_at=now))
    record(session, who, "calendar.make", "account", who.account_id, now, renewed=renewed, name=name)
    return token


def revoke_feed(session: Session, who: Identity, name: str, now: datetime) -> bool:
    """Stop the feed. False when there was none."""
    ended = _end(session, who, name, now)
    if ended:
        record(session, who, "calendar.revoke", "account", who.account_id, now, name=name)
    return ended


def note_reading(session: Session, feed_id: int, now: datetime) -> None:
    """A calendar has fetched it."""
    row = session.get(CalendarFeed, feed_id, with_for_update=True)
    if row is not None:
        row.read_at = now


def _end(session: Session, who: Identity, name: str, now: datetime) -> bool:
    query = select(CalendarFeed).where(CalendarFeed.account_id == who.account_id, CalendarFeed.zone == who.zone.value, CalendarFeed.name == name)
    rows = session.scalars(query.where(CalendarFeed.revoked_at.is_(None)).with_for_update()).all()
    for row in rows:
        row.revoked_at = now
    session.flush()
    return bool(rows)

"""Telling the people of a visit what became of it: the account that booked, and everybody in the party who has one."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.bookings.models import Booking
from visitation.notices.service import tell


def tell_party(session: Session, booking: Booking, kind: str, now: datetime, reason_code: str = "", reason_text: str = "") -> None:
    """Queue one notice for each account, in the caller's transaction. The reasons are those meant for the family."""
    facts = {"ref": booking.ref, "starts_at": booking.starts_at.isoformat()}
    if reason_code:
        facts["reason_code"] = reason_code
    if reason_text:
        facts["reason_text"] = reason_text
    members = [person.visitor_id for person in booking.party]
    query = select(Account.id).where(or_(Account.id == booking.account_id, Account.visitor_id.in_(members)), Account.closed_at.is_(None))
    for account_id in session.scalars(query.order_by(Account.id)).all():
        tell(session, account_id, kind, facts, now, f"/visits/{booking.ref}")

"""Telling the people of a visit what became of it: the account that booked, and everybody in the party who has one."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.bookings.models import Booking
from visitation.notices.service import REACHED, tell_all
from visitation.store.transaction import run

_account = Account.__table__.c
ACCOUNTS = (
    select(*REACHED)
    .where(or_(_account.id == bindparam("account"), _account.visitor_id.in_(bindparam("members", expanding=True))), _account.closed_at.is_(None))
    .order_by(_account.id)
)


def tell_party(
    session: Session, booking: Booking, kind: str, now: datetime, reason_code: str = "", reason_text: str = "", members: Iterable[int] | None = None
) -> None:
    """Queue one notice for each account, in the caller's transaction. The reasons are meant for the family. `members`: visitors of the party, if known."""
    facts = {"ref": booking.ref, "starts_at": booking.starts_at.isoformat()}
    if reason_code:
        facts["reason_code"] = reason_code
    if reason_text:
        facts["reason_text"] = reason_text
    people = [person.visitor_id for person in booking.party] if members is None else list(members)
    accounts = run(session, ACCOUNTS, {"account": booking.account_id, "members": people}).all()
    tell_all(session, accounts, kind, facts, now, f"/visits/{booking.ref}" if people else "/sessions")

"""Which lawyers may join which talks: their standing, and none of a case in which they have declared a conflict of interest, however late (rules.md §2)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.helpdays.models import ConflictDeclaration, HelpSeat
from consult.lawyers import outside as lawyers
from consult.lawyers.models import Lawyer
from visitation.bookings.models import Booking
from visitation.supervision.outside import Outside


def people(session: Session, account_ids: Iterable[int]) -> Mapping[int, Outside]:
    """The lawyers among these accounts, each with the talks that are closed to them."""
    found = lawyers.people(session, account_ids)
    if not found:
        return found
    query = select(Booking.account_id, Booking.id).join(HelpSeat, HelpSeat.booking_id == Booking.id).join(Lawyer, Lawyer.account_id == Booking.account_id)
    said = (ConflictDeclaration.request_id == HelpSeat.request_id) & (ConflictDeclaration.lawyer_id == Lawyer.id)
    query = query.join(ConflictDeclaration, said).where(ConflictDeclaration.conflict, Booking.account_id.in_(found), Booking.state == "confirmed")
    barred: dict[int, set[int]] = {}
    for account_id, booking_id in session.execute(query):
        barred.setdefault(account_id, set()).add(booking_id)
    return {number: replace(one, barred=frozenset(barred.get(number, ()))) for number, one in found.items()}

"""Whether a family knows that the prison has moved their visit: it stays on the duty chief's list until they are reached (rules.md §4)."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.bookings import claims
from visitation.bookings.models import Booking, Move, Offer
from visitation.kernel.errors import NotFound, Refused, StateChanged
from visitation.kernel.identity import Identity


def open_moves(session: Session, booking_id: int) -> list[Move]:
    """Moves of a visit of which the family does not know yet, in order."""
    query = select(Move).where(Move.booking_id == booking_id, Move.reached_at.is_(None)).order_by(Move.id)
    return list(session.scalars(query.with_for_update().execution_options(populate_existing=True)))


def last_open_move(session: Session, booking_id: int) -> Move | None:
    """The latest move that the family does not know of, for showing."""
    return session.scalars(select(Move).where(Move.booking_id == booking_id, Move.reached_at.is_(None)).order_by(Move.id.desc()).limit(1)).first()


def moves_not_known(session: Session, booking_ids: Iterable[int]) -> dict[int, Move]:
    """Booking -> its latest move of which the family does not know, for showing."""
    query = select(Move).where(Move.booking_id.in_(list(booking_ids)), Move.reached_at.is_(None)).order_by(Move.id)
    return {row.booking_id: row for row in session.scalars(query)}


def reached(session: Session, who: Identity, booking_id: int, how: str, note: str, now: datetime) -> int:
    """Everything of this visit is known to the family: how is confirmed, chosen or telephoned. Returns how many moves were open; a repeat returns 0."""
    rows = open_moves(session, booking_id)
    for row in rows:
        row.reached_at, row.reached_how, row.reached_by = now, how, who.account_id or None
        if note:
            row.reached_note = note[:200]
    if rows:
        booking = session.get_one(Booking, booking_id)
        record(session, who, "booking.reached", "booking", booking.ref, now, booking.prison_id, how=how)
    return len(rows)


def telephoned(session: Session, who: Identity, booking_id: int, note: str, now: datetime) -> None:
    """The officer who is signed in has spoken to the family, and says with whom and what was said. Raises StateChanged when they were reached before."""
    if not note.strip():
        raise Refused("CALL_NOTE_MISSING")
    if not reached(session, who, booking_id, "telephoned", note, now):
        raise StateChanged


def end_offer(session: Session, offer: Offer, state: str, now: datetime) -> None:
    """Close an offer and free the places it still keeps."""
    for one in offer.places:
        if one.booking.state == "offered":
            one.booking.state = "expired"
            claims.give_back(session, one.booking_id)
    offer.state, offer.answered_at = state, now


def open_offer_of(session: Session, booking_id: int, kind: str = "move") -> Offer | None:
    query = select(Offer).where(Offer.booking_id == booking_id, Offer.kind == kind, Offer.state == "open").order_by(Offer.id.desc())
    return session.scalars(query.limit(1)).first()


def offer_for_change(session: Session, offer_id: int) -> Offer:
    """The offer's row, locked and fresh. Raises NotFound."""
    row = session.get(Offer, offer_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def overtaken(session: Session, who: Identity, booking: Booking, now: datetime) -> None:
    """The family has acted on the visit itself: they know, and nothing is kept for them any more."""
    reached(session, who, booking.id, "confirmed", "", now)
    offer = open_offer_of(session, booking.id)
    if offer is not None:
        end_offer(session, offer_for_change(session, offer.id), "withdrawn", now)

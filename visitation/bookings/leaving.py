"""Whoever closes their account waits for nothing any more: places that were kept for them are free for the next at once."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.bookings.deciding import let_hold_go
from visitation.bookings.models import Booking, Offer, Wish
from visitation.bookings.offering import decline
from visitation.bookings.waiting import LIVING, freed, leave
from visitation.kernel.identity import Identity


def let_everything_go(session: Session, who: Identity, account_id: int, now: datetime) -> int:
    """End the wishes, the open offers and the holds of an account; visits are left alone. Returns how many ended; a repeat returns 0."""
    wishes = session.execute(select(Wish.id, Wish.prison_id).where(Wish.account_id == account_id, Wish.state.in_(LIVING)).order_by(Wish.id)).all()
    for wish_id, _prison in wishes:
        leave(session, who, wish_id, now)
    session.flush()
    offers = session.scalars(select(Offer.id).where(Offer.account_id == account_id, Offer.state == "open").order_by(Offer.id)).all()
    for offer_id in offers:
        decline(session, who, offer_id, now)
    holds = session.execute(select(Booking.id, Booking.prison_id).where(Booking.account_id == account_id, Booking.state == "held").order_by(Booking.id)).all()
    for booking_id, _prison in holds:
        let_hold_go(session, who, booking_id, now)
    for prison_id in sorted({prison for _row, prison in (*wishes, *holds)}):
        freed(session, prison_id, now)
    return len(wishes) + len(offers) + len(holds)

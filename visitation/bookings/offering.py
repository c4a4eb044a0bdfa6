"""Places that are kept for somebody until they answer: three for a visit that must be moved or was cut short, one for who waits longest.

Each place is a booking in state `offered` with claims of its own, so nothing that is offered can be lost to somebody else meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from visitation.audit.service import record
from visitation.bookings import claims, rules
from visitation.bookings.ledger import PURSES
from visitation.bookings.locks import booking_for_change, stand_still
from visitation.bookings.models import Booking, BookingVisitor, Claim, Offer, OfferPlace
from visitation.bookings.moving import after_move, coming
from visitation.bookings.planning import Planner
from visitation.bookings.reaching import end_offer, offer_for_change, open_offer_of, reached
from visitation.bookings.seating import seat
from visitation.bookings.telling import tell_party
from visitation.kernel.errors import NotFound, Refused, StateChanged
from visitation.kernel.identity import SYSTEM, Identity
from visitation.kernel.interval import local_day
from visitation.policies.queries import value
from visitation.timetable.queries import Grid
from visitation.timetable.rules import Slot

PLACES = 3
AROUND = timedelta(days=21)
"""How far from its own day places for a visit are looked for."""
SOONEST = timedelta(hours=24)
"""A place that is offered leaves the family a day to answer and to prepare."""
SWEEP_AT_ONCE = 100


@dataclass(frozen=True)
class For:
    """For whom and why places are kept. `booking`: the visit that they replace, or whose people they are for."""

    kind: str
    account_id: int
    booking_id: int | None = None
    wish_id: int | None = None
    reason_code: str = ""
    reason_text: str = ""


def keep(session: Session, who: Identity, like: Booking, slots: Sequence[Slot], grid: Grid, wanted: For, expires_at: datetime, now: datetime) -> Offer:
    """Claim `slots` for the people of `like` and offer them. The caller has locked. Raises PlaceTaken or Refused as `seat`."""
    offer = Offer(kind=wanted.kind, account_id=wanted.account_id, booking_id=wanted.booking_id, wish_id=wanted.wish_id, created_at=now, expires_at=expires_at)
    offer.created_by, offer.reason_code, offer.reason_text = who.account_id or None, wanted.reason_code, wanted.reason_text
    session.add(offer)
    session.flush()
    for slot in slots:
        place = _place(session, like, slot, wanted.account_id, expires_at, now)
        seat(session, place, slot, grid, now)
        offer.places.append(OfferPlace(offer_id=offer.id, booking_id=place.id, booking=place))
    session.flush()
    return offer


def _place(session: Session, like: Booking, slot: Slot, account_id: int, expires_at: datetime, now: datetime) -> Booking:
    row = Booking(
        kind=like.kind,
        prison_id=like.prison_id,
        inmate_id=like.inmate_id,
        terminal_id=slot.terminals[0],
        account_id=account_id,
        assisted_by=like.assisted_by,
        starts_at=slot.visit.start,
        ends_at=slot.visit.end,
        turnaround=slot.turnaround,
        state="offered",
        language=like.language,
        hold_expires_at=expires_at,
        created_at=now,
        party=[BookingVisitor(visitor_id=person.visitor_id, kinship_id=person.kinship_id, place=person.place) for person in like.party],
    )
    session.add(row)
    session.flush()
    return row


def offer_alternatives(session: Session, who: Identity, booking_id: int, reason_code: str, reason_text: str, now: datetime) -> Offer:
    """Three places for a visit that cannot stay where it is. It keeps its own until the family has chosen or the time to answer is over.

    Raises StateChanged when it can no longer be moved or places are offered already, Refused OFFER_NOWHERE when there is no place.
    """
    seen = session.get_one(Booking, booking_id)
    if seen.kind not in PURSES:
        raise Refused("ARRANGED_BY_STAFF")
    stand_still(session, seen.prison_id, seen.inmate_id, [person.visitor_id for person in seen.party])
    booking_for_change(session, booking_id)
    rows = coming(session, seen.prison_id, [seen.ref], now)
    if not rows or open_offer_of(session, booking_id) is not None:
        raise StateChanged
    booking = rows[0]
    first = max(local_day(now + SOONEST), local_day(booking.starts_at - AROUND))
    planner = Planner(session, rows, first, max(first, local_day(booking.starts_at)) + AROUND, now + SOONEST)
    slots = planner.nearest(booking, PLACES)
    if not slots:
        raise Refused("OFFER_NOWHERE")
    hours = value(session, "alternatives_hours", booking.prison_id, local_day(now))
    expires_at = min(now + timedelta(hours=hours), slots[0].start - timedelta(hours=1))
    wanted = For("move", booking.account_id, booking.id, None, reason_code, reason_text)
    offer = keep(session, who, booking, slots, planner.grid, wanted, expires_at, now)
    starts = [slot.start.isoformat() for slot in slots]
    record(session, who, "booking.offer", "booking", booking.ref, now, booking.prison_id, places=starts, until=expires_at.isoformat())
    tell_party(session, booking, "booking_alternatives", now, reason_code, reason_text)
    return offer


def choose(session: Session, who: Identity, offer_id: int, place_ref: str, now: datetime) -> Booking:
    """The family takes one of the places for the visit that must be moved: same reference, same month. A repeat of the same choice changes nothing."""
    seen = session.get_one(Offer, offer_id)
    if seen.kind != "move" or seen.booking_id is None:
        raise NotFound
    original = session.get_one(Booking, seen.booking_id)
    stand_still(session, original.prison_id, original.inmate_id, [person.visitor_id for person in original.party])
    booking = booking_for_change(session, seen.booking_id)
    offer = offer_for_change(session, offer_id)
    place = place_of(offer, place_ref)
    if offer.state == "taken" and booking.starts_at == place.starts_at:
        return booking
    if offer.state != "open" or place.state != "offered" or booking.state not in ("requested", "confirmed") or booking.starts_at <= now:
        raise StateChanged
    old, gained = booking.starts_at, (place.terminal_id, place.starts_at, place.ends_at, place.turnaround)
    _hand_over(session, place, booking)
    booking.terminal_id, booking.starts_at, booking.ends_at, booking.turnaround = gained
    end_offer(session, offer, "taken", now)
    after_move(session, who, booking, old, offer.reason_code, offer.reason_text, now)
    reached(session, who, booking.id, "chosen", "", now)
    tell_party(session, booking, "booking_changed", now)
    return booking


def _hand_over(session: Session, place: Booking, booking: Booking) -> None:
    """The claims of a kept place become the visit's; its old ones are free. People who joined the party since then are not covered and refuse it."""
    if {person.visitor_id for person in place.party} != {person.visitor_id for person in booking.party}:
        raise StateChanged
    claims.give_back(session, booking.id)
    session.execute(update(Claim).where(Claim.booking_id == place.id).values(booking_id=booking.id))
    place.state = "expired"


def decline(session: Session, who: Identity, offer_id: int, now: datetime) -> Offer:
    """None of the places suits: they are free again, and whoever offered them sees it. A repeat changes nothing."""
    offer = offer_for_change(session, offer_id)
    if offer.state == "open":
        end_offer(session, offer, "declined", now)
        about = offer.booking or offer.places[0].booking
        record(session, who, "offer.decline", "offer", offer.ref, now, about.prison_id)
    return offer


def place_of(offer: Offer, place_ref: str) -> Booking:
    found = next((one.booking for one in offer.places if one.booking.ref == place_ref), None)
    if found is None:
        raise NotFound
    return found


def offer_by_ref(session: Session, ref: str) -> Offer | None:
    """An offer with its places and the visit it replaces, in a fixed number of queries."""
    places = selectinload(Offer.places).joinedload(OfferPlace.booking).selectinload(Booking.party).joinedload(BookingVisitor.kinship)
    return session.scalar(select(Offer).where(Offer.ref == ref).options(places, joinedload(Offer.booking), joinedload(Offer.wish)))


def is_for_me(who: Identity, offer: Offer) -> bool:
    """Whoever booked or waits, or leads the party that the places are for."""
    return rules.may_change(who, offer.places[0].booking) if offer.places else False


def sweep(session: Session, now: datetime) -> int:
    """End offers whose time to answer is over; their places are free for the next. Idempotent. Returns how many ended."""
    due = select(Offer.id).where(Offer.state == "open", Offer.expires_at <= now).order_by(Offer.id).limit(SWEEP_AT_ONCE)
    ended = 0
    for offer_id in session.scalars(due).all():
        offer = offer_for_change(session, offer_id)
        if offer.state == "open" and offer.expires_at <= now:
            end_offer(session, offer, "expired", now)
            about = offer.booking or offer.places[0].booking
            record(session, SYSTEM, "offer.expire", "offer", offer.ref, now, about.prison_id)
            ended += 1
    return ended

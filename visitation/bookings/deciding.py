"""What becomes of a booking before its day: approved, refused, cancelled, called off, lapsed. Each is a compare-and-swap on the state."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.bookings import claims, ledger, rules
from visitation.bookings.confirming import closed, gather
from visitation.bookings.locks import booking_for_change, stand_still
from visitation.bookings.models import Booking
from visitation.bookings.telling import tell_party
from visitation.bookings.waiting import freed
from visitation.kernel.errors import Refusal, Refused, StateChanged, refuse
from visitation.kernel.identity import SYSTEM, Identity

SWEEP_AT_ONCE = 200


def approve(session: Session, who: Identity, booking_id: int, note: str, now: datetime) -> Booking:
    """Approve a request. Everything but notice and release is checked again. Raises StateChanged when somebody has decided."""
    seen = session.get_one(Booking, booking_id)
    stand_still(session, seen.prison_id, seen.inmate_id, [person.visitor_id for person in seen.party])
    booking = _in_state(session, booking_id, "requested")
    codes = [person.visitor.ref for person in booking.party[1:]]
    found = gather(session, booking, codes, now, accepted=True)
    wish, case = found.wish, found.case
    gone = [Refusal("VISITOR_CODE_UNKNOWN", {"code": code}) for code in found.unknown]
    refuse([*gone, *rules.standing(wish, case.inside, case.limits, now, windowed=False), *rules.company(wish, case.limits), *closed(case, booking)])
    booking.state, booking.staff_note = "confirmed", note
    _decided(booking, who, now)
    record(session, who, "booking.approve", "booking", booking.ref, now, booking.prison_id)
    tell_party(session, booking, "booking_confirmed", now)
    return booking


def refuse_request(session: Session, who: Identity, booking_id: int, reason_code: str, reason_text: str, note: str, now: datetime) -> Booking:
    """Refuse a request with a reason for the family, and a note that stays with the staff. The visit goes back to the month."""
    if not reason_code:
        raise Refused("DECISION_REASON_MISSING")
    booking = _in_state(session, booking_id, "requested")
    booking.state, booking.staff_note = "refused", note
    _decided(booking, who, now)
    _let_go(session, booking, now, reason_code, reason_text, returned=True)
    record(session, who, "booking.refuse", "booking", booking.ref, now, booking.prison_id, reason=reason_code)
    tell_party(session, booking, "booking_refused", now, reason_code, reason_text)
    return booking


def cancel(session: Session, who: Identity, booking_id: int, now: datetime) -> Booking:
    """The family cancels a visit or withdraws a request. A repeat changes nothing. Late (policy) it is still possible, but counts as used."""
    booking = booking_for_change(session, booking_id)
    if booking.state in ("cancelled", "withdrawn"):
        return booking
    if booking.state not in ("requested", "confirmed"):
        raise StateChanged
    if booking.starts_at <= now:
        raise Refused("ALREADY_STARTED")
    free = booking.state == "requested" or is_free(booking, now)
    booking.state, booking.outcome = ("withdrawn", None) if booking.state == "requested" else ("cancelled", "cancelled_by_visitor")
    _let_go(session, booking, now, "" if free else "CANCELLED_LATE", "", returned=free)
    record(session, who, "booking.cancel", "booking", booking.ref, now, booking.prison_id, free=free)
    tell_party(session, booking, "booking_cancelled", now, booking.reason_code or "")
    return booking


def is_free(booking: Booking, now: datetime) -> bool:
    """Whether the family may cancel now without losing the visit, by the terms of this booking."""
    return rules.cancels_freely(booking.starts_at, int(booking.terms.get("free_cancellation_hours", 24)), now)


def call_off(session: Session, who: Identity, booking_id: int, reason_code: str, reason_text: str, now: datetime) -> Booking:
    """The prison cancels a visit that has not started. The visit goes back to the month."""
    if not reason_code:
        raise Refused("DECISION_REASON_MISSING")
    booking = booking_for_change(session, booking_id)
    if booking.state not in ("requested", "confirmed") or booking.starts_at <= now:
        raise StateChanged
    booking.state, booking.outcome = "cancelled", "cancelled_by_prison"
    _decided(booking, who, now)
    _let_go(session, booking, now, reason_code, reason_text, returned=True)
    record(session, who, "booking.call_off", "booking", booking.ref, now, booking.prison_id, reason=reason_code)
    tell_party(session, booking, "booking_cancelled", now, reason_code, reason_text)
    return booking


def let_hold_go(session: Session, who: Identity, booking_id: int, now: datetime) -> None:
    """The family looks for another time: the hold ends at once. Anything that is no hold any more is left alone."""
    booking = booking_for_change(session, booking_id)
    if booking.state == "held":
        booking.state = "expired"
        claims.give_back(session, booking.id)
        record(session, who, "booking.release", "booking", booking.ref, now, booking.prison_id)


def sweep(session: Session, now: datetime) -> int:
    """End holds that ran out and requests that nobody answered; families are told of the latter. Idempotent. Returns how many ended."""
    held = session.scalars(select(Booking.id).where(Booking.state == "held", Booking.hold_expires_at <= now).order_by(Booking.id).limit(SWEEP_AT_ONCE))
    ended = len(claims.bury(session, list(held), claims.dead(now, None)))
    due = select(Booking.id).where(Booking.state == "requested", Booking.lapses_at <= now)
    for booking_id in session.scalars(due.order_by(Booking.id).limit(SWEEP_AT_ONCE)).all():
        booking = booking_for_change(session, booking_id)
        if booking.state == "requested":
            booking.state = "refused"
            _decided(booking, SYSTEM, now)
            _let_go(session, booking, now, "NOT_ANSWERED_IN_TIME", "", returned=True)
            record(session, SYSTEM, "booking.lapse", "booking", booking.ref, now, booking.prison_id)
            tell_party(session, booking, "booking_refused", now, "NOT_ANSWERED_IN_TIME")
            ended += 1
    return ended


def _in_state(session: Session, booking_id: int, state: str) -> Booking:
    booking = booking_for_change(session, booking_id)
    if booking.state != state:
        raise StateChanged
    return booking


def _decided(booking: Booking, who: Identity, now: datetime) -> None:
    booking.decided_at, booking.decided_by = now, who.account_id or None
    booking.sequence += 1


def _let_go(session: Session, booking: Booking, now: datetime, reason_code: str, reason_text: str, returned: bool) -> None:
    """Free the claims for who waits longest, return the visit, keep the reason."""
    booking.reason_code, booking.reason_text = reason_code or None, reason_text
    booking.sequence += 1
    claims.give_back(session, booking.id)
    if returned:
        ledger.give_back(session, booking.id, now, reason_code or "cancelled")
    freed(session, booking.prison_id, now)

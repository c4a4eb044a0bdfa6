"""What a visit came to, and what follows for the month's allowance and for the time that is free again."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.bookings import claims, ledger, rules
from visitation.bookings.locks import booking_for_change
from visitation.bookings.models import Booking
from visitation.bookings.queries import hard_end
from visitation.bookings.telling import tell_party
from visitation.kernel.errors import Refused, SlotTaken, StateChanged
from visitation.kernel.identity import SYSTEM, Identity
from visitation.kernel.interval import Interval, local_day
from visitation.policies.queries import policies_of
from visitation.timetable.queries import grid, lock_shared


def record_outcome(session: Session, booking_id: int, outcome: str, seconds_used: int, cause: str | None, now: datetime, who: Identity = SYSTEM) -> Booking:
    """End a confirmed visit with one of rules.OUTCOMES. A repeat with the same outcome changes nothing; another one corrects it.

    The visit goes back to the month by itself when the outcome is not the family's doing, or a technical one with too few live minutes
    (`technical_return_share` of the booking's terms) or a cause on the prison's side. Raises ValueError for an unknown outcome, StateChanged
    when the booking is not confirmed or ended.
    """
    if outcome not in rules.OUTCOMES:
        raise ValueError(outcome)
    booking = booking_for_change(session, booking_id)
    if booking.state not in ("confirmed", "ended"):
        raise StateChanged
    if booking.state == "ended" and booking.outcome == outcome:
        return booking
    first = booking.state == "confirmed"
    booking.state, booking.outcome, booking.reason_code = "ended", outcome, cause or booking.reason_code
    claims.keep_turnaround(session, booking, now)
    share, minutes = float(booking.terms.get("technical_return_share", 0.5)), int(booking.terms.get("minutes", 0))
    returned = rules.gives_back(outcome, cause, seconds_used, minutes, share) and ledger.give_back(session, booking.id, now, outcome)
    record(
        session, who, "booking.outcome", "booking", booking.ref, now, booking.prison_id, outcome=outcome, cause=cause, seconds=seconds_used, returned=returned
    )
    if first or returned:
        _tell(session, booking, outcome, returned, now)
    return booking


def _tell(session: Session, booking: Booking, outcome: str, returned: bool, now: datetime) -> None:
    """Who came and talked reads that it is over; who came for nothing, why; who did not come, nothing. A lawyer reads the list of sessions."""
    if not booking.party:
        return
    if outcome == "technical" and returned:
        tell_party(session, booking, "visit_technical", now)
    elif outcome in rules.KEEPS_ALLOWANCE:
        tell_party(session, booking, "booking_cancelled", now, f"OUTCOME_{outcome.upper()}")
    elif outcome in rules.TOOK_PLACE:
        tell_party(session, booking, "visit_ended", now)


def leave_terminal(session: Session, booking_id: int) -> None:
    """The terminal needs no turnaround after a session that has ended: the same inmate goes on there."""
    booking = booking_for_change(session, booking_id)
    if booking.state in ("ended", "cancelled"):
        claims.give_back(session, booking.id)


def return_quota(session: Session, who: Identity, booking_id: int, note: str, now: datetime) -> bool:
    """An officer gives a visit back to the month, once. False when it had cost nothing or was given back before."""
    booking = booking_for_change(session, booking_id)
    returned = ledger.give_back(session, booking.id, now, note)
    if returned:
        record(session, who, "booking.return_quota", "booking", booking.ref, now, booking.prison_id, note=note)
    return returned


def extend(session: Session, who: Identity, booking_id: int, minutes: int, now: datetime) -> datetime:
    """Claim `minutes` (a multiple of 5) more for everything the visit needs, and return the new hard end. Raises SlotTaken when others need the time."""
    if minutes <= 0 or minutes % 5:
        raise Refused("EXTENSION_NOT_FIVE")
    booking = session.get_one(Booking, booking_id)
    lock_shared(session, booking.prison_id)
    booking = booking_for_change(session, booking_id)
    if booking.state != "confirmed":
        raise StateChanged
    more = Interval(booking.ends_at, booking.ends_at + timedelta(minutes=minutes))
    tail = Interval(booking.ends_at + timedelta(minutes=booking.turnaround), more.end + timedelta(minutes=booking.turnaround))
    try:
        claims.take(session, booking.id, _extra(booking, more, tail), _counted(session, booking, more))
    except claims.Busy:
        raise SlotTaken from None
    booking.ends_at = more.end
    booking.sequence += 1
    session.flush()
    record(session, who, "booking.extend", "booking", booking.ref, now, booking.prison_id, minutes=minutes)
    return hard_end(session, booking)


def _extra(booking: Booking, more: Interval, tail: Interval) -> list[claims.Place]:
    people = claims.people_of(more, booking.inmate_id, [person.visitor_id for person in booking.party])
    people += [(claims.lawyer(booking.lawyer), tick) for tick in more.ticks()] if booking.lawyer is not None else []
    return [*people, *((claims.terminal(booking.terminal_id), tick) for tick in tail.ticks())]


def _counted(session: Session, booking: Booking, more: Interval) -> claims.Counted:
    day = local_day(more.start)
    planned = policies_of(session, booking.prison_id, ("planned_lanes",)).value("planned_lanes", day)
    table = grid(session, booking.prison_id, day, day, planned)
    return claims.Counted(booking.prison_id, table.lanes_during(more), table.uplink)

"""The session of a visit that is over, as check-in and console would have left it."""

from datetime import timedelta

from visitation.bookings.models import Booking
from visitation.kernel.ids import secret_token
from visitation.supervision.models import LiveSession

HELD = ("completed", "ended_by_officer", "ended_by_visitor", "technical")
"""Outcomes of the demo's visits that went live."""


def watched(booking: Booking, officer: int, seconds: int) -> LiveSession:
    """The officer has confirmed everybody of the party and watched the visit for so long."""
    checked_at, ended_at = booking.starts_at - timedelta(minutes=3), booking.starts_at + timedelta(seconds=seconds)
    for person in booking.party:
        person.identity, person.checked_at, person.checked_by = "confirmed", checked_at, officer
    return LiveSession(
        sid=secret_token()[:24],
        booking=booking,
        stage="ended",
        facts={"minutes": booking.terms["minutes"]},
        officer_id=officer,
        opened_at=booking.starts_at - timedelta(minutes=10),
        checked_in_at=checked_at,
        checked_in_by=officer,
        live_at=booking.starts_at,
        ended_at=ended_at,
        seconds_used=float(seconds),
        outcome_at=ended_at,
        outcome_by=officer,
    )

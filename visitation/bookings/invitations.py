"""Calendar files: invitation, update and cancellation of a visit (RFC 5545, 5546). Whoever sees the calendar learns no name and no place."""

from collections.abc import Callable
from datetime import datetime, timedelta

from flask_babel import gettext
from icalendar import Alarm, Calendar, Event, vCalAddress
from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.bookings.models import Booking
from visitation.bookings.queries import booking_by_ref
from visitation.kernel.interval import LOCAL

STATUS = {"confirmed": "CONFIRMED", "requested": "TENTATIVE"}
UID_DOMAIN = "visits.invalid"
ALARMS = (timedelta(days=1), timedelta(minutes=30))


def invitation(booking: Booking, origin: str, organizer: str, attendee: str | None) -> bytes:
    """The file of a booking as it is now, in the language of the moment: METHOD REQUEST while it stands, CANCEL once it does not.

    UID stays the same through every change; SEQUENCE grows. `origin`: the family pages' address, without a slash at the end.
    """
    stands = booking.state in STATUS
    calendar = Calendar()
    calendar.add("prodid", "-//visits//visits//ZH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "REQUEST" if stands else "CANCEL")
    calendar.add_component(_event(booking, stands, origin, organizer, attendee))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def for_letters(origins: str, organizer: str) -> Callable[[Session, str], bytes | None]:
    """What the letters ask: the file of a booking by its reference, for the account that booked; None when there is no such booking."""
    origin = first_origin(origins)

    def of(session: Session, ref: str) -> bytes | None:
        booking = booking_by_ref(session, ref)
        if booking is None:
            return None
        account = session.scalar(select(Account).where(Account.id == booking.account_id))
        return invitation(booking, origin, organizer, account.email if account else None)

    return of


def first_origin(origins: str) -> str:
    """The address that is printed, of the several that may be allowed."""
    return origins.split(",")[0].strip().rstrip("/")


def _event(booking: Booking, stands: bool, origin: str, organizer: str, attendee: str | None) -> Event:
    event = Event()
    event.add("uid", f"{booking.ref}@{UID_DOMAIN}")
    event.add("sequence", booking.sequence)
    event.add("dtstamp", _changed_at(booking))
    event.add("dtstart", booking.starts_at.astimezone(LOCAL))
    event.add("dtend", booking.ends_at.astimezone(LOCAL))
    event.add("summary", gettext("Video appointment %(ref)s", ref=booking.ref))
    event.add("description", gettext("Please open the page ten minutes before: %(link)s", link=f"{origin}/visits/{booking.ref}"))
    event.add("url", f"{origin}/visits/{booking.ref}")
    event.add("status", STATUS.get(booking.state, "CANCELLED"))
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    event.add("organizer", vCalAddress(f"mailto:{organizer}"))
    if attendee:
        guest = vCalAddress(f"mailto:{''.join(attendee.split())}")  # an address is written as it is: no line break may come along
        guest.params["PARTSTAT"] = "ACCEPTED" if booking.state == "confirmed" else "NEEDS-ACTION"
        event.add("attendee", guest)
    if stands:
        for ahead in ALARMS:
            event.add_component(_alarm(booking, ahead))
    return event


def _alarm(booking: Booking, ahead: timedelta) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", gettext("Video appointment %(ref)s", ref=booking.ref))
    alarm.add("trigger", -ahead)
    return alarm


def _changed_at(booking: Booking) -> datetime:
    """When this version of the booking came to be."""
    return max(moment for moment in (booking.created_at, booking.notice_accepted_at, booking.decided_at) if moment is not None)

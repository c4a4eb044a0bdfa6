"""Calendar files of a visit: invitation, update and cancellation (RFC 5546). Whoever sees the calendar learns no name and no place."""

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext
from icalendar import vCalAddress
from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.bookings.models import Booking
from visitation.bookings.queries import booking_by_ref
from visitation.bookings.rules import TOOK_PLACE
from visitation.calendars.events import ALARMS, UID_DOMAIN, Entry, calendar, event

STATUS = {"confirmed": "CONFIRMED", "requested": "TENTATIVE"}


def invitation(booking: Booking, origin: str, organizer: str, attendee: str | None) -> bytes:
    """The file of a booking as it is now, in the language of the moment. UID stays the same through every change; SEQUENCE grows.

    METHOD is REQUEST while the visit stands, CANCEL once it does not. Without anybody to invite it is PUBLISH: a REQUEST must name its attendee
    (RFC 5546 §3.2.2), and calendars ask "you are not invited" otherwise. `origin`: the family pages' address, without a slash at the end.
    """
    guest = one_word(attendee)
    made = event(entry_of(booking, origin))
    made.add("organizer", vCalAddress(f"mailto:{organizer}"))
    if guest:
        address = vCalAddress(f"mailto:{guest}")
        address.params["PARTSTAT"] = "ACCEPTED" if booking.state == "confirmed" else "NEEDS-ACTION"
        made.add("attendee", address)
    return calendar("CANCEL" if not stands(booking) else "REQUEST" if guest else "PUBLISH", [made])


def entry_of(booking: Booking, origin: str) -> Entry:
    """A family's visit as an event, or a lawyer's session, which has no other page than its room."""
    link = f"{origin}/visits/{booking.ref}{'' if booking.party else '/room'}"
    return Entry(
        uid=f"{booking.ref}@{UID_DOMAIN}",
        summary=gettext("Video appointment %(ref)s", ref=booking.ref),
        description=gettext("Please open the page ten minutes before: %(link)s", link=link),
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        changed_at=changed_at(booking),
        url=link,
        sequence=booking.sequence,
        status=STATUS.get(booking.state, "CONFIRMED") if stands(booking) else "CANCELLED",
        alarms=ALARMS if stands(booking) else (),
    )


def stands(booking: Booking) -> bool:
    """A visit that took place stays in the calendar; one that did not is taken out."""
    return booking.state in STATUS or (booking.state == "ended" and booking.outcome in TOOK_PLACE)


def changed_at(booking: Booking) -> datetime:
    """When this version of the booking came to be."""
    return max(moment for moment in (booking.created_at, booking.notice_accepted_at, booking.decided_at) if moment is not None)


def one_word(address: str | None) -> str:
    """An address is written as it is: no line break may come along."""
    return "".join((address or "").split())


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

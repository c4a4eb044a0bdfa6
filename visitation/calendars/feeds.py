"""The two feeds as calendar objects, in the language of the moment. The same facts give the same bytes, so that a calendar is told "not changed"."""

from collections.abc import Iterable
from dataclasses import replace

from flask_babel import gettext

from visitation.bookings.models import Booking
from visitation.calendars import events, invitations
from visitation.calendars.models import CalendarFeed
from visitation.timetable.models import Duty


def family_feed(visits: Iterable[Booking], origin: str) -> bytes:
    """A family's visits, without names and without a place."""
    standing = [booking for booking in visits if invitations.stands(booking)]
    return events.feed(gettext("Video appointments"), [events.event(invitations.entry_of(booking, origin)) for booking in standing])


def officer_feed(sessions: Iterable[Booking], duties: Iterable[Duty], made: CalendarFeed, origin: str) -> bytes:
    """An officer's sessions, with the terminal and without any person, and their times on duty."""
    entries = [_session(booking, origin) for booking in sessions] + [_duty(duty, made) for duty in duties]
    return events.feed(gettext("Duty and sessions"), [events.event(entry) for entry in entries])


def _session(booking: Booking, origin: str) -> events.Entry:
    link = f"{origin}/visits/{booking.ref}/console"
    plain = invitations.entry_of(booking, origin)
    return replace(
        plain,
        uid=f"{booking.ref}-watch@{events.UID_DOMAIN}",
        summary=gettext("Session %(ref)s, %(terminal)s", ref=booking.ref, terminal=booking.terminal.name),
        description=gettext("The console, on the intranet only: %(link)s", link=link),
        url=link,
        alarms=(events.ALARMS[-1],),
    )


def _duty(duty: Duty, made: CalendarFeed) -> events.Entry:
    return events.Entry(
        uid=f"duty-{duty.id}@{events.UID_DOMAIN}",
        summary=gettext("On duty"),
        description=gettext("Sessions at once: %(lanes)d", lanes=duty.lanes),
        starts_at=duty.starts_at,
        ends_at=duty.ends_at,
        changed_at=made.created_at,
        blocks=False,
    )

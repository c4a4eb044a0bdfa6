"""What every calendar object of the house has in common (RFC 5545): Shanghai with its VTIMEZONE, a UID for good, nothing a lock screen may not show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Component, Event

from visitation.kernel.interval import LOCAL

UID_DOMAIN = "visits.invalid"
ALARMS = (timedelta(days=1), timedelta(minutes=30))
REFRESH = timedelta(hours=1)


@dataclass(frozen=True)
class Entry:
    """One event in values. changed_at: when this version came to be; blocks: whether the time is busy; alarms: how long before."""

    uid: str
    summary: str
    description: str
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    url: str = ""
    sequence: int = 0
    status: str = "CONFIRMED"
    blocks: bool = True
    alarms: tuple[timedelta, ...] = ()


def calendar(method: str, events: Iterable[Component]) -> bytes:
    """A whole object with its time zone, in lines that end with CR LF."""
    made = Calendar()
    made.add("prodid", "-//visits//visits//ZH")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", method)
    return _written(made, events)


def feed(name: str, events: Iterable[Component]) -> bytes:
    """A calendar to subscribe to. `name` is what the telephone calls it; it is asked for again each hour."""
    made = Calendar()
    made.add("prodid", "-//visits//visits//ZH")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("name", name)
    made.add("x-wr-calname", name)
    made.add("x-wr-timezone", str(LOCAL))
    made.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT1H")
    return _written(made, events)


def _written(made: Calendar, events: Iterable[Component]) -> bytes:
    for one in events:
        made.add_component(one)
    made.add_missing_timezones()
    return bytes(made.to_ical())


def event(entry: Entry) -> Event:
    """The entry as a VEVENT."""
    made = Event()
    made.add("uid", entry.uid)
    made.add("sequence", entry.sequence)
    made.add("dtstamp", entry.changed_at)
    made.add("last-modified", entry.changed_at)
    made.add("dtstart", entry.starts_at.astimezone(LOCAL))
    made.add("dtend", entry.ends_at.astimezone(LOCAL))
    made.add("summary", entry.summary)
    made.add("description", entry.description)
    if entry.url:
        made.add("url", entry.url)
    made.add("status", entry.status)
    made.add("class", "PRIVATE")
    made.add("transp", "OPAQUE" if entry.blocks else "TRANSPARENT")
    for ahead in entry.alarms:
        made.add_component(_alarm(entry.summary, ahead))
    return made


def _alarm(words: str, ahead: timedelta) -> Alarm:
    made = Alarm()
    made.add("action", "DISPLAY")
    made.add("description", words)
    made.add("trigger", -ahead)
    return made

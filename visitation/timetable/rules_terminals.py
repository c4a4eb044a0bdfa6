"""When a terminal that is not heard of counts as off line, and until when it then has no places. Pure (rules.md §5.15)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from visitation.kernel.interval import LOCAL, at_local, local_day


@dataclass(frozen=True)
class Silence:
    """The policy terminal_offline: silent for so many minutes between two times of a working day, and the places of so many days are closed."""

    minutes: int
    days: int
    begins: time
    ends: time

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> "Silence":
        wall = (time.fromisoformat(value["from_time"]), time.fromisoformat(value["to_time"]))
        return cls(int(value["silent_minutes"]), int(value["closed_days"]), *wall)

    def listens(self, working: bool | None, now: datetime) -> bool:
        """Whether terminals are expected to be on: at night and on days off nobody wonders."""
        return working is not False and self.begins <= now.astimezone(LOCAL).time() < self.ends

    def is_silent(self, seen_at: datetime, now: datetime) -> bool:
        return now - seen_at > timedelta(minutes=self.minutes)

    def until(self, now: datetime) -> datetime:
        """The end of the last day whose places are closed; today is the first."""
        return at_local(local_day(now) + timedelta(days=self.days), time())


@dataclass(frozen=True)
class Off:
    """From when until when a terminal has no places because nothing is heard of it; both None while it is on line."""

    since: datetime | None = None
    until: datetime | None = None


def judged(seen_at: datetime | None, known: Off, silence: Silence, working: bool | None, now: datetime) -> Off:
    """What holds of a terminal now. One that was never seen has not gone off line; one that is heard again is on line at once."""
    if seen_at is None or not silence.is_silent(seen_at, now):
        return Off()
    if known.until is not None and known.until > now:
        return known
    return Off(known.since or now, silence.until(now)) if silence.listens(working, now) else Off()


def state_of(in_service: bool, offline_until: datetime | None, seen_at: datetime | None, now: datetime) -> str:
    """out, offline, never (no terminal was ever paired here), or on."""
    if not in_service:
        return "out"
    if offline_until is not None and offline_until > now:
        return "offline"
    return "never" if seen_at is None else "on"

"""The one file that reads the clock of the machine. Everybody else is given the time."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """A source of time: `now` in aware UTC, `monotonic` in seconds that never step back."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class FixedClock:
    """A clock that a test or a demonstration sets by hand."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._elapsed = 0.0

    def now(self) -> datetime:
        return self._at

    def monotonic(self) -> float:
        return self._elapsed

    def set(self, at: datetime) -> None:
        """Put the hands to `at`; what has elapsed starts from nothing."""
        self._at = at
        self._elapsed = 0.0

    def advance(self, step: timedelta) -> None:
        """Move both clocks forward by `step`."""
        self._at += step
        self._elapsed += step.total_seconds()

"""When a device is to be tested before a visit, what a test comes to, and when a family or a terminal needs help. Pure (live.md, Equipment test)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

LAST_WORD = timedelta(minutes=15)
"""The last test counts until a quarter of an hour before the visit: after that nobody could help any more."""
TERMINAL_PATIENCE = timedelta(minutes=45)
"""So long after its time a terminal that has not tested itself is missed."""
FREE_BEFORE = timedelta(minutes=5)
"""A terminal does not begin its own test so shortly before a visit."""


@dataclass(frozen=True)
class Window:
    """A test that is due `ahead` minutes before the visit, from opens_at until closes_at."""

    ahead: int
    opens_at: datetime
    closes_at: datetime

    def is_open(self, now: datetime) -> bool:
        return self.opens_at <= now < self.closes_at


def windows(starts_at: datetime, booked_at: datetime, steps: Sequence[int]) -> list[Window]:
    """The tests of a visit, the earliest first. steps: minutes before the beginning; each lasts until the next opens; what was over at the booking is not."""
    ordered = sorted(set(steps), reverse=True)
    opens = [starts_at - timedelta(minutes=step) for step in ordered]
    closes = [*opens[1:], max(opens[-1], starts_at - LAST_WORD)] if opens else []
    made = [Window(step, opening, closing) for step, opening, closing in zip(ordered, opens, closes, strict=True)]
    return [window for window in made if window.closes_at > max(booked_at, window.opens_at)]


def next_window(made: Iterable[Window], states: Mapping[int, str], now: datetime) -> tuple[Window, str] | None:
    """The first test that is neither passed nor over, with "open" or "failed" while it is open, else "". states: what came of each so far, by `ahead`."""
    wanted = ((window, states.get(window.ahead, "open")) for window in made if window.closes_at > now)
    return next(((window, state if window.is_open(now) else "") for window, state in wanted if state != "passed"), None)


def state_of(verdict: str) -> str:
    """What a test makes of the window it falls into."""
    return "failed" if verdict == "bad" else "passed"


def tells(ahead: int, before: str | None) -> bool:
    """Whether the family is reminded: always days before; in the last hour only when the test before was not passed. before: state of the window before."""
    return ahead > 60 or before != "passed"


def needs_help(states: Iterable[str]) -> bool:
    """states: of a visit's windows, the earliest first. Whoever failed or missed one, and has not passed since, is telephoned by an officer."""
    known = [state for state in states if state in ("passed", "failed", "missed")]
    return bool(known) and known[-1] != "passed"


# -- terminals


def should_test(at: time, local: datetime, tested_today: bool, next_start: datetime | None, busy: bool) -> bool:
    """Whether a terminal tests itself now: once a day from the time `at` on, while no visit is on and none begins soon. `local`: the prison's wall clock."""
    if tested_today or busy or local.time() < at:
        return False
    return next_start is None or next_start - local >= FREE_BEFORE


def has_missed(at: time, local: datetime, tested_today: bool) -> bool:
    """Whether a terminal's test of today is missing."""
    due = datetime.combine(local.date(), at, local.tzinfo) + TERMINAL_PATIENCE
    return not tested_today and local >= due

"""The waiting list and priority after a disturbance, as pure functions. Source: rules.md §1, §4; product.md."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from visitation.kernel.errors import Refusal
from visitation.kernel.interval import LOCAL, at_local, local_day

PARTS = {"morning": (time(0), time(12)), "afternoon": (time(12), time(18)), "evening": (time(18), time.max)}
"""Times of day by the clock in Shanghai, [from, until)."""
QUIET_FROM, QUIET_UNTIL = time(21), time(8)
"""An offer that comes at night waits for the morning: nobody has to wake up for it."""
PRIORITY = frozenset({"technical", "cancelled_by_prison", "no_show_inmate"})
"""Outcomes that lie on the prison's side: such a visit can be booked again with priority."""


@dataclass(frozen=True)
class Days:
    """What somebody waits for. weekdays: 0 Monday."""

    first: date
    last: date
    weekdays: frozenset[int]
    parts: frozenset[str]

    def want(self, start: datetime) -> bool:
        """Whether a visit that begins then is one of those."""
        day, clock = local_day(start), start.astimezone(LOCAL).time()
        in_part = any(PARTS[part][0] <= clock < PARTS[part][1] for part in self.parts if part in PARTS)
        return self.first <= day <= self.last and day.weekday() in self.weekdays and in_part


def wish_refusals(days: Days, today: date, farthest: date, waits_already: bool) -> list[Refusal]:
    """Every reason not to put somebody on the list like this."""
    found = [Refusal("WISH_ORDER")] if days.last < days.first else []
    if days.last < today:
        found.append(Refusal("WISH_PAST"))
    if days.last > farthest:
        found.append(Refusal("WISH_TOO_FAR", {"day": farthest}))
    if not days.weekdays:
        found.append(Refusal("WISH_NO_WEEKDAY"))
    elif not found and not any(one.weekday() in days.weekdays for one in _week(days.first, days.last)):
        found.append(Refusal("WISH_NO_DAYS"))
    if not days.parts:
        found.append(Refusal("WISH_NO_PART"))
    return [*found, *([Refusal("WISH_TWICE")] if waits_already else [])]


def _week(first: date, last: date) -> Collection[date]:
    return [first + timedelta(days=number) for number in range(min((last - first).days + 1, 7))]


def answer_by(now: datetime, minutes: int, start: datetime) -> datetime:
    """Until when an offer is kept: some minutes from now, at night from the morning on, and never past an hour before the visit."""
    clock, day = now.astimezone(LOCAL).time(), local_day(now)
    if clock >= QUIET_FROM:
        counted = at_local(day + timedelta(days=1), QUIET_UNTIL)
    elif clock < QUIET_UNTIL:
        counted = at_local(day, QUIET_UNTIL)
    else:
        counted = now
    return min(counted + timedelta(minutes=minutes), start - timedelta(hours=1))


def rebook_refusals(outcome: str | None, returned: bool, ended_at: datetime, days: int, taken: bool, now: datetime) -> list[Refusal]:
    """Whether a visit can be booked again with priority: not the family's fault, given back to its month, not long ago, and once."""
    entitled = outcome in PRIORITY and returned and not taken and now <= ended_at + timedelta(days=days)
    return [] if entitled else [Refusal("REBOOK_NOT_POSSIBLE")]

"""The month page: which days have free times, the times of one day, and what stands in the way when there are none. Pure, from a Case."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from visitation.bookings.facts import Case
from visitation.kernel.errors import Refusal
from visitation.kernel.interval import local_day, month_start, next_month
from visitation.timetable.rules import Slot


@dataclass(frozen=True)
class DayCell:
    """One field of the month. state: free, none, past, outside (of the month)."""

    day: date
    free: int
    state: str


@dataclass(frozen=True)
class MonthPage:
    month: date
    weeks: tuple[tuple[DayCell, ...], ...]
    slots: tuple[Slot, ...]
    chosen: date | None
    first: Slot | None
    blockers: tuple[Refusal, ...]
    earlier: date | None
    later: date | None
    provisional: bool


def month_page(case: Case, month: date, wanted_day: date | None, now: datetime) -> MonthPage:
    """`case` covers the month from today on."""
    judged = {day: case.judged(day, now) for day in case.days()}
    offers = {day: [slot for slot, refusals in pairs if not refusals] for day, pairs in judged.items()}
    first = next((slots[0] for slots in offers.values() if slots), None)
    chosen = wanted_day if wanted_day in offers and month_start(wanted_day) == month else local_day(first.start) if first else None
    shown = tuple(offers.get(chosen, ())) if chosen else ()
    window = case.limits.window
    today_month, last_month = month_start(local_day(now)), month_start(local_day(window.closes - timedelta(seconds=1)))
    return MonthPage(
        month,
        weeks(month, {day: len(slots) for day, slots in offers.items()}, local_day(now)),
        shown,
        chosen,
        first,
        () if first else blockers(refusals for pairs in judged.values() for _slot, refusals in pairs),
        month_start(month - timedelta(days=1)) if month > today_month else None,
        next_month(month) if month < last_month else None,
        any(slot.provisional for slot in shown),
    )


def weeks(month: date, free: dict[date, int], today: date) -> tuple[tuple[DayCell, ...], ...]:
    """Weeks from Monday, filled up with days of the neighbouring months."""
    start, end = month - timedelta(days=month.weekday()), next_month(month)
    found = []
    while start < end:
        found.append(tuple(_cell(start + timedelta(days=number), month, free, today) for number in range(7)))
        start += timedelta(days=7)
    return tuple(found)


def _cell(day: date, month: date, free: dict[date, int], today: date) -> DayCell:
    if month_start(day) != month:
        return DayCell(day, 0, "outside")
    count = free.get(day, 0)
    return DayCell(day, count, "free" if count else "past" if day < today else "none")


def blockers(refusals: Iterable[list[Refusal]]) -> tuple[Refusal, ...]:
    """What stands in the way of every free time, each code once, the short notice only when it is alone."""
    found: dict[str, Refusal] = {}
    for several in refusals:
        for refusal in several:
            found.setdefault(refusal.code, refusal)
    if len(found) > 1:
        found.pop("NOTICE_TOO_SHORT", None)
    return tuple(found.values())

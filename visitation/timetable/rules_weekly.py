"""What may be a weekly row, which rows get into each other's way, and whether too many visits begin at one moment. Pure (rules.md §5.15, §5.24)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import lcm

from visitation.kernel.errors import Refusal
from visitation.kernel.interval import TICK, Interval
from visitation.timetable.rules import KINDS, STEP, WEEK, Slot, Watch, Weekly, starts

MOST_WEEKS = 8
DAY = 24 * 60
"""Minutes."""


def weekly_problems(row: Weekly, others: Iterable[Weekly], today: date, names: Mapping[int, str] | None = None) -> list[Refusal]:
    """Every reason why a weekly row cannot stand beside `others`. `names`: what the terminals are called."""
    checks = {
        "TEMPLATE_NO_TERMINAL": not row.terminals,
        "TEMPLATE_NOT_ORDERED": row.closes <= row.opens,
        "TEMPLATE_TOO_SHORT": row.closes > row.opens and not any(True for _ in starts(row)) and bool(row.terminals),
        "TEMPLATE_NOT_FIVE": any(value % STEP for value in (row.minutes, row.turnaround, row.stagger, row.opens.minute, row.closes.minute)),
        "TEMPLATE_PAST": row.valid_from < today,
        "TEMPLATE_DATES": row.valid_to is not None and row.valid_to < row.valid_from,
        "TEMPLATE_WEEKS": not 1 <= row.every_weeks <= MOST_WEEKS,
        "TEMPLATE_KIND": row.kind not in KINDS,
        "TEMPLATE_TWICE": len(set(row.terminals)) < len(row.terminals),
    }
    found = [Refusal(code) for code, wrong in checks.items() if wrong]
    if not {"TEMPLATE_NOT_ORDERED", "TEMPLATE_WEEKS"}.isdisjoint(refusal.code for refusal in found):
        return found
    return found + [_overlap(row, other, clash, names or {}) for other in others if (clash := clashes(row, other)) is not None]


def _overlap(row: Weekly, other: Weekly, clash: "Clash", names: Mapping[int, str]) -> Refusal:
    facts = {
        "row": other.row_id,
        "opens": other.opens.strftime("%H:%M"),
        "closes": other.closes.strftime("%H:%M"),
        "terminal": names.get(clash.terminal, clash.terminal),
        "weekday": row.weekday,
        "day": clash.day,
        "at": clash.at,
    }
    return Refusal("TEMPLATE_OVERLAPS", facts)


@dataclass(frozen=True)
class Clash:
    """Where two rows get into each other's way first: the day, the terminal, and the other row's time (HH:MM)."""

    day: date
    terminal: int
    at: str


def occupied(row: Weekly) -> dict[int, list[tuple[int, int]]]:
    """terminal -> [start, end) in minutes of the day that its visits and their turnarounds take."""
    opening = row.opens.hour * 60 + row.opens.minute
    found: dict[int, list[tuple[int, int]]] = {}
    for offset, terminal in starts(row):
        found.setdefault(terminal, []).append((opening + offset, opening + offset + row.minutes + row.turnaround))
    return found


def clashes(one: Weekly, other: Weekly) -> Clash | None:
    """Where two rows want one terminal at once, the turnaround counted, which may reach over midnight; None when they never do."""
    for later in (0, 1, -1):
        if (one.weekday + later) % 7 == other.weekday:
            day = first_common_day(one, other, later)
            found = _collision(one, other, later) if day is not None else None
            if day is not None and found is not None:
                return Clash(day + timedelta(days=later), *found)
    return None


def _collision(one: Weekly, other: Weekly, later: int) -> tuple[int, str] | None:
    """The first terminal and time of the other row that is in the way, when it runs `later` days after the one."""
    mine, theirs = occupied(one), occupied(other)
    for terminal in sorted(mine.keys() & theirs.keys()):
        for start, end in theirs[terminal]:
            first, last = start + later * DAY, end + later * DAY
            if any(begin < last and first < finish for begin, finish in mine[terminal]):
                return terminal, f"{start // 60:02d}:{start % 60:02d}"
    return None


def first_common_day(one: Weekly, other: Weekly, later: int = 0) -> date | None:
    """The first day of `one` on which the other runs `later` days after it, whatever their weeks; None when there is none."""
    gap = timedelta(days=later)
    start = max(one.valid_from, other.valid_from - gap)
    day = start + timedelta(days=(one.weekday - start.weekday()) % 7)
    for _ in range(lcm(one.every_weeks, other.every_weeks)):
        if one.runs_on(day, one.weekday) and other.runs_on(day + gap, other.weekday):
            return day
        day += WEEK
    return None


@dataclass(frozen=True)
class Crowd:
    """A moment at which more visits may begin than officers are there to check people in."""

    at: datetime
    starts: int
    officers: int


def crowds(places: Iterable[Slot], watches: Iterable[Watch], assumed: int) -> list[Crowd]:
    """Moments with more than one check-in for each officer in five minutes. All starts are multiples of five minutes, so each tick is looked at by itself.

    `assumed`: officers of a day whose roster is not written. A slot counts once for each of its terminals.
    """
    begin: Counter[datetime] = Counter()
    for slot in places:
        begin[slot.start] += len(slot.terminals)
    on_duty = list(watches)
    return [
        Crowd(moment, number, officers)
        for moment, number in sorted(begin.items())
        if number > (officers := officers_at(on_duty, moment) if on_duty else assumed)
    ]


def officers_at(watches: Iterable[Watch], moment: datetime) -> int:
    return sum(1 for watch in watches if watch.interval.overlaps(Interval(moment, moment + TICK)))


def row_crowds(row: Weekly, officers: int) -> Iterator[tuple[int, int]]:
    """(minutes after opening, visits that begin then) of a row by itself, where they are more than the officers."""
    begin = Counter(offset for offset, _terminal in starts(row))
    return ((offset, number) for offset, number in sorted(begin.items()) if number > officers)


def fitting_stagger(row: Weekly, officers: int) -> int | None:
    """The smallest step between terminals with which a row has at most one check-in for each officer in five minutes; None when no step does."""
    steps = range(0, row.minutes + row.turnaround, STEP)
    return next((step for step in steps if not any(True for _ in row_crowds(replace(row, stagger=step), officers))), None)

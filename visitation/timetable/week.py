"""A week as it is looked at: each day a table of terminals by time, with what is free, booked or closed, and what may go on at once. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from visitation.kernel.interval import TICK, tick_of
from visitation.timetable.rules import Slot
from visitation.timetable.rules_weekly import Crowd

HOUR = 12
"""Ticks of an hour."""
USUAL = (9 * HOUR, 17 * HOUR)
"""Shown when a week has nothing at all: 09:00 to 17:00."""


@dataclass(frozen=True)
class Taken:
    """A living booking on a terminal."""

    terminal_id: int
    kind: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Cell:
    """A stretch of a terminal's day. state: free, booked, closed, or empty for nothing. `span` in ticks."""

    span: int
    state: str = ""
    kind: str = ""
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class Line:
    terminal_id: int
    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Run:
    """A stretch with as many sessions booked, and as many possible. None: nothing can be here."""

    span: int
    start: datetime
    booked: int
    most: int | None

    @property
    def state(self) -> str:
        if self.most is None:
            return ""
        return "over" if self.booked > self.most else "full" if self.booked == self.most else "room"


@dataclass(frozen=True)
class DayView:
    """working: None while the calendar is not published. places: slots that can be booked or are; booked: visits."""

    day: date
    working: bool | None
    lines: tuple[Line, ...]
    runs: tuple[Run, ...]
    places: int
    booked: int
    crowds: tuple[Crowd, ...] = ()
    officers: int = 0
    rostered: bool = False


@dataclass(frozen=True)
class Bounds:
    """The part of the day that is shown, in ticks after midnight: the same for every day, so that the columns stand below each other."""

    first: int
    last: int

    @property
    def hours(self) -> list[tuple[int, int]]:
        """(hour, ticks of it that are shown)."""
        return [(hour, min(HOUR, self.last - hour * HOUR)) for hour in range(self.first // HOUR, -(-self.last // HOUR))]


def bounds(spans: Iterable[tuple[int, int]]) -> Bounds:
    """From the hour of the earliest to the end of the latest, in ticks after midnight."""
    found = list(spans)
    if not found:
        return Bounds(*USUAL)
    return Bounds(min(start for start, _end in found) // HOUR * HOUR, max(end for _start, end in found))


def line(first: int, last: int, free: Sequence[Slot], closed: Sequence[Slot], taken: Sequence[Taken], terminal_id: int) -> tuple[Cell, ...]:
    """The cells of one terminal between two ticks. What is booked stands before what is free, and that before what is closed."""
    pieces = [(tick_of(one.start), tick_of(one.end), "booked", one.kind) for one in taken if one.terminal_id == terminal_id]
    for slots, state in ((free, "free"), (closed, "closed")):
        for slot in slots:
            start, end = tick_of(slot.visit.start), tick_of(slot.visit.end)
            if terminal_id in slot.terminals and all(end <= begin or finish <= start for begin, finish, *_rest in pieces):
                pieces.append((start, end, state, slot.kind))
    cells, at = [], first
    for start, end, state, kind in sorted(pieces):
        start, end = max(start, at), min(end, last)
        if start >= end:
            continue
        if start > at:
            cells.append(Cell(start - at))
        cells.append(Cell(end - start, state, kind, moment(start), moment(end)))
        at = end
    if at < last:
        cells.append(Cell(last - at))
    return tuple(cells)


def runs(first: int, last: int, taken: Iterable[Taken], most: Callable[[int], int], open_ticks: frozenset[int]) -> tuple[Run, ...]:
    """How many sessions there are and may be, stretch by stretch; where no place is, nothing is said."""
    busy = Counter(tick for one in taken for tick in range(tick_of(one.start), tick_of(one.end)))
    found: list[Run] = []
    for tick in range(first, last):
        limit = most(tick) if tick in open_ticks or busy[tick] else None
        if found and (found[-1].booked, found[-1].most) == (busy[tick], limit):
            found[-1] = Run(found[-1].span + 1, found[-1].start, busy[tick], limit)
        else:
            found.append(Run(1, moment(tick), busy[tick], limit))
    return tuple(found)


def moment(tick: int) -> datetime:
    return datetime.fromtimestamp(tick * TICK.total_seconds(), tz=UTC)

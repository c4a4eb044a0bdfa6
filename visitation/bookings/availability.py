"""Which places are free: the one function behind the month page, the hold and the alternatives. Pure."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from visitation.kernel.interval import Interval, tick_of
from visitation.timetable.rules import Slot


@dataclass(frozen=True)
class Taken:
    """A living booking, in ticks: [start, end) of the visit, the terminal until `occupied`."""

    terminal_id: int
    start: int
    end: int
    occupied: int


def taken(terminal_id: int, starts_at: datetime, ends_at: datetime, turnaround: int) -> Taken:
    return Taken(terminal_id, tick_of(starts_at), tick_of(ends_at), tick_of(ends_at + timedelta(minutes=turnaround)))


class Occupancy:
    """What the bookings of a prison occupy, by tick."""

    def __init__(self, bookings: Iterable[Taken]) -> None:
        self._terminals: set[tuple[int, int]] = set()
        self._sessions: Counter[int] = Counter()
        for booking in bookings:
            self._terminals.update((booking.terminal_id, tick) for tick in range(booking.start, booking.occupied))
            self._sessions.update(range(booking.start, booking.end))

    def free_terminals(self, slot: Slot) -> tuple[int, ...]:
        ticks = list(slot.occupied.ticks())
        return tuple(terminal for terminal in slot.terminals if not any((terminal, tick) in self._terminals for tick in ticks))

    def has_lane(self, lanes: Mapping[int, int]) -> bool:
        """Whether one more session fits under `lanes` (tick -> sessions at once) in every tick."""
        return all(self._sessions[tick] < most for tick, most in lanes.items())


def free(slots: Iterable[Slot], occupancy: Occupancy, lanes: Callable[[Interval], Mapping[int, int]]) -> list[Slot]:
    """The slots that can be had, each with the terminals that are free for it."""
    found = []
    for slot in slots:
        terminals = occupancy.free_terminals(slot)
        if terminals and occupancy.has_lane(lanes(slot.visit)):
            found.append(replace(slot, terminals=terminals))
    return found


def nearest(slots: Sequence[Slot], start: datetime, most: int = 3) -> list[Slot]:
    """The free slots nearest to a wanted time, in order of time."""
    others = [slot for slot in slots if slot.start != start]
    return sorted(sorted(others, key=lambda slot: abs(slot.start - start))[:most], key=lambda slot: slot.start)

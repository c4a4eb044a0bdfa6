"""Which places are free: the one function behind the month page, the hold and the alternatives. Pure."""

from collections import defaultdict
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
        self._terminals: defaultdict[int, set[int]] = defaultdict(set)
        self._sessions: defaultdict[int, int] = defaultdict(int)
        for booking in bookings:
            self._terminals[booking.terminal_id].update(range(booking.start, booking.occupied))
            for tick in range(booking.start, booking.end):
                self._sessions[tick] += 1

    @classmethod
    def of_claims(cls, terminals: Iterable[tuple[int, int]], watched: Iterable[int]) -> "Occupancy":
        """The same from claims: (terminal, tick), and the tick of each session that an officer watches."""
        found = cls(())
        for terminal, tick in terminals:
            found._terminals[terminal].add(tick)
        for tick in watched:
            found._sessions[tick] += 1
        return found

    def free_terminals(self, slot: Slot) -> tuple[int, ...]:
        ticks, known = slot.occupied.span, self._terminals
        return tuple([terminal for terminal in slot.terminals if terminal not in known or known[terminal].isdisjoint(ticks)])

    def has_lane(self, lanes: Mapping[int, int]) -> bool:
        """Whether one more session fits under `lanes` (tick -> sessions at once) in every tick."""
        sessions = self._sessions
        return all(sessions.get(tick, 0) < most for tick, most in lanes.items())


def free(slots: Iterable[Slot], occupancy: Occupancy, lanes: Callable[[Interval], Mapping[int, int]]) -> list[Slot]:
    """The slots that can be had, each with the terminals that are free for it."""
    found = []
    for slot in slots:
        terminals = occupancy.free_terminals(slot)
        if terminals and occupancy.has_lane(lanes(slot.visit)):
            found.append(slot if terminals == slot.terminals else replace(slot, terminals=terminals))
    return found


def nearest(slots: Sequence[Slot], start: datetime, most: int = 3) -> list[Slot]:
    """The free slots nearest to a wanted time, in order of time."""
    others = [slot for slot in slots if slot.start != start]
    return sorted(sorted(others, key=lambda slot: abs(slot.start - start))[:most], key=lambda slot: slot.start)

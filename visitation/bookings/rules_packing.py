"""Which visits still fit when there is room for fewer at once, and which lane each then has. Pure (architecture.md, Booking: claims)."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from visitation.kernel.interval import Interval

LEGAL = frozenset({"legal_consult", "lawyer_meeting"})


@dataclass(frozen=True)
class Holder:
    """A living booking as packing sees it. `firm`: requested or confirmed, more than a hold."""

    booking_id: int
    visit: Interval
    firm: bool
    legal: bool
    created_at: datetime

    def rank(self, now: datetime) -> tuple[bool, bool, bool, datetime, int]:
        """Who stays first: what has begun, then legal appointments (rules.md §5.14), then what is more than a hold, then what was booked first."""
        return self.visit.start > now, not self.legal, not self.firm, self.created_at, self.booking_id


def overfull(holders: Iterable[Holder], lanes: Callable[[int], int], now: datetime) -> frozenset[int]:
    """Bookings for which there is no room any more. What has begun always stays."""
    used: Counter[int] = Counter()
    out = set()
    for holder in sorted(holders, key=lambda one: one.rank(now)):
        ticks = list(holder.visit.ticks())
        if holder.visit.start > now and any(used[tick] >= lanes(tick) for tick in ticks):
            out.add(holder.booking_id)
        else:
            used.update(ticks)
    return frozenset(out)


def renumbered(held: Mapping[int, int], most: int, out: frozenset[int], fixed: frozenset[int] = frozenset()) -> dict[int, int]:
    """New lanes of one tick, by booking: those that fit get numbers below `most`, changed as little as possible; those in `out` what is left.

    held: booking -> its lane now. Every lane has one holder before and after; those in `fixed` keep theirs.
    """
    inside = {booking: lane for booking, lane in held.items() if booking not in out}
    found = {booking: lane for booking, lane in held.items() if booking in fixed or (booking in inside and lane < most)}
    for booking in sorted(inside.keys() - found.keys()):
        found[booking] = _first_free(found)
    for booking in sorted((held.keys() & out) - fixed):
        found[booking] = held[booking] if held[booking] not in found.values() else _first_free({**held, **found})
    return found


def _first_free(used: Mapping[int, int]) -> int:
    taken = set(used.values())
    return next(number for number in range(len(taken) + 1) if number not in taken)

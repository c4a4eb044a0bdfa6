"""From weekly rows, closures and working days to slots. Pure; half-open intervals; every length a multiple of five minutes."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property

from visitation.kernel.interval import Interval, at_local, tick_of

STEP = 5
KINDS = ("family_visit", "family_call", "legal_consult", "lawyer_meeting", "mediation_session")
BY_WARD = frozenset({"family_visit", "family_call"})
"""Kinds that keep to the weekdays of a ward; legal appointments do not wait for them (rules.md §5.14)."""
WEEK = timedelta(days=7)


def monday(day: date) -> date:
    """The first day of a day's week."""
    return day - timedelta(days=day.weekday())


@dataclass(frozen=True)
class Weekly:
    """A weekly row as the rules see it. `terminals` in the order in which they are staggered. wards, levels: who is admitted; empty: everybody."""

    kind: str
    weekday: int
    opens: time
    closes: time
    minutes: int
    turnaround: int
    valid_from: date
    valid_to: date | None = None
    stagger: int = 0
    terminals: tuple[int, ...] = ()
    row_id: int = 0
    every_weeks: int = 1
    wards: frozenset[int] = frozenset()
    levels: frozenset[str] = frozenset()

    def runs_on(self, day: date, weekday: int) -> bool:
        """Whether it makes visits on a day that follows the timetable of `weekday`. The weeks are counted from the week of its first day."""
        valid = self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
        return valid and self.weekday == weekday and (monday(day) - monday(self.valid_from)) // WEEK % self.every_weeks == 0


@dataclass(frozen=True)
class Shut:
    """A closure: of the whole prison, of one ward, or of one terminal."""

    interval: Interval
    ward_id: int | None = None
    terminal_id: int | None = None

    def hits(self, visit: Interval, ward_id: int | None, terminal_id: int) -> bool:
        if not self.interval.overlaps(visit):
            return False
        return self.terminal_id in (None, terminal_id) and (self.ward_id is None or self.ward_id == ward_id)


@dataclass(frozen=True)
class Said:
    """What an administrator has decided of a day."""

    working: bool
    as_weekday: int | None = None


@dataclass(frozen=True)
class Watch:
    """An officer on duty, and how many sessions they may watch at once."""

    interval: Interval
    lanes: int


@dataclass(frozen=True)
class Slot:
    """A time at which a visit can be, and the terminals it can be at. `provisional`: the year's calendar is not published yet.

    wards, levels: who is admitted; empty: everybody.
    """

    prison_id: int
    kind: str
    start: datetime
    minutes: int
    turnaround: int
    terminals: tuple[int, ...]
    provisional: bool = False
    wards: frozenset[int] = frozenset()
    levels: frozenset[str] = frozenset()

    @cached_property
    def visit(self) -> Interval:
        return Interval(self.start, self.start + timedelta(minutes=self.minutes))

    @cached_property
    def occupied(self) -> Interval:
        """The visit and the turnaround after it: what the terminal is claimed for."""
        return Interval(self.start, self.start + timedelta(minutes=self.minutes + self.turnaround))


def admits(slot: Slot, ward_id: int | None, level: str | None) -> bool:
    """Whether a slot is meant for an inmate of this ward and level; None is not asked about."""
    by_ward = not slot.wards or ward_id is None or ward_id in slot.wards
    return by_ward and (not slot.levels or level is None or level in slot.levels)


def merged(slots: Iterable[Slot]) -> list[Slot]:
    """Slots of one kind, time and length as one with the terminals of all: who may have one of them does not ask which row it came from."""
    found: dict[tuple[str, datetime, int, int], Slot] = {}
    for slot in slots:
        key = (slot.kind, slot.start, slot.minutes, slot.turnaround)
        known = found.get(key)
        found[key] = slot if known is None else replace(known, terminals=tuple(sorted({*known.terminals, *slot.terminals})))
    return list(found.values())


def starts(row: Weekly) -> Iterator[tuple[int, int]]:
    """(minutes after opening, terminal) of every visit of a weekly row. A visit ends by closing time; its turnaround may reach beyond."""
    span = (row.closes.hour - row.opens.hour) * 60 + row.closes.minute - row.opens.minute
    cycle = row.minutes + row.turnaround
    for place, terminal in enumerate(row.terminals):
        first = (place * row.stagger) % cycle
        yield from ((offset, terminal) for offset in range(first, span - row.minutes + 1, cycle))


def weekday_of(day: date, said: Said | None) -> int:
    """The weekday whose timetable a day follows: its own, or on a make-up day the one that was decided."""
    return day.weekday() if said is None or said.as_weekday is None else said.as_weekday


def slots(
    prison_id: int,
    day: date,
    rows: Iterable[Weekly],
    shut: Collection[Shut],
    working: bool | None,
    said: Said | None,
    ward_id: int | None,
    turns: Mapping[int, frozenset[int]] | None = None,
) -> list[Slot]:
    """Slots of one day for an inmate of a ward (None: of any), in order of time.

    `working` None: not published, so Monday to Friday are taken and marked provisional. `turns`: ward -> the weekdays of its family visits; a ward
    that is not named has them all.
    """
    if working is False or (working is None and day.weekday() > 4):
        return []
    weekday = weekday_of(day, said)
    own_day = ward_id is None or turns is None or weekday in turns.get(ward_id, {weekday})
    found: dict[tuple[str, datetime, int, int, frozenset[int], frozenset[str]], list[int]] = {}
    for row in rows:
        if row.runs_on(day, weekday) and (own_day or row.kind not in BY_WARD):
            opening = at_local(day, row.opens)
            for offset, terminal in starts(row):
                start = opening + timedelta(minutes=offset)
                visit = Interval(start, start + timedelta(minutes=row.minutes))
                if not any(closure.hits(visit, ward_id, terminal) for closure in shut):
                    found.setdefault((row.kind, start, row.minutes, row.turnaround, row.wards, row.levels), []).append(terminal)
    return [
        Slot(prison_id, kind, start, minutes, turnaround, tuple(sorted(set(places))), working is None, wards, levels)
        for (kind, start, minutes, turnaround, wards, levels), places in sorted(found.items(), key=_order)
    ]


def _order(item: tuple[tuple[str, datetime, int, int, frozenset[int], frozenset[str]], list[int]]) -> tuple[object, ...]:
    kind, start, minutes, turnaround, wards, levels = item[0]
    return start, kind, minutes, turnaround, sorted(wards), sorted(levels)


def lanes_by_tick(day: date, watches: Iterable[Watch], uplink: int, planned: int) -> Mapping[int, int]:
    """How many sessions there may be at once in each tick of a day: the officers' lanes, at most the uplink's.

    A day on which nobody is on the roster yet counts `planned` lanes.
    """
    whole = Interval(at_local(day, time()), at_local(day + timedelta(days=1), time()))
    ticks = range(tick_of(whole.start), tick_of(whole.end))
    today = [watch for watch in watches if watch.interval.overlaps(whole)]
    if not today:
        return dict.fromkeys(ticks, min(planned, uplink))
    counted = dict.fromkeys(ticks, 0)
    for watch in today:
        for tick in watch.interval.ticks():
            if tick in counted:
                counted[tick] += watch.lanes
    return {tick: min(lanes, uplink) for tick, lanes in counted.items()}

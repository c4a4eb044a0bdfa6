"""From weekly rows, closures and working days to slots. Pure; half-open intervals; every length a multiple of five minutes."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from visitation.kernel.errors import Refusal
from visitation.kernel.interval import Interval, at_local, tick_of

STEP = 5
KINDS = ("family_visit", "family_call", "legal_consult", "lawyer_meeting", "mediation_session")


@dataclass(frozen=True)
class Weekly:
    """A weekly row as the rules see it. `terminals` in the order in which they are staggered."""

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

    def runs_on(self, day: date, weekday: int) -> bool:
        return self.weekday == weekday and self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


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
    """A time at which a visit can be, and the terminals it can be at. `provisional`: the year's calendar is not published yet."""

    prison_id: int
    kind: str
    start: datetime
    minutes: int
    turnaround: int
    terminals: tuple[int, ...]
    provisional: bool = False

    @property
    def visit(self) -> Interval:
        return Interval(self.start, self.start + timedelta(minutes=self.minutes))

    @property
    def occupied(self) -> Interval:
        """The visit and the turnaround after it: what the terminal is claimed for."""
        return Interval(self.start, self.start + timedelta(minutes=self.minutes + self.turnaround))


def starts(row: Weekly) -> Iterator[tuple[int, int]]:
    """(minutes after opening, terminal) of every visit of a weekly row. A visit ends by closing time; its turnaround may reach beyond."""
    span = (row.closes.hour - row.opens.hour) * 60 + row.closes.minute - row.opens.minute
    cycle = row.minutes + row.turnaround
    for place, terminal in enumerate(row.terminals):
        first = (place * row.stagger) % cycle
        yield from ((offset, terminal) for offset in range(first, span - row.minutes + 1, cycle))


def slots(
    prison_id: int, day: date, rows: Iterable[Weekly], shut: Collection[Shut], working: bool | None, said: Said | None, ward_id: int | None
) -> list[Slot]:
    """Slots of one day for an inmate of a ward, in order of time. `working` None: not published, so Monday to Friday are taken and marked provisional."""
    if working is False or (working is None and day.weekday() > 4):
        return []
    weekday = day.weekday() if said is None or said.as_weekday is None else said.as_weekday
    found: dict[tuple[str, datetime, int, int], list[int]] = {}
    for row in rows:
        if row.runs_on(day, weekday):
            opening = at_local(day, row.opens)
            for offset, terminal in starts(row):
                start = opening + timedelta(minutes=offset)
                visit = Interval(start, start + timedelta(minutes=row.minutes))
                if not any(closure.hits(visit, ward_id, terminal) for closure in shut):
                    found.setdefault((row.kind, start, row.minutes, row.turnaround), []).append(terminal)
    return [
        Slot(prison_id, kind, start, minutes, turnaround, tuple(sorted(set(places))), working is None)
        for (kind, start, minutes, turnaround), places in sorted(found.items(), key=lambda item: (item[0][1], item[0][0], item[0][2:]))
    ]


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


def weekly_problems(row: Weekly, others: Iterable[Weekly], today: date) -> list[Refusal]:
    """Every reason why a weekly row cannot be added."""
    checks = {
        "TEMPLATE_NO_TERMINAL": not row.terminals,
        "TEMPLATE_NOT_ORDERED": row.closes <= row.opens,
        "TEMPLATE_TOO_SHORT": row.closes > row.opens and not any(True for _ in starts(row)) and bool(row.terminals),
        "TEMPLATE_NOT_FIVE": any(value % STEP for value in (row.minutes, row.turnaround, row.stagger, row.opens.minute, row.closes.minute)),
        "TEMPLATE_PAST": row.valid_from < today,
        "TEMPLATE_DATES": row.valid_to is not None and row.valid_to < row.valid_from,
    }
    found = [Refusal(code) for code, wrong in checks.items() if wrong]
    return found + [
        Refusal("TEMPLATE_OVERLAPS", {"opens": other.opens.strftime("%H:%M"), "closes": other.closes.strftime("%H:%M")})
        for other in others
        if clashes(row, other)
    ]


def clashes(one: Weekly, other: Weekly) -> bool:
    """Whether two rows want the same terminal at the same time of the same weekday while both are valid."""
    apart = (one.valid_to is not None and one.valid_to < other.valid_from) or (other.valid_to is not None and other.valid_to < one.valid_from)
    together = one.weekday == other.weekday and not apart and not set(one.terminals).isdisjoint(other.terminals)
    return together and one.opens < other.closes and other.opens < one.closes

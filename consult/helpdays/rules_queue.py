"""The queue of a legal-help afternoon: whom a lawyer sees next, at which of the two terminals, and when the afternoon ends. Facts in, decisions out; pure.

A lawyer has two terminals by turns, so that the turnaround of one is the case of the other (rules.md §6). What is planned is an order, not a clock: whoever
is there is seen when the lawyer is free; a line that dropped goes before everybody else.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from visitation.kernel.interval import TICK

WAITING = frozenset({"published", "dropped"})
CALLED, LIVE = "called", "live"
AT_TERMINAL = frozenset({CALLED, LIVE})
OVER = frozenset({"advised", "missed", "withdrawn", "carried"})
NOT_COMING = ("unwilling", "unwell", "elsewhere", "released", "not_found")
"""Why an inmate does not come to the lawyer. For the prison only."""
LEAST_MINUTES = 5
"""Of a case that goes on after a dropped line, however little was left."""
HOLD = timedelta(minutes=2)
"""How long the lawyer's room is kept for a line that has dropped, before whoever sits at the other terminal goes first."""

EARLIEST = timedelta(minutes=30)
"""So long before the day begins its first cases can be called to the terminals; no talk begins before the day does."""
LATE = timedelta(minutes=5)
"""So much past the planned end is said to be late."""
LINGERS = timedelta(minutes=60)
"""How long after its planned end a day may still go on, before whoever is left is carried over."""

ADVISED = frozenset({"completed", "ended_by_inmate", "ended_by_visitor", "ended_by_officer"})
MISSED = frozenset({"no_show_inmate", "refused_by_inmate", "cancelled_by_inmate", "failed_identity"})
DROPPED = frozenset({"technical", "no_show_lawyer", "no_show_visitor"})
"""The line, or the lawyer, and not the inmate: back to the head of the queue."""


@dataclass(frozen=True)
class Entry:
    """A seat in the queue. minutes: what is left of its time; here: the inmate stands in the waiting room; terminal: where the seat was planned or was last."""

    number: int
    planned: datetime
    minutes: int
    state: str
    terminal: int | None = None
    here: bool = False
    drops: int = 0
    called_at: datetime | None = None
    live_at: datetime | None = None
    left_at: datetime | None = None


@dataclass(frozen=True)
class Lane:
    """What a lawyer works with: terminals, the minutes one needs between two inmates, and how long the lawyer needs to change rooms."""

    terminals: tuple[int, ...]
    turnaround: timedelta
    change: timedelta = timedelta(seconds=30)


@dataclass(frozen=True)
class Call:
    """Who is to be brought to which terminal, from when on it is free, and when the talk will probably begin."""

    entry: Entry
    terminal: int
    ready_at: datetime
    starts_at: datetime


@dataclass(frozen=True)
class Due:
    """When a case will probably begin and end."""

    number: int
    terminal: int
    starts_at: datetime
    ends_at: datetime


def queue(entries: Iterable[Entry]) -> list[Entry]:
    """Those who wait: a dropped line first, then as planned."""
    return sorted(
        (one for one in entries if one.state in WAITING), key=lambda one: (one.state != "dropped", one.left_at or one.planned, one.planned, one.number)
    )


def next_up(entries: Iterable[Entry]) -> Entry | None:
    """Whom to call: a dropped line, else the first who is there, so that nobody's absence costs the lawyer time; while nobody is there, the first."""
    row = queue(entries)
    if not row or row[0].state == "dropped":
        return row[0] if row else None
    return next((one for one in row if one.here), row[0])


def ready_at(lane: Lane, entries: Sequence[Entry], terminal: int, entry: Entry | None, now: datetime) -> datetime | None:
    """From when a terminal can take this inmate; None while another one is there. Whoever was there last needs no turnaround."""
    if any(one.state in AT_TERMINAL and one.terminal == terminal for one in entries):
        return None
    left = [one for one in entries if one.left_at is not None and one.terminal == terminal and (entry is None or one.number != entry.number)]
    last = max((one.left_at for one in left if one.left_at is not None), default=None)
    own = entry is not None and entry.left_at is not None and entry.terminal == terminal and (last is None or entry.left_at >= last)
    return now if own or last is None else max(now, last + lane.turnaround)


def next_call(lane: Lane, entries: Sequence[Entry], now: datetime) -> Call | None:
    """The next call of a lawyer's queue; None while nobody waits, both terminals are taken, or somebody is called already (but for a dropped line)."""
    entry = next_up(entries)
    if entry is None or (entry.state != "dropped" and any(one.state == CALLED for one in entries)):
        return None
    return call_of(lane, entries, entry, now)


def call_of(lane: Lane, entries: Sequence[Entry], entry: Entry, now: datetime) -> Call | None:
    """The call of one entry, whether or not it is its turn: the terminal that is ready first, of two the one where it was planned."""
    ready = {terminal: ready_at(lane, entries, terminal, entry, now) for terminal in lane.terminals}
    found = [(moment, terminal != entry.terminal, terminal) for terminal, moment in ready.items() if moment is not None]
    if not found:
        return None
    moment, _other, terminal = min(found)
    return Call(entry, terminal, moment, max(moment, free_at(lane, entries, now)))


def free_at(lane: Lane, entries: Iterable[Entry], now: datetime) -> datetime:
    """When the lawyer is free: now, or when the running talk will end."""
    return max([now, *(_ends(one, now) + lane.change for one in entries if one.state == LIVE)])


def _ends(entry: Entry, now: datetime) -> datetime:
    assert entry.live_at is not None
    return max(now, entry.live_at + timedelta(minutes=entry.minutes))


def joins(entries: Iterable[Entry], now: datetime) -> Entry | None:
    """In which room the lawyer belongs now: the talk that runs, else of those who sit at a terminal the dropped line first, then who was called first.

    None as well for a moment after a line has dropped: its inmate still sits there, and is before the next.
    """
    row = list(entries)
    here = [one for one in row if one.state in AT_TERMINAL]
    held = any(one.state == "dropped" and one.left_at is not None and now < one.left_at + HOLD for one in row)
    if held and not any(one.state == LIVE or one.drops for one in here):
        return None
    return min(here, key=lambda one: (one.state != LIVE, one.drops == 0, one.called_at or one.planned, one.number), default=None)


def forecast(lane: Lane, entries: Sequence[Entry], now: datetime) -> list[Due]:
    """When each case that is not over will begin and end, as things stand: whoever is there is seen early, nobody else before the planned time."""
    running = [one for one in entries if one.state == LIVE]
    called = sorted((one for one in entries if one.state == CALLED), key=lambda one: (one.drops == 0, one.called_at or one.planned, one.number))
    found = [Due(one.number, one.terminal or 0, one.live_at or now, _ends(one, now)) for one in running]
    free, ready = free_at(lane, entries, now), _ready(lane, entries, now)
    for one in called:
        found.append(_due(one, one.terminal or lane.terminals[0], max(free, now)))
        free, ready[found[-1].terminal] = found[-1].ends_at + lane.change, found[-1].ends_at + lane.turnaround
    for one in queue(entries):
        terminal = min(lane.terminals, key=lambda name: (ready[name], name != one.terminal))
        found.append(_due(one, terminal, max(free, ready[terminal], now if one.here or one.state == "dropped" else one.planned)))
        free, ready[terminal] = found[-1].ends_at + lane.change, found[-1].ends_at + lane.turnaround
    return found


def _due(entry: Entry, terminal: int, starts_at: datetime) -> Due:
    return Due(entry.number, terminal, starts_at, starts_at + timedelta(minutes=entry.minutes))


def _ready(lane: Lane, entries: Sequence[Entry], now: datetime) -> dict[int, datetime]:
    found = {}
    for terminal in lane.terminals:
        there = [_ends(one, now) + lane.turnaround for one in entries if one.state == LIVE and one.terminal == terminal]
        found[terminal] = max(there) if there else ready_at(lane, entries, terminal, None, now) or now
    return found


@dataclass(frozen=True)
class Slot:
    """Where a case is booked, in five-minute steps. number: of its seat."""

    number: int
    terminal: int
    starts_at: datetime
    ends_at: datetime


def grid(moment: datetime, up: bool = False) -> datetime:
    """The five-minute step at or before a moment, or (up) at or after it."""
    step = TICK.total_seconds()
    number = moment.timestamp() / step
    return datetime.fromtimestamp((-(-number // 1) if up else number // 1) * step, moment.tzinfo)


def layout(lane: Lane, called: Slot, rest: Sequence[Slot], ready: Mapping[int, datetime]) -> list[Slot]:
    """Where everybody behind a called case goes so that nothing collides: nobody earlier than booked, the own terminal where it is free, else the other.

    rest: in the order of the queue. ready: from when each terminal is free of those who were there before.
    """
    free, known = called.ends_at, {**ready, called.terminal: called.ends_at + lane.turnaround}
    found = [called]
    for slot in rest:
        wanted = max(slot.starts_at, free)
        fits = [name for name in (slot.terminal, *lane.terminals) if grid(known.get(name, wanted), up=True) <= wanted]
        terminal = fits[0] if fits else min(lane.terminals, key=lambda name: known.get(name, wanted))
        starts_at = grid(max(wanted, known.get(terminal, wanted)), up=True)
        found.append(Slot(slot.number, terminal, starts_at, starts_at + (slot.ends_at - slot.starts_at)))
        free, known[terminal] = found[-1].ends_at, found[-1].ends_at + lane.turnaround
    return found


def ends_at(lane: Lane, entries: Sequence[Entry], now: datetime) -> datetime | None:
    """When the lawyer's afternoon will end; None when nothing is left."""
    return max((due.ends_at for due in forecast(lane, entries, now)), default=None)


def minutes_left(booked: int, used_seconds: float) -> int:
    """Of a case whose line dropped: what was not yet used, in steps of five upwards, at least LEAST_MINUTES."""
    left = max(0.0, booked - used_seconds / 60)
    return max(LEAST_MINUTES, int(-(-left // 5)) * 5)


def state_after(outcome: str) -> str:
    """What a visit's outcome makes of its seat."""
    if outcome in ADVISED:
        return "advised"
    return "missed" if outcome in MISSED else "dropped"


def share(talks: Sequence[tuple[datetime, datetime]]) -> float:
    """The lawyer's time in cases, of the time from the first beginning to the last end."""
    if not talks:
        return 0.0
    whole = (max(end for _start, end in talks) - min(start for start, _end in talks)).total_seconds()
    return sum((end - start).total_seconds() for start, end in talks) / whole if whole else 0.0

"""More time for a talk that runs: first the officer sees which cases move by how many minutes, then exactly these move, and the talk goes on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy.orm import Session

from consult.helpdays import rules_queue as rules
from consult.helpdays.queue import Column, Line, ends_of, has_session, held, noted, ready, slot_of
from consult.helpdays.rules_queue import Slot
from visitation.bookings import service as bookings
from visitation.bookings.service import NewPlace
from visitation.kernel.errors import Refused, StateChanged
from visitation.kernel.identity import Identity
from visitation.supervision import service as supervision

CHOICES = (5, 10, 15, 20)
"""Minutes that can be given at once."""


@dataclass(frozen=True)
class Shift:
    """A case that moves: by `minutes`, to `slot`."""

    line: Line
    slot: Slot
    minutes: int


def shifts(column: Column, line: Line, minutes: int, now: datetime) -> list[Shift]:
    """The cases of this lawyer that begin later, or at the other terminal, if a running talk gets so many minutes more. In the order of the queue."""
    longer = replace(slot_of(line.seat), ends_at=ends_of(line.seat) + timedelta(minutes=minutes))
    behind = _behind(column, line)
    row = rules.layout(column.lane, longer, [slot_of(one.seat) for one in behind], ready(column, now, present=False))[1:]
    by_number = {one.seat.id: one for one in behind}
    moved = [Shift(one := by_number[slot.number], slot, _later(slot_of(one.seat), slot)) for slot in row]
    return [one for one in moved if one.minutes or one.slot.terminal != one.line.seat.terminal_id]


def fingerprint(minutes: int, moves: Sequence[Shift]) -> str:
    """Of everything that the officer is shown."""
    return sha256(repr((minutes, [(one.slot.number, one.slot.terminal, one.slot.starts_at.isoformat()) for one in moves])).encode()).hexdigest()[:32]


def extend(session: Session, who: Identity, seat_id: int, minutes: int, seen: str, now: datetime) -> list[Shift]:
    """Move the cases that were shown, then give the time. Raises Refused (QUEUE_MORE_OTHER when others would move than were shown), StateChanged."""
    day, column, line = held(session, seat_id)
    if line.entry.state != rules.LIVE or line.seat.booking is None:
        raise StateChanged
    if minutes not in CHOICES:
        raise Refused("EXTENSION_NOT_FIVE")
    moves = shifts(column, line, minutes, now)
    if fingerprint(minutes, moves) != seen:
        raise Refused("QUEUE_MORE_OTHER")
    places = []
    for one in moves:
        seat, slot = one.line.seat, one.slot
        seat.terminal_id, seat.starts_at, seat.ends_at = slot.terminal, slot.starts_at, slot.ends_at
        assert seat.booking_id is not None
        places.append(NewPlace(seat.booking_id, slot.terminal, slot.starts_at, slot.ends_at))
    bookings.rearrange_all(session, who, places, now)
    supervision.extend(session, who, line.seat.booking, minutes, now)
    noted(session, who, day, line.seat, "help_queue.more", now, minutes=minutes, moved=[one.line.seat.request.ref for one in moves])
    return moves


def _behind(column: Column, line: Line) -> list[Line]:
    """Whoever sits at the other terminal, then who waits; with a session that stands."""
    called = [one for one in column.lines if one.entry.state == rules.CALLED]
    waiting = [column.line(entry.number) for entry in rules.queue(column.entries)]
    return [one for one in (*called, *waiting) if one.seat.id != line.seat.id and has_session(one)]


def _later(before: Slot, after: Slot) -> int:
    return int((after.starts_at - before.starts_at).total_seconds()) // 60

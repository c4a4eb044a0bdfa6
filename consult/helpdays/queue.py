"""The afternoon as it happens: the queue of each lawyer, calling, arriving, not coming, back to the head; and the seats follow what became of their talks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from consult.helpdays import rules_queue as rules
from consult.helpdays.models import HelpDay, HelpDuty, HelpSeat
from consult.helpdays.rules_queue import Call, Entry, Lane, Slot
from consult.requests import service as requests
from consult.requests.models import HelpRequest
from visitation.audit.service import record
from visitation.bookings import service as bookings
from visitation.bookings.models import Booking
from visitation.bookings.service import Arrangement, NewPlace
from visitation.kernel.errors import NotFound, Refused, StateChanged
from visitation.kernel.identity import SYSTEM, Identity
from visitation.kernel.interval import local_day
from visitation.movements import queries as movements
from visitation.movements import service as movement_steps
from visitation.people.models import Inmate
from visitation.policies.queries import policies_of
from visitation.supervision.commands import changed
from visitation.supervision.models import LiveSession

HERE = frozenset({"arrived", "in_session", "fetch"})
"""Places of movements.rules.place in which the inmate is at the visiting rooms."""
OPEN = ("waiting", "seated")
"""States of a request that still has something to expect of the day."""
WALK = ("called", "left", "arrived")
BEGUN = timedelta(hours=2)
"""So long before its beginning the seats of a day are looked after: who is told that they cannot come is seen early."""


@dataclass(frozen=True)
class Line:
    """A seat in its lawyer's queue. place: where the inmate is (movements.rules.place), empty without a booking that stands."""

    seat: HelpSeat
    entry: Entry
    place: str
    live: LiveSession | None


@dataclass(frozen=True)
class Column:
    """One lawyer of the day."""

    duty: HelpDuty
    lane: Lane
    lines: tuple[Line, ...]

    @property
    def entries(self) -> list[Entry]:
        return [line.entry for line in self.lines]

    def line(self, number: int) -> Line:
        return next(line for line in self.lines if line.entry.number == number)


def columns(session: Session, day: HelpDay, ways: bool = True) -> list[Column]:
    """The queues of a day, by the lawyers' places. ways: the inmates' ways are read, which only the prison's application may."""
    seats = _seats(session, day.id)
    booked = [seat.booking for seat in seats if seat.booking is not None]
    places = movements.places_of(session, booked) if ways else {}
    lives = {row.booking_id: row for row in session.scalars(select(LiveSession).where(LiveSession.booking_id.in_([one.id for one in booked])))}
    policies = policies_of(session, day.prison_id, ("turnaround_minutes",))
    turnaround = timedelta(minutes=int(policies.value("turnaround_minutes", local_day(day.starts_at))["legal_consult"]))
    duties = session.scalars(select(HelpDuty).where(HelpDuty.day_id == day.id).options(joinedload(HelpDuty.lawyer)).order_by(HelpDuty.place, HelpDuty.id))
    found = []
    for duty in duties:
        mine = [seat for seat in seats if seat.duty_id == duty.id]
        if mine or duty.state == "agreed":
            lines = tuple(_line(seat, places, lives) for seat in mine)
            terminals = tuple(day.terminals[2 * (duty.place - 1) : 2 * duty.place]) or tuple(dict.fromkeys(seat.terminal_id or 0 for seat in mine))
            found.append(Column(duty, Lane(terminals, turnaround), lines))
    return found


def _seats(session: Session, day_id: int) -> list[HelpSeat]:
    shown = (*rules.WAITING, *rules.AT_TERMINAL, "advised", "missed")
    query = select(HelpSeat).where(HelpSeat.day_id == day_id, HelpSeat.duty_id.is_not(None), HelpSeat.state.in_(shown))
    people = joinedload(HelpSeat.request).joinedload(HelpRequest.inmate).joinedload(Inmate.ward)
    return list(session.scalars(query.options(people, joinedload(HelpSeat.booking)).order_by(HelpSeat.starts_at, HelpSeat.id)))


def _line(seat: HelpSeat, places: dict[int, str], lives: dict[int, LiveSession]) -> Line:
    live = lives.get(seat.booking_id) if seat.booking_id is not None else None
    place = places.get(seat.booking_id, "") if seat.booking_id is not None else ""
    assert seat.starts_at is not None
    here = place in HERE or seat.state in ("dropped", *rules.AT_TERMINAL) or (not place and seat.here_at is not None)
    minutes = int((ends_of(seat) - seat.starts_at).total_seconds()) // 60
    if seat.state == "dropped" and live is not None:
        minutes = rules.minutes_left(minutes, live.seconds_used)
    moments = (seat.called_at, seat.live_at, seat.left_at)
    return Line(seat, Entry(seat.id, seat.starts_at, minutes, seat.state, seat.terminal_id, here, seat.drops, *moments), place, live)


def ends_of(seat: HelpSeat) -> datetime:
    """The end of a seat: of its session, which the officer may have given more time."""
    assert seat.ends_at is not None
    return max(seat.ends_at, seat.booking.ends_at) if seat.booking is not None and seat.state in rules.AT_TERMINAL else seat.ends_at


def slot_of(seat: HelpSeat) -> Slot:
    """Where a seat that has a place is booked."""
    assert seat.terminal_id is not None
    assert seat.starts_at is not None
    assert seat.ends_at is not None
    return Slot(seat.id, seat.terminal_id, seat.starts_at, seat.ends_at)


# -- what the officer does


def call(session: Session, who: Identity, seat_id: int, now: datetime) -> HelpSeat:
    """Call a case to the terminal that is free: its session moves there, whoever is behind it makes room, the ward is told.

    Raises Refused (QUEUE_NO_TERMINAL, QUEUE_ONE_CALLED, or what stands against the move), StateChanged for a seat that does not wait.
    """
    day, column, line = held(session, seat_id)
    if line.entry.state not in rules.WAITING:
        raise StateChanged
    if now < day.starts_at - rules.EARLIEST:
        raise Refused("QUEUE_TOO_EARLY")
    if line.entry.state != "dropped" and any(one.state == rules.CALLED for one in column.entries):
        raise Refused("QUEUE_ONE_CALLED")
    chosen = rules.call_of(column.lane, column.entries, line.entry, now)
    if chosen is None:
        raise Refused("QUEUE_NO_TERMINAL")
    slots = rules.layout(column.lane, _slot(column, chosen, day.starts_at, now), _behind(column, chosen), ready(column, now))
    _move(session, who, column, line, slots, now)
    line.seat.state, line.seat.called_at = rules.CALLED, now
    if line.place == "ward" and line.seat.booking_id is not None:
        movement_steps.step(session, who, line.seat.booking_id, "called", None, now)
    noted(session, who, day, line.seat, "help_queue.call", now)
    return line.seat


def arrived(session: Session, who: Identity, seat_id: int, now: datetime) -> HelpSeat:
    """The inmate stands in the waiting room: the steps of the way that nobody has tapped are tapped."""
    day, _column, line = held(session, seat_id)
    if line.seat.booking_id is None or line.entry.state not in rules.WAITING | {rules.CALLED}:
        raise StateChanged
    done = movements.steps_of(session, [line.seat.booking_id]).get(line.seat.booking_id, {})
    for step in WALK:
        if step not in done:
            movement_steps.step(session, who, line.seat.booking_id, step, None, now)
    line.seat.here_at = now
    noted(session, who, day, line.seat, "help_queue.arrived", now)
    return line.seat


def not_coming(session: Session, who: Identity, seat_id: int, reason: str, now: datetime) -> HelpSeat:
    """The inmate does not come: the queue goes on without them, and the request waits for the next day. Raises Refused(QUEUE_REASON)."""
    if reason not in rules.NOT_COMING:
        raise Refused("QUEUE_REASON")
    day, _column, line = held(session, seat_id)
    seat = line.seat
    if seat.state not in rules.WAITING | {rules.CALLED}:
        raise StateChanged
    if seat.booking is not None and seat.booking.state == "confirmed":
        bookings.call_off_arranged(session, who, seat.booking.id, "HELP_INMATE_ABSENT", "cancelled_by_inmate", now)
    seat.state, seat.reason, seat.left_at = "missed", reason, now
    requests.carry(session, who, seat.request, "missed", now)
    noted(session, who, day, seat, "help_queue.not_coming", now, reason=reason)
    return seat


def back(session: Session, who: Identity, seat_id: int, now: datetime) -> HelpSeat:
    """A case that was called and cannot begin (the terminal, the line) goes back to the head of the queue. A talk that runs is ended at its console."""
    day, _column, line = held(session, seat_id)
    if line.seat.state != rules.CALLED:
        raise StateChanged
    line.seat.state, line.seat.left_at = "dropped", now
    noted(session, who, day, line.seat, "help_queue.back", now)
    return line.seat


def held(session: Session, seat_id: int) -> tuple[HelpDay, Column, Line]:
    """The day of a seat, held until the end of the transaction, and the seat in its queue. Raises NotFound, Refused(QUEUE_NOT_ON)."""
    found = session.get(HelpSeat, seat_id)
    day = session.get(HelpDay, found.day_id, with_for_update=True, populate_existing=True) if found is not None else None
    if found is None or day is None:
        raise NotFound
    if day.state != "published":
        raise Refused("QUEUE_NOT_ON")
    session.expire(found)
    for column in columns(session, day):
        for line in column.lines:
            if line.seat.id == seat_id:
                return day, column, line
    raise StateChanged


def _slot(column: Column, chosen: Call, opens: datetime, now: datetime) -> Slot:
    """Five-minute steps for the called case, the present one included: not before the booked end of a running talk, nor of a terminal's turnaround."""
    others = [line.seat for line in column.lines if line.entry.state in rules.AT_TERMINAL and line.entry.number != chosen.entry.number]
    starts_at = max([opens, rules.grid(chosen.starts_at), *(ends_of(seat) for seat in others)])
    if chosen.ready_at > now:
        starts_at = max(starts_at, rules.grid(chosen.ready_at, up=True))
    return Slot(chosen.entry.number, chosen.terminal, starts_at, starts_at + timedelta(minutes=chosen.entry.minutes))


def has_session(line: Line) -> bool:
    """A session of it stands. A dropped case has none until it is called again."""
    return line.seat.booking is not None and line.seat.booking.state == "confirmed"


def _behind(column: Column, chosen: Call) -> list[Slot]:
    """Whoever waits and has a session, in the order of the queue."""
    rest = [column.line(one.number) for one in rules.queue(column.entries) if one.number != chosen.entry.number]
    return [slot_of(line.seat) for line in rest if has_session(line)]


def ready(column: Column, now: datetime, present: bool = True) -> dict[int, datetime]:
    """From when each terminal is free of those who were there, and (present) of those who are, by their bookings."""
    found: dict[int, datetime] = {}
    for line in column.lines:
        terminal, until = line.seat.terminal_id, line.entry.left_at if line.entry.state in ("advised", "dropped") else None
        if present and line.entry.state in rules.AT_TERMINAL:
            until = ends_of(line.seat)
        if terminal is not None and until is not None and until + column.lane.turnaround > now:
            found[terminal] = max(found.get(terminal, now), until + column.lane.turnaround)
    return found


def _move(session: Session, who: Identity, column: Column, line: Line, slots: Sequence[Slot], now: datetime) -> None:
    """Bring the bookings to their new places together; a case whose line dropped gets a session for what is left of its time."""
    places = []
    for slot in slots:
        seat = column.line(slot.number).seat
        known = (seat.terminal_id, seat.starts_at, seat.ends_at)
        seat.terminal_id, seat.starts_at, seat.ends_at = slot.terminal, slot.starts_at, slot.ends_at
        standing = seat.booking is not None and seat.booking.state == "confirmed"
        if standing and seat.booking_id is not None and known != (slot.terminal, slot.starts_at, slot.ends_at):
            places.append(NewPlace(seat.booking_id, slot.terminal, slot.starts_at, slot.ends_at))
    bookings.rearrange_all(session, who, places, now)
    if line.seat.booking is None or line.seat.booking.state != "confirmed":
        _session_again(session, who, column, line.seat, slots[0], now)


def _session_again(session: Session, who: Identity, column: Column, seat: HelpSeat, slot: Slot, now: datetime) -> None:
    if seat.booking_id is not None:
        bookings.leave_terminal(session, seat.booking_id)
    request, lawyer = seat.request, column.duty.lawyer
    where = (slot.terminal, slot.starts_at, slot.ends_at)
    wanted = Arrangement("legal_consult", request.prison_id, request.inmate_id, *where, lawyer.account_id, lawyer.id, language=request.language)
    before = seat.booking_id
    seat.booking = bookings.arrange(session, who, wanted, now)
    session.flush()
    if before is not None:
        _still_here(session, who, before, seat.booking, now)


def _still_here(session: Session, who: Identity, before: int, after: Booking, now: datetime) -> None:
    """The inmate has not gone back in between: the way to the new session is the one that was made already."""
    if "arrived" in movements.steps_of(session, [before]).get(before, {}):
        for step in WALK:
            movement_steps.step(session, who, after.id, step, None, now)


def noted(session: Session, who: Identity, day: HelpDay, seat: HelpSeat, act: str, now: datetime, **detail: object) -> None:
    day.plan_version += 1
    day.changed_at = now
    session.flush()
    record(session, who, act, "help_request", seat.request.ref, now, day.prison_id, **detail)
    changed(session, day.prison_id, "helpday", now, day.ref)


# -- what became of the talks


def sweep(session: Session, now: datetime) -> int:
    """Every seat of the days that are on follows its session; days that are over are closed. Idempotent. Returns how many seats changed."""
    query = select(HelpDay).where(HelpDay.state == "published", HelpDay.starts_at < now + BEGUN)
    return sum(follow(session, day, now) for day in session.scalars(query.order_by(HelpDay.id).with_for_update(skip_locked=True)).all())


def follow(session: Session, day: HelpDay, now: datetime) -> int:
    """The seats of one day, held by the caller."""
    count = 0
    lines = [line for column in columns(session, day) for line in column.lines]
    for line in lines:
        count += _follow(session, day, line, now)
    on = [line.seat for line in lines if line.seat.state in rules.AT_TERMINAL]
    if not on and now > day.ends_at + rules.LINGERS:
        count += _close(session, day, [line.seat for line in lines if line.seat.state in rules.WAITING], now)
    elif now > day.ends_at and all(line.seat.state in rules.OVER for line in lines):
        count += _close(session, day, [], now)
    if count:
        day.plan_version += 1
        changed(session, day.prison_id, "helpday", now, day.ref)
    return count


def _follow(session: Session, day: HelpDay, line: Line, now: datetime) -> bool:
    seat, booking = line.seat, line.seat.booking
    if booking is None or seat.state in rules.OVER:
        return False
    if (seat.here_at is not None) != (line.place in HERE):
        seat.here_at = now if line.place in HERE else None
    if booking.state == "confirmed":
        begins = line.live is not None and line.live.live_at is not None and seat.state in ("published", rules.CALLED)
        if begins and line.live is not None:
            seat.state, seat.live_at, seat.called_at = rules.LIVE, line.live.live_at, seat.called_at or now
        return begins
    if booking.state not in ("ended", "cancelled") or seat.state == "dropped":
        return False
    _ended(session, day, line, rules.state_after(booking.outcome or ""), now)
    return True


def _ended(session: Session, day: HelpDay, line: Line, state: str, now: datetime) -> None:
    seat, live = line.seat, line.live
    seat.state, seat.left_at = state, (live.ended_at if live is not None else None) or now
    seat.live_at = live.live_at if live is not None else seat.live_at
    if state == "dropped":
        seat.drops += 1
    elif seat.request.state in OPEN:
        if state == "advised":
            requests.advised(session, SYSTEM, seat.request, now)
        else:
            requests.carry(session, SYSTEM, seat.request, "missed", now)
    record(
        session,
        SYSTEM,
        "help_queue.advised" if state == "advised" else "help_queue.missed" if state == "missed" else "help_queue.dropped",
        "help_request",
        seat.request.ref,
        now,
        day.prison_id,
    )


def _close(session: Session, day: HelpDay, left: Sequence[HelpSeat], now: datetime) -> int:
    """The day is over: whoever is left is carried over, with a reason."""
    for seat in left:
        if seat.booking is not None and seat.booking.state == "confirmed":
            bookings.call_off_arranged(session, SYSTEM, seat.booking.id, "HELP_TIME_OVER", "cancelled_by_prison", now)
        seat.state, seat.reason = "carried", "LINE_BROKE" if seat.drops else "DAY_OVER"
        seat.duty_id, seat.terminal_id, seat.starts_at, seat.ends_at, seat.trip = None, None, None, None, None
        if seat.request.state in OPEN:
            requests.carry(session, SYSTEM, seat.request, "line" if seat.drops else "missed", now)
    day.state, day.changed_at = "over", now
    record(session, SYSTEM, "helpday.over", "help_day", day.ref, now, day.prison_id, carried=len(left))
    return 1 + len(left)

"""A published day changed: a case moved by hand, a free place given to somebody who waits. Lawyers, wards and inmates whose afternoon changes are told."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.helpdays import offers, planning, publishing, rules_plan, telling
from consult.helpdays.facts_plan import Ground, gather
from consult.helpdays.models import HelpDay, HelpDuty, HelpSeat
from consult.helpdays.queue import slot_of
from consult.helpdays.seating import Seat
from visitation.audit.service import record
from visitation.bookings import service as bookings
from visitation.bookings.service import NewPlace
from visitation.kernel.errors import NotFound, Refused, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.supervision.commands import changed as desks_changed

Before = Mapping[int, tuple[HelpDuty | None, datetime | None]]


def move(session: Session, who: Identity, seat_id: int, version: int, to: tuple[int, int], anyway: bool, now: datetime) -> HelpSeat:
    """Give a case of a published day another place (lawyer's id, time); whoever sits there changes places with it, or is carried over.

    anyway: the officer has seen what speaks against the matter or the language. Raises Refused with everything that stands against it, for both.
    """
    found = session.get(HelpSeat, seat_id)
    if found is None:
        raise NotFound
    day, ground = _held(session, found.day_id, version, now)
    refuse(rules_plan.moving_refusals(day.state, day.starts_at, now))
    row = ground.seats[found.request_id]
    if row.request_id not in ground.requests:
        raise Refused("PLAN_REQUEST_GONE")
    wanted = planning.wanted(ground, row, {seat.case: seat for seat in ground.seated()}, to)
    if any(ground.seats[number].state not in ("published", "carried") for number in wanted):
        raise StateChanged
    refuse(planning.obstacles(ground, wanted, anyway))
    _carry_out(session, who, day, ground, wanted, now)
    record(session, who, "helpday.move", "help_day", day.ref, now, day.prison_id, request=row.request.ref, time=to[1], published=True)
    return row


def fill(session: Session, who: Identity, day_id: int, version: int, ref: str, to: tuple[int, int], now: datetime) -> HelpSeat:
    """Accept an offer: the request gets the free place; whoever had it and is no longer in the prison gives it up. Raises Refused."""
    day, ground = _held(session, day_id, version, now)
    if day.state != "published":
        raise Refused("PLAN_NOT_PUBLISHED")
    request = next((row for row in ground.requests.values() if row.ref == ref.upper()), None)
    if request is None or request.id not in {case.number for case in offers.candidates(ground)}:
        raise Refused("PLAN_REQUEST_GONE")
    left = offers.gone(ground, now)
    if to not in offers.free(ground, left):
        raise Refused("PLAN_PLACE_TAKEN")
    leaving = next((row for row in left if (seat := ground.seat(row)) is not None and (seat.lawyer, seat.time) == to), None)
    if leaving is not None:
        publishing.give_up(session, who, leaving, "cancelled_by_prison", now)
        session.flush()
        ground = gather(session, day, now)
    wanted: dict[int, Seat | None] = {request.id: Seat(request.id, *to)}
    refuse(planning.obstacles(ground, wanted, anyway=False))
    _carry_out(session, who, day, ground, wanted, now, wards={leaving.request.inmate.ward_id} if leaving is not None else set())
    record(session, who, "helpday.fill", "help_day", day.ref, now, day.prison_id, request=request.ref, time=to[1])
    return session.scalars(select(HelpSeat).where(HelpSeat.day_id == day.id, HelpSeat.request_id == request.id)).one()


def _held(session: Session, day_id: int, version: int, now: datetime) -> tuple[HelpDay, Ground]:
    day = planning.day_for_change(session, day_id)
    planning.same_plan(day, version)
    return day, gather(session, day, now)


def _carry_out(
    session: Session, who: Identity, day: HelpDay, ground: Ground, wanted: Mapping[int, Seat | None], now: datetime, wards: set[int] | None = None
) -> None:
    """Bring bookings and seats to where they are wanted, then tell everybody whose afternoon is another one."""
    before: Before = {number: (row.duty, row.starts_at) for number, row in ground.seats.items() if number in wanted}
    for number, seat in wanted.items():
        row = ground.seats.get(number)
        if seat is None:
            publishing.drop(session, who, ground, number, "BY_HAND", now, "cancelled_by_prison")
        elif row is not None and row.booking_id is not None and row.duty_id != ground.duties[seat.lawyer].id:
            bookings.call_off_arranged(session, who, row.booking_id, "HELP_DAY_CHANGED", "cancelled_by_prison", now)
            row.booking_id = None
    for seat in wanted.values():
        if seat is not None:
            planning.place(session, ground, seat, by_hand=True, trip=None)
    session.flush()
    fresh = gather(session, day, now)
    _book(session, who, fresh, [seat for seat in wanted.values() if seat is not None], before, now)
    session.flush()
    planning.count_trips(fresh, fresh.seated())
    day.plan_version += 1
    day.changed_at = now
    _tell(session, fresh, wanted, before, wards or set(), now)


def _book(session: Session, who: Identity, ground: Ground, seats: list[Seat], before: Before, now: datetime) -> None:
    """With the same lawyer the booking moves and keeps its reference; with another one it is another booking."""
    kept = [seat for seat in seats if ground.seats[seat.case].booking_id is not None]
    places = []
    for seat in kept:
        row, slot = ground.seats[seat.case], slot_of(ground.seats[seat.case])
        assert row.booking_id is not None
        places.append(NewPlace(row.booking_id, slot.terminal, slot.starts_at, slot.ends_at))
    bookings.rearrange_all(session, who, places, now)
    new = [seat for seat in seats if seat not in kept]
    publishing.book(session, who, ground, new, {number: at for number, (_duty, at) in before.items()}, now)
    for seat in kept:
        row = ground.seats[seat.case]
        row.state = "published"
        publishing.seated(session, who, row, now)


def _tell(session: Session, ground: Ground, wanted: Mapping[int, Seat | None], before: Before, wards: set[int], now: datetime) -> None:
    duties = {duty.id: duty for duty, _at in before.values() if duty is not None and duty.state == "agreed"}
    for number, seat in wanted.items():
        if seat is not None:
            duties[ground.duties[seat.lawyer].id] = ground.duties[seat.lawyer]
        wards = wards | {ground.requests[number].inmate.ward_id}
    for duty in duties.values():
        publishing.tell_lawyer(session, ground.day, duty, "help_day_changed", now)
    telling.wards(session, ground.day, wards, "help_ward_changed", now)
    desks_changed(session, ground.day.prison_id, "helpday", now, ground.day.ref)

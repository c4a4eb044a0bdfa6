"""A day's plan while an officer looks at it: proposed, changed by hand, planned again around what was put by hand. Nothing is booked here."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from consult.helpdays import replanning, rules_plan
from consult.helpdays.facts_plan import LIVING, Ground, gather
from consult.helpdays.models import HelpDay, HelpSeat
from consult.helpdays.seating import Plan, Seat
from consult.requests.models import HelpRequest
from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refusal, Refused, refuse
from visitation.kernel.identity import Identity
from visitation.people.models import Inmate


def seat_by_ref(session: Session, ref: str) -> HelpSeat | None:
    people = joinedload(HelpSeat.request).joinedload(HelpRequest.inmate).joinedload(Inmate.ward)
    return session.scalar(select(HelpSeat).where(HelpSeat.ref == ref.upper()).options(people, joinedload(HelpSeat.day), joinedload(HelpSeat.duty)))


def day_for_change(session: Session, day_id: int) -> HelpDay:
    """The day's row, locked and fresh. Raises NotFound."""
    day = session.get(HelpDay, day_id, with_for_update=True, populate_existing=True)
    if day is None:
        raise NotFound
    return day


def same_plan(day: HelpDay, version: int) -> None:
    """Raises Refused PLAN_OTHER when the plan is no longer the one that was looked at."""
    if day.plan_version != version:
        raise Refused("PLAN_OTHER")


def _open(session: Session, day_id: int, version: int, now: datetime) -> Ground:
    day = day_for_change(session, day_id)
    same_plan(day, version)
    refuse(rules_plan.planning_refusals(day.state, day.starts_at, now))
    return gather(session, day, now)


def propose(session: Session, who: Identity, day_id: int, version: int, now: datetime) -> Ground:
    """Plan the day, or plan it again around what was put by hand. Raises Refused."""
    ground = _open(session, day_id, version, now)
    if not ground.duties:
        raise Refused("PLAN_NO_LAWYER")
    if not ground.requests:
        raise Refused("PLAN_NO_REQUEST")
    kept = [seat for seat in ground.seated() if ground.seats[seat.case].by_hand]
    others = {seat.case: [one for one in kept if one.case != seat.case] for seat in kept}
    kept = [seat for seat in kept if not rules_plan.hard(replanning.standing(ground.facts, seat, others[seat.case]))]
    out = [number for number, row in ground.seats.items() if row.by_hand and row.state == "carried"]
    plan = replanning.propose(ground.facts, kept, out)
    put_down(session, ground, plan)
    record(session, who, "helpday.propose", "help_day", ground.day.ref, now, ground.day.prison_id, seated=len(plan.seats), carried=len(plan.carried))
    return gather(session, ground.day, now)


def put_down(session: Session, ground: Ground, plan: Plan) -> None:
    """Write a plan over what stood there. What an officer has put by hand keeps its mark while it keeps its place."""
    day, trip_of = ground.day, trips_of(plan)
    by_hand = {seat.case for seat in ground.seated() if ground.seats[seat.case].by_hand and seat in plan.seats}
    for number, row in list(ground.seats.items()):
        if number not in ground.requests and row.state in ("proposed", "carried") and row.carried_at is None:
            session.delete(row)
    for seat in plan.seats:
        place(session, ground, seat, by_hand=seat.case in by_hand, trip=trip_of.get(seat.case))
    for number, reason in plan.carried.items():
        carry(session, ground, number, reason, by_hand=reason == replanning.BY_HAND)
    changed(day)


def changed(day: HelpDay) -> None:
    """There is a plan to look at, and it is another one than before."""
    day.state = "proposed" if day.state == "planned" else day.state
    day.plan_version += 1


def trips_of(plan: Plan) -> dict[int, int]:
    """case -> number of its escort, in the order in which they leave."""
    row = sorted(plan.trips, key=lambda trip: (trip.first, trip.ward))
    return {case: number for number, trip in enumerate(row, 1) for case in trip.cases}


def _row(session: Session, ground: Ground, number: int) -> HelpSeat:
    row = ground.seats.get(number)
    if row is None:
        row = HelpSeat(day_id=ground.day.id, request_id=number)
        session.add(row)
    return row


def place(session: Session, ground: Ground, seat: Seat, *, by_hand: bool, trip: int | None) -> HelpSeat:
    """Put a request at a lawyer's time. Raises Refused when the day has no terminal there."""
    terminal, span = ground.terminal_of(seat.lawyer, seat.time), ground.places[seat.time]
    if terminal is None:
        raise Refused("PLAN_NO_TERMINAL")
    row = _row(session, ground, seat.case)
    row.duty_id, row.terminal_id, row.starts_at, row.ends_at = ground.duties[seat.lawyer].id, terminal, span.start, span.end
    row.state, row.reason, row.by_hand, row.trip = "proposed", "", by_hand, trip
    return row


def carry(session: Session, ground: Ground, number: int, reason: str, *, by_hand: bool) -> HelpSeat:
    """Leave a request for another day, with the reason."""
    row = _row(session, ground, number)
    row.duty_id = row.terminal_id = row.starts_at = row.ends_at = row.trip = None
    row.state, row.reason, row.by_hand = "carried", reason, by_hand
    return row


def move(session: Session, who: Identity, seat_id: int, version: int, to: tuple[int, int], anyway: bool, now: datetime) -> HelpSeat:
    """Give a request another place (lawyer's id, time), which it keeps when the day is planned again. Whoever sits there changes places with it.

    anyway: the officer has seen what speaks against the matter or the language. Raises Refused with everything that stands against it, for both.
    """
    row, ground = _own(session, seat_id, version, now)
    seated = {seat.case: seat for seat in ground.seated()}
    places = wanted(ground, row, seated, to)
    refuse(obstacles(ground, places, anyway))
    for number, seat in places.items():
        if seat is None:
            carry(session, ground, number, replanning.BY_HAND, by_hand=True)
        else:
            place(session, ground, seat, by_hand=True, trip=None)
    _count_trips(session, ground, {**seated, **places}, now)
    record(session, who, "helpday.move", "help_day", ground.day.ref, now, ground.day.prison_id, request=row.request.ref, time=to[1])
    return row


def take_out(session: Session, who: Identity, seat_id: int, version: int, now: datetime) -> None:
    """Leave a request for another day, whatever is planned; until somebody puts it in again."""
    row, ground = _own(session, seat_id, version, now)
    carry(session, ground, row.request_id, replanning.BY_HAND, by_hand=True)
    _count_trips(session, ground, {seat.case: seat for seat in ground.seated() if seat.case != row.request_id}, now)
    record(session, who, "helpday.take_out", "help_day", ground.day.ref, now, ground.day.prison_id, request=row.request.ref)


def let_loose(session: Session, who: Identity, seat_id: int, version: int, now: datetime) -> None:
    """What was put by hand may be moved again by the next planning."""
    row, ground = _own(session, seat_id, version, now)
    row.by_hand = False
    changed(ground.day)
    record(session, who, "helpday.let_loose", "help_day", ground.day.ref, now, ground.day.prison_id, request=row.request.ref)


def _own(session: Session, seat_id: int, version: int, now: datetime) -> tuple[HelpSeat, Ground]:
    found = session.get(HelpSeat, seat_id)
    if found is None:
        raise NotFound
    ground = _open(session, found.day_id, version, now)
    row = ground.seats.get(found.request_id)
    if row is None or row.request_id not in ground.requests:
        raise Refused("PLAN_REQUEST_GONE")
    return row, ground


def wanted(ground: Ground, row: HelpSeat, seated: Mapping[int, Seat], to: tuple[int, int]) -> dict[int, Seat | None]:
    """Where the request goes, and whoever sits there: to the place it had, or out of the day when it had none."""
    lawyer, time = to
    if lawyer not in ground.duties or not 0 <= time < len(ground.places):
        raise Refused("PLAN_NO_PLACE")
    found: dict[int, Seat | None] = {row.request_id: Seat(row.request_id, lawyer, time)}
    there = next((seat for seat in seated.values() if (seat.lawyer, seat.time) == to and seat.case != row.request_id), None)
    if there is not None:
        before = seated.get(row.request_id)
        found[there.case] = Seat(there.case, before.lawyer, before.time) if before is not None else None
    return found


def obstacles(ground: Ground, wanted: Mapping[int, Seat | None], anyway: bool) -> list[Refusal]:
    """What stands against these seats beside all others, by name; on a published day also an answer about a conflict that is missing."""
    later = rules_plan.LATER if ground.day.state == "published" else frozenset[str]()
    others = [seat for seat in ground.seated() if seat.case not in wanted] + [seat for seat in wanted.values() if seat is not None]
    found = []
    for seat in wanted.values():
        if seat is not None:
            codes = replanning.standing(ground.facts, seat, others)
            found += [named(ground, code, seat) for code in [*rules_plan.hard(codes), *([] if anyway else rules_plan.soft(codes)), *later.intersection(codes)]]
    return found


def named(ground: Ground, code: str, seat: Seat) -> Refusal:
    """A reason with the names of those it is about."""
    request, duty = ground.requests.get(seat.case), ground.duties.get(seat.lawyer)
    return Refusal(code, {"name": request.inmate.name if request else "", "lawyer": duty.lawyer.name if duty else "", "ref": request.ref if request else ""})


def _count_trips(session: Session, ground: Ground, seated: Mapping[int, Seat | None], now: datetime) -> None:
    """The escorts after a change by hand, and the plan's next number."""
    session.flush()
    count_trips(ground, [seat for seat in seated.values() if seat is not None])
    session.flush()
    changed(ground.day)


def count_trips(ground: Ground, seats: Iterable[Seat]) -> None:
    """Number the escorts of these seats."""
    numbers = trips_of(counted(ground, seats))
    for number, row in ground.seats.items():
        if row.state in LIVING:
            row.trip = numbers.get(number)


def counted(ground: Ground, seats: Iterable[Seat]) -> Plan:
    """Seats as a plan, with their escorts and the reasons of those carried over."""
    return replanning.counted(ground.facts, list(seats), {number: row.reason for number, row in ground.seats.items() if row.state == "carried"})

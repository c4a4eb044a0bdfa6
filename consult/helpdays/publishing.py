"""A plan becomes a day: bookings, requests, slips and lawyers in one transaction; taken back before the day; planned again when a lawyer is gone."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from consult.helpdays import conflicts, planning, replanning, rules_plan, telling
from consult.helpdays.facts_plan import LIVING, Ground, gather
from consult.helpdays.models import HelpDay, HelpDuty, HelpSeat
from consult.helpdays.seating import OnDuty, Seat
from consult.requests import service as requests
from visitation.audit.service import record
from visitation.bookings import service as bookings
from visitation.bookings.service import Arrangement
from visitation.kernel.errors import Refusal, Refused, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import LOCAL, Interval
from visitation.notices.service import tell

AFTERNOON = "/lawyer/afternoon"


def publish(session: Session, who: Identity, day_id: int, version: int, now: datetime) -> HelpDay:
    """Publish the plan that was looked at. The same twice, or by two officers at once, publishes once. Raises Refused with everything that is in the way."""
    day = planning.day_for_change(session, day_id)
    planning.same_plan(day, version)
    if day.state == "published":
        return day
    refuse(rules_plan.planning_refusals(day.state, day.starts_at, now))
    ground = gather(session, day, now)
    refuse(publishing_refusals(ground))
    book(session, who, ground, ground.seated(), None, now)
    for row in ground.seats.values():
        if row.state == "carried" and row.request_id in ground.requests:
            _carry_over(session, who, row, now)
    day.state, day.published_at, day.published_by, day.changed_at = "published", now, who.account_id, now
    for duty in ground.duties.values():
        tell_lawyer(session, day, duty, "help_day_published", now, sum(row.duty_id == duty.id for row in ground.seats.values()))
    seated_now = sum(row.state == "published" for row in ground.seats.values())
    telling.wards(session, day, wards_of(ground, ("published",)), "help_ward_published", now)
    record(session, who, "helpday.publish", "help_day", day.ref, now, day.prison_id, seated=seated_now, carried=len(ground.seats) - seated_now)
    return day


def wards_of(ground: Ground, states: Collection[str]) -> set[int]:
    """Wards whose inmates have a seat in one of these states."""
    return {row.request.inmate.ward_id for row in ground.seats.values() if row.state in states}


def publishing_refusals(ground: Ground) -> list[Refusal]:
    """Everything that hinders the publication, by name: seats that no longer fit, answers about conflicts that are missing, requests without a word."""
    seats = ground.seated()
    found = [] if seats else [Refusal("PLAN_EMPTY")]
    lost = [row for row in ground.seats.values() if row.state == "proposed" and row.request_id not in {seat.case for seat in seats}]
    found += [Refusal("PLAN_SEAT_LOST", {"ref": row.request.ref}) for row in lost]
    for seat in seats:
        codes = replanning.standing(ground.facts, seat, seats)
        skipped = rules_plan.SOFT if ground.seats[seat.case].by_hand else frozenset[str]()
        found += [planning.named(ground, code, seat) for code in codes if code not in skipped and code not in rules_plan.LATER]
    silent = conflicts.undeclared_of(ground, [(seat.case, seat.lawyer) for seat in seats])
    for lawyer in sorted({lawyer for _case, lawyer in silent}):
        count = sum(other == lawyer for _case, other in silent)
        found.append(Refusal("PLAN_UNDECLARED_BY", {"lawyer": ground.duties[lawyer].lawyer.name, "count": count}))
    missing = set(ground.requests) - set(ground.seats)
    return [*found, *([Refusal("PLAN_NEW_REQUESTS", {"count": len(missing)})] if missing else [])]


def book(session: Session, who: Identity, ground: Ground, seats: Sequence[Seat], before: Mapping[int, datetime | None] | None, now: datetime) -> None:
    """A booking for each of these seats, the request seated, the inmate told by a slip; not of a time that was told `before`."""
    rows = [ground.seats[seat.case] for seat in seats]
    made = bookings.arrange_all(session, who, [_arrangement(ground, seat) for seat in seats], now)
    for row, booking in zip(rows, made, strict=True):
        row.booking_id, row.state, row.reason = booking.id, "published", ""
        if row.starts_at != (before or {}).get(row.request_id):
            seated(session, who, row, now)


def _arrangement(ground: Ground, seat: Seat) -> Arrangement:
    row, request, lawyer = ground.seats[seat.case], ground.requests[seat.case], ground.duties[seat.lawyer].lawyer
    assert row.terminal_id is not None
    assert row.starts_at is not None
    assert row.ends_at is not None
    where = (row.terminal_id, row.starts_at, row.ends_at)
    return Arrangement("legal_consult", ground.day.prison_id, request.inmate_id, *where, lawyer.account_id, lawyer.id, language=request.language)


def seated(session: Session, who: Identity, row: HelpSeat, now: datetime) -> None:
    assert row.starts_at is not None
    requests.seated(session, who, row.request, f"{row.starts_at.astimezone(LOCAL):%Y-%m-%d %H:%M}", now)


def _carry_over(session: Session, who: Identity, row: HelpSeat, now: datetime) -> None:
    """One wait for each day, however often it is planned: who had a place again meanwhile is told that it is gone, and nothing is counted."""
    reason = replanning.SLIP_REASONS.get(row.reason, row.reason)
    if row.carried_at is None:
        requests.carry(session, who, row.request, reason, now)
        row.carried_at = now
    elif row.request.state == "seated":
        requests.unseat(session, who, row.request, reason, now)


def take_back(session: Session, who: Identity, day_id: int, version: int, now: datetime) -> HelpDay:
    """Before the day: every booking is called off, the requests wait again, the plan stands to be looked at. Raises Refused."""
    day = planning.day_for_change(session, day_id)
    planning.same_plan(day, version)
    refuse(rules_plan.taking_back_refusals(day.state, day.starts_at, now))
    ground = gather(session, day, now)
    telling.wards(session, day, wards_of(ground, ("published",)), "help_ward_taken_back", now)
    for row in ground.seats.values():
        if row.state == "published":
            _free(session, who, row, "office", "cancelled_by_prison", now)
            row.state = "proposed"
    day.state, day.published_at, day.published_by, day.changed_at = "proposed", None, None, now
    day.plan_version += 1
    for duty in ground.duties.values():
        tell_lawyer(session, day, duty, "help_day_taken_back", now)
    record(session, who, "helpday.take_back", "help_day", day.ref, now, day.prison_id)
    return day


def _free(session: Session, who: Identity, row: HelpSeat, reason: str, outcome: str, now: datetime) -> None:
    """The booking of a seat falls away, and its request waits again."""
    if row.booking_id is not None:
        bookings.call_off_arranged(session, who, row.booking_id, "HELP_DAY_CHANGED", outcome, now)
    row.booking_id = None
    if row.request.state == "seated":
        requests.unseat(session, who, row.request, reason, now)


def release(session: Session, who: Identity, seat_id: int, version: int, now: datetime, taken_back: bool = False) -> HelpSeat:
    """A seat of a published day is given up before it begins: the inmate cannot come, or (taken_back) wants none any more. Raises Refused, StateChanged."""
    found = session.get_one(HelpSeat, seat_id)
    day = planning.day_for_change(session, found.day_id)
    planning.same_plan(day, version)
    row = session.get_one(HelpSeat, seat_id, with_for_update=True, populate_existing=True)
    if row.state != "published" or row.starts_at is None or row.starts_at <= now:
        raise StateChanged
    duty = row.duty
    if taken_back:
        requests.withdraw_seated(session, who, row.request, now)
    give_up(session, who, row, "cancelled_by_inmate", now)
    session.flush()
    ground = gather(session, day, now)
    planning.count_trips(ground, ground.seated())
    day.plan_version += 1
    if duty is not None:
        tell_lawyer(session, day, duty, "help_day_changed", now)
    telling.wards(session, day, {row.request.inmate.ward_id}, "help_ward_changed", now)
    record(session, who, "helpday.release", "help_day", day.ref, now, day.prison_id, request=row.request.ref)
    return row


def give_up(session: Session, who: Identity, row: HelpSeat, outcome: str, now: datetime) -> None:
    """The seat falls back to the day; its request is not offered a place of this day again."""
    _free(session, who, row, "inmate", outcome, now)
    row.state, row.reason, row.duty_id, row.terminal_id, row.starts_at, row.ends_at, row.trip = "withdrawn", "", None, None, None, None, None


def homeless(ground: Ground, now: datetime) -> list[HelpSeat]:
    """Seats of a published day whose lawyer is gone, or has declared a conflict since; those that have begun are left alone."""
    found = []
    for row in ground.seats.values():
        if row.state == "published" and row.starts_at is not None and row.starts_at > now and row.request_id in ground.requests:
            seat = ground.seat(row)
            if seat is None or seat.lawyer not in ground.duties or seat.lawyer in ground.facts.by_case[seat.case].barred:
                found.append(row)
    return found


@dataclass(frozen=True)
class Again:
    """What came of planning again: how many cases have another lawyer, how many are carried over."""

    seated: int
    carried: int


def again(session: Session, who: Identity, day_id: int, version: int, now: datetime) -> Again:
    """In one step: cases without a lawyer are given to the others where there is room, the rest carried over; nobody else is moved or told. Raises Refused."""
    day = planning.day_for_change(session, day_id)
    planning.same_plan(day, version)
    if day.state != "published":
        raise Refused("PLAN_NOT_PUBLISHED")
    ground = gather(session, day, now)
    lost = homeless(ground, now)
    if not lost:
        raise Refused("PLAN_NOTHING_TO_DO")
    numbers = {row.request_id for row in lost}
    staying = [seat for seat in ground.seated() if seat.case not in numbers]
    facts = replace(ground.facts, lawyers=tuple(left(ground, lawyer, numbers) for lawyer in ground.facts.lawyers))
    plan = replanning.again(facts, staying, {row.request_id: ground.time_of(row.starts_at) for row in lost if row.starts_at is not None})
    gone = [row.duty for row in lost if row.duty is not None]
    _rehouse(session, who, ground, [seat for seat in plan.seats if seat.case in numbers], now)
    for number, reason in plan.carried.items():
        drop(session, who, ground, number, reason, now)
    session.flush()
    planning.count_trips(ground, plan.seats)
    day.plan_version += 1
    day.changed_at = now
    helped = {seat.lawyer for seat in plan.seats if seat.case in numbers}
    for duty in [*(ground.duties[lawyer] for lawyer in sorted(helped)), *_still_serving(gone, helped)]:
        tell_lawyer(session, day, duty, "help_day_changed", now)
    telling.wards(session, day, {row.request.inmate.ward_id for row in lost}, "help_ward_changed", now)
    done = Again(len(numbers) - len(plan.carried), len(plan.carried))
    record(session, who, "helpday.plan_again", "help_day", day.ref, now, day.prison_id, seated=done.seated, carried=done.carried)
    return done


def left(ground: Ground, lawyer: OnDuty, homeless_ones: Collection[int]) -> OnDuty:
    """The places that a lawyer's other cases leave free, wherever the queue has moved these by now."""
    duty = ground.duties[lawyer.number]
    kept = [row for number, row in ground.seats.items() if row.duty_id == duty.id and row.state in LIVING and number not in homeless_ones]
    spans = [(Interval(row.starts_at, row.ends_at), row.terminal_id) for row in kept if row.starts_at is not None and row.ends_at is not None]
    return replace(lawyer, times=frozenset(time for time in lawyer.times if not any(_meets(ground, lawyer.number, time, *span) for span in spans)))


def _meets(ground: Ground, lawyer: int, time: int, span: Interval, terminal: int | None) -> bool:
    place, after = ground.places[time], ground.turnaround
    shared = ground.terminal_of(lawyer, time) == terminal and place.start < span.end + after and span.start < place.end + after
    return place.overlaps(span) or shared


def _still_serving(gone: Iterable[HelpDuty], helped: Iterable[int]) -> list[HelpDuty]:
    """Of those who lost a case, the ones who serve on and are not told anyway."""
    told = set(helped)
    return [duty for duty in {duty.id: duty for duty in gone}.values() if duty.state == "agreed" and duty.lawyer_id not in told]


def _rehouse(session: Session, who: Identity, ground: Ground, seats: Sequence[Seat], now: datetime) -> None:
    """Another lawyer's account joins, so it is another booking; the inmate's time is told only where it has changed."""
    before = {seat.case: ground.seats[seat.case].starts_at for seat in seats}
    for seat in seats:
        row = ground.seats[seat.case]
        if row.booking_id is not None:
            bookings.call_off_arranged(session, who, row.booking_id, "HELP_DAY_CHANGED", "cancelled_by_lawyer", now)
        row.booking_id = None
        planning.place(session, ground, seat, by_hand=row.by_hand, trip=None)
    session.flush()
    book(session, who, ground, seats, before, now)


def drop(session: Session, who: Identity, ground: Ground, number: int, reason: str, now: datetime, outcome: str = "cancelled_by_lawyer") -> None:
    """A seat of a published day is carried over, with a reason."""
    row = ground.seats[number]
    if row.booking_id is not None:
        bookings.call_off_arranged(session, who, row.booking_id, "HELP_DAY_CHANGED", outcome, now)
    row.booking_id = None
    planning.carry(session, ground, number, reason, by_hand=False)
    _carry_over(session, who, row, now)


def tell_lawyer(session: Session, day: HelpDay, duty: HelpDuty, kind: str, now: datetime, count: int = 0) -> None:
    tell(session, duty.lawyer.account_id, kind, {"ref": day.ref, "starts_at": day.starts_at.isoformat(), "count": count}, now, AFTERNOON)

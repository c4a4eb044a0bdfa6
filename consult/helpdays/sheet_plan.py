"""The plan's pages put together: the grid of times and lawyers, the escorts, those carried over, and what a request could have instead."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consult.helpdays import conflicts, planning, publishing, replanning, rules_plan
from consult.helpdays.conflicts import Standing
from consult.helpdays.facts_plan import Ground, gather
from consult.helpdays.models import HelpDay, HelpDuty, HelpSeat
from consult.helpdays.offers import Offer, offers
from consult.helpdays.seating import Plan, Seat
from visitation.kernel.errors import Refusal
from visitation.kernel.interval import Interval


@dataclass(frozen=True)
class Cell:
    """A lawyer's time. row: who sits there; free: the lawyer and the terminal are there; marks: what stands against it."""

    duty: HelpDuty
    time: int
    free: bool
    row: HelpSeat | None = None
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trip:
    """One escort. rows: the seats it brings, by time."""

    number: int
    ward: str
    first: datetime
    rows: tuple[HelpSeat, ...]


@dataclass(frozen=True)
class Sheet:
    """A day's plan as the office sees it.

    hindering: what is in the way of the publication; homeless: published seats without a lawyer; offers: free places for those who wait.
    """

    ground: Ground
    duties: tuple[HelpDuty, ...]
    rows: tuple[tuple[Interval, tuple[Cell, ...]], ...]
    carried: tuple[HelpSeat, ...]
    trips: tuple[Trip, ...]
    plan: Plan
    places: int
    fresh: int
    standings: tuple[Standing, ...]
    hindering: tuple[Refusal, ...]
    homeless: tuple[HelpSeat, ...]
    offers: tuple[Offer, ...]

    @property
    def day(self) -> HelpDay:
        return self.ground.day

    @property
    def can_plan(self) -> bool:
        return self.day.state in rules_plan.PLANNED

    @property
    def open_answers(self) -> int:
        return sum(one.open for one in self.standings)


def sheet(session: Session, day: HelpDay, now: datetime) -> Sheet:
    ground = gather(session, day, now)
    seats = ground.seated()
    plan = planning.counted(ground, seats)
    duties = tuple(sorted(ground.duties.values(), key=lambda duty: duty.place))
    at = {(seat.lawyer, seat.time): seat for seat in seats}
    rows = tuple((span, tuple(_cell(ground, duty, time, at, seats) for duty in duties)) for time, span in enumerate(ground.places))
    carried = [row for number, row in ground.seats.items() if row.state == "carried" and number in ground.requests]
    published = day.state == "published"
    lost = publishing.homeless(ground, now) if published else []
    hindering = () if published or not ground.seats else tuple(publishing.publishing_refusals(ground))
    return Sheet(
        ground,
        duties,
        rows,
        tuple(sorted(carried, key=lambda row: (-row.request.urgency, -row.request.waited, row.request_id))),
        _trips(ground, plan),
        plan,
        sum(len(lawyer.times) for lawyer in ground.facts.lawyers),
        len(set(ground.requests) - set(ground.seats)),
        tuple(conflicts.standings(ground)),
        hindering,
        tuple(lost),
        tuple(offers(ground, now)) if published and ground.duties else (),
    )


def _cell(ground: Ground, duty: HelpDuty, time: int, at: dict[tuple[int, int], Seat], seats: list[Seat]) -> Cell:
    seat = at.get((duty.lawyer_id, time))
    free = time in ground.facts.by_lawyer[duty.lawyer_id].times
    if seat is None:
        return Cell(duty, time, free)
    marks = replanning.standing(ground.facts, seat, seats)
    settled = (rules_plan.NOT_ON_DUTY, rules_plan.UNDECLARED) if ground.day.state == "published" else ()
    return Cell(duty, time, free, ground.seats[seat.case], tuple(mark for mark in marks if mark not in settled))


def _trips(ground: Ground, plan: Plan) -> tuple[Trip, ...]:
    """The escorts in the order in which they leave."""
    numbers = planning.trips_of(plan)
    found = []
    for trip in plan.trips:
        rows = tuple(ground.seats[case] for case in trip.cases)
        found.append(Trip(numbers[trip.cases[0]], rows[0].request.inmate.ward.name, ground.places[trip.first].start, rows))
    return tuple(sorted(found, key=lambda trip: trip.number))


@dataclass(frozen=True)
class Option:
    """A place that a request could have. other: who sits there and would change with it; mine, theirs: what stands against either.

    strict: the day is published, so that an answer about a conflict may not be missing.
    """

    duty: HelpDuty
    time: int
    here: bool
    other: HelpSeat | None
    mine: tuple[str, ...]
    theirs: tuple[str, ...]
    strict: bool

    @property
    def value(self) -> str:
        return f"{self.duty.lawyer_id}-{self.time}"

    @property
    def possible(self) -> bool:
        marks = (*self.mine, *self.theirs)
        return not self.here and not rules_plan.hard(marks) and not (self.strict and rules_plan.LATER.intersection(marks))


@dataclass(frozen=True)
class SeatSheet:
    """A request of the day with every place it could have."""

    ground: Ground
    row: HelpSeat
    duties: tuple[HelpDuty, ...]
    rows: tuple[tuple[Interval, tuple[Option, ...]], ...]


def seat_sheet(session: Session, row: HelpSeat, now: datetime) -> SeatSheet:
    """Every place of the day, with what stands against it for this request, and for whoever would change places."""
    ground = gather(session, row.day, now)
    duties = tuple(sorted(ground.duties.values(), key=lambda duty: duty.place))
    seated = {seat.case: seat for seat in ground.seated()}
    own = seated.get(row.request_id)
    known = row.request_id in ground.requests
    rows = tuple((span, tuple(_option(ground, seated, own, row, duty, time) for duty in duties if known)) for time, span in enumerate(ground.places))
    return SeatSheet(ground, row, duties, rows)


def _option(ground: Ground, seated: dict[int, Seat], own: Seat | None, row: HelpSeat, duty: HelpDuty, time: int) -> Option:
    lawyer = duty.lawyer_id
    here = own is not None and (own.lawyer, own.time) == (lawyer, time)
    there = next((seat for seat in seated.values() if (seat.lawyer, seat.time) == (lawyer, time) and seat.case != row.request_id), None)
    wanted = Seat(row.request_id, lawyer, time)
    back = Seat(there.case, own.lawyer, own.time) if there is not None and own is not None else None
    others = [seat for seat in seated.values() if seat.case not in (row.request_id, there.case if there else None)]
    others += [seat for seat in (wanted, back) if seat is not None]
    theirs = replanning.standing(ground.facts, back, others) if back is not None else ()
    other = ground.seats[there.case] if there is not None else None
    return Option(duty, time, here, other, replanning.standing(ground.facts, wanted, others), theirs, ground.day.state == "published")

"""Who is offered a place that is free on a published day: the most urgent and longest waiting who fits it wholly. Facts in, offers out, as in allocation.py."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from consult.helpdays.allocation import rank
from consult.helpdays.replanning import DayFacts, counted, standing
from consult.helpdays.seating import Case, Seat

Free = Sequence[tuple[int, int]]
"""Places: a lawyer's number and a time."""


@dataclass(frozen=True)
class Fit:
    """A request at a free place. trips: how many escorts the day has with it; more: how many of them only for it."""

    seat: Seat
    trips: int
    more: int


def fitting(facts: DayFacts, staying: Sequence[Seat], free: Free, cases: Sequence[Case]) -> Iterator[tuple[Case, list[Seat]]]:
    """By rank, every request against which nothing stands at one of the places: matter, language, a conflict declared none, ward and inmate there."""
    for case in rank(cases):
        seats = [seat for lawyer, time in free if not standing(facts, seat := Seat(case.number, lawyer, time), staying)]
        if seats:
            yield case, seats


def best(facts: DayFacts, staying: Sequence[Seat], free: Free, cases: Sequence[Case], most: int) -> list[Fit]:
    """Up to `most` places and who is offered each: by urgency, then who comes with an escort that goes anyway, then by rank; each at the cheapest place."""
    found: list[Fit] = []
    while len(found) < most:
        seats = [*staying, *(fit.seat for fit in found)]
        taken = {(fit.seat.lawyer, fit.seat.time) for fit in found}
        left = [place for place in free if place not in taken]
        waiting = [case for case in cases if case.number not in {fit.seat.case for fit in found}]
        before = len(counted(facts, seats, {}).trips)
        offered = [(case, _cheapest(facts, seats, row, before)) for case, row in fitting(facts, seats, left, waiting)]
        if not offered:
            break
        found.append(min(offered, key=lambda one: (-one[0].urgency, one[1].more))[1])
    return found


def _cheapest(facts: DayFacts, seats: Sequence[Seat], places: Sequence[Seat], before: int) -> Fit:
    fits = [Fit(seat, trips := len(counted(facts, [*seats, seat], {}).trips), trips - before) for seat in places]
    return min(fits, key=lambda fit: (fit.trips, fit.seat.time, fit.seat.lawyer))

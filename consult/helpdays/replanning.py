"""A day's plan around what an officer has put by hand, and planned again when a lawyer has dropped out. Facts in, a plan out, as in allocation.py."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from scipy.optimize import linear_sum_assignment

from consult.helpdays import rules_plan, seating
from consult.helpdays.allocation import FAR, allocate
from consult.helpdays.seating import Case, Escort, OnDuty, Plan, Seat, every_place, fewest_trips, possible, trips

BY_HAND = "BY_HAND"
NOT_DECLARED = "NOT_DECLARED"
"""More reasons to be carried over. NOT_DECLARED: the lawyers who could take it have not said whether there is a conflict."""
SLIP_REASONS = {
    seating.NO_PLACE: "full",
    seating.NO_LAWYER_FOR_LANGUAGE: "language",
    seating.NO_LAWYER_FOR_MATTER: "matter",
    seating.LAWYER_CONFLICT: "conflict",
    NOT_DECLARED: "conflict",
    seating.NOT_AVAILABLE_THEN: "ward",
    seating.KEPT_APART: "ward",
    seating.ONE_A_DAY: "one",
    BY_HAND: "office",
}
"""What the inmate's slip says (consult.requests.words.CARRIED). It names no other person: who is kept apart from whom is a protection."""


@dataclass(frozen=True)
class DayFacts:
    """A day as its plan sees it.

    absent: case -> time -> why the inmate cannot come then. apart_today: cases whose inmate must be kept apart from somebody who is there for something else.
    undeclared: case -> lawyers who have not answered whether there is a conflict.
    """

    times: int
    cases: tuple[Case, ...]
    lawyers: tuple[OnDuty, ...]
    escort: Escort
    absent: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    apart_today: frozenset[int] = frozenset()
    undeclared: Mapping[int, frozenset[int]] = field(default_factory=dict)

    @cached_property
    def by_case(self) -> Mapping[int, Case]:
        return {case.number: case for case in self.cases}

    @cached_property
    def by_lawyer(self) -> Mapping[int, OnDuty]:
        return {lawyer.number: lawyer for lawyer in self.lawyers}


def propose(facts: DayFacts, kept: Sequence[Seat] = (), left_out: Collection[int] = ()) -> Plan:
    """The best plan in which `kept` stay where they are and `left_out` stay out, as an officer has decided."""
    carried, rest = _sorted_out(facts, facts.cases, kept, left_out)
    plan = allocate(rest, _free(facts.lawyers, kept), facts.escort)
    return counted(facts, [*kept, *plan.seats], {**carried, **{number: _said(facts, number, reason) for number, reason in plan.carried.items()}})


def again(facts: DayFacts, staying: Sequence[Seat], homeless: Mapping[int, int]) -> Plan:
    """Requests whose lawyer is gone, seated with the others where there is room: `staying` are not touched, and each time stays as near as can be.

    homeless: case -> the time it had. Only lawyers who have declared that there is no conflict are given one, so that the plan can be published as it is.
    """
    unanswered = {number: facts.undeclared.get(number, frozenset()) for number in homeless}
    cases = [replace(case, barred=case.barred | unanswered[case.number]) for case in facts.cases if case.number in homeless]
    carried, rest = _sorted_out(facts, cases, staying, ())
    free = _free(facts.lawyers, staying)
    plan = allocate(rest, free, facts.escort)
    seated = [case for case in rest if case.number not in plan.carried]
    reasons = {number: _said(facts, number, reason, unanswered[number]) for number, reason in plan.carried.items()}
    return counted(facts, [*staying, *_nearest(seated, free, homeless)], {**carried, **reasons})


def _sorted_out(facts: DayFacts, cases: Sequence[Case], kept: Sequence[Seat], left_out: Collection[int]) -> tuple[dict[int, str], list[Case]]:
    """Those who cannot be seated beside `kept` whatever the places, with the reason; and the rest."""
    fixed = {seat.case for seat in kept}
    here = {case.inmate for case in facts.cases if case.number in fixed}
    carried, rest = {}, []
    for case in cases:
        if case.number in fixed:
            continue
        if case.number in left_out:
            carried[case.number] = BY_HAND
        elif case.inmate in here:
            carried[case.number] = seating.ONE_A_DAY
        elif case.apart & here or case.number in facts.apart_today:
            carried[case.number] = seating.KEPT_APART
        else:
            rest.append(case)
    return carried, rest


def _free(lawyers: Sequence[OnDuty], kept: Sequence[Seat]) -> list[OnDuty]:
    taken = {(seat.lawyer, seat.time) for seat in kept}
    return [replace(one, times=frozenset(time for time in one.times if (one.number, time) not in taken)) for one in lawyers]


def _nearest(cases: Sequence[Case], lawyers: Sequence[OnDuty], wanted: Mapping[int, int]) -> list[Seat]:
    """The same requests at the places nearest to the times they had."""
    places = every_place(lawyers)
    if not cases or not places:
        return []
    times = np.array([[time for _lawyer, time in places]], dtype=float)
    had = np.array([[wanted[case.number]] for case in cases])
    rows, columns = linear_sum_assignment(np.where(possible(cases, places) > 0, (times - had) ** 2, FAR**2))
    return [Seat(cases[row].number, places[column][0].number, places[column][1]) for row, column in zip(rows, columns, strict=True)]


def _said(facts: DayFacts, number: int, reason: str, unanswered: frozenset[int] = frozenset()) -> str:
    """A place that somebody keeps is no obstacle of the case's own, and an answer that is missing is something else than a conflict."""
    case = facts.by_case[number]
    could = [one for one in facts.lawyers if one.takes(case) and any(case.may_come(time) for time in one.times)]
    if reason == seating.LAWYER_CONFLICT and any(one.number in unanswered for one in could):
        return NOT_DECLARED
    return seating.NO_PLACE if reason == seating.NOT_AVAILABLE_THEN and any(one.number not in unanswered for one in could) else reason


def counted(facts: DayFacts, seats: Sequence[Seat], carried: Mapping[int, str]) -> Plan:
    """These seats as a plan, with their escorts."""
    row = tuple(sorted(seats, key=lambda seat: (seat.time, seat.lawyer)))
    seated = [facts.by_case[seat.case] for seat in row]
    return Plan(row, carried, trips(row, facts.by_case, facts.escort), fewest_trips(seated, facts.escort))


def standing(facts: DayFacts, seat: Seat, others: Sequence[Seat]) -> tuple[str, ...]:
    """What stands against a seat beside the other seats of the day."""
    case, lawyer = facts.by_case.get(seat.case), facts.by_lawyer.get(seat.lawyer)
    if case is None or lawyer is None:
        return (rules_plan.NOT_ON_DUTY if lawyer is None else rules_plan.AWAY,)
    here = {other.inmate for one in others if one.case != seat.case and (other := facts.by_case.get(one.case)) is not None}
    return rules_plan.obstacles(
        rules_plan.Place(
            knows=lawyer.knows(case),
            speaks=case.language in lawyer.languages,
            conflict=True if lawyer.number in case.barred else None if lawyer.number in facts.undeclared.get(case.number, ()) else False,
            on_duty=seat.time in lawyer.times,
            absent=facts.absent.get(case.number, {}).get(seat.time, ""),
            apart=bool(case.apart & here) or case.number in facts.apart_today,
            twice=case.inmate in here,
        )
    )

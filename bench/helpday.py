"""A day of legal help as large as a province: 5,000 requests over 200 lawyers, planned at once; how long it takes, and how far from the best it can be."""

import time
from random import Random

import numpy as np
from scipy.optimize import linear_sum_assignment

from bench.figures import against, figure
from consult.helpdays.allocation import allocate, worth
from consult.helpdays.seating import Case, Escort, OnDuty, Plan, possible
from consult.matters import MATTERS

REQUESTS, LAWYERS, TIMES, WARDS = 5000, 200, 7, 300
GOAL_CPU = 10.0
"""Seconds of one processor (issue D)."""
ESCORT = Escort(most=6, span=3)
LANGUAGES = (("zh", 94), ("ug", 4), ("bo", 2))


def world(seed: int = 5) -> tuple[list[Case], list[OnDuty]]:
    """Requests and lawyers with a mixture of matters, languages, conflicts, times and inmates kept apart; the same for the same seed."""
    chance = Random(seed)
    matters, names, weights = list(MATTERS), [name for name, _ in LANGUAGES], [weight for _, weight in LANGUAGES]
    lawyers = [
        OnDuty(
            number,
            frozenset(chance.sample(matters, 4)) if number % 2 else frozenset(),
            frozenset({"zh", *([names[1]] if number % 10 == 0 else []), *([names[2]] if number % 25 == 0 else [])}),
            frozenset(range(TIMES)),
        )
        for number in range(LAWYERS)
    ]
    apart: dict[int, int] = {}
    for _pair in range(20):
        one, other = chance.sample(range(REQUESTS), 2)
        apart |= {one: other, other: one}
    cases = [
        Case(
            number,
            chance.randrange(WARDS),
            number if chance.random() < 0.97 else chance.randrange(REQUESTS),
            chance.choice(matters),
            chance.choices(names, weights)[0],
            chance.choices(range(4), (60, 25, 10, 5))[0],
            chance.choices(range(4), (60, 25, 10, 5))[0],
            number,
            frozenset(chance.sample(range(LAWYERS), 2)) if chance.random() < 0.1 else frozenset(),
            frozenset(range(chance.randrange(3), TIMES)) if chance.random() < 0.2 else None,
            frozenset({apart[number]}) if number in apart else frozenset(),
        )
        for number in range(REQUESTS)
    ]
    return cases, lawyers


def bound(cases: list[Case], lawyers: list[OnDuty]) -> float:
    """What no plan can exceed: the best assignment of all at once, when nobody is kept apart and an inmate may come twice."""
    values, places = worth(cases), [(lawyer, time) for lawyer in lawyers for time in sorted(lawyer.times)]
    gain = possible(cases, places) * np.array([[values[case.number]] for case in cases])
    return float(gain[linear_sum_assignment(gain, maximize=True)].sum())


def run() -> None:
    cases, lawyers = world()
    begin = time.process_time()
    plan = allocate(cases, lawyers, ESCORT)
    used = time.process_time() - begin
    against("helpday.allocate_cpu", used, "s", GOAL_CPU, "goal")
    figure("helpday.requests", REQUESTS, "requests")
    figure("helpday.places", LAWYERS * TIMES, "places")
    _quality(plan, cases, lawyers)


def _quality(plan: Plan, cases: list[Case], lawyers: list[OnDuty]) -> None:
    figure("helpday.seated", len(plan.seats), "requests", "places", len(plan.seats) / (LAWYERS * TIMES))
    values = worth(cases)
    best = bound(cases, lawyers)
    figure("helpday.optimality_gap", 100 * (best - sum(values[seat.case] for seat in plan.seats)) / best, "%", "bound of the relaxation")
    against("helpday.trips_above_bound", 100 * plan.trip_gap, "%", 10, "goal")

"""A legal-help day planned: who is seen by which lawyer, when, and with how few escorted trips. Facts in, a plan out; nothing here reads or writes.

Two exact steps. The first seats as many urgent, long-waiting and fairly spread requests as there are places: an assignment problem, solved to its optimum.
The second keeps every request with a lawyer who can take it and moves them in time, so that the inmates of a ward come together: again an assignment, repeated
with the ward's times moved to where most of it already is, until no trip is saved any more. The trips are counted exactly.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

from consult.helpdays import seating
from consult.helpdays.seating import Case, Escort, OnDuty, Plan, Seat, every_place, fewest_trips, possible, trips

LEVELS = 4  # of urgency: 0 to 3
MOST_WAITED = 60  # weeks that still make a difference
ROUNDS = 8  # of moving in time: no plan tried needed more than five
FAR = 1000.0


def allocate(cases: Sequence[Case], lawyers: Sequence[OnDuty], escort: Escort) -> Plan:
    """The best plan of a day. Deterministic: the same facts give the same plan."""
    carried: dict[int, str] = _second_of_one_inmate(cases)
    standing = [case for case in cases if case.number not in carried]
    while True:
        chosen = _choose(standing, lawyers)
        losers = _kept_apart([case for case in standing if case.number in chosen])
        if not losers:
            break
        carried |= dict.fromkeys(losers, seating.KEPT_APART)
        standing = [case for case in standing if case.number not in losers]
    seated = [case for case in standing if case.number in chosen]
    carried |= {case.number: _reason(case, lawyers) for case in standing if case.number not in chosen}
    seats = _in_time(seated, lawyers, chosen, escort)
    return Plan(seats, carried, trips(seats, {case.number: case for case in seated}, escort), fewest_trips(seated, escort))


def rank(cases: Iterable[Case]) -> list[Case]:
    """By urgency, then time waited, then in turns between the wards (each ward's first before any ward's second), then by receipt."""
    turns: Counter[tuple[int, int, int]] = Counter()
    found = []
    for case in sorted(cases, key=lambda one: (-one.urgency, -one.waited, one.order)):
        group = (case.urgency, min(case.waited, MOST_WAITED), case.ward)
        found.append((-case.urgency, -min(case.waited, MOST_WAITED), turns[group], case.order, case))
        turns[group] += 1
    return [row[-1] for row in sorted(found, key=lambda row: row[:-1])]


def _second_of_one_inmate(cases: Iterable[Case]) -> dict[int, str]:
    seen: set[int] = set()
    carried = {}
    for case in rank(cases):
        if case.inmate in seen:
            carried[case.number] = seating.ONE_A_DAY
        seen.add(case.inmate)
    return carried


def _kept_apart(seated: Iterable[Case]) -> set[int]:
    """The later of every two seated inmates who must not share the waiting space."""
    here: set[int] = set()
    losers = set()
    for case in rank(seated):
        if case.apart & here:
            losers.add(case.number)
        else:
            here.add(case.inmate)
    return losers


def worth(cases: Sequence[Case]) -> dict[int, float]:
    """What seating each request is worth: one place more always counts more than who gets it, then urgency and waiting, then the place in the row."""
    order = {case.number: place for place, case in enumerate(rank(cases))}
    most = len(cases) + 1.0
    levels = {case.number: case.urgency * (MOST_WAITED + 1) + min(case.waited, MOST_WAITED) for case in cases}
    whole = (LEVELS * (MOST_WAITED + 1) + 2.0) * most
    return {case.number: whole + levels[case.number] * most + (most - order[case.number]) for case in cases}


def _choose(cases: Sequence[Case], lawyers: Sequence[OnDuty]) -> dict[int, tuple[int, int]]:
    """case -> (lawyer, time): an assignment of the greatest worth.

    A request is worth the same at every place, so those that can be seated together form a matroid, and the best of them are found among the first of the
    rank as soon as these alone fill as many places as all together could: nobody after them can be added, and whoever stood aside was worth more.
    """
    places = every_place(lawyers)
    if not cases or not places:
        return {}
    row, values = rank(cases), worth(cases)
    allowed = possible(row, places)
    most = int(np.count_nonzero(maximum_bipartite_matching(csr_matrix(allowed), perm_type="column") >= 0))
    size = len(places)
    while True:
        gain = allowed[:size] * np.array([[values[case.number]] for case in row[:size]])
        rows, columns = linear_sum_assignment(gain, maximize=True)
        seated = [(row[number].number, places[column]) for number, column in zip(rows, columns, strict=True) if gain[number, column] > 0]
        if len(seated) == most or size >= len(row):
            return {number: (lawyer.number, time) for number, (lawyer, time) in seated}
        size *= 2


def _reason(case: Case, lawyers: Sequence[OnDuty]) -> str:
    """Why this request could not be seated, from the hardest obstacle to the softest."""
    knowing = [lawyer for lawyer in lawyers if lawyer.knows(case)]
    speaking = [lawyer for lawyer in knowing if case.language in lawyer.languages]
    free = [lawyer for lawyer in speaking if lawyer.number not in case.barred]
    if not free:
        return seating.LAWYER_CONFLICT if speaking else seating.NO_LAWYER_FOR_LANGUAGE if knowing else seating.NO_LAWYER_FOR_MATTER
    return seating.NO_PLACE if any(case.may_come(time) for lawyer in free for time in lawyer.times) else seating.NOT_AVAILABLE_THEN


def _in_time(cases: Sequence[Case], lawyers: Sequence[OnDuty], chosen: Mapping[int, tuple[int, int]], escort: Escort) -> tuple[Seat, ...]:
    """The same requests at other places, so that wards come together."""
    best = tuple(Seat(case.number, *chosen[case.number]) for case in cases)
    if not cases:
        return best
    by_number = {case.number: case for case in cases}
    places = every_place(lawyers)
    allowed = possible(cases, places)
    wanted = _first_times(cases, places)
    for _round in range(ROUNDS):
        moved = _moved(cases, places, allowed, wanted)
        if best and len(trips(moved, by_number, escort)) >= len(trips(best, by_number, escort)) and _round:
            break
        best = min(best, moved, key=lambda seats: len(trips(seats, by_number, escort)))
        wanted = _middles(moved, by_number)
    return tuple(sorted(best, key=lambda seat: (seat.time, seat.lawyer)))


def _first_times(cases: Sequence[Case], places: Sequence[tuple[OnDuty, int]]) -> dict[int, float]:
    """Where each ward would sit if the wards came one after the other."""
    times = sorted(time for _lawyer, time in places)
    counts = Counter(case.ward for case in cases)
    found, taken = {}, 0
    for ward, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        row = times[min(taken, len(times) - 1) : taken + count] or times[-1:]
        found[ward], taken = sum(row) / len(row), taken + count
    return found


def _moved(cases: Sequence[Case], places: Sequence[tuple[OnDuty, int]], allowed: np.ndarray, wanted: Mapping[int, float]) -> tuple[Seat, ...]:
    times = np.array([[time for _lawyer, time in places]], dtype=float)
    middle = np.array([[wanted[case.ward]] for case in cases])
    cost = np.where(allowed > 0, (times - middle) ** 2, FAR**2)
    rows, columns = linear_sum_assignment(cost)
    return tuple(Seat(cases[row].number, places[column][0].number, places[column][1]) for row, column in zip(rows, columns, strict=True))


def _middles(seats: Iterable[Seat], cases: Mapping[int, Case]) -> dict[int, float]:
    times: defaultdict[int, list[int]] = defaultdict(list)
    for seat in seats:
        times[cases[seat.case].ward].append(seat.time)
    return {ward: float(np.median(found)) for ward, found in times.items()}

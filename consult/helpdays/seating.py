"""What the plan of a legal-help day is made of: cases, lawyers, seats and escorts, who could sit where, and how often a ward must come. Pure.

Made by allocation.py and, around what stands already, by replanning.py.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

NO_LAWYER_FOR_MATTER = "NO_LAWYER_FOR_MATTER"
NO_LAWYER_FOR_LANGUAGE = "NO_LAWYER_FOR_LANGUAGE"
LAWYER_CONFLICT = "LAWYER_CONFLICT"
NOT_AVAILABLE_THEN = "NOT_AVAILABLE_THEN"
KEPT_APART = "KEPT_APART"
ONE_A_DAY = "ONE_A_DAY"
NO_PLACE = "NO_PLACE"
"""Why a request is carried over. NO_PLACE: everybody seated was more urgent, had waited longer, or came from a ward that had fewer places."""


@dataclass(frozen=True)
class Case:
    """A request as the allocation sees it.

    urgency: 0 (can wait) to 3 (a time limit runs out before the next day). waited: how often it was carried over. order: position by receipt. barred: lawyers
    who declared a conflict. times: the places of the day at which this inmate can come (None: all). apart: inmates who must not wait on the same day.
    """

    number: int
    ward: int
    inmate: int
    matter: str
    language: str
    urgency: int
    waited: int
    order: int
    barred: frozenset[int] = frozenset()
    times: frozenset[int] | None = None
    apart: frozenset[int] = frozenset()

    def may_come(self, time: int) -> bool:
        return self.times is None or time in self.times


@dataclass(frozen=True)
class OnDuty:
    """A lawyer of the day: what they advise on (empty: everything), in which languages, and at which of the day's times (0, 1, 2, ...)."""

    number: int
    matters: frozenset[str]
    languages: frozenset[str]
    times: frozenset[int]

    def takes(self, case: Case) -> bool:
        return self.knows(case) and case.language in self.languages and self.number not in case.barred

    def knows(self, case: Case) -> bool:
        return not self.matters or case.matter in self.matters


@dataclass(frozen=True)
class Seat:
    """A request, its lawyer and its time."""

    case: int
    lawyer: int
    time: int


@dataclass(frozen=True)
class Trip:
    """One escort: inmates of one ward who are brought together."""

    ward: int
    first: int
    cases: tuple[int, ...]


@dataclass(frozen=True)
class Escort:
    """How many inmates one escort brings, and over how many times of the day they may be spread (policy rows)."""

    most: int
    span: int


@dataclass(frozen=True)
class Plan:
    """seats by time; carried: case -> reason; fewest: no plan that seats these inmates can have fewer trips."""

    seats: tuple[Seat, ...]
    carried: Mapping[int, str] = field(default_factory=dict)
    trips: tuple[Trip, ...] = ()
    fewest: int = 0

    @property
    def trip_gap(self) -> float:
        """How far the trips lie above the lower bound, as a share of it."""
        return (len(self.trips) - self.fewest) / self.fewest if self.fewest else 0.0


def every_place(lawyers: Iterable[OnDuty]) -> list[tuple[OnDuty, int]]:
    """Every lawyer at every time."""
    return [(lawyer, time) for lawyer in lawyers for time in sorted(lawyer.times)]


def possible(cases: Sequence[Case], places: Sequence[tuple[OnDuty, int]]) -> np.ndarray:
    """Which request could have which place, as a table of 0 and 1. Asked once for each pair of kinds, since many requests and places are alike."""
    alike: dict[tuple[object, ...], list[bool]] = {}
    table = np.zeros((len(cases), len(places)))
    for row, case in enumerate(cases):
        kind = (case.matter, case.language, case.barred, case.times)
        if kind not in alike:
            takes = {lawyer: lawyer.takes(case) for lawyer in dict.fromkeys(lawyer for lawyer, _time in places)}
            alike[kind] = [takes[lawyer] and case.may_come(time) for lawyer, time in places]
        table[row] = alike[kind]
    return table


def trips(seats: Iterable[Seat], cases: Mapping[int, Case], escort: Escort) -> tuple[Trip, ...]:
    """The fewest trips for these times: each begins with the earliest inmate of a ward not yet brought and takes the next ones, as many as it may."""
    wards: defaultdict[int, list[Seat]] = defaultdict(list)
    for seat in sorted(seats, key=lambda one: (one.time, one.case)):
        wards[cases[seat.case].ward].append(seat)
    found = []
    for ward, row in sorted(wards.items()):
        while row:
            group = [seat for seat in row[: escort.most] if seat.time < row[0].time + escort.span]
            found.append(Trip(ward, row[0].time, tuple(seat.case for seat in group)))
            row = row[len(group) :]
    return tuple(found)


def fewest_trips(cases: Iterable[Case], escort: Escort) -> int:
    """A lower bound: each ward needs at least its inmates divided by what an escort may bring."""
    return sum(-(-count // escort.most) for count in Counter(case.ward for case in cases).values())

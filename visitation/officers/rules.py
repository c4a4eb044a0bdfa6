"""Who can watch which visit, and a plan of a day: covered as far as possible, fair, with breaks. Pure.

Sources: rules.md §5.24 (one check-in per officer in five minutes), §1 (language routes a visit to an officer who speaks it, and never cuts it),
§5.15 (an officer watches as many sessions at once as the roster's lanes say). The numbers are policies.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from typing import Protocol

from visitation.kernel.errors import Refusal
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import Interval

CHIEFS = (Role.DUTY_CHIEF,)
READERS = (Role.DUTY_CHIEF, Role.OFFICER)
AHEAD = timedelta(days=14)
"""How far ahead visits get their officers, once a roster is there."""
SETTABLE = frozenset({"OFFICER_CHECK_IN_CLOSE", "OFFICER_NO_BREAK", "OFFICER_LANGUAGE"})
"""What a duty chief may set aside with a reason. Nobody watches more sessions than their lanes, or off duty."""
NO_MATTER = "OFFICER_LANGUAGE"
"""A plan prefers who speaks the language; that nobody does is shown, and leaves no visit without an officer."""
DEPTH = 3
"""How many visits a plan moves to make room for one."""
TRIES = 6_000
"""After so many attempts to make room on one day the day is simply too full: a plan is there within about half a second of computing."""


class OfAPrison(Protocol):
    @property
    def prison_id(self) -> int | None: ...


def is_of_my_prison(who: Identity, thing: OfAPrison) -> bool:
    """Of the person's own prison; who belongs to none sees all."""
    return who.prison_id is None or thing.prison_id == who.prison_id


@dataclass(frozen=True)
class Shift:
    """A time on duty, and how many visits may be watched at once in it."""

    interval: Interval
    lanes: int


@dataclass(frozen=True)
class Officer:
    """shifts: what the roster says, without the times of an absence. spoken: languages this officer can follow."""

    account_id: int
    shifts: tuple[Shift, ...]
    spoken: frozenset[str] = frozenset({"zh"})

    @property
    def minutes(self) -> float:
        """Minutes on duty, counted once for each lane: what an officer's share of the day's visits is measured by."""
        return sum((shift.interval.end - shift.interval.start).total_seconds() / 60 * shift.lanes for shift in self.shifts)


@dataclass(frozen=True)
class Visit:
    booking_id: int
    interval: Interval
    language: str = "zh"

    @property
    def minutes(self) -> float:
        return (self.interval.end - self.interval.start).total_seconds() / 60


@dataclass(frozen=True)
class Limits:
    """gap: between two check-ins of one officer; stretch: longest time without a break; rest: how long a break is at least."""

    gap: timedelta = timedelta(minutes=5)
    stretch: timedelta = timedelta(minutes=120)
    rest: timedelta = timedelta(minutes=10)


def problems(visit: Visit, officer: Officer, held: Iterable[Visit], limits: Limits) -> list[Refusal]:
    """Every reason why this officer should not get this visit beside those they hold."""
    others = [other for other in held if other.booking_id != visit.booking_id]
    shift = next((shift for shift in officer.shifts if shift.interval.start <= visit.interval.start and visit.interval.end <= shift.interval.end), None)
    found = []
    if shift is None:
        found.append(Refusal("OFFICER_NOT_ON_DUTY"))
    elif busiest(visit, others) >= shift.lanes:
        found.append(Refusal("OFFICER_LANES_FULL", {"lanes": shift.lanes}))
    if any(abs(other.interval.start - visit.interval.start) < limits.gap for other in others):
        found.append(Refusal("OFFICER_CHECK_IN_CLOSE", {"minutes": _minutes(limits.gap)}))
    if longest_stretch([*others, visit], visit, limits.rest) > limits.stretch:
        found.append(Refusal("OFFICER_NO_BREAK", {"minutes": _minutes(limits.stretch), "rest": _minutes(limits.rest)}))
    return found + ([] if visit.language in officer.spoken else [Refusal(NO_MATTER)])


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds()) // 60


def busiest(visit: Visit, others: Iterable[Visit]) -> int:
    """How many of the others go on at once, at the worst moment of this visit."""
    near = [other.interval for other in others if other.interval.overlaps(visit.interval)]
    moments = [visit.interval.start, *(one.start for one in near if visit.interval.covers(one.start))]
    return max(sum(one.covers(moment) for one in near) for moment in moments)


def longest_stretch(visits: Iterable[Visit], around: Visit, rest: timedelta) -> timedelta:
    """The time without a break of `rest` in which a visit lies."""
    start, end = around.interval.start, around.interval.end
    grown = True
    spans = [visit.interval for visit in visits]
    while grown:
        near = [span for span in spans if span.start < end + rest and start < span.end + rest]
        first, last = min(span.start for span in near), max(span.end for span in near)
        grown = (first, last) != (start, end)
        start, end = first, last
    return end - start


def is_set_aside(found: Iterable[Refusal], reason: str) -> bool:
    """Whether a duty chief's decision with this reason stands in spite of what was found."""
    codes = {refusal.code for refusal in found}
    return not codes or (codes <= SETTABLE and bool(reason.strip()))


# -- a plan


@dataclass
class Plan:
    """booking -> officer; what nobody can watch; what nobody with its language watches."""

    assigned: dict[int, int] = field(default_factory=dict)
    uncovered: list[int] = field(default_factory=list)
    unspoken: list[int] = field(default_factory=list)


def plan(visits: Sequence[Visit], officers: Sequence[Officer], limits: Limits, kept: Mapping[int, int] | None = None) -> Plan:
    """Give every visit an officer, if at all possible. kept: decided already, and not moved. The same facts give the same plan."""
    return _Planner(visits, officers, limits, kept or {}).run()


class _Planner:
    def __init__(self, visits: Sequence[Visit], officers: Sequence[Officer], limits: Limits, kept: Mapping[int, int]) -> None:
        self.officers = {officer.account_id: officer for officer in sorted(officers, key=lambda officer: officer.account_id)}
        self.visits = {visit.booking_id: visit for visit in visits}
        self.limits = limits
        self.tries = TRIES
        self.fixed = {booking: account for booking, account in kept.items() if booking in self.visits}
        self.held: dict[int, list[Visit]] = {account: [] for account in self.officers}
        for booking, account in self.fixed.items():
            self.held.setdefault(account, []).append(self.visits[booking])

    def run(self) -> Plan:
        made = Plan(assigned=dict(self.fixed))
        free = [visit for visit in self.visits.values() if visit.booking_id not in self.fixed]
        for visit in sorted(free, key=self._turn):
            if not self._place(visit) and not self._make_room(visit, DEPTH, frozenset()):
                made.uncovered.append(visit.booking_id)
        self._even_out()
        for account, held in self.held.items():
            made.assigned.update({visit.booking_id: account for visit in held})
        made.unspoken = sorted(number for number, account in made.assigned.items() if not self._speaks(self.visits[number], account))
        return made

    def _turn(self, visit: Visit) -> tuple[int, datetime, int]:
        """Visits in a language that few speak come first; then by time."""
        return sum(visit.language in officer.spoken for officer in self.officers.values()), visit.interval.start, visit.booking_id

    def _speaks(self, visit: Visit, account: int) -> bool:
        return account not in self.officers or visit.language in self.officers[account].spoken

    def _fits(self, visit: Visit, account: int) -> bool:
        found = problems(visit, self.officers[account], self.held[account], self.limits)
        return all(refusal.code == NO_MATTER for refusal in found)

    def _rank(self, visit: Visit, account: int) -> tuple[bool, float, int, int]:
        """Who speaks the language, then who has had least of their share, then who is needed for fewer languages."""
        officer = self.officers[account]
        return visit.language not in officer.spoken, self._share(account), len(officer.spoken), account

    def _share(self, account: int, more: float = 0.0) -> float:
        return (sum(visit.minutes for visit in self.held[account]) + more) / max(self.officers[account].minutes, 1.0)

    def _place(self, visit: Visit) -> bool:
        able = [account for account in self.officers if self._fits(visit, account)]
        if able:
            self.held[min(able, key=lambda account: self._rank(visit, account))].append(visit)
        return bool(able)

    def _make_room(self, visit: Visit, depth: int, moved: frozenset[int]) -> bool:
        """Move one visit, at first also two, to others, who may have to give away another one, so that this one fits. All of it, or nothing."""
        if depth == 0:
            return False
        for size in (1, 2) if depth == DEPTH else (1,):
            for account in sorted(self.officers, key=lambda account: self._rank(visit, account)):
                near = [other for other in self.held[account] if self._in_the_way(other, visit) and other.booking_id not in moved]
                for group in combinations(near, size):
                    self.tries -= 1
                    if self.tries < 0:
                        return False
                    before = {number: list(held) for number, held in self.held.items()}
                    self.held[account] = [other for other in self.held[account] if other not in group]
                    if self._fits(visit, account):
                        self.held[account].append(visit)
                        gone = moved | {other.booking_id for other in (*group, visit)}
                        if all(self._elsewhere(other, account) or self._make_room(other, depth - 1, gone) for other in group):
                            return True
                    self.held = before
        return False

    def _in_the_way(self, other: Visit, visit: Visit) -> bool:
        """Only what is near can be, and what is decided stays."""
        room = max(self.limits.rest, self.limits.gap)
        near = Interval(visit.interval.start - room, visit.interval.end + room)
        return other.booking_id not in self.fixed and other.interval.overlaps(near)

    def _elsewhere(self, visit: Visit, without: int) -> bool:
        able = [account for account in self.officers if account != without and self._fits(visit, account)]
        if able:
            self.held[min(able, key=lambda account: self._rank(visit, account))].append(visit)
        return bool(able)

    def _even_out(self) -> None:
        """Move visits from who has most of their share to who has least, as long as that makes it more even and costs no language."""
        for _turn in range(2 * len(self.visits)):
            order = sorted(self.officers, key=self._share)
            if not any(self._shift(most, least) for most in reversed(order) for least in order if least != most):
                return

    def _shift(self, most: int, least: int) -> bool:
        for visit in sorted(self.held[most], key=lambda visit: visit.booking_id):
            after = max(self._share(most, -visit.minutes), self._share(least, visit.minutes))
            if visit.booking_id in self.fixed or after >= self._share(most) or (self._speaks(visit, most) and not self._speaks(visit, least)):
                continue
            if self._fits(visit, least):
                self.held[most].remove(visit)
                self.held[least].append(visit)
                return True
        return False


# -- drawing


def lanes_drawn(visits: Iterable[Visit]) -> dict[int, int]:
    """booking -> lane, from 0, so that what goes on at once does not lie on one another."""
    ends: list[datetime] = []
    found = {}
    for visit in sorted(visits, key=lambda visit: (visit.interval.start, visit.booking_id)):
        lane = next((number for number, end in enumerate(ends) if end <= visit.interval.start), len(ends))
        ends[lane : lane + 1] = [visit.interval.end]
        found[visit.booking_id] = lane
    return found


def without(shift: Shift, absences: Iterable[Interval]) -> list[Shift]:
    """What is left of a time on duty."""
    left = [shift.interval]
    for away in absences:
        left = [part for piece in left for part in _cut(piece, away)]
    return [Shift(piece, shift.lanes) for piece in left]


def _cut(piece: Interval, away: Interval) -> list[Interval]:
    if not piece.overlaps(away):
        return [piece]
    sides = ((piece.start, away.start), (away.end, piece.end))
    return [Interval(start, end) for start, end in sides if start < end]

"""The period that is asked about, and the sums that figures are made of. Pure. A day is a day in Shanghai, a week begins on Monday."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from visitation.kernel.errors import Refusal
from visitation.kernel.interval import at_local, month_start, next_month

ONE_DAY = timedelta(days=1)
FIRST_DAY = date(2000, 1, 1)
LONGEST = 1830
"""Days; about five years."""
MOST_WEEKS = 54
"""A longer period is shown by month, whatever the figure is usually shown by."""


@dataclass(frozen=True)
class Period:
    """From `first` to `last`, both included."""

    first: date
    last: date

    @property
    def begin(self) -> datetime:
        """The first moment, aware UTC."""
        return at_local(self.first, time())

    @property
    def end(self) -> datetime:
        """The first moment that is no longer in it, aware UTC."""
        return at_local(self.last + ONE_DAY, time())

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def buckets(self, step: str) -> list[date]:
        """The first days of its months or, of a period that is not too long, its weeks; of a part of one, too."""
        return list(self._months() if self.step_for(step) == "month" else self._weeks())

    def step_for(self, step: str) -> str:
        return step if self.days <= 7 * MOST_WEEKS else "month"

    def bucket_of(self, day: date, step: str) -> date:
        return month_start(day) if self.step_for(step) == "month" else monday(day)

    def _months(self) -> Iterator[date]:
        month = month_start(self.first)
        while month <= self.last:
            yield month
            month = next_month(month)

    def _weeks(self) -> Iterator[date]:
        week = monday(self.first)
        while week <= self.last:
            yield week
            week += 7 * ONE_DAY


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def month(first: date) -> Period:
    """The month that begins on `first`."""
    return Period(first, next_month(first) - ONE_DAY)


def quarter(year: int, number: int) -> Period:
    """The quarter `number`, 1 to 4."""
    first = date(year, 3 * number - 2, 1)
    return Period(first, next_month(next_month(next_month(first))) - ONE_DAY)


def year(number: int) -> Period:
    return Period(date(number, 1, 1), date(number, 12, 31))


def lately(today: date, months: int) -> Period:
    """The last `months` months, the present one up to today."""
    first = month_start(today)
    for _ in range(months - 1):
        first = month_start(first - ONE_DAY)
    return Period(first, today)


def refusals(first: date, last: date, today: date) -> list[Refusal]:
    """Everything that is wrong with a period. One that has begun and goes on is asked about until now."""
    found = [Refusal("FIGURES_ORDER")] if last < first else []
    if first > today:
        found.append(Refusal("FIGURES_FUTURE", {"today": today}))
    if first < FIRST_DAY:
        found.append(Refusal("FIGURES_EARLY", {"first": FIRST_DAY}))
    if (last - first).days >= LONGEST:
        found.append(Refusal("FIGURES_LONG", {"years": LONGEST // 366 + 1}))
    return found


@dataclass
class Tally:
    """What was counted in one month of one prison.

    counts: added up over months and prisons. stock: how much there was at the end, so added up over prisons only. spread: how often each value
    occurred, for medians. people: who took part, so that nobody counts twice.
    """

    counts: Counter[str] = field(default_factory=Counter)
    stock: Counter[str] = field(default_factory=Counter)
    spread: defaultdict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    people: defaultdict[str, set[Hashable]] = field(default_factory=lambda: defaultdict(set))

    def add(self, other: "Tally") -> None:
        self.counts.update(other.counts)
        self.stock.update(other.stock)
        for name, values in other.spread.items():
            self.spread[name].update(values)
        for name, members in other.people.items():
            self.people[name] |= members


def together(tallies: Iterable[Tally]) -> Tally:
    """Tallies of several prisons at the same time."""
    whole = Tally()
    for one in tallies:
        whole.add(one)
    return whole


def one_after_another(tallies: Iterable[Tally]) -> Tally:
    """Tallies of following months: of what there was at the end, the last one counts."""
    whole, last = Tally(), Tally()
    for last in tallies:
        whole.add(last)
    whole.stock = Counter(last.stock)
    return whole


class Facts:
    """Tallies by prison and by the first day of the month or week."""

    def __init__(self) -> None:
        self._cells: defaultdict[tuple[int, date], Tally] = defaultdict(Tally)

    def at(self, prison_id: int, bucket: date) -> Tally:
        return self._cells[prison_id, bucket]

    def of_bucket(self, bucket: date, prisons: Iterable[int]) -> Tally:
        return together(self.at(prison_id, bucket) for prison_id in prisons)

    def of_prison(self, prison_id: int, buckets: Iterable[date]) -> Tally:
        return one_after_another(self.at(prison_id, bucket) for bucket in buckets)


@dataclass(frozen=True)
class Moves:
    """before: how many there were when the period began, by prison. joined: (prison, month, number). gone: (prison, month, as what, number)."""

    before: Mapping[int, int]
    joined: Iterable[tuple[int, date, int]]
    gone: Iterable[tuple[int, date, str, int]]


def flow(prisons: Iterable[int], months: Iterable[date], moves: Moves, stock: str) -> Facts:
    """How many joined, how many went and as what, and how many there were at the end of each month."""
    facts, standing, in_order = Facts(), Counter(moves.before), sorted(months)
    for prison, first, number in moves.joined:
        facts.at(prison, first).counts["joined"] += number
    for prison, first, state, number in moves.gone:
        facts.at(prison, first).counts[state] += number
    for prison in prisons:
        for first in in_order:
            tally = facts.at(prison, first)
            standing[prison] += 2 * tally.counts["joined"] - tally.counts.total()
            tally.stock[stock] = standing[prison]
    return facts


def quantile(values: Mapping[int, int], share: float) -> int | None:
    """The smallest value that at least `share` of all do not exceed (nearest rank); None of nothing. `values`: how often each occurred."""
    total, seen = sum(values.values()), 0
    for value in sorted(values):
        seen += values[value]
        if seen and seen >= share * total:
            return value
    return None


def ratio(part: float, whole: float) -> float | None:
    """Per cent with one decimal, as it is shown; None of nothing."""
    return round(100 * part / whole, 1) if whole else None


Value = Callable[[Tally], float | None]


def counted(*names: str) -> Value:
    """The sum of some counts."""
    return lambda tally: sum(tally.counts[name] for name in names)


def standing(name: str) -> Value:
    return lambda tally: tally.stock[name]


def share(parts: Iterable[str], wholes: Iterable[str]) -> Value:
    """Per cent of some counts in others."""
    part, whole = counted(*parts), counted(*wholes)
    return lambda tally: ratio(part(tally) or 0, whole(tally) or 0)


def spread(name: str, part: float, unit: int = 1) -> Value:
    """A quantile of a spread, in units of so many of its own."""

    def of(tally: Tally) -> float | None:
        found = quantile(tally.spread[name], part)
        return None if found is None else found if unit == 1 else round(found / unit, 1)

    return of


def persons(name: str) -> Value:
    return lambda tally: len(tally.people[name])


def scaled(name: str, unit: float) -> Value:
    """A count in larger units, with one decimal."""
    return lambda tally: round(tally.counts[name] / unit, 1)


def average(parts: Iterable[str], whole: str) -> Value:
    """So many of some counts for each of another, with one decimal."""
    part = counted(*parts)
    return lambda tally: round((part(tally) or 0) / tally.counts[whole], 1) if tally.counts[whole] else None


def for_each(name: str, members: str) -> Value:
    """So many of a count for each of the people, with one decimal."""
    return lambda tally: round(tally.counts[name] / len(tally.people[members]), 1) if tally.people[members] else None

"""What a figure is: one object from which page, chart, print and workbook are made.

Rooms that visitation does not know bring figures of their own: `wsgi` puts them into the extension `figures` beside those of this room.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute, Session

from visitation.kernel.interval import local_day
from visitation.people.models import Prison
from visitation.reports.rules import Facts, Period, Value, one_after_another

T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """Whose figures, of when, and what time it is. `prisons`: one, or all that somebody may see, by code. known: what several figures are made of.

    A count of few people is not hidden: figures are for the staff of the bureau, of all prisons, and for the duty chiefs of a prison, of that one; they
    name nobody, and their pages and files stay in the intranet.
    """

    prisons: tuple[Prison, ...]
    period: Period
    now: datetime
    known: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, key: Hashable, read: Callable[[], T]) -> T:
        """What `read` finds, read for the first figure that asks for it."""
        if key not in self.known:
            self.known[key] = read()
        found: T = self.known[key]
        return found

    @property
    def prison_ids(self) -> list[int]:
        return [prison.id for prison in self.prisons]

    def within(self, moment: Any, prison: ColumnElement[int] | InstrumentedAttribute[int]) -> tuple[ColumnElement[bool], ...]:
        """The conditions of a query: the moment lies in the period, the prison is one of these."""
        return moment >= self.period.begin, moment < self.period.end, prison.in_(self.prison_ids)


@dataclass(frozen=True, eq=False)
class Column:
    """One number of a figure. unit: count, share, days, hours, size (GB), rate (with a decimal). drawn: in the chart. optional: left out where all are 0."""

    words: Any
    value: Value
    unit: str = "count"
    drawn: bool = False
    optional: bool = False


Gather = Callable[[Session, Asked], Facts]


@dataclass(frozen=True, eq=False)
class Figure:
    """key: of its address. definition: what is counted, what is not, and by which date. shape: stack, bars or lines; `target`: a line in the chart.

    facts are cut by `step` (month, week) and by prison; a column says how a number is made of them.
    """

    key: str
    group: str
    name: Any
    definition: Any
    gather: Gather
    columns: tuple[Column, ...]
    shape: str = "stack"
    step: str = "month"
    target: Callable[[Session, Asked], float] | None = None


@dataclass(frozen=True)
class Row:
    """key: the first day of a month or week, a prison, or None for the whole. values: one for each column of its table."""

    key: date | Prison | None
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Table:
    """Rows over time, or by prison; and the whole. step: month, week or prison."""

    step: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row

    @property
    def is_empty(self) -> bool:
        """Nothing was counted at all: zeros, and shares of nothing."""
        return not any(value for row in (*self.rows, self.total) for value in row.values)


@dataclass(frozen=True)
class Measured:
    """A figure with its numbers. by_prison: the comparison, where there is more than one prison."""

    figure: Figure
    by_time: Table
    by_prison: Table | None
    target: float | None

    @property
    def is_empty(self) -> bool:
        return self.by_time.is_empty


def measure_all(session: Session, figures: Sequence[Figure], asked: Asked) -> list[Measured]:
    """Some of them share their facts, which are asked for once."""
    known: dict[Gather, Facts] = {}
    for figure in figures:
        if figure.gather not in known:
            known[figure.gather] = figure.gather(session, asked)
    return [_measured(session, figure, asked, known[figure.gather]) for figure in figures]


def measure(session: Session, figure: Figure, asked: Asked) -> Measured:
    """Ask the database once, and make both tables of the answer."""
    return _measured(session, figure, asked, figure.gather(session, asked))


def _measured(session: Session, figure: Figure, asked: Asked, facts: Facts) -> Measured:
    """Months that have not come and have nothing are left out."""
    step = asked.period.step_for(figure.step)
    buckets, prisons, today = asked.period.buckets(figure.step), asked.prison_ids, local_day(asked.now)
    tallies = [facts.of_bucket(bucket, prisons) for bucket in buckets]
    whole = one_after_another(tallies)
    shown = tuple(column for column in figure.columns if not column.optional or column.value(whole) or any(column.value(one) for one in tallies))

    def row(key: date | Prison | None, tally: Any) -> Row:
        return Row(key, tuple(column.value(tally) for column in shown))

    total = row(None, whole)
    rows = (row(bucket, tally) for bucket, tally in zip(buckets, tallies, strict=True) if bucket <= today or tally.counts.total())
    by_time = Table(step, shown, tuple(rows), total)
    by_prison = None
    if len(asked.prisons) > 1:
        by_prison = Table("prison", shown, tuple(row(prison, facts.of_prison(prison.id, buckets)) for prison in asked.prisons), total)
    return Measured(figure, by_time, by_prison, figure.target(session, asked) if figure.target else None)


def named(figures: Sequence[Figure], key: str) -> Figure | None:
    return next((one for one in figures if one.key == key), None)

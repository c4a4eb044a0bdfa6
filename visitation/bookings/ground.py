"""What bookings are judged by and what changes rarely: the policies and the timetable of a prison, remembered by the process under the timetable's mark.

The mark is read in every transaction (under the shared lock where something is booked); the database sets another one with every change
(timetable/marks.py). So what is remembered is what the tables say, in every process, and a booking needs one row instead of eight queries.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, bindparam, select
from sqlalchemy.orm import Session

from visitation.kernel.interval import Interval, local_day, month_start, next_month
from visitation.policies.queries import Policies, policies_of
from visitation.store.engine import home_of
from visitation.store.transaction import run
from visitation.timetable import queries as timetable
from visitation.timetable.models import Timetable
from visitation.timetable.rules import Slot

Kept = TypeVar("Kept")
ONE_DAY = timedelta(days=1)
MOST = 4096
"""Answers kept for one prison: a month has about 30 days, of some kinds, wards and levels."""
_table = Timetable.__table__
MARK = select(_table.c.mark).where(_table.c.prison_id == bindparam("prison"))


class Values(Policies):
    """Policies that remember which row was in force."""

    def __init__(self, rows: tuple[Any, ...]) -> None:
        super().__init__(rows)
        object.__setattr__(self, "_known", {})

    def value(self, key: str, on: date) -> Any:
        known: dict[tuple[str, date], Any] = self._known  # type: ignore[attr-defined]
        if (key, on) not in known:
            known[key, on] = super().value(key, on)
        return known[key, on]

    def version(self, on: date) -> str:
        known: dict[tuple[str, date], Any] = self._known  # type: ignore[attr-defined]
        if ("", on) not in known:
            known["", on] = super().version(on)
        return str(known["", on])


class Ground:
    """One prison under one mark. Everything is read at first need, and kept."""

    def __init__(self, prison_id: int, mark: int | None) -> None:
        self.prison_id = prison_id
        self.mark = mark
        self._kept: dict[Any, Any] = {}

    def policies(self, session: Session) -> Values:
        found: Values | None = self._kept.get("policies")
        return found or self._keep("policies", Values(policies_of(session, self.prison_id).rows))

    def grid(self, session: Session, first: date, last: date) -> timetable.Grid:
        """The timetable of the whole months that a span of days touches: one reading serves every day of them."""
        key = ("grid", month_start(first), next_month(last))
        found: timetable.Grid | None = self._kept.get(key)
        if found is not None:
            return found
        values = self.policies(session)
        return self._keep(key, timetable.grid(session, self.prison_id, key[1], key[2] - ONE_DAY, lambda day: int(values.value("planned_lanes", day))))

    def slots(self, grid: timetable.Grid, day: date, *of_whom: Any) -> list[Slot]:
        """`grid.slots(day, ...)`, worked out once."""
        key = (grid.first, grid.last, day, *of_whom)
        found: list[Slot] | None = self._kept.get(key)
        return self._keep(key, grid.slots(day, *of_whom)) if found is None else found

    def lanes(self, grid: timetable.Grid, visit: Interval) -> Mapping[int, int]:
        """`grid.lanes_during(visit)`, worked out once."""
        key = ("lanes", visit.start, visit.end)
        found: Mapping[int, int] | None = self._kept.get(key)
        return self._keep(key, grid.lanes_during(visit)) if found is None else found

    def add_workdays(self, session: Session, start: datetime, days: int) -> datetime:
        """As timetable.queries.add_workdays. How many days that is depends on the local day only, and is kept."""
        first = local_day(start)
        found: timedelta | None = self._kept.get(("workdays", first, days))
        if found is None:
            found = self._keep(("workdays", first, days), timetable.add_workdays(session, self.prison_id, start, days) - start)
        return start + found

    def _keep(self, key: Any, value: Kept) -> Kept:
        if len(self._kept) >= MOST:
            self._kept = {}
        self._kept[key] = value
        return value


_known: WeakKeyDictionary[Engine, dict[int, Ground]] = WeakKeyDictionary()
_guard = Lock()


def mark_of(session: Session, prison_id: int) -> int | None:
    """The mark as this transaction sees it; None while the prison has no timetable row."""
    found: int | None = run(session, MARK, {"prison": prison_id}).scalar()
    return found


def ground(session: Session, prison_id: int, mark: int | None) -> Ground:
    """What is remembered under a mark. Without one nothing is: whoever has no row to be locked is read anew each time."""
    if mark is None:
        return Ground(prison_id, None)
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    with _guard:
        prisons = _known.setdefault(home_of(engine), {})
        found = prisons.get(prison_id)
        if found is None or found.mark != mark:
            found = prisons[prison_id] = Ground(prison_id, mark)
    return found

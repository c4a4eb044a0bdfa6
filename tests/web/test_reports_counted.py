"""Every figure against a second count by plain SQL, on both engines: each month and week, each prison, and the whole."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

import wsgi
from tests.conftest import House, make_house, move_in, move_out
from tests.settings import settings_for
from tests.web.reports_recount import RECOUNT, Count
from tests.web.reports_world import EDGES, NOW, fill
from visitation.bookings.models import Booking
from visitation.kernel.clock import FixedClock
from visitation.kernel.interval import LOCAL, at_local, next_month
from visitation.people.models import Prison
from visitation.reports.figures import Asked, Figure, Row, Table, measure
from visitation.reports.rules import Period
from visitation.store.db import db
from visitation.store.transaction import perform

pytestmark = pytest.mark.xdist_group("figures")
HALF_YEAR = Period(date(2026, 5, 13), date(2026, 12, 6))
"""It begins in the middle of a month and of a week, and is not over."""
MOST_QUERIES = 6
CUT_ON_BOTH = {"visits", "waitlist"}
"""Figures whose months are compared on PostgreSQL too."""


@pytest.fixture(scope="module")
def world(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("figures")
    made = make_house(folder, FixedClock(NOW))
    move_in(made, empty_database, folder)
    made.write(fill)
    yield made
    move_out(made)


def figures(house: House) -> tuple[Figure, ...]:
    found: tuple[Figure, ...] = house.prison.extensions["figures"]
    return found


def prisons(session: Session) -> tuple[Prison, ...]:
    return tuple(session.query(Prison).order_by(Prison.code)[:2])


KEYS = tuple(RECOUNT)


def test_nothing_is_left_uncounted(world: House) -> None:
    assert {figure.key for figure in figures(world)} == set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_a_figure_is_what_plain_sql_counts(world: House, key: str) -> None:
    (figure,) = (one for one in figures(world) if one.key == key)
    assert world.read(lambda session: differences(session, figure, HALF_YEAR)) == []


def test_on_postgresql_too(postgres_url: str, tmp_path: Path) -> None:
    """The whole and each prison; of some figures the months, which are cut by the database."""
    _family, settings = settings_for(postgres_url, tmp_path)
    app = wsgi.build_prison(settings, FixedClock(NOW))
    with app.app_context():
        perform(lambda session: fill(session, 0.4))
        session = db.session()
        assert [found for figure in app.extensions["figures"] for found in differences(session, figure, HALF_YEAR, by_month=False)] == []
        db.session.remove()
        db.engine.dispose()


def differences(session: Session, figure: Figure, period: Period, by_month: bool = True) -> list[str]:
    """Everything in which the figure and the second count do not agree."""
    asked = Asked(prisons(session), period, NOW)
    ids = tuple(asked.prison_ids)
    measured = measure(session, figure, asked)
    assert measured.by_prison is not None
    assert not measured.is_empty, f"the world has nothing for {figure.key}"

    def check(table: Table, row: Row, who: tuple[int, ...], first: date, end: date) -> list[str]:
        begin, stop = max(at_local(first, time()), period.begin), min(at_local(end, time()), period.end)
        counted = RECOUNT[figure.key](Count(session, who, begin, stop, NOW))
        shown = dict(zip(table.columns, row.values, strict=True))
        pairs = [(figure.columns.index(column), shown.get(column, 0), value) for column, value in zip(figure.columns, counted, strict=True)]
        return [
            f"{figure.key} {who} {first} column {place}: {found}, counted {value}" for place, found, value in pairs if found != pytest.approx(value, abs=1e-6)
        ]

    rows = measured.by_time.rows if by_month or figure.key in CUT_ON_BOTH else ()
    whole = (period.first, period.last + timedelta(days=1))
    found = check(measured.by_time, measured.by_time.total, ids, *whole)
    for row in rows:
        found += check(measured.by_time, row, ids, *span(row.key, measured.by_time.step))
    for row in measured.by_prison.rows:
        assert isinstance(row.key, Prison)
        found += check(measured.by_prison, row, (row.key.id,), *whole)
    return found


def span(first: Any, step: str) -> tuple[date, date]:
    return first, next_month(first) if step == "month" else first + timedelta(days=7)


class UndoneError(Exception):
    """Carries what was found out of a transaction that is not kept."""


def test_ten_to_midnight_in_shanghai_belongs_to_the_month_that_ends(world: House) -> None:
    """Neither the day in UTC nor the next morning decides."""
    (figure,) = (one for one in figures(world) if one.key == "visits")

    def held(session: Session) -> None:
        own = prisons(session)[:1]

        def counted() -> Table:
            return measure(session, figure, Asked(own, Period(date(2026, 8, 1), date(2026, 9, 30)), NOW)).by_time

        found = []
        for moment in EDGES:
            row = session.query(Booking).filter(Booking.prison_id == own[0].id, Booking.starts_at == moment).one()
            row.state, row.outcome = "ended", "failed_identity"
            before = counted()
            row.outcome = "completed"
            after = counted()
            found.append([(b.values[-1] or 0) - (a.values[-1] or 0) for a, b in zip(before.rows, after.rows, strict=True)])
        raise UndoneError(found)

    with pytest.raises(UndoneError) as undone:
        world.write(held)
    assert undone.value.args[0] == [[1, 0], [0, 1]]
    assert EDGES[0] == datetime(2026, 8, 31, 23, 50, tzinfo=LOCAL)


def test_a_figure_asks_little_however_long_the_period(world: House) -> None:
    def queries(session: Session) -> dict[str, int]:
        found: dict[str, int] = {}
        seen: list[str] = []

        def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", listen)
        for figure in figures(world):
            asked = Asked(prisons(session), Period(date(2022, 1, 1), date(2026, 11, 24)), NOW)
            before = len(seen)
            measure(session, figure, asked)
            found[figure.key] = len([one for one in seen[before:] if one.startswith("SELECT")])
        event.remove(db.engine, "before_cursor_execute", listen)
        return found

    asked = world.read(queries)
    assert all(1 <= number <= MOST_QUERIES for number in asked.values()), asked
    assert sum(asked.values()) <= 32, asked

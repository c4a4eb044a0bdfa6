"""What a process remembers of timetable and rules is never out of date: the database marks every change, by whomever and however it is made."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from tests.conftest import NOON, House
from tests.scenes import MONDAY, NINE, Scene, make_scene
from visitation.bookings import service
from visitation.bookings.ground import Ground, ground, mark_of
from visitation.kernel.errors import Refused
from visitation.kernel.interval import Interval
from visitation.store.db import db
from visitation.timetable.marks import WATCHED


@pytest.fixture
def scene(house: House) -> Scene:
    found: Scene = house.write(make_scene)
    return found


@contextmanager
def another_process(house: House) -> Iterator[sqlite3.Connection]:
    """A connection that knows nothing of this process's memory, as another process's would."""
    with house.prison.app_context():
        connection = sqlite3.connect(str(db.engine.url.database), isolation_level=None)
    try:
        yield connection
    finally:
        connection.close()


def told(house: House, scene: Scene, key: str) -> str:
    """What a family hears that wants Monday at nine, and lets it go again."""

    def work(session: Session) -> str:
        held = service.hold(session, scene.who, scene.wanted(), key, house.now)
        service.let_hold_go(session, scene.who, held.id, house.now)
        return "HELD"

    try:
        return str(house.write(work))
    except Refused as refused:
        return ",".join(refused.codes)


CHANGES = {
    "closure": "INSERT INTO closure (prison_id, starts_at, ends_at, reason, created_by, created_at) SELECT {p}, '2026-11-30 00:00:00.000000',"
    " '2026-12-01 00:00:00.000000', 'x', id, '2026-11-24 00:00:00.000000' FROM account LIMIT 1",
    "calendar of all prisons": "INSERT INTO calendar_day (day, prison_id, working, note) VALUES ('2026-11-30', NULL, 0, '')",
    "terminal": "UPDATE terminal SET in_service = 0 WHERE prison_id = {p}",
    "terminal fell silent": "UPDATE terminal SET offline_since = '2026-11-24 00:00:00.000000', offline_until = '2026-12-24 00:00:00.000000'"
    " WHERE prison_id = {p}",
    "weekly row": "DELETE FROM template_terminal WHERE template_id IN (SELECT id FROM template WHERE prison_id = {p})",
    "end of a weekly row": "UPDATE template SET valid_to = '2026-11-29' WHERE prison_id = {p}",
    "uplink": "UPDATE prison SET uplink_sessions = 0 WHERE id = {p}",
    "policy of the prison": "INSERT INTO policy (key, prison_id, effective_from, value, basis, created_at)"
    " VALUES ('planned_lanes', {p}, '2026-01-01', '0', 'x', '2026-11-24 00:00:00.000000')",
    "policy of everywhere": "INSERT INTO policy (key, effective_from, value, basis, created_at)"
    " VALUES ('window_min_days', '2026-01-01', '20', 'x', '2026-11-24 00:00:00.000000')",
    "weekdays of the ward": "INSERT INTO ward_hours (ward_id, prison_id, weekdays, release_minutes) VALUES ({w}, {p}, '[2]', 0)",
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_next_booking_sees_what_another_process_has_changed(house: House, scene: Scene, change: str) -> None:
    assert [told(house, scene, "a"), told(house, scene, "b")] == ["HELD", "HELD"]
    with another_process(house) as connection:
        connection.execute(CHANGES[change].format(p=scene.prison.id, w=scene.inmate.ward_id))
    assert told(house, scene, "c") != "HELD"


def test_what_is_rolled_back_is_forgotten(house: House, scene: Scene) -> None:
    """A transaction that changes the timetable, reads it, and fails leaves no memory of what never was."""
    assert told(house, scene, "a") == "HELD"

    def work(session: Session) -> None:
        session.execute(text("UPDATE template SET valid_to = '2026-11-29' WHERE prison_id = :p"), {"p": scene.prison.id})
        assert not _slots(session, scene)
        raise RuntimeError("never mind")

    with pytest.raises(RuntimeError):
        house.write(work)
    assert told(house, scene, "b") == "HELD"
    assert house.read(lambda s: bool(_slots(s, scene)))


def test_a_heartbeat_leaves_the_mark(house: House, scene: Scene) -> None:
    before = house.read(lambda s: mark_of(s, scene.prison.id))
    house.write(lambda s: s.execute(text("UPDATE terminal SET seen_at = '2026-11-24 04:00:00.000000'")))
    assert house.read(lambda s: mark_of(s, scene.prison.id)) == before
    house.write(lambda s: s.execute(text("UPDATE terminal SET in_service = 1")))
    assert house.read(lambda s: mark_of(s, scene.prison.id)) != before


def test_only_watched_tables_are_remembered(house: House, scene: Scene) -> None:
    """Whoever lets the timetable or the rules read another table must let the database watch it (timetable/marks.py)."""
    read: set[str] = set()

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        read.update(re.findall(r"(?:FROM|JOIN)\s+([a-z_]+)", statement))

    event.listen(Engine, "before_cursor_execute", note)
    try:

        def work(session: Session) -> None:
            fresh = Ground(scene.prison.id, 0)
            grid = fresh.grid(session, MONDAY, MONDAY)
            fresh.slots(grid, MONDAY, "family_visit", scene.inmate.ward_id, "lenient")
            fresh.add_workdays(session, NOON, 3)

        house.read(work)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert read
    assert read <= set(WATCHED), f"not watched: {sorted(read - set(WATCHED))}"


def test_a_value_of_the_rules_is_that_of_its_day(house: House, scene: Scene) -> None:
    house.write(
        lambda s: s.execute(
            text("INSERT INTO policy (key, prison_id, effective_from, value, basis, created_at) VALUES ('planned_lanes', :p, '2026-12-02', '1', 'x', :at)"),
            {"p": scene.prison.id, "at": NOON.replace(tzinfo=None)},
        )
    )

    def lanes(session: Session, day: date) -> int:
        grid = ground(session, scene.prison.id, mark_of(session, scene.prison.id)).grid(session, day, day)
        return min(grid.lanes_during(Interval(NINE + (day - MONDAY), NINE + (day - MONDAY) + timedelta(minutes=30))).values())

    assert house.read(lambda s: lanes(s, date(2026, 12, 2))) == 1
    assert house.read(lambda s: lanes(s, date(2026, 12, 1))) > 1


def _slots(session: Session, scene: Scene) -> list[Any]:
    here = ground(session, scene.prison.id, mark_of(session, scene.prison.id))
    return here.slots(here.grid(session, MONDAY, MONDAY), MONDAY, "family_visit", scene.inmate.ward_id, "lenient")

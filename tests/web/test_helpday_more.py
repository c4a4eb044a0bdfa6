"""A running talk gets more time only after the officer has seen which cases move by how many minutes; then exactly these move."""

from datetime import timedelta

import pytest

from consult.helpdays import queue
from consult.helpdays.models import HelpSeat
from tests.conftest import NOON, House
from tests.web.browsing import Browser, browser
from tests.web.test_helpday_queue import MINUTE, World, act, furnish, officer, seat, talk
from visitation.audit.models import AuditEntry
from visitation.bookings.models import Booking
from visitation.supervision.models import LiveSession

__all__ = ["officer"]


@pytest.fixture
def world(house: House) -> World:
    house.clock.set(NOON)
    return house.write(lambda session: furnish(session, 3, 1))  # type: ignore[no-any-return]


def times(house: House, world: World) -> list[tuple[timedelta, timedelta]]:
    """Of the three seats, from noon on."""
    rows = [seat(house, world, number) for number in range(3)]
    return [(row.starts_at - NOON, queue.ends_of(row) - NOON) for row in rows]  # type: ignore[operator]


def running(house: House, world: World, page: Browser) -> str:
    act(page, house, world, 0, act="arrived")
    act(page, house, world, 0, act="call")
    talk(house, world, 0)
    return f"/help-days/{world.ref}/queue/{seat(house, world, 0).ref}/more"


def test_the_officer_sees_who_moves_and_then_they_move(house: House, world: World, officer: Browser) -> None:
    address = running(house, world, officer)
    before = times(house, world)
    assert address in officer.get(f"/help-days/{world.ref}/queue").text
    officer.get(f"{address}?minutes=10")
    names = house.read(lambda s: [s.get_one(HelpSeat, number).request.inmate.name for number in world.seats[0]])
    assert all(name in officer.page.text for name in names)
    assert officer.page.text.count("10 minutes") >= 3
    assert times(house, world) == before, "looking changes nothing"
    house.clock.set(NOON + 5 * MINUTE)
    officer.submit(form="more")
    assert times(house, world) == [(start + (10 * MINUTE if number else timedelta()), end + 10 * MINUTE) for number, (start, end) in enumerate(before)]
    booked = house.read(lambda s: [(b.starts_at - NOON, b.ends_at - NOON) for b in (s.get_one(Booking, seat(house, world, n).booking_id) for n in range(3))])
    assert booked == times(house, world), "the bookings follow"
    live = house.read(lambda s: s.query(LiveSession).one())
    assert live.facts["minutes"] == 30
    entry = house.read(lambda s: s.query(AuditEntry).filter_by(act="help_queue.more").one())
    assert (entry.detail["minutes"], len(entry.detail["moved"])) == (10, 2)


def test_when_others_would_move_meanwhile_nothing_changes_and_they_are_shown_anew(house: House, world: World, officer: Browser) -> None:
    address = running(house, world, officer)
    officer.get(f"{address}?minutes=5")
    colleague = browser(house, "prison", world.officer)
    colleague.speak("en")
    act(colleague, house, world, 1, reason="unwell")
    before = times(house, world)
    officer.submit(form="more")
    assert officer.page.status_code == 409
    assert "other cases would move than you were shown" in officer.page.text
    assert times(house, world) == before
    officer.submit(form="more")
    assert queue.ends_of(seat(house, world, 0)) - NOON == 25 * MINUTE


def test_only_a_running_talk_gets_more(house: House, world: World, officer: Browser) -> None:
    assert officer.get(f"/help-days/{world.ref}/queue/{seat(house, world, 1).ref}/more").status_code == 404
    office = browser(house, "prison", world.office)
    assert office.get(f"/help-days/{world.ref}/queue/{seat(house, world, 1).ref}/more").status_code == 403

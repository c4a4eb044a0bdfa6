"""Reading at the terminal is left by itself: after two minutes without a touch, and at once when a visit is called."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from tests.browser.browsers import cast
from tests.browser.served import served
from tests.conftest import NOON, House
from tests.web.test_live import Scene
from visitation.bookings.models import Booking

pytestmark = pytest.mark.browser
FAR = {"starts_at": NOON + timedelta(hours=3), "ends_at": NOON + timedelta(hours=4)}


@pytest.fixture
def scene(house: House) -> Scene:
    return Scene(house, **FAR)


@pytest.fixture
def page(scene: Scene) -> Iterator[Page]:
    """A page to read at, with a clock that the test turns."""
    with served(scene.house) as made, cast() as people:
        one = people.person()
        one.context.add_cookies([{"name": "__Host-device", "value": "right", "url": "https://localhost/", "secure": True, "httpOnly": True}])
        one.page.clock.install(time=NOON)
        one.page.goto(f"{made.origins['prison']}/kiosk/read")
        yield one.page


def pass_time(page: Page, seconds: int) -> None:
    """Turn the page's clock, slowly enough for the answers it waits for."""
    for _step in range(seconds // 4):
        page.clock.run_for(4_000)
        page.evaluate("() => fetch('/healthz').then((answer) => answer.text())")


def is_read(page: Page) -> bool:
    return page.url.endswith("/kiosk/read")


def test_it_is_left_when_nobody_touches_it_and_when_a_visit_is_called(scene: Scene, page: Page) -> None:
    assert is_read(page)
    pass_time(page, 116)
    assert is_read(page)
    page.mouse.click(600, 300)
    pass_time(page, 116)
    assert is_read(page), "a touch counts from the beginning"
    with page.expect_navigation(url="**/kiosk"):
        page.clock.run_for(10_000)
    page.goto(page.url + "/read")
    pass_time(page, 4)
    assert is_read(page)
    scene.house.write(lambda session: setattr(session.get_one(Booking, scene.booking_id), "starts_at", NOON + timedelta(minutes=14)))
    with page.expect_navigation(url="**/kiosk"):
        page.clock.run_for(2_000)

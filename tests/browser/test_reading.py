"""What an inmate opens at the terminal is left by itself: after a while without a touch, and at once when a visit is called; asking goes step by step."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.requests import terminal
from consult.requests.models import HelpRequest
from tests.browser.browsers import cast
from tests.browser.served import served
from tests.conftest import NOON, House
from tests.settings import PRISON_ORIGIN
from tests.web.test_live import Scene
from visitation.accounts.queries import identity_of
from visitation.bookings.models import Booking
from visitation.kernel.identity import Zone

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


def code_for(scene: Scene) -> str:
    def opened(session: Session) -> str:
        booking = session.get_one(Booking, scene.booking_id)
        return terminal.open_for(session, identity_of(session.merge(scene.officer), Zone.PRISON), booking.inmate_id, None, scene.house.now)

    return str(scene.house.write(opened))


def type_code(page: Page, code: str) -> None:
    """With the keys on the screen."""
    page.locator("[data-key='']").click()
    for digit in code:
        page.locator(f"[data-key='{digit}']").click()
    page.locator("[data-keys] button[type=submit]").click()


def test_legal_help_is_asked_for_step_by_step_and_left_by_itself(scene: Scene, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    address = page.url.replace("/kiosk/read", "/terminal/help")
    inner = scene.house.prison.wsgi_app
    monkeypatch.setattr(scene.house.prison, "wsgi_app", lambda environ, start: inner({**environ, "HTTP_ORIGIN": PRISON_ORIGIN}, start))  # a port of its own
    page.goto(address)
    pass_time(page, 116)
    assert page.url == address
    with page.expect_navigation(url="**/kiosk"):
        page.clock.fast_forward(10_000)
    page.goto(address)
    type_code(page, code_for(scene))
    shown = page.locator("[data-step]:visible")
    after, before = page.locator("[data-after]"), page.locator("[data-before]")
    expect(shown).to_have_count(1)
    expect(before).to_be_hidden()
    shown.locator("input[value=labour]").check()
    steps = page.locator("[data-step]").count()
    for number in range(steps - 1):
        if shown.locator("textarea[name=summary]").count():
            shown.locator("textarea").fill("父亲被拖欠工资")
        expect(page.locator("[data-send]")).to_be_hidden()
        after.click()
        expect(shown).to_have_count(1)
        expect(before).to_be_visible()
        assert page.locator("[data-step]").nth(number + 1).is_visible()
    expect(after).to_be_hidden()
    page.locator("[data-send] button").click()
    expect(page.get_by_role("alert").first).to_be_visible()  # consent is missing: said at the top, and everything is kept
    expect(page.locator("textarea[name=summary]")).to_have_value("父亲被拖欠工资")
    assert scene.house.read(lambda session: session.scalars(select(HelpRequest)).all()) == []
    page.clock.run_for(4_000)
    page.clock.fast_forward(14 * 60 * 1000)
    assert page.url == address, "whoever writes may think"
    for _step in range(steps - 1):
        after.click()
    page.locator("input[name=consent]").check()
    page.locator("[data-send] button").click()
    page.wait_for_selector(".kiosk-code")
    assert scene.house.read(lambda session: session.scalars(select(HelpRequest.matter)).all()) == ["labour"]
    page.goto(address)
    type_code(page, code_for(scene))
    expect(shown).to_have_count(1)
    with page.expect_navigation(url="**/kiosk"):
        page.clock.fast_forward(15 * 60 * 1000 + 4_000)

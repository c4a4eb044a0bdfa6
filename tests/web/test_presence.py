"""A sign-in lives by what people do: what a page asks by itself does not keep it alive."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests import factories
from tests.conftest import House
from tests.web.browsing import Browser, browser
from visitation.accounts.models import SignIn

ROOT = Path(__file__).parents[2]
BACKGROUND = {"X-Background": "1"}
BY_HAND = {
    "upload.js": 1,  # removing a file
    "desk/inplace.js": 1,  # a form that was sent
    "desk/drawer.js": 2,  # a form opened beside the pictures, and what was sent with it
    "desk/console.js": 2,  # what an officer presses, and the beat that is sent only while there was input lately
    "live/equipment.js": 1,  # the result of a test that a person walked through
    "consult/note.js": 1,  # what a lawyer types
    "pages/terminal_help.js": 1,  # both calls share the headers that say so
}
"""Scripts and how many of their calls are a person's doing."""


@pytest.fixture
def officer(house: House) -> Browser:
    return browser(house, "prison", house.write(lambda session: factories.make_staff(session, prison=factories.make_prison(session))))


def seen(house: House) -> object:
    return house.read(lambda session: session.scalars(select(SignIn.seen_at)).one())


def ask(officer: Browser, path: str) -> TestResponse:
    """As a script asks."""
    return officer.client.get(path, base_url=officer.origin, headers={**BACKGROUND, "Sec-Fetch-Dest": "empty"})


@pytest.mark.parametrize("path", ["/desk/board", "/"])
def test_a_page_that_asks_by_itself_is_no_presence(house: House, officer: Browser, path: str) -> None:
    before = seen(house)
    house.clock.advance(timedelta(minutes=20))
    assert ask(officer, path).status_code == 200
    assert seen(house) == before
    assert officer.get(path).status_code == 200
    assert seen(house) == house.now


def test_an_event_stream_is_no_presence(house: House, officer: Browser) -> None:
    before = seen(house)
    house.clock.advance(timedelta(minutes=20))
    answer = officer.client.get("/desk/stream", base_url=officer.origin, buffered=False)
    assert answer.status_code == 200
    answer.close()
    assert seen(house) == before


def test_a_desk_that_only_refreshes_itself_is_signed_out_after_the_idle_time(house: House, officer: Browser) -> None:
    for _minute in range(31):
        house.clock.advance(timedelta(minutes=1))
        answer = ask(officer, "/desk/board")
    assert answer.status_code == 401


def test_every_script_says_what_it_asks_by_itself() -> None:
    folder = ROOT / "static" / "js"
    for path in folder.rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        calls, marked = len(re.findall(r"\bfetch\(", text)), text.count('"X-Background": "1"')
        own = BY_HAND.get(str(path.relative_to(folder)), 0)
        assert calls - own <= marked, f"{path.name}: put X-Background beside a call that no person made, or name it in BY_HAND"

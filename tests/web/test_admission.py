"""More people than can be served: asked to wait by a page that keeps the place and what was sent, and lets in first who came first."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.conftest import House
from tests.scenes import NINE, Scene, make_scene
from tests.settings import FAMILY_ORIGIN
from tests.web.browsing import Browser
from tests.web.signing import signed_in
from visitation.bookings.models import Booking
from visitation.web.admission import PLACE, SECONDS_A_PLACE, Gate


@pytest.fixture
def gate(house: House) -> Iterator[Gate]:
    found: Gate = house.family.extensions["admission"]
    most = found.most
    yield found
    found.most = most


def test_the_gate_lets_in_as_many_as_there_is_room_for() -> None:
    gate = Gate(2)
    assert [gate.enter() for _ in range(3)] == [True, True, False]
    assert not gate.enter(SECONDS_A_PLACE - 0.1)
    assert gate.enter(SECONDS_A_PLACE)
    gate.leave()
    gate.leave()
    assert gate.inside == 1
    assert gate.enter()


def test_a_page_is_asked_for_again_by_itself(house: House, gate: Gate) -> None:
    gate.most = 0
    answer = house.family.test_client().get("/visits/new", headers={"Accept": "text/html"})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "3"
    assert 'http-equiv="refresh"' in answer.text
    assert "排队位置已保留" in answer.text
    assert gate.inside == 0


def test_what_was_sent_is_kept_and_not_done(house: House, gate: Gate) -> None:
    scene: Scene = house.write(make_scene)
    pages = Browser(signed_in(house, house.family, scene.family.account.id), FAMILY_ORIGIN)
    pages.get(f"/visits/new?with={scene.kinship.ref}&day=2026-11-30")
    gate.most = 0
    page = pages.submit({"start": NINE.isoformat(), "kinship": '"><b>x'}, form="hold")
    assert page.status_code == 429
    assert f'name="start" value="{NINE.isoformat()}"' in page.text
    assert 'value="&#34;&gt;&lt;b&gt;x"' in page.text
    assert 'data-again="3"' in page.text
    assert house.read(lambda s: s.scalar(select(func.count(Booking.id)))) == 0


def test_passwords_and_codes_do_not_stand_in_the_page(house: House, gate: Gate) -> None:
    gate.most = 0
    page = house.family.test_client().post("/sign-in", data={"mobile": "13800000000", "code": "123456"}, headers={"Origin": FAMILY_ORIGIN})
    assert page.status_code == 429
    assert "123456" not in page.text
    assert "返回上一页" in page.text


def test_who_has_waited_is_let_in_first(house: House, gate: Gate) -> None:
    gate.most = 0
    client = house.family.test_client()
    first = client.get("/sign-in")
    assert first.status_code == 429
    assert re.match(rf"{PLACE}=.*Secure; HttpOnly", first.headers["Set-Cookie"])
    assert client.get("/sign-in").status_code == 429
    house.clock.advance(timedelta(seconds=SECONDS_A_PLACE))
    assert client.get("/sign-in").status_code == 200
    assert house.family.test_client().get("/sign-in").status_code == 429


def test_a_place_that_nobody_gave_is_none(house: House, gate: Gate) -> None:
    gate.most = 0
    client = house.family.test_client(use_cookies=False)
    assert client.get("/sign-in", headers={"Cookie": f"{PLACE}=IjAi.forged"}).status_code == 429


@pytest.mark.parametrize("path", ["/healthz", "/static/css/theme.css", "/i18n/sentences.js"])
def test_what_belongs_to_pages_never_waits(house: House, gate: Gate, path: str) -> None:
    gate.most = 0
    assert house.family.test_client().get(path).status_code == 200


def test_the_prison_is_never_asked_to_wait(house: House) -> None:
    assert "admission" not in house.prison.extensions

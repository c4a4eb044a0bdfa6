"""Pairing a terminal: a code on its screen, a key in its cookie, revoked when the administrator says so."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import make_prison, make_terminal
from tests.settings import PRISON_ORIGIN
from tests.staff_people import staff_member
from tests.web.browsing import Browser, browser
from visitation.accounts.models import Device
from visitation.kernel.identity import Role
from visitation.kernel.ids import digest
from visitation.people.models import Prison
from visitation.timetable.models import Terminal


class Screen:
    """The terminal's browser, doing what its script does."""

    def __init__(self, house: House) -> None:
        self.page = Browser(house.prison.test_client(), PRISON_ORIGIN)
        self.page.get("/pair")
        self.token = self.page.page.text.split('data-csrf="')[1].split('"')[0]
        self.given = self.ask("/pair/code")

    def ask(self, path: str, **values: str) -> dict[str, str]:
        headers = {"X-CSRFToken": self.token, "Accept": "application/json"}
        answer = self.page.client.post(path, data=values, base_url=PRISON_ORIGIN, headers={"Origin": PRISON_ORIGIN, **headers})
        assert answer.status_code == 200, answer.text
        self.cookie = answer.headers.get("Set-Cookie", "")
        return dict(answer.json)

    def state(self) -> str:
        return self.ask("/pair/state", secret=self.given["secret"])["state"]


def scene(house: House) -> tuple[Browser, Terminal]:
    prison = house.write(make_prison)
    terminal = house.write(lambda session: make_terminal(session, prison, name="3"))
    page = browser(house, "prison", staff_member(house, roles=(Role.ADMINISTRATOR,), prison=prison))
    page.speak("en")
    return page, terminal


def type_code(page: Browser, terminal: Terminal, code: str) -> str:
    page.get(f"/terminals/{terminal.id}/devices")
    return page.submit({"code": code}, form="pair").text


def paired(house: House, page: Browser, terminal: Terminal) -> Screen:
    screen = Screen(house)
    type_code(page, terminal, screen.given["code"])
    assert screen.state() == "paired"
    return screen


def test_a_terminal_is_paired_and_receives_a_key_that_no_script_reads(house: House) -> None:
    page, terminal = scene(house)
    screen = Screen(house)
    assert screen.state() == "waiting"
    code = screen.given["code"]
    assert len(code) == 8
    text = type_code(page, terminal, f"{code[:4].lower()} {code[4:].lower()}")  # as people type it
    assert "The terminal is paired" in text
    assert screen.state() == "paired"
    assert all(part in screen.cookie for part in ("__Host-device=", "Secure", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=34560000"))
    key = screen.cookie.split("__Host-device=")[1].split(";")[0]
    device = house.read(lambda session: session.scalar(select(Device)))
    assert (device.terminal_id, device.key_digest) == (terminal.id, digest(key))
    assert screen.state() == "expired"  # the key is given once
    assert "terminal 3" in screen_text(screen)


def screen_text(screen: Screen) -> str:
    screen.page.speak("en")
    return screen.page.get("/pair").text


def test_wrong_old_and_used_codes_pair_nothing(house: House) -> None:
    page, terminal = scene(house)
    screen = Screen(house)
    assert "No terminal shows this code" in type_code(page, terminal, "AAAA2222")
    type_code(page, terminal, screen.given["code"])
    assert "No terminal shows this code" in type_code(page, terminal, screen.given["code"])
    late = Screen(house)
    house.clock.advance(timedelta(minutes=10))
    page = browser(house, "prison", staff_member(house, roles=(Role.ADMINISTRATOR,), prison=house.read(lambda session: _prison(session, terminal))))
    page.speak("en")
    assert "No terminal shows this code" in type_code(page, terminal, late.given["code"])
    assert late.state() == "expired"
    assert screen.state() == "expired"  # approved too, but not fetched in time
    assert house.read(lambda session: session.scalars(select(Device)).all()) == []


def _prison(session: Session, terminal: Terminal) -> Prison:
    return session.get_one(Prison, terminal.prison_id)


def test_knowing_the_code_without_the_secret_brings_no_key(house: House) -> None:
    page, terminal = scene(house)
    screen, thief = Screen(house), Screen(house)
    type_code(page, terminal, screen.given["code"])
    assert thief.state() == "waiting"
    assert thief.ask("/pair/state", secret=screen.given["code"])["state"] == "expired"
    assert "__Host-device" not in thief.cookie


def test_a_new_device_takes_the_place_of_the_old_one(house: House) -> None:
    page, terminal = scene(house)
    old, new = paired(house, page, terminal), paired(house, page, terminal)
    assert "terminal 3" not in screen_text(old)
    assert "terminal 3" in screen_text(new)


def test_a_revoked_device_is_nobody_from_the_next_request_on(house: House) -> None:
    page, terminal = scene(house)
    screen = paired(house, page, terminal)
    page.get(f"/terminals/{terminal.id}/devices")
    page.submit(form="/revoke")
    assert "counts no more" in page.page.text
    assert "terminal 3" not in screen_text(screen)


def test_a_device_can_give_its_key_away(house: House) -> None:
    page, terminal = scene(house)
    screen = paired(house, page, terminal)
    screen_text(screen)
    screen.page.submit(form="/pair/forget")
    assert "terminal 3" not in screen_text(screen)


def test_last_seen_is_written_at_most_once_a_minute(house: House) -> None:
    page, terminal = scene(house)
    screen = paired(house, page, terminal)

    def seen() -> tuple[object, object]:
        return house.read(lambda session: (session.scalar(select(Device.seen_at)), session.get(Terminal, terminal.id).seen_at))

    first = house.now
    house.clock.advance(timedelta(seconds=59))
    screen_text(screen)
    assert seen()[0] == first
    house.clock.advance(timedelta(seconds=1))
    screen_text(screen)
    assert seen() == (house.now, house.now)


def test_a_device_is_a_terminal_and_nothing_else(house: House) -> None:
    page, terminal = scene(house)
    screen = paired(house, page, terminal)
    for path in ("/inmates", "/kinship", "/staff", "/terminals", f"/terminals/{terminal.id}/devices", "/account"):
        assert screen.page.get(path, follow=False).status_code == 403, path


def test_another_prisons_terminal_cannot_be_paired(house: House) -> None:
    page, _terminal = scene(house)
    elsewhere = house.write(lambda session: make_terminal(session, make_prison(session)))
    assert page.get(f"/terminals/{elsewhere.id}/devices").status_code == 404


@pytest.mark.parametrize("role", [Role.OFFICER, Role.DUTY_CHIEF, Role.WARD_OFFICER, Role.BUREAU, Role.AUDITOR, Role.OPERATOR, Role.LEGAL_OFFICE])
def test_only_an_administrator_pairs(house: House, role: Role) -> None:
    _page, terminal = scene(house)
    page = browser(house, "prison", staff_member(house, roles=(role,), prison=house.read(lambda session: _prison(session, terminal))))
    assert page.get(f"/terminals/{terminal.id}/devices").status_code == 403


def test_pairing_from_another_origin_is_refused(house: House) -> None:
    screen = Screen(house)
    answer = screen.page.client.post("/pair/code", base_url=PRISON_ORIGIN, headers={"Origin": "http://localhost:8000", "X-CSRFToken": screen.token})
    assert answer.status_code == 403
    answer = screen.page.client.post("/pair/code", base_url=PRISON_ORIGIN, headers={"Origin": PRISON_ORIGIN})
    assert answer.status_code == 400

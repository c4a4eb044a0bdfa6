"""The gate: silence means no, missing and not-yours look alike, and nobody passes with half a sign-in."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import House
from tests.factories import make_prison, make_staff
from tests.web.signing import signed_in
from visitation.kernel.identity import Identity, Role
from visitation.web.door import door, open_door
from visitation.web.pages import safe_next


def only_one(_session: Any, number: int) -> int | None:
    return number if number in (1, 2) else None


def without_tokens(page: str) -> str:
    """A page without what is fresh in every answer or tells its own address."""
    return re.sub(r'(csrf_token"[^>]*value|name="next" value)="[^"]*"', "", page)


@pytest.fixture
def app(own_house: House) -> Flask:
    @own_house.prison.get("/silent")
    def silent() -> str:
        return "never"

    @own_house.prison.get("/for-officers")
    @door(Role.OFFICER)
    def officers(who: Identity) -> str:
        return f"hello {who.name}"

    @own_house.prison.get("/numbers/<int:number>/<word>")
    @door(Role.OFFICER, subject=only_one, check=lambda _who, number: number == 1)
    def numbers(_who: Identity, number: int, word: str) -> str:
        return f"{number} {word}"

    @own_house.prison.get("/anybody")
    @open_door
    def anybody(who: Identity | None) -> str:
        return "nobody" if who is None else who.name

    return own_house.prison


def client_with(own_house: House, *roles: Role, second_factor: bool = True) -> FlaskClient:
    account_id = own_house.write(lambda session: make_staff(session, set(roles), make_prison(session)).id)
    return signed_in(own_house, own_house.prison, account_id, second_factor=second_factor)


@pytest.fixture
def officer(own_house: House, app: Flask) -> FlaskClient:
    return client_with(own_house, Role.OFFICER)


def test_what_declares_nothing_is_refused(officer: FlaskClient) -> None:
    assert officer.get("/silent").status_code == 403


def test_the_right_role_enters(officer: FlaskClient) -> None:
    assert officer.get("/for-officers").text.startswith("hello")


def test_another_role_is_refused(own_house: House, app: Flask) -> None:
    assert client_with(own_house, Role.AUDITOR).get("/for-officers").status_code == 403


def test_a_stranger_is_asked_to_sign_in_and_comes_back(app: Flask) -> None:
    answer = app.test_client().get("/for-officers?page=2")
    assert answer.status_code == 302
    assert "next=/for-officers?page%3D2" in answer.headers["Location"].replace("%2F", "/").replace("%3F", "?")


def test_half_a_sign_in_does_not_pass(own_house: House, app: Flask) -> None:
    assert client_with(own_house, Role.OFFICER, second_factor=False).get("/for-officers").status_code == 302


def test_missing_and_not_yours_look_alike(officer: FlaskClient) -> None:
    assert officer.get("/numbers/1/x").text == "1 x"
    missing, not_yours = officer.get("/numbers/3/x"), officer.get("/numbers/2/x")
    assert missing.status_code == not_yours.status_code == 404
    assert without_tokens(missing.text) == without_tokens(not_yours.text)


def test_an_open_door_knows_who_comes(app: Flask, officer: FlaskClient) -> None:
    assert app.test_client().get("/anybody").text == "nobody"
    assert officer.get("/anybody").text != "nobody"


def test_a_sign_in_of_one_zone_means_nothing_in_the_other(own_house: House, app: Flask) -> None:
    account_id = own_house.write(lambda session: make_staff(session, {Role.OFFICER}, make_prison(session)).id)
    token_holder = signed_in(own_house, own_house.family, account_id)
    with token_holder.session_transaction() as cookie:
        token = cookie["_user_id"]
    other = own_house.prison.test_client()
    with other.session_transaction() as cookie:
        cookie["_user_id"] = token
    assert other.get("/for-officers").status_code == 302


@pytest.mark.parametrize("origin", [None, "http://localhost:8000", "http://localhost", "https://localhost:8001", "http://evil.example", "null"])
def test_a_change_from_another_origin_is_refused(own_house: House, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}
    assert own_house.prison.test_client().post("/language", data={"language": "en"}, headers=headers).status_code == 403


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "\\\\evil.example", "/\\evil.example", "/a\r\nSet-Cookie: x", "evil", ""])
def test_one_is_never_sent_to_another_host(target: str) -> None:
    assert safe_next(target) == "/"


@pytest.mark.parametrize("target", ["/", "/visits/K7M2", "/visits?month=2026-11"])
def test_one_comes_back_to_ones_page(target: str) -> None:
    assert safe_next(target) == target

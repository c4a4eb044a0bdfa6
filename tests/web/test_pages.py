"""What every page has, and what goes wrong politely."""

from tests.conftest import House


def test_healthz_answers_in_both_zones(house: House) -> None:
    for app in (house.family, house.prison):
        assert app.test_client().get("/healthz").json == {"status": "ok"}


def test_a_missing_page_is_a_page(house: House) -> None:
    answer = house.family.test_client().get("/nothing-here")
    assert answer.status_code == 404
    assert "<h1>" in answer.text

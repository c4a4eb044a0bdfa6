"""The page of the rules: what holds, why, what comes, and that nothing is changed backwards."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.conftest import House
from tests.factories import make_prison, make_staff
from tests.web.browsing import Browser, browser
from visitation.kernel.identity import Role
from visitation.people.models import Prison
from visitation.policies.models import PolicyRow
from visitation.policies.queries import policies_of, value

TOMORROW = date(2026, 11, 25)


@pytest.fixture
def prison(house: House) -> Prison:
    return house.write(make_prison)


def staff(house: House, prison: Prison | None, *roles: Role) -> Browser:
    account = house.write(lambda s: make_staff(s, roles, prison))
    found = browser(house, "prison", account)
    found.speak("en")
    return found


def add(pages: Browser, key: str = "max_visitors", **values: str) -> Browser:
    pages.get(f"/policies/{key}/new")
    pages.submit({"value": "2", "effective_from": "2026-11-25", "basis": "Order 7/2026, article 3", **values}, form="policy")
    return pages


def test_every_rule_stands_with_its_basis(house: House, prison: Prison) -> None:
    page = staff(house, prison, Role.OFFICER).get("/policies/")
    assert "Every province says at most three." in page.text
    assert "max_visitors" in page.text
    assert "New value" not in page.text


def test_a_future_row_is_added_and_holds_from_its_day(house: House, prison: Prison) -> None:
    pages = add(staff(house, prison, Role.ADMINISTRATOR))
    assert "The new value is entered." in pages.page.text
    assert "Order 7/2026, article 3" in pages.page.text
    values = house.read(lambda s: [value(s, "max_visitors", prison.id, date(2026, 11, 24)), value(s, "max_visitors", prison.id, TOMORROW)])
    assert values == [3, 2]
    other = house.write(make_prison)
    assert house.read(lambda s: value(s, "max_visitors", other.id, TOMORROW)) == 3
    assert house.read(lambda s: policies_of(s, prison.id).version(TOMORROW)) == "2026-11-25 #1"


@pytest.mark.parametrize(
    ("key", "values", "sentence"),
    [
        ("max_visitors", {"value": "{"}, "not valid JSON"),
        ("max_visitors", {"value": "9"}, "does not have the form"),
        ("max_visitors", {"effective_from": "2026-11-24"}, "must begin on a day to come"),
        ("max_visitors", {"basis": " "}, "Please say what the rule rests on"),
        ("record", {"value": '{"family_visit": true}'}, "does not have the form"),
    ],
)
def test_a_wrong_row_is_refused_and_kept_on_the_page(house: House, prison: Prison, key: str, values: dict[str, str], sentence: str) -> None:
    pages = add(staff(house, prison, Role.ADMINISTRATOR), key, **values)
    assert pages.page.status_code == 422
    assert sentence in pages.page.text
    assert house.read(lambda s: s.scalars(select(PolicyRow)).all()) == []


def test_a_lawyers_meeting_cannot_be_switched_to_recording(house: House, prison: Prison) -> None:
    every = '{"family_visit": true, "family_call": true, "legal_consult": false, "lawyer_meeting": true, "mediation_session": false}'
    assert "never heard, spoken into or recorded" in add(staff(house, prison, Role.ADMINISTRATOR), "record", value=every).page.text


def test_a_future_row_is_taken_back_and_one_in_force_is_not(house: House, prison: Prison) -> None:
    pages = add(staff(house, prison, Role.ADMINISTRATOR))
    pages.submit({}, form="withdraw-1")
    assert house.read(lambda s: s.scalars(select(PolicyRow)).all()) == []
    house.write(lambda s: s.add(PolicyRow(key="max_visitors", prison_id=prison.id, effective_from=date(2026, 1, 1), value=1, basis="x", created_at=house.now)))
    number = house.read(lambda s: s.scalars(select(PolicyRow.id)).one())
    assert pages.post(f"/policies/rows/{number}/withdraw").status_code == 422
    assert house.read(lambda s: s.scalars(select(PolicyRow.id)).one()) == number


def test_an_administrator_of_one_prison_writes_for_that_one_only(house: House, prison: Prison) -> None:
    pages = staff(house, prison, Role.ADMINISTRATOR)
    page = add(pages, scope="everywhere").page
    assert page.status_code == 422
    central = add(staff(house, None, Role.ADMINISTRATOR), scope="everywhere")
    assert "The new value is entered." in central.page.text
    assert house.read(lambda s: value(s, "max_visitors", prison.id, TOMORROW)) == 2


@pytest.mark.parametrize("role", [Role.OFFICER, Role.DUTY_CHIEF, Role.AUDITOR, Role.BUREAU, Role.LEGAL_OFFICE])
def test_who_reads_does_not_write(house: House, prison: Prison, role: Role) -> None:
    pages = staff(house, prison, role)
    assert pages.get("/policies/").status_code == 200
    assert pages.get("/policies/max_visitors/new").status_code == 403


@pytest.mark.parametrize("role", [Role.WARD_OFFICER, Role.OPERATOR])
def test_who_has_no_business_here(house: House, prison: Prison, role: Role) -> None:
    assert staff(house, prison, role).get("/policies/").status_code == 403


def test_an_unknown_rule_is_not_there(house: House, prison: Prison) -> None:
    assert staff(house, prison, Role.ADMINISTRATOR).get("/policies/nonsense/new").status_code == 404

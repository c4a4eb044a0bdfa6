"""The page of the rules: what holds, why, what comes, and that nothing is changed backwards."""

from datetime import date

import pytest
from sqlalchemy import select

from tests.conftest import House
from tests.factories import make_levels, make_prison, make_staff
from tests.web.browsing import Browser, browser
from visitation.kernel.identity import Role
from visitation.people.models import Level, Prison
from visitation.policies.models import PolicyRow
from visitation.policies.queries import policies_of, value
from visitation.policies.rules import DEFAULTS, NEVER
from visitation.web.code_words import RELATIONS

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
    pages.submit({"v": "2", "effective_from": "2026-11-25", "basis": "Order 7/2026, article 3", **values}, form="policy")
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
        ("max_visitors", {"v": "{"}, "Not a valid integer value"),
        ("max_visitors", {"v": "9"}, "Please give a number from 1 to 3."),
        ("max_visitors", {"v": ""}, "Please fill in this field."),
        ("max_visitors", {"effective_from": "2026-11-24"}, "must begin on a day to come"),
        ("max_visitors", {"basis": " "}, "Please say what the rule rests on"),
        ("max_visitors", {"basis": ""}, "Please fill in this field."),
        ("visit_minutes", {"v__family_visit": "27"}, "Please give a multiple of 5."),
        ("release_time", {"v": "24:00"}, "Please give a time such as 09:00."),
        ("warn_at", {"v": "60, 300"}, "each smaller than the one before"),
        ("technical_return_share", {"v": "101"}, "Please give a number from 0 to 100."),
        ("relations", dict.fromkeys([f"v__{code}" for code in RELATIONS], "no"), "not possible for this rule"),
        ("instant_booking", {"v": "perhaps"}, "Not a valid choice"),
    ],
)
def test_a_wrong_row_is_refused_and_kept_on_the_page(house: House, prison: Prison, key: str, values: dict[str, str], sentence: str) -> None:
    pages = add(staff(house, prison, Role.ADMINISTRATOR), key, **values)
    assert pages.page.status_code == 422
    assert sentence in pages.page.text
    assert house.read(lambda s: s.scalars(select(PolicyRow)).all()) == []


@pytest.mark.parametrize("key", sorted(NEVER))
def test_a_lawyers_meeting_cannot_be_switched_to_recording(house: House, prison: Prison, key: str) -> None:
    """It is not asked for, and whoever sends it all the same gets the law."""
    pages = staff(house, prison, Role.ADMINISTRATOR)
    assert "v__lawyer_meeting" not in pages.get(f"/policies/{key}/new").text
    add(pages, key, v="", v__lawyer_meeting="yes")
    assert house.read(lambda s: value(s, key, prison.id, TOMORROW))["lawyer_meeting"] is False


def test_every_rule_has_a_form_that_gives_back_what_it_shows(house: House, prison: Prison) -> None:
    """A rule of whatever shape can be entered without code; unchanged fields give the value that holds."""
    house.write(make_levels)
    pages = staff(house, prison, Role.ADMINISTRATOR)
    for key in DEFAULTS:
        pages.get(f"/policies/{key}/new")
        assert [name for name in pages.form("policy")["fields"] if name == "v" or name.startswith("v__")], key
        assert "<textarea" not in pages.page.text.split('class="policy-value')[1].split("</fieldset>")[0]
        pages.submit({"basis": "Order 7/2026"}, form="policy")
        assert "The new value is entered." in pages.page.text, key
    entered = house.read(lambda s: policies_of(s, prison.id))
    assert {key: entered.value(key, TOMORROW) for key in DEFAULTS} == {key: default.value for key, default in DEFAULTS.items()}
    assert len(entered.rows) == len(DEFAULTS)


def test_a_table_by_level_a_record_and_relations_are_typed_field_by_field(house: House, prison: Prison) -> None:
    house.write(make_levels)
    pages = staff(house, prison, Role.ADMINISTRATOR)
    add(pages, "visits_per_month", v="", v__lenient="4")
    assert house.read(lambda s: value(s, "visits_per_month", prison.id, TOMORROW)) == {"strict": 0, "probation": 1, "general": 1, "lenient": 4}
    add(pages, "drops", v="", v__terminal__pause="20")
    assert house.read(lambda s: value(s, "drops", prison.id, TOMORROW))["terminal"] == {"pause": 20, "end": 300}
    add(pages, "relations", v="", v__guardian="no", v__sibling="asked")
    found = {item["code"]: item["needs_approval"] for item in house.read(lambda s: value(s, "relations", prison.id, TOMORROW))}
    assert "guardian" not in found
    assert found["sibling"] is True
    assert found["spouse"] is False
    add(pages, "technical_return_share", v="12.5")
    assert house.read(lambda s: value(s, "technical_return_share", prison.id, TOMORROW)) == 0.125


def test_a_level_that_was_added_later_is_asked_for(house: House, prison: Prison) -> None:
    house.write(make_levels)
    house.write(lambda s: s.add(Level(code="open", name="五级", name_en="Fifth", rank=9)))
    pages = staff(house, prison, Role.ADMINISTRATOR)
    pages.get("/policies/calls_per_month/new")
    assert "Fifth" in pages.page.text
    add(pages, "calls_per_month", v="", v__open="3")
    assert house.read(lambda s: value(s, "calls_per_month", prison.id, TOMORROW))["open"] == 3


def test_the_history_shows_past_present_and_future_with_who_and_why(house: House, prison: Prison) -> None:
    pages = add(staff(house, prison, Role.ADMINISTRATOR))
    old = {"key": "max_visitors", "prison_id": prison.id, "value": 1, "created_at": house.now}
    house.write(lambda s: s.add_all([PolicyRow(effective_from=date(2026, month, 1), basis=f"Order {month}", **old) for month in (1, 6)]))
    page = staff(house, prison, Role.AUDITOR).get("/policies/max_visitors")
    assert all(text in page.text for text in ("Order 1", "Order 6", "Order 7/2026", "Every province says at most three.", "in force", "to come", "警官"))
    assert "withdraw-" not in page.text
    mine = pages.get("/policies/max_visitors").text
    assert mine.count('<form method="post" id="withdraw-') == 1
    other = house.write(make_prison)
    assert "Order 6" not in staff(house, other, Role.AUDITOR).get("/policies/max_visitors").text
    assert pages.get("/policies/nonsense").status_code == 404


def test_a_future_row_is_taken_back_and_one_in_force_is_not(house: House, prison: Prison) -> None:
    pages = add(staff(house, prison, Role.ADMINISTRATOR))
    pages.get("/policies/max_visitors")
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

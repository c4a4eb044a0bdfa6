"""Prisons, wards, levels and terminals through the pages."""

import pytest
from sqlalchemy import select

from tests.conftest import House
from tests.factories import make_inmate, make_levels, make_prison, make_staff, make_terminal, make_ward
from tests.web.browsing import Browser, browser
from visitation.kernel.identity import Role
from visitation.people.models import Level, Prison, Ward
from visitation.timetable.models import Terminal, Timetable

PRISON = {
    "code": "QS9",
    "name": "青山监狱",
    "name_en": "Green Hill",
    "province": "示例省",
    "phone": "0991-5550199",
    "inmate_number_pattern": "[0-9]{8}",
    "uplink_sessions": "12",
}


def page_of(house: House, *roles: Role, prison: Prison | None = None) -> Browser:
    made = browser(house, "prison", house.write(lambda session: make_staff(session, roles, prison)))
    made.speak("en")
    return made


def test_the_bureau_founds_a_prison_with_timetable_and_levels(house: House) -> None:
    page = page_of(house, Role.BUREAU)
    page.get("/prisons/new")
    page.submit(PRISON | {"inmate_number_pattern": "["})
    assert "cannot be read" in page.page.text
    assert 'value="青山监狱"' in page.page.text
    page.submit(PRISON)
    assert "The prison is entered" in page.page.text
    made = house.read(lambda session: session.scalar(select(Prison)))
    assert (made.code, made.uplink_sessions) == ("QS9", 12)
    assert house.read(lambda session: session.get(Timetable, made.id)) is not None
    assert house.read(lambda session: [level.code for level in session.scalars(select(Level).order_by(Level.rank))]) == [
        "strict",
        "probation",
        "general",
        "lenient",
    ]
    page.get("/prisons/new")
    page.submit(PRISON)
    assert "This code is taken" in page.page.text


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.DUTY_CHIEF, Role.OFFICER, Role.AUDITOR])
def test_nobody_else_founds_one(house: House, role: Role) -> None:
    page = page_of(house, role, prison=house.write(make_prison))
    assert page.get("/prisons/new").status_code == 403
    page.get("/account")
    assert page.post("/prisons/new", PRISON).status_code == 403


def test_a_bureau_account_of_one_prison_founds_none(house: House) -> None:
    page = page_of(house, Role.BUREAU, prison=house.write(make_prison))
    assert page.get("/prisons/new").status_code == 404
    assert page.post("/levels/strict/remove").status_code in (400, 404)


def test_an_administrator_changes_their_own_prison_only(house: House) -> None:
    mine, other = house.write(make_prison), house.write(make_prison)
    page = page_of(house, Role.ADMINISTRATOR, prison=mine)
    assert page.get("/prisons").request.path == f"/prisons/{mine.code}"
    page.submit({"phone": "0991-5550111", "uplink_sessions": "3"}, form="prison /prisons")
    assert "The changes are saved" in page.page.text
    kept = house.read(lambda session: session.get(Prison, mine.id))
    assert (kept.phone, kept.uplink_sessions) == ("0991-5550111", 3)
    page.submit({"phone": "call us"}, form="prison /prisons")
    assert "Digits, spaces and hyphens" in page.page.text
    assert page.get(f"/prisons/{other.code}").status_code == 404
    page.get("/prisons")
    assert page.post(f"/prisons/{other.code}/wards", {"name": "x", "name_en": "x"}).status_code == 404


def test_wards_are_added_and_renamed(house: House) -> None:
    mine = house.write(make_prison)
    page = page_of(house, Role.ADMINISTRATOR, prison=mine)
    page.get("/prisons")
    page.submit({"name": "一监区", "name_en": "Ward 1"}, form="wards")
    assert "The ward is added" in page.page.text
    page.submit({"name": "一监区", "name_en": "Ward one"}, form="wards")
    assert "This name is taken" in page.page.text
    assert 'value="Ward one"' in page.page.text
    ward = house.read(lambda session: session.scalar(select(Ward)))
    page.get(f"/wards/{ward.id}")
    page.submit({"name": "女监区"})
    assert house.read(lambda session: session.get(Ward, ward.id).name) == "女监区"
    foreign = house.write(lambda session: make_ward(session, make_prison(session)))
    assert page.get(f"/wards/{foreign.id}").status_code == 404


def test_levels_are_data_and_one_in_use_stays(house: House) -> None:
    house.write(make_levels)
    page = page_of(house, Role.BUREAU)
    page.get("/levels")
    page.submit({"code": "fifth", "name": "五级", "name_en": "Fifth", "rank": "5"}, form="level")
    assert "五级" in page.page.text
    house.write(lambda session: make_inmate(session, make_ward(session, make_prison(session))))
    page.submit(form="/levels/general/remove")
    assert page.page.status_code == 422
    assert "Inmates have this level" in page.page.text
    page.get("/levels")
    page.submit(form="/levels/fifth/remove")
    assert house.read(lambda session: session.get(Level, "fifth")) is None


def test_an_administrator_reads_the_levels_and_does_not_change_them(house: House) -> None:
    house.write(make_levels)
    page = page_of(house, Role.ADMINISTRATOR, prison=house.write(make_prison))
    text = page.get("/levels").text
    assert "严管" in text
    assert "/remove" not in text
    assert page.post("/levels", {"code": "x", "name": "x", "name_en": "x", "rank": "1"}).status_code == 403
    page.get("/levels")
    assert page.post("/levels/general/remove").status_code == 403


def test_terminals_are_added_and_taken_out_of_service(house: House) -> None:
    mine = house.write(make_prison)
    page = page_of(house, Role.ADMINISTRATOR, prison=mine)
    page.get(f"/prisons/{mine.code}/terminals/new")
    page.submit({"name": "3", "room": "一号会见室"})
    assert page.page.request.path.endswith("/devices")
    terminal = house.read(lambda session: session.scalar(select(Terminal)))
    assert (terminal.name, terminal.in_service) == ("3", True)
    page.get(f"/prisons/{mine.code}/terminals/new")
    page.submit({"name": "3"})
    assert "This name is taken" in page.page.text
    version = house.read(lambda session: session.get(Timetable, mine.id).version)
    page.get(f"/terminals/{terminal.id}")
    page.submit({"name": "3"}, leave_out=("in_service",))
    assert "Out of service" in page.page.text
    assert house.read(lambda session: session.get(Terminal, terminal.id).in_service) is False
    assert house.read(lambda session: session.get(Timetable, mine.id).version) == version + 1


def test_other_prisons_terminals_do_not_exist(house: House) -> None:
    other = house.write(make_prison)
    terminal = house.write(lambda session: make_terminal(session, session.get(Prison, other.id), name="远处"))
    page = page_of(house, Role.ADMINISTRATOR, prison=house.write(make_prison))
    assert "远处" not in page.get("/terminals").text
    assert page.get(f"/terminals/{terminal.id}").status_code == 404
    assert page.get(f"/prisons/{other.code}/terminals/new").status_code == 404
    chief = page_of(house, Role.DUTY_CHIEF, prison=other)
    assert "远处" in chief.get("/terminals").text
    assert chief.get(f"/terminals/{terminal.id}").status_code == 403


@pytest.mark.parametrize("role", [Role.OFFICER, Role.WARD_OFFICER, Role.AUDITOR, Role.LEGAL_OFFICE, Role.DUTY_CHIEF])
def test_who_keeps_no_places(house: House, role: Role) -> None:
    mine = house.write(make_prison)
    page = page_of(house, role, prison=mine)
    for path in ("/prisons", f"/prisons/{mine.code}", "/levels", f"/prisons/{mine.code}/terminals/new"):
        assert page.get(path).status_code == 403

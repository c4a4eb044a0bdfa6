"""Mediation: the three calls of the day in the domain rules, asking again, and who may not look."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from consult.mediation.models import MediationAttempt, MediationCase
from tests.conftest import House
from tests.factories import make_inmate, make_prison, make_staff, make_ward
from tests.web.browsing import Browser, browser
from visitation.kernel.identity import Role


@pytest.fixture
def inmates(house: House) -> list[Any]:
    def work(session: Any) -> list[Any]:
        ward = make_ward(session, make_prison(session))
        return [make_inmate(session, ward) for _ in range(3)]

    found: list[Any] = house.write(work)
    return found


@pytest.fixture
def office(house: House, inmates: list[Any]) -> Browser:
    return staff(house, inmates[0].prison_id)


def staff(house: House, prison_id: int) -> Browser:
    from visitation.people.models import Prison

    account = house.write(lambda session: make_staff(session, (Role.LEGAL_OFFICE,), session.get_one(Prison, prison_id)))
    found = browser(house, "prison", account)
    found.speak("en")
    return found


def opened(office: Browser, inmate: Any) -> str:
    office.get("/mediation/new")
    typed = {"number": inmate.number, "other_name": "王芳", "other_relation": "spouse", "other_phone": "138 0000 1234", "cause": "divorce"}
    office.submit({**typed, "summary": "为孩子抚养发生争执"}, form="case")
    assert "The case is open" in office.page.text
    return office.page.request.path.rsplit("/", 1)[1]


def case(house: House, ref: str) -> MediationCase:
    found: MediationCase = house.read(lambda session: session.scalars(select(MediationCase).where(MediationCase.ref == ref)).one())
    return found


def test_three_calls_one_agreed_one_not_reached_one_needs_a_second(house: House, office: Browser, inmates: list[Any]) -> None:
    refs = [opened(office, inmate) for inmate in inmates]
    soon = (house.now + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")
    results = [
        {"result": "agreed", "agreement": "每月通话两次", "follow_up_on": "2026-12-20"},
        {"result": "not_reached", "next_at": soon},
        {"result": "again", "next_at": soon, "note": "愿意再谈"},
    ]
    for ref, typed in zip(refs, results, strict=True):
        office.get(f"/mediation/{ref}")
        office.submit({"means": "phone", **typed}, form="attempt")
        assert "The talk is written down" in office.page.text
    assert [case(house, ref).state for ref in refs] == ["agreed", "open", "open"]
    assert "每月通话两次" not in str(house.read(lambda session: session.execute(select(MediationCase.__table__)).all())), "sealed in the database"
    office.get(f"/mediation/{refs[0]}")
    assert "每月通话两次" in office.page.text
    assert office.post(f"/mediation/{refs[0]}", {"means": "phone", "result": "declined"}).status_code == 409


def test_a_double_click_opens_one_case_and_writes_one_talk(house: House, office: Browser, inmates: list[Any]) -> None:
    form = office.get("/mediation/new")
    typed = {"number": inmates[0].number, "other_name": "王芳", "other_relation": "spouse", "other_phone": "", "cause": "divorce", "summary": "争执"}
    for _click in range(2):
        office.page = form
        office.submit(typed, form="case")
    ref = house.read(lambda session: session.scalars(select(MediationCase)).one().ref)
    form = office.get(f"/mediation/{ref}")
    for _click in range(2):
        office.page = form
        office.submit({"means": "phone", "result": "again", "next_at": (house.now + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M")}, form="attempt")
    assert len(house.read(lambda session: session.scalars(select(MediationAttempt)).all())) == 1


def test_a_talk_without_what_follows_keeps_what_was_typed(house: House, office: Browser, inmates: list[Any]) -> None:
    ref = opened(office, inmates[0])
    office.get(f"/mediation/{ref}")
    office.submit({"means": "phone", "result": "again", "note": "愿意再谈"}, form="attempt")
    assert "when the next talk is" in office.page.text
    assert "愿意再谈" in office.page.text
    assert house.read(lambda session: session.scalars(select(MediationAttempt)).all()) == []


def test_an_agreement_that_is_not_kept_opens_the_case_again(house: House, office: Browser, inmates: list[Any]) -> None:
    ref = opened(office, inmates[0])
    office.get(f"/mediation/{ref}")
    office.submit({"means": "video", "result": "agreed", "agreement": "每月通话两次", "follow_up_on": "2026-12-20"}, form="attempt")
    house.clock.set(house.now + timedelta(days=30))
    office = staff(house, inmates[0].prison_id)
    office.get("/")
    assert "mediation talks that are due" in office.page.text
    office.get("/mediation")
    assert "overdue" in office.page.text
    office.get(f"/mediation/{ref}")
    office.submit({"note": "没有通话", "kept": "no"}, form="follow")
    assert case(house, ref).state == "open"
    office.submit({"means": "phone", "result": "agreed", "agreement": "每月一次", "follow_up_on": "2027-02-01"}, form="attempt")
    office.submit({"note": "正常", "kept": "yes"}, form="follow")
    office.get("/mediation?closed=1")
    assert ref in office.page.text


def test_another_prison_sees_nothing(house: House, office: Browser, inmates: list[Any]) -> None:
    ref = opened(office, inmates[0])
    elsewhere = staff(house, house.write(make_prison).id)
    assert elsewhere.get(f"/mediation/{ref}").status_code == 404
    elsewhere.get("/mediation")
    assert ref not in elsewhere.page.text
    elsewhere.get("/mediation/new")
    elsewhere.submit({"number": inmates[0].number, "other_name": "王芳", "other_relation": "spouse", "cause": "divorce", "summary": "争执"}, form="case")
    assert "no inmate with this number" in elsewhere.page.text

"""Requests for legal help on PostgreSQL, each application under its own role: what the pages read and write is what the roles may."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from consult.requests import demo, service
from consult.requests.models import HelpRequest, RequestSlip
from tests.conftest import House
from tests.web.test_requests import SECRET, TYPED, Scene, competing, entered, kiosk, letter, page, row, who, written

pytestmark = [pytest.mark.postgresql, pytest.mark.xdist_group("postgresql")]


@pytest.fixture
def house(zones: House) -> House:
    return zones


def test_from_the_ward_the_terminal_and_the_family(house: House) -> None:
    scene: Scene = house.write(Scene)
    one = entered(house, scene, family_part="call", family_consent=True, kinship_id=scene.kinship.id)
    sealed, about = written(house, scene, secrecy="lawyer"), written(house, scene, secrecy="prison")
    assert letter(house, sealed.ref).summary == SECRET
    ward, office, bureau = (page(house, account) for account in (scene.officer, scene.office, scene.bureau))
    assert about.ref not in ward.get("/help-requests").text
    slip: Any = house.read(lambda session: session.scalars(select(RequestSlip.id).where(RequestSlip.request_id == one.id)).one())
    ward.submit(form=f"/slips/{slip}/hand-over")
    assert SECRET in bureau.get(f"/help-requests/{about.ref}").text
    bureau.submit({"where": "驻监检察室"}, form="pass")
    office.get(f"/help-requests/{one.ref}")
    office.submit({"until": "2026-12-01", "reason": "禁闭"}, form="postpone")
    assert row(house, one.ref).state == "postponed"
    assert house.write(lambda session: service.sweep(session, house.now + timedelta(days=8))) == 1

    kin = page(house, scene.family.account, "family")
    kin.get("/legal-help/asked")
    kin.submit(form="done")
    assert row(house, one.ref).family_done_at == house.now

    room = page(house, scene.room)
    room.get(f"/help-requests/code/{scene.inmate.id}")
    room.submit(form="open")
    code = "".join(sign for sign in room.page.text.split("display-5")[1].split("<")[0] if sign.isdigit())
    screen = kiosk(house)
    screen.get("/terminal/help")
    screen.submit({"code": code}, form="open")
    screen.submit(TYPED, form="write")
    assert house.read(lambda session: session.scalar(select(func.count(HelpRequest.id)))) == 4

    house.write(lambda session: demo.day_of_rules(session, session.merge(scene.prison), house.now))
    clerk = who(house, scene.office)

    def seat(session: Any) -> None:
        for waiting in competing(session, scene.prison.id)[:3]:
            service.seated(session, clerk, waiting, "14:00", house.now)
            service.carry(session, clerk, waiting, "full", house.now)

    house.write(seat)
    assert len(house.read(lambda session: competing(session, scene.prison.id))) == 37

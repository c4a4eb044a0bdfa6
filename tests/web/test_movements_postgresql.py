"""Movements, officers of the day and feeds on PostgreSQL, each application under its own role: what they read and write is what the roles may."""

from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import LiveVisit, make_booking, make_family, make_inmate, make_live_visit, make_staff, make_terminal, make_ward
from tests.web.browsing import browser
from tests.web.test_calendars import fetch, made_by
from visitation.bookings.models import Booking
from visitation.kernel.identity import Role
from visitation.movements import service as movements
from visitation.movements.models import MovementStep
from visitation.officers import service as officers
from visitation.officers.models import OfficerAssignment
from visitation.people.models import NonAssociation
from visitation.timetable.models import Duty

pytestmark = [pytest.mark.postgresql, pytest.mark.xdist_group("postgresql")]


@pytest.fixture
def house(zones: House) -> House:
    return zones


def test_a_day_of_wards_and_officers(house: House) -> None:
    def make(session: Session) -> tuple[LiveVisit, Any, Any]:
        visit = make_live_visit(session, house.now, starts_at=house.now + timedelta(minutes=20))
        other = make_inmate(session, make_ward(session, visit.prison))
        make_booking(session, make_family(session), other, make_terminal(session, visit.prison), house.now + timedelta(minutes=40))
        session.add(NonAssociation(inmate_id=min(visit.inmate.id, other.id), other_id=max(visit.inmate.id, other.id)))
        for officer in (visit.officer, make_staff(session, [Role.OFFICER], visit.prison)):
            begins = house.now - timedelta(hours=1)
            session.add(Duty(prison_id=visit.prison.id, account_id=officer.id, starts_at=begins, ends_at=begins + timedelta(hours=6), lanes=2))
        return visit, make_staff(session, [Role.DUTY_CHIEF], visit.prison), make_staff(session, [Role.WARD_OFFICER], visit.prison, wards=[visit.inmate.ward])

    visit, chief, warder = house.write(make)
    assert house.write(lambda s: officers.sweep(s, house.now)) == 1
    assert house.write(lambda s: officers.sweep(s, house.now)) == 0
    ward = browser(house, "prison", warder)
    ward.speak("en")
    ward.get("/movements/tell")
    assert ward.submit({"answer": "accepted"}, form=f"{visit.booking.ref}/answer").status_code == 200
    assert "Keep apart all day from" in ward.get("/movements").text
    assert ward.submit({}, form="/movements/print").mimetype == "application/pdf"
    ward.get("/movements")
    assert ward.post(f"/movements/{visit.booking.ref}/step", {"step": "refused", "reason": "unwell"}).status_code == 200
    house.clock.advance(timedelta(seconds=61))
    assert house.write(lambda s: movements.settle(s, house.now)) == 1
    assert house.read(lambda s: s.get_one(Booking, visit.booking.id)).outcome == "refused_by_inmate"
    assert house.read(lambda s: s.scalars(select(MovementStep.settled_at)).one()) == house.now
    page = browser(house, "prison", chief)
    page.speak("en")
    assert "no officer" not in page.get("/officers").text
    page.submit({}, form=f"/{visit.officer.id}/out")
    assert visit.officer.id not in house.read(lambda s: s.scalars(select(OfficerAssignment.account_id).join(Booking).where(Booking.state == "confirmed")).all())
    assert page.get("/").status_code == 200
    for zone, account in (("family", visit.family.account), ("prison", visit.officer)):
        address = made_by(browser(house, zone, account))
        assert Calendar.from_ical(fetch(house, address, zone).data)["METHOD"] == "PUBLISH"

"""A legal-help day on PostgreSQL, each application under its own role: names declared from outside, two officers who publish at once, a lawyer gone."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select, update

from consult.helpdays import planning, publishing
from consult.helpdays.models import HelpDay, HelpDuty, HelpSeat
from consult.requests.models import RequestSlip
from tests.conftest import NOON, House
from tests.web.browsing import browser
from tests.web.helpday_world import Day, declare_all, make_day, make_request
from visitation.accounts.models import Account
from visitation.bookings.models import Booking

pytestmark = [pytest.mark.postgresql, pytest.mark.xdist_group("postgresql")]


def build(session: Any) -> Day:
    day = make_day(session, ({}, {}), wards=2)
    for number in range(8):
        make_request(session, day, number % 2)
    declare_all(session, day, lawyers=day.lawyers[1:])
    return day


def count(house: House, model: Any, *where: Any) -> int:
    return house.read(lambda session: session.scalar(select(func.count()).select_from(model).where(*where)))


def test_a_day_from_the_names_to_the_plan_without_a_lawyer(zones: House) -> None:
    house, day = zones, zones.write(build)
    who, day_id = day.who, day.day.id
    house.write(lambda s: planning.propose(s, who, day_id, 0, NOON))
    house.write(lambda s: s.execute(update(HelpDay).values(conflicts_asked_at=NOON)))
    outside = browser(house, "family", house.read(lambda s: s.get_one(Account, day.lawyers[0].account_id)))
    outside.get("/lawyer/conflicts")
    assert outside.submit({"act": "all_none"}, form="declare").status_code == 200
    together = Barrier(2)

    def publish(_officer: int) -> str:
        together.wait()
        return str(house.write(lambda s: publishing.publish(s, who, day_id, 1, NOON)).state)

    with ThreadPoolExecutor(2) as officers:
        assert list(officers.map(publish, range(2))) == ["published"] * 2
    assert count(house, Booking) == 8
    assert count(house, RequestSlip) == 8
    house.write(lambda s: s.execute(update(HelpDuty).where(HelpDuty.place == 1).values(state="dropped")))
    done = house.write(lambda s: publishing.again(s, who, day_id, 1, NOON))
    assert (done.seated, done.carried) == (3, 1), "seven places are left for eight"
    assert count(house, Booking, Booking.state == "confirmed") == 7
    house.write(lambda s: publishing.take_back(s, who, day_id, 2, NOON))
    assert count(house, Booking, Booking.state == "confirmed") == 0
    assert browser(house, "prison", day.office).get(f"/help-days/{day.day.ref}/plan").status_code == 200
    assert count(house, HelpSeat) == 8

"""Series and roster of legal-help days on PostgreSQL, each application under its own role: what lawyers do in the family zone is what its role may."""

from datetime import date, time

import pytest
from sqlalchemy import select

from consult.helpdays import roster, series
from consult.helpdays.models import HelpDuty
from consult.helpdays.rules_series import Elsewhere, Target
from tests.calendar_readers import by_hand, by_recurring, by_vobject
from tests.conftest import House
from tests.web.helpdays import make_office, pattern
from tests.web.test_helpdays_calendars import FIRST, LAST, fetch, subscribed
from tests.web.test_helpdays_roster import SECOND, THIRD, Roster

pytestmark = [pytest.mark.postgresql, pytest.mark.xdist_group("postgresql")]


@pytest.fixture
def house(zones: House) -> House:
    return zones


def test_a_series_its_roster_and_its_calendars(house: House) -> None:
    office = make_office(house)
    closed = date(2026, 12, 23)
    office.close(closed)
    row = house.write(lambda s: series.create(s, office.who, office.prison.id, pattern(office), {closed: Elsewhere(None)}, "年终", house.now))
    plan = Roster(office, {day.planned_on: day for day in row.days})
    mine, _other = plan.put(SECOND, 0, 1, agreed=False)
    first, colleague = plan.page(0), plan.page(2)
    first.get("/lawyer/days")
    first.submit({"said": "yes"}, form="answer")
    first.get(f"/lawyer/days/{mine.ref}/swap")
    first.submit({"colleague": str(office.lawyers[2].id)}, form="swap")
    colleague.get("/lawyer/days")
    colleague.submit({"said": "yes"}, form="swap-")
    assert plan.on_duty(SECOND) == [2]
    theirs = house.read(lambda s: s.scalars(select(HelpDuty.ref).where(HelpDuty.lawyer_id == office.lawyers[2].id)).one())
    colleague.get(f"/lawyer/days/{theirs}/swap")
    colleague.submit({"reason": "突发疾病"}, form="drop")
    assert plan.on_duty(SECOND) == []

    house.write(lambda s: series.move(s, office.who, plan.days[THIRD].id, Target(date(2026, 12, 10), time(9), time(11), closed=False), "换", house.now))
    house.write(lambda s: series.change(s, office.who, row.id, pattern(office, starts_on=date(2026, 12, 14)), {closed: Elsewhere(None)}, "改", house.now))
    assert house.write(lambda s: (series.sweep(s, house.now), roster.sweep(s, house.now))) == (0, 0)
    plan.put(THIRD, 0)
    data = fetch(house, subscribed(first, "?of=help_days"))
    found = by_recurring(data, FIRST, LAST)
    assert by_vobject(data, FIRST, LAST) == by_hand(data, FIRST, LAST) == found
    assert len(found) == 2 + 1, "before the change: two by the rule, one moved"
    assert len(by_recurring(fetch(house, subscribed(first, "")), FIRST, LAST)) == 1

"""Calendars of legal-help days: the series by its rule and a lawyer's duties, expanded alike by programs that do not know each other."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from flask_babel import force_locale
from icalendar import Calendar

from consult.helpdays import feeds, roster, series
from consult.helpdays.models import HelpSeries
from consult.helpdays.rules_series import Elsewhere, Target
from tests.calendar_readers import by_hand, by_recurring, by_vobject
from tests.conftest import House
from tests.factories import make_staff
from tests.web.browsing import browser
from tests.web.helpdays import Office, make_office, pattern
from visitation.kernel.identity import Role
from visitation.kernel.interval import at_local

FIRST, LAST = at_local(date(2026, 11, 1), time()), at_local(date(2027, 4, 1), time())
OPENS, CLOSES = time(14), time(16, 30)


@pytest.fixture
def office(house: House) -> Office:
    return make_office(house)


def span(day: date, opens: time = OPENS, closes: time = CLOSES) -> tuple[int, int]:
    return int(at_local(day, opens).timestamp()), int(at_local(day, closes).timestamp())


def wednesdays(first: date, last: date) -> list[date]:
    return [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]


def of(house: House, office: Office) -> bytes:
    def read(session: Any) -> bytes:
        session.expire_all()
        with force_locale("en"):
            return feeds.series_feed(feeds.series_of_prison(session, office.prison.id, house.now), "http://localhost:8001/help-days")

    return house.read(read)  # type: ignore[no-any-return]


def alike(data: bytes, first: datetime = FIRST, last: datetime = LAST) -> list[tuple[int, int]]:
    """What all readers find."""
    found = by_recurring(data, first, last)
    assert by_vobject(data, first, last) == found
    assert by_hand(data, first, last) == found
    return found


def test_moved_and_cancelled_days_are_read_alike(house: House, office: Office) -> None:
    """The rule, a day left out, one held on another day, one at other hours, one moved and then cancelled."""
    closed = {date(2026, 12, 9): Elsewhere(None), date(2026, 12, 23): Elsewhere(date(2026, 12, 24))}
    office.close(*closed)
    row = house.write(lambda s: series.create(s, office.who, office.prison.id, pattern(office), closed, "年终", house.now))
    days = {day.planned_on: day.id for day in house.read(lambda s: s.get(HelpSeries, row.id).days)}
    house.write(lambda s: series.move(s, office.who, days[date(2026, 12, 16)], Target(date(2026, 12, 16), time(9), time(11), closed=False), "法庭", house.now))
    house.write(lambda s: series.move(s, office.who, days[date(2026, 12, 30)], Target(date(2026, 12, 31), OPENS, CLOSES, closed=False), "换", house.now))
    data = of(house, office)
    wanted = [span(day) for day in wednesdays(date(2026, 11, 25), date(2027, 3, 31))]
    for day in (date(2026, 12, 9), date(2026, 12, 16), date(2026, 12, 23), date(2026, 12, 30)):
        wanted.remove(span(day))
    wanted += [span(date(2026, 12, 16), time(9), time(11)), span(date(2026, 12, 24)), span(date(2026, 12, 31))]
    assert alike(data) == sorted(wanted)
    house.write(lambda s: series.cancel_day(s, office.who, days[date(2026, 12, 30)], "取消", house.now))
    assert alike(of(house, office)) == sorted(set(wanted) - {span(date(2026, 12, 31))})

    text = re.sub(r"\r\n[ \t]", "", data.decode())
    for line in ("RRULE:FREQ=WEEKLY;BYDAY=WE", "DTSTART;TZID=Asia/Shanghai:20261125T140000", "EXDATE;TZID=Asia/Shanghai:20261209T140000"):
        assert line in text
    assert "RECURRENCE-ID;TZID=Asia/Shanghai:20261223T140000" in text
    assert text.count("BEGIN:VTIMEZONE") == 1
    assert len(set(re.findall(r"UID:(.*)", text))) == 1, "one series, one UID for good"
    for secret in (office.prison.name, office.prison.name_en, office.inmate.name):
        assert secret not in text


def test_every_change_grows_the_number_and_nothing_else_does(house: House, office: Office) -> None:
    row = house.write(lambda s: series.create(s, office.who, office.prison.id, pattern(office), {}, "", house.now))
    numbers = [sequence(of(house, office))]
    assert of(house, office) == of(house, office)
    day = house.read(lambda s: s.get(HelpSeries, row.id).days[2].id)
    steps: list[Any] = [
        lambda s: series.move(s, office.who, day, Target(date(2026, 12, 10), OPENS, CLOSES, closed=False), "换", house.now),
        lambda s: series.cancel_day(s, office.who, day, "取消", house.now),
        lambda s: series.restore(s, office.who, day, house.now),
        lambda s: series.change(s, office.who, row.id, pattern(office, starts_on=date(2026, 12, 7), opens=time(9), closes=time(11)), {}, "改", house.now),
    ]
    for step in steps:
        house.clock.advance(timedelta(minutes=1))
        house.write(step)
        numbers.append(sequence(of(house, office)))
    assert numbers == sorted(set(numbers))


def sequence(data: bytes) -> int:
    """Of the oldest series' recurring event."""
    return int(next(one for one in Calendar.from_ical(data).walk("VEVENT") if "RRULE" in one)["SEQUENCE"])


def test_a_changed_series_is_two_and_its_end_is_included(house: House, office: Office) -> None:
    row = house.write(lambda s: series.create(s, office.who, office.prison.id, pattern(office), {}, "", house.now))
    later = pattern(office, weekdays=(3, 4), every_weeks=2, starts_on=date(2026, 12, 14), ends_on=date(2027, 1, 15), opens=time(9), closes=time(11))
    new = house.write(lambda s: series.change(s, office.who, row.id, later, {}, "改", house.now))
    thursdays = [date(2026, 12, 17), date(2026, 12, 31), date(2027, 1, 14)]
    every = [span(day, time(9), time(11)) for one in thursdays for day in (one, one + timedelta(days=1))]
    assert alike(of(house, office)) == sorted([span(day) for day in wednesdays(date(2026, 11, 25), date(2026, 12, 9))] + every)
    house.write(lambda s: series.end(s, office.who, new.id, date(2026, 12, 17), "结束", house.now))
    assert alike(of(house, office))[-1] == span(date(2026, 12, 17), time(9), time(11))


def test_a_rule_without_any_day_left_is_no_event(house: House, office: Office) -> None:
    made = pattern(office, ends_on=date(2026, 11, 26))
    row = house.write(lambda s: series.create(s, office.who, office.prison.id, made, {}, "", house.now))
    house.write(lambda s: series.cancel_day(s, office.who, s.get(HelpSeries, row.id).days[0].id, "取消", house.now))
    assert Calendar.from_ical(of(house, office)).walk("VEVENT") == []


def test_a_lawyer_and_the_prison_subscribe(house: House, office: Office) -> None:
    """Two addresses of a lawyer, one of the ward; each shows its own, and ends by itself."""
    row = house.write(lambda s: series.create(s, office.who, office.prison.id, pattern(office), {}, "", house.now))
    first, second = house.read(lambda s: [day.id for day in s.get(HelpSeries, row.id).days[:2]])
    me = office.lawyers[0]
    agreed = house.write(lambda s: roster.ask(s, office.who, first, {1: me.id}, True, house.now)[0].ref)
    asked = house.write(lambda s: roster.ask(s, office.who, second, {2: me.id}, False, house.now)[0].ref)
    house.write(lambda s: roster.ask(s, office.who, first, {2: office.lawyers[1].id}, True, house.now))
    page = browser(house, "family", me.account)
    page.speak("en")
    own, days = subscribed(page, ""), subscribed(page, "?of=help_days")
    events = {str(one["UID"]).partition("@")[0]: str(one["STATUS"]) for one in Calendar.from_ical(fetch(house, own)).walk("VEVENT")}
    assert events == {f"help-duty-{agreed}": "CONFIRMED", f"help-duty-{asked}": "TENTATIVE"}
    assert alike(fetch(house, own)) == [span(date(2026, 11, 25)), span(date(2026, 12, 2))]
    assert len(alike(fetch(house, days))) == len(wednesdays(date(2026, 11, 25), date(2027, 3, 31)))

    house.write(lambda s: series.move(s, office.who, second, Target(date(2026, 12, 3), OPENS, CLOSES, closed=False), "换", house.now))
    assert alike(fetch(house, own))[1] == span(date(2026, 12, 3)), "a moved day moves in the lawyer's calendar"
    house.write(lambda s: series.cancel_day(s, office.who, second, "取消", house.now))
    assert alike(fetch(house, own)) == [span(date(2026, 11, 25))]

    page.get("/calendar")
    page.submit({}, form="/calendar/revoke")
    assert house.family.test_client().get(own, base_url="http://localhost:8000").status_code == 404
    assert fetch(house, days), "the other address goes on"
    assert page.get("/calendar?of=nothing").status_code == 404

    ward = browser(house, "prison", house.write(lambda s: make_staff(s, (Role.WARD_OFFICER,), office.prison)))
    ward.speak("en")
    address = subscribed(ward, "")
    answer = house.prison.test_client().get(address, base_url="http://localhost:8001")
    assert alike(answer.data) == alike(fetch(house, days))


def subscribed(page: Any, which: str) -> str:
    page.get(f"/calendar{which}")
    found = re.search(r'id="address"[^>]*value="http://localhost:800[01](/calendar/[^"]+)"', page.submit({}, form="/calendar/new").text)
    assert found
    return found[1]


def fetch(house: House, address: str) -> bytes:
    answer = house.family.test_client().get(address, base_url="http://localhost:8000")
    assert answer.status_code == 200
    return bytes(answer.data)


def test_who_is_no_lawyer_any_more_has_no_calendar(house: House, office: Office) -> None:
    me = office.lawyers[0]
    page = browser(house, "family", me.account)
    page.speak("en")
    address = subscribed(page, "")
    house.write(lambda s: setattr(s.get(type(me), me.id).account, "closed_at", house.now))
    assert house.family.test_client().get(address, base_url="http://localhost:8000").status_code == 404

"""Calendar files and private feeds: read by three programs that do not know each other, silent about people, closed to whoever lacks the secret."""

import logging
import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import ics
import pytest
import recurring_ical_events
import vobject
from flask_babel import force_locale
from icalendar import Calendar
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import LiveVisit, make_booking, make_clerk, make_family, make_inmate, make_live_visit, make_staff, make_terminal, make_ward
from tests.web.browsing import Browser, browser
from tests.web.signing import signed_in
from visitation.accounts.models import Account
from visitation.audit.models import AuditEntry
from visitation.bookings.models import Booking
from visitation.bookings.service import cancel, record_outcome
from visitation.calendars.events import UID_DOMAIN
from visitation.calendars.models import CalendarFeed
from visitation.calendars.service import invitation
from visitation.kernel.identity import SYSTEM, Role
from visitation.kernel.ids import digest
from visitation.officers.models import OfficerAssignment
from visitation.people.models import Visitor
from visitation.store.db import db
from visitation.timetable.models import Duty

SHANGHAI = ZoneInfo("Asia/Shanghai")
ORIGIN = "http://localhost:8000"
LATER = timedelta(days=3)


@pytest.fixture
def visit(house: House) -> LiveVisit:
    return house.write(lambda s: make_live_visit(s, house.now, starts_at=house.now + LATER))


def file_of(house: House, visit: LiveVisit, attendee: str | None = "kin@example.cn") -> bytes:
    def read(session: Session) -> bytes:
        with force_locale("en"):
            return invitation(session.get_one(Booking, visit.booking.id, populate_existing=True), ORIGIN, "visits@example.cn", attendee)

    return house.read(read)


def three_readings(data: bytes) -> list[dict[str, Any]]:
    """What three independent readers find in the earliest event: icalendar, vobject, ics."""
    text = data.decode()
    one = min(Calendar.from_ical(text).walk("VEVENT"), key=lambda found: found.decoded("DTSTART"))
    two = min(vobject.readOne(text).vevent_list, key=lambda found: found.dtstart.value)
    three = min(ics.Calendar(text).events, key=lambda found: found.begin)
    return [
        {"uid": str(one["UID"]), "start": one.decoded("DTSTART"), "end": one.decoded("DTEND"), "summary": str(one["SUMMARY"]), "status": str(one["STATUS"])},
        {"uid": two.uid.value, "start": two.dtstart.value, "end": two.dtend.value, "summary": two.summary.value, "status": two.status.value},
        {"uid": three.uid, "start": three.begin.datetime, "end": three.end.datetime, "summary": three.name, "status": three.status},
    ]


def agree(data: bytes) -> dict[str, Any]:
    """The one thing that all three read, with times as moments."""
    found = [{**one, "start": one["start"].timestamp(), "end": one["end"].timestamp()} for one in three_readings(data)]
    assert found[0] == found[1] == found[2]
    return found[0]


def raw(data: bytes) -> str:
    """Unfolded text; every line ends with CR LF, and none is longer than 75 bytes (RFC 5545 §3.1)."""
    assert data.count(b"\n") == data.count(b"\r\n")
    assert max(map(len, data.split(b"\r\n"))) <= 75
    return re.sub(r"\r\n[ \t]", "", data.decode())


# -- files


def test_invitation_update_and_cancellation_are_read_alike(house: House, visit: LiveVisit) -> None:
    first = file_of(house, visit)
    found = agree(first)
    start = house.now + LATER
    assert (found["start"], found["end"]) == (start.timestamp(), (start + timedelta(minutes=30)).timestamp())
    assert (found["uid"], found["status"]) == (f"{visit.booking.ref}@{UID_DOMAIN}", "CONFIRMED")
    text = raw(first)
    assert "METHOD:REQUEST" in text
    assert "SEQUENCE:0" in text
    assert "ATTENDEE;PARTSTAT=ACCEPTED:mailto:kin@example.cn" in text
    assert "DTSTART;TZID=Asia/Shanghai:20261127T120000" in text
    assert "BEGIN:VTIMEZONE" in text
    assert "TZOFFSETTO:+0800" in text

    def move(session: Session) -> None:
        booking = session.get_one(Booking, visit.booking.id)
        booking.starts_at, booking.ends_at, booking.sequence = booking.starts_at + timedelta(hours=1), booking.ends_at + timedelta(hours=1), 1

    house.write(move)
    update = file_of(house, visit)
    assert agree(update) == found | {"start": found["start"] + 3600, "end": found["end"] + 3600}
    assert "SEQUENCE:1" in raw(update)
    house.write(lambda s: cancel(s, SYSTEM, visit.booking.id, house.now))
    gone = raw(file_of(house, visit))
    assert agree(file_of(house, visit))["status"] == "CANCELLED"
    assert "METHOD:CANCEL" in gone
    assert int(re.search(r"SEQUENCE:(\d+)", gone)[1]) == 2  # type: ignore[index]
    assert "VALARM" not in gone


def test_a_visit_that_took_place_stays_in_the_calendar_and_one_that_did_not_is_taken_out(house: House, visit: LiveVisit) -> None:
    house.write(lambda s: record_outcome(s, visit.booking.id, "completed", 1700, None, house.now))
    assert "METHOD:REQUEST" in raw(file_of(house, visit))
    house.write(lambda s: record_outcome(s, visit.booking.id, "refused_by_inmate", 0, None, house.now))
    assert "METHOD:CANCEL" in raw(file_of(house, visit))


def test_nobody_to_invite_is_a_publication(house: House, visit: LiveVisit) -> None:
    text = raw(file_of(house, visit, None))
    assert "METHOD:PUBLISH" in text
    assert "ATTENDEE" not in text


def test_the_time_is_right_by_the_files_own_zone_and_by_expansion(house: House, visit: LiveVisit) -> None:
    """The VTIMEZONE in the file is read without the machine's zone tables, and what clients expand is one event on the right day."""
    data = file_of(house, visit)
    zone = Calendar.from_ical(data).walk("VTIMEZONE")[0].to_tz(lookup_tzid=False)
    assert zone.utcoffset(datetime(2026, 11, 27, 12, tzinfo=zone)) == timedelta(hours=8)
    assert zone.utcoffset(datetime(2026, 7, 1, 12, tzinfo=zone)) == timedelta(hours=8)
    assert len(recurring_ical_events.of(Calendar.from_ical(data)).at(date(2026, 11, 27))) == 1


def people_of(house: House, visit: LiveVisit) -> list[str]:
    return [visit.inmate.name, visit.inmate.number, visit.family.visitor.name, visit.prison.name, visit.prison.name_en]


def test_a_lock_screen_learns_nothing(house: House, visit: LiveVisit) -> None:
    text = raw(file_of(house, visit))
    for secret in people_of(house, visit):
        assert secret not in text
    for word in ("prison", "inmate", "监狱", "服刑"):
        assert word not in agree(file_of(house, visit))["summary"]


@pytest.mark.parametrize("bad", ["a@b.cn\r\nBEGIN:VEVENT", "a@b.cn\nX-EVIL:1", "a@b.cn\r\n ATTENDEE:mailto:x@y", "a@b.cn\u2028X:1", 'a"@b.cn;X=1:mailto:q'])
def test_nothing_breaks_out_of_its_line(house: House, visit: LiveVisit, bad: str) -> None:
    data = file_of(house, visit, bad)
    found = Calendar.from_ical(data)
    assert len(found.walk("VEVENT")) == 1
    assert not [name for one in found.walk() for name in one if name.startswith("X-EVIL")]
    agree(data)


# -- a family's feed


@pytest.fixture
def family(house: House, visit: LiveVisit) -> Browser:
    made = browser(house, "family", visit.family.account)
    made.speak("en")
    return made


def address_in(page: str) -> str:
    found = re.search(r'id="address"[^>]*value="http://localhost:800[01](/calendar/[^"]+)"', page)
    assert found, "no address on the page"
    return found[1]


def made_by(page: Browser) -> str:
    page.get("/calendar")
    return address_in(page.submit({}, form="/calendar/new").text)


def fetch(house: House, address: str, zone: str = "family", **headers: str) -> Any:
    app = house.family if zone == "family" else house.prison
    return app.test_client().get(address, base_url=f"http://localhost:800{0 if zone == 'family' else 1}", headers=headers)


def test_a_family_subscribes(house: House, visit: LiveVisit, family: Browser) -> None:
    assert "Make my address" in family.get("/calendar").text
    address = made_by(family)
    assert 'href="webcal://localhost:8000/calendar/' in family.page.text
    assert "data:image/png;base64," in family.page.text
    answer = fetch(house, address)
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    text = raw(answer.data)
    for line in ("METHOD:PUBLISH", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H", "BEGIN:VTIMEZONE"):
        assert line in text
    assert agree(answer.data)["uid"] == f"{visit.booking.ref}@{UID_DOMAIN}"
    for secret in people_of(house, visit):
        assert secret not in text
    assert address not in family.get("/calendar").text, "it is shown once"
    assert "Last read by a calendar" in family.page.text
    assert "not yet" not in family.page.text


def test_only_what_stands_is_in_a_feed_in_its_owners_language(house: House, visit: LiveVisit, family: Browser) -> None:
    address = made_by(family)
    assert "视频预约" in raw(fetch(house, address).data)
    house.write(lambda s: setattr(s.get_one(Account, visit.family.account.id), "language", "en"))
    assert "Video appointment" in raw(fetch(house, address).data)
    house.write(lambda s: cancel(s, SYSTEM, visit.booking.id, house.now))
    empty = fetch(house, address)
    assert empty.status_code == 200
    assert not Calendar.from_ical(empty.data).walk("VEVENT")


def test_the_same_feed_is_not_sent_twice(house: House, visit: LiveVisit, family: Browser) -> None:
    address = made_by(family)
    first = fetch(house, address)
    assert first.headers["Cache-Control"] == "private, no-cache"
    mark = first.headers["ETag"]
    house.clock.advance(timedelta(minutes=30))
    again = fetch(house, address, **{"If-None-Match": mark})
    assert (again.status_code, again.data) == (304, b"")
    house.write(lambda s: setattr(s.get_one(Booking, visit.booking.id), "sequence", 5))
    assert fetch(house, address, **{"If-None-Match": mark}).status_code == 200


def test_a_relative_in_the_party_has_the_visit_too(house: House, visit: LiveVisit) -> None:
    def join(session: Session) -> Account:
        aunt = make_family(session)
        session.get_one(Booking, visit.booking.id).party[0].visitor = session.get_one(Visitor, aunt.visitor.id)
        return aunt.account

    aunt = browser(house, "family", house.write(join))
    assert visit.booking.ref in raw(fetch(house, made_by(aunt)).data)


def test_a_new_address_ends_the_old_one_and_stopping_ends_both(house: House, visit: LiveVisit, family: Browser) -> None:
    old = made_by(family)
    family.get("/calendar")
    new = address_in(family.submit({}, form="/calendar/new").text)
    assert new != old
    assert (fetch(house, old).status_code, fetch(house, new).status_code) == (404, 200)
    family.get("/calendar")
    assert "no longer works" in family.submit({}, form="/calendar/revoke").text
    assert fetch(house, new).status_code == 404
    acts = house.read(lambda s: s.scalars(select(AuditEntry.act).where(AuditEntry.act.startswith("calendar.")).order_by(AuditEntry.id)).all())
    assert acts == ["calendar.make", "calendar.make", "calendar.revoke"]


def queries_of(house: House, address: str) -> tuple[int, int, str]:
    """(status, how many statements, the page without its own address and tokens) of a request."""
    seen: list[str] = []

    def listen(*args: Any) -> None:
        seen.append(str(args[2]))

    with house.family.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", listen)
    answer = fetch(house, address)
    event.remove(engine, "before_cursor_execute", listen)
    return answer.status_code, len(seen), re.sub(r'(csrf_token"[^>]*value=)"[^"]*"', "", answer.text.replace(address, ""))


def test_wrong_addresses_are_one_answer_after_the_same_work(house: House, visit: LiveVisit, family: Browser) -> None:
    revoked = made_by(family)
    made_by(family)
    closed_family = house.write(lambda s: make_family(s).account)
    closed = made_by(browser(house, "family", closed_family))
    house.write(lambda s: setattr(s.get_one(Account, closed_family.id), "closed_at", house.now))
    unknown = f"/calendar/{'x' * 43}.ics"
    answers = {queries_of(house, address) for address in (unknown, revoked, closed, "/calendar/short.ics", f"/calendar/{'y' * 900}.ics")}
    assert len(answers) == 1
    assert answers.pop()[0] == 404


def test_the_secret_is_kept_nowhere_also_when_it_is_used_too_often(house: House, visit: LiveVisit, family: Browser, caplog: pytest.LogCaptureFixture) -> None:
    """Sixty readings an hour, each feed for itself; neither a log nor a row knows the address."""
    theirs = made_by(browser(house, "family", house.write(lambda s: make_family(s).account)))
    with caplog.at_level(logging.DEBUG):
        token = made_by(family).removeprefix("/calendar/").removesuffix(".ics")
        statuses = [fetch(house, f"/calendar/{token}.ics").status_code for _again in range(61)]
    assert (statuses[59], statuses[60]) == (200, 429)
    assert fetch(house, theirs).status_code == 200
    assert token not in caplog.text
    assert digest(token) in house.read(lambda s: s.scalars(select(CalendarFeed.token_digest)).all())
    kept = house.read(lambda s: [str(vars(one)) for table in (AuditEntry, CalendarFeed) for one in s.scalars(select(table))])
    assert not [text for text in kept if token in text]


def test_a_clerk_makes_no_feed_for_somebody_else(house: House, visit: LiveVisit) -> None:

    clerk = house.write(lambda s: make_clerk(s).id)
    client = signed_in(house, house.family, clerk, assisting_id=visit.family.visitor.id)
    assert client.get("/calendar").status_code == 404
    assert browser(house, "family").get("/calendar", follow=False).status_code == 302


# -- an officer's feed


def test_an_officer_subscribes_to_sessions_and_duty(house: House, visit: LiveVisit) -> None:
    def assign(session: Session) -> None:
        terminal, ward = make_terminal(session, visit.prison, name="三号终端"), make_ward(session, visit.prison)
        far = make_booking(session, make_family(session), make_inmate(session, ward), terminal, house.now + timedelta(days=15))
        for booking_id in (visit.booking.id, far.id):
            session.add(OfficerAssignment(booking_id=booking_id, account_id=visit.officer.id, at=house.now))
        begins = house.now + LATER - timedelta(hours=1)
        session.add(Duty(prison_id=visit.prison.id, account_id=visit.officer.id, starts_at=begins, ends_at=begins + timedelta(hours=4), lanes=3))

    house.write(assign)
    page = browser(house, "prison", visit.officer)
    page.speak("en")
    address = made_by(page)
    answer = fetch(house, address, "prison")
    found = Calendar.from_ical(answer.data).walk("VEVENT")
    assert sorted(str(one["UID"]).rpartition("@")[0] for one in found) == sorted([f"{visit.booking.ref}-watch", "duty-1"]), "two weeks ahead and no more"
    assert {str(one["TRANSP"]) for one in found} == {"OPAQUE", "TRANSPARENT"}
    text = raw(answer.data)
    for secret in people_of(house, visit):
        assert secret not in text
    assert fetch(house, address, "prison", **{"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert fetch(house, address, "family").status_code == 404, "a feed of the intranet is not there on the Internet"
    agree(answer.data)


@pytest.mark.parametrize("role", [Role.BUREAU, Role.ADMINISTRATOR, Role.AUDITOR])
def test_other_roles_have_no_feed(house: House, visit: LiveVisit, role: Role) -> None:
    page = browser(house, "prison", house.write(lambda s: make_staff(s, [role], visit.prison)))
    assert page.get("/calendar").status_code == 403


def test_the_reading_is_noted_once_an_hour(house: House, visit: LiveVisit, family: Browser) -> None:
    address = made_by(family)
    first = house.now
    for minutes in (0, 30, 31):
        house.clock.advance(timedelta(minutes=minutes))
        fetch(house, address)
    kept = house.read(lambda s: s.scalars(select(CalendarFeed)).one())
    assert kept.read_at == house.now
    assert house.now - first == timedelta(minutes=61)
    assert house.read(lambda s: s.scalar(select(func.count(CalendarFeed.id)))) == 1

"""The family's pages of bookings: from the month to a confirmed visit, what is refused, and what is not theirs."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask_babel import force_locale
from icalendar import Calendar
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import make_companion, make_family, make_kinship, make_staff
from tests.scenes import NINE, Scene, book, make_scene, neighbour, relative
from tests.web.browsing import Browser, browser
from visitation.bookings import service
from visitation.bookings.models import Booking
from visitation.bookings.queries import booking_by_ref
from visitation.calendars.service import for_letters, invitation
from visitation.people.models import Kinship
from visitation.store.db import db


@pytest.fixture
def scene(house: House) -> Scene:
    return house.write(make_scene)


@pytest.fixture
def pages(house: House, scene: Scene) -> Browser:
    found = browser(house, "family", scene.family.account)
    found.speak("en")
    return found


@contextmanager
def queries_of(house: House) -> Iterator[list[str]]:
    """Statements that the family's application sends."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:  # type: ignore[no-untyped-def]
        if not statement.startswith(("PRAGMA", "BEGIN")):
            seen.append(statement)

    with house.family.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def choose(pages: Browser, scene: Scene, start: str | None = None) -> Browser:
    pages.get(f"/visits/new?with={scene.kinship.ref}&day=2026-11-30")
    pages.submit({"start": start or NINE.isoformat()}, form="hold")
    return pages


def booking(house: House) -> Booking:
    return house.read(lambda s: s.scalars(select(Booking).order_by(Booking.id.desc())).first())


def test_home_says_what_to_do_first(house: House) -> None:
    family = house.write(make_family)
    page = browser(house, "family", family.account)
    page.speak("en")
    assert "First tell us whom you would like to visit" in page.get("/").text


def test_home_with_an_approved_relative_offers_to_book(pages: Browser) -> None:
    assert "You can book a visit." in pages.get("/").text


def test_the_whole_way_from_month_to_calendar(house: House, pages: Browser, scene: Scene) -> None:
    house.write(lambda s: make_staff(s, prison=scene.prison, spoken=["zh", "ug"]))
    page = pages.get("/visits/new")
    assert page.status_code == 200
    assert "the first free one" in page.text
    assert "2026-11-30" in page.text
    choose(pages, scene)
    assert "Notice about supervision and recording" in pages.page.text
    assert "180 days" in pages.page.text
    pages.submit({"accept": "y", "language": "ug"}, form="confirm")
    made = booking(house)
    assert (made.state, made.language) == ("confirmed", "ug")
    assert "Your visit is booked." in pages.page.text
    assert made.ref in pages.page.text
    assert "identity document of everybody" in pages.page.text
    assert made.ref in pages.get("/visits").text
    assert "Your next visit" in pages.get("/").text


def test_the_confirmation_does_not_name_the_terminal(house: House, pages: Browser, scene: Scene) -> None:
    choose(pages, scene)
    pages.submit({"accept": "y"}, form="confirm")
    assert not [row.name for row in scene.terminals if re.search(rf"\b{row.name}\b", pages.page.text)]


def test_a_companion_is_ticked_and_a_code_is_typed(house: House, pages: Browser, scene: Scene) -> None:
    def people(session) -> tuple[str, str]:  # type: ignore[no-untyped-def]
        child = make_companion(session, scene.family)
        make_kinship(session, child, scene.inmate)
        aunt = make_family(session, name="李大试").visitor
        make_kinship(session, aunt, scene.inmate)
        return child.ref, aunt.ref

    child, aunt = house.write(people)
    choose(pages, scene)
    pages.submit({"accept": "y", "companions": [child], "code_1": f" {aunt[:4].lower()} {aunt[4:]}"}, form="confirm")
    assert house.read(lambda s: [person.visitor.name for person in s.get(Booking, booking(house).id).party]) == ["李试", "李小试", "李大试"]


def test_refusals_keep_what_was_typed(house: House, pages: Browser, scene: Scene) -> None:
    choose(pages, scene)
    page = pages.submit({"code_1": "NOBODY22", "language": "bo"}, form="confirm")
    assert page.status_code == 422
    assert "No approved visitor of this relative has the code NOBODY22" in page.text
    assert "Please read the notice" in page.text
    assert 'value="NOBODY22"' in page.text
    assert re.search(r'<option selected value="bo">', page.text)
    assert booking(house).state == "held"


def test_a_code_of_somebody_not_approved_reads_like_one_of_nobody(house: House, pages: Browser, scene: Scene) -> None:
    stranger = house.write(lambda s: make_family(s, name="不该看见").visitor.ref)
    choose(pages, scene)
    page = pages.submit({"code_1": stranger, "accept": "y"}, form="confirm")
    assert f"No approved visitor of this relative has the code {stranger}" in page.text
    assert "不该看见" not in page.text


def test_a_double_submit_is_one_booking(house: House, pages: Browser, scene: Scene) -> None:
    choose(pages, scene)
    form = pages.form("confirm")
    data = {**form["fields"], "accept": "y"}
    path = pages.page.request.path
    first = pages.post(path, data, follow=False)
    second = pages.post(path, data, follow=False)
    assert first.status_code == second.status_code == 302
    assert house.read(lambda s: len(s.scalars(select(Booking)).all())) == 1


def test_a_time_taken_in_the_meantime_shows_the_nearest_ones(house: House, pages: Browser, scene: Scene) -> None:
    pages.get(f"/visits/new?with={scene.kinship.ref}&day=2026-11-30")
    for other in [house.write(lambda s: neighbour(s, scene)) for _ in range(2)]:
        house.write(lambda s, other=other: book(s, other, house.now))
    page = pages.submit({"start": NINE.isoformat()}, form="hold")
    assert page.status_code == 409
    assert "Somebody has just taken this time" in page.text
    assert (NINE + timedelta(minutes=40)).isoformat() in page.text


def test_a_hold_that_ran_out_goes_on_while_the_time_is_free(house: House, pages: Browser, scene: Scene) -> None:
    choose(pages, scene)
    house.clock.advance(timedelta(minutes=15))
    house.write(lambda s: service.sweep(s, house.now))
    page = pages.get(pages.page.request.path)
    assert "may still be free" in page.text
    pages.submit({"accept": "y"}, form="confirm")
    assert "Your visit is booked." in pages.page.text


def test_a_lost_time_keeps_what_was_typed_for_the_next_one(house: House, pages: Browser, scene: Scene) -> None:
    choose(pages, scene)
    house.clock.advance(timedelta(minutes=15))
    for other in [house.write(lambda s: neighbour(s, scene)) for _ in range(2)]:
        house.write(lambda s, other=other: book(s, other, house.now))
    page = pages.submit({"accept": "y", "language": "za"}, form="confirm")
    assert page.status_code == 409
    assert "The nearest free times" in page.text
    page = pages.submit({"start": (NINE + timedelta(minutes=40)).isoformat()}, form="others")
    assert re.search(r'<option selected value="za">', page.text)


def test_another_time_frees_the_first_at_once(house: House, pages: Browser, scene: Scene) -> None:
    choose(pages, scene)
    pages.submit({}, form="release")
    assert booking(house).state == "expired"
    assert NINE.isoformat() in pages.page.text


def test_a_used_month_says_so(house: House, pages: Browser, scene: Scene) -> None:
    for number in (1, 2):
        house.write(lambda s, n=number: book(s, scene, house.now, NINE + timedelta(days=n), key=str(n)))
    page = pages.get(f"/visits/new?with={scene.kinship.ref}&month=2026-12")
    assert "are used up" in page.text
    assert "0 of " in page.text


def test_an_inmates_refusal_is_never_shown_as_such(house: House, pages: Browser, scene: Scene) -> None:
    house.write(lambda s: setattr(s.get(Kinship, scene.kinship.id), "inmate_answer", "withdrawn"))
    page = pages.get(f"/visits/new?with={scene.kinship.ref}&month=2026-11")
    assert "because of a restriction" in page.text
    assert "inmate" not in page.text.split("<main")[1].split("</main>")[0].replace("inmate:", "")


@pytest.mark.parametrize("start", ["", "nonsense", "2026-11-30T09:00:00", "2026-11-30T03:33:00+00:00", "2020-01-01T01:00:00+00:00"])
def test_a_strange_time_books_nothing(house: House, pages: Browser, scene: Scene, start: str) -> None:
    pages.get(f"/visits/new?with={scene.kinship.ref}&day=2026-11-30")
    page = pages.submit({"start": start}, form="hold")
    assert page.status_code in (200, 409, 422)
    assert house.read(lambda s: s.scalars(select(Booking)).all()) == []


@pytest.mark.parametrize("query", ["month=nonsense", "month=2026-13", "day=2026-02-30", "month=0001-01", "month=9999-12", "kind=lawyer_meeting", "with=ABC"])
def test_strange_wishes_show_a_page(pages: Browser, scene: Scene, query: str) -> None:
    assert pages.get(f"/visits/new?{query}").status_code == 200


def test_cancelling_asks_first_and_says_what_it_costs(house: House, pages: Browser, scene: Scene) -> None:
    made = house.write(lambda s: book(s, scene, house.now))
    assert "will not count" in pages.get(f"/visits/{made.ref}/cancel").text
    pages.submit({}, form="cancel")
    assert "The visit is cancelled." in pages.page.text
    assert booking(house).state == "cancelled"
    late = house.write(lambda s: book(s, scene, house.now, NINE + timedelta(minutes=40), key="late"))
    house.clock.advance(NINE - timedelta(hours=2) - house.now)
    again = browser(house, "family", scene.family.account)
    again.speak("en")
    assert "It is late to cancel" in again.get(f"/visits/{late.ref}/cancel").text


def test_the_calendar_file_is_neutral_and_grows(house: House, pages: Browser, scene: Scene) -> None:
    made = house.write(lambda s: book(s, scene, house.now))
    answer = pages.get(f"/visits/{made.ref}/calendar.ics")
    assert answer.mimetype == "text/calendar"
    invitation = Calendar.from_ical(answer.data)
    event = invitation.walk("VEVENT")[0]
    assert invitation["METHOD"] == "PUBLISH", "nobody can be invited without an address"
    assert (event["UID"], event["SEQUENCE"]) == (f"{made.ref}@visits.invalid", 0)
    assert event.decoded("DTSTART") == NINE
    assert str(event.decoded("DTSTART").tzinfo) == "Asia/Shanghai"
    assert len(event.walk("VALARM")) == 2
    assert invitation.walk("VTIMEZONE")
    for secret in (scene.prison.name, scene.prison.name_en, scene.inmate.name, scene.inmate.number, scene.family.visitor.name):
        assert secret not in answer.text
    house.write(lambda s: service.cancel(s, scene.who, made.id, house.now))
    gone = Calendar.from_ical(pages.get(f"/visits/{made.ref}/calendar.ics").data)
    assert gone["METHOD"] == "CANCEL"
    assert (gone.walk("VEVENT")[0]["UID"], gone.walk("VEVENT")[0]["SEQUENCE"], gone.walk("VEVENT")[0]["STATUS"]) == (event["UID"], 1, "CANCELLED")
    assert not gone.walk("VALARM")


def test_the_calendar_file_speaks_the_readers_language(house: House, pages: Browser, scene: Scene) -> None:
    made = house.write(lambda s: book(s, scene, house.now))
    assert "Video appointment" in pages.get(f"/visits/{made.ref}/calendar.ics").text
    pages.speak("zh_Hans_CN")
    assert "视频预约" in pages.get(f"/visits/{made.ref}/calendar.ics").text


def test_letters_carry_the_invitation_for_the_account_that_booked(house: House, scene: Scene) -> None:
    made = house.write(lambda s: book(s, scene, house.now))
    of = for_letters("http://localhost:8000, http://other", "visits@localhost")

    def read(session: Session) -> bytes:
        with force_locale("en"):
            return of(session, made.ref) or b""

    event = Calendar.from_ical(house.read(read)).walk("VEVENT")[0]
    assert str(event["ORGANIZER"]) == "mailto:visits@localhost"
    assert str(event["URL"]) == f"http://localhost:8000/visits/{made.ref}"
    assert house.read(lambda s: of(s, "NOBODY22")) is None


@pytest.mark.parametrize("address", ["a@b.cn", "a@b.cn\r\nX-EVIL:1", "a@b.cn\nBEGIN:VEVENT"])
def test_no_address_breaks_out_of_its_line(house: House, scene: Scene, address: str) -> None:
    made = house.write(lambda s: book(s, scene, house.now))
    with house.family.app_context(), force_locale("en"):
        found = invitation(house.read(lambda s: booking_by_ref(s, made.ref)), "http://localhost:8000", "visits@localhost", address)
    calendar = Calendar.from_ical(found)
    assert len(calendar.walk("VEVENT")) == 1
    assert "X-EVIL" not in calendar.walk("VEVENT")[0]


PATHS = ("", "/confirm", "/cancel", "/calendar.ics")


@pytest.mark.parametrize("path", PATHS)
def test_somebody_elses_visit_is_not_there(house: House, scene: Scene, path: str) -> None:
    made = house.write(lambda s: book(s, scene, house.now))
    stranger = house.write(lambda s: relative(s, scene))
    page = browser(house, "family", stranger.family.account).get(f"/visits/{made.ref}{path}")
    missing = browser(house, "family", stranger.family.account).get(f"/visits/NOBODY22{path}")
    assert page.status_code == missing.status_code == 404
    assert made.ref not in re.sub(r'name="next" value="[^"]*"', "", page.text)


@pytest.mark.parametrize("path", ["/visits", "/visits/new", "/visits/ABCDEFGH", "/"])
def test_without_a_sign_in_there_is_no_page(house: House, path: str) -> None:
    answer = house.family.test_client().get(path)
    assert answer.status_code == 302
    assert "/sign-in" in answer.headers["Location"]


def test_somebody_in_the_party_sees_but_does_not_change(house: House, scene: Scene) -> None:
    aunt = house.write(lambda s: relative(s, scene))
    made = house.write(lambda s: book(s, scene, house.now, codes=(aunt.family.visitor.ref,)))
    page = browser(house, "family", aunt.family.account)
    assert page.get(f"/visits/{made.ref}").status_code == 200
    assert page.get(f"/visits/{made.ref}/cancel").status_code == 404


def test_a_kinship_of_somebody_else_is_not_held(house: House, pages: Browser, scene: Scene) -> None:
    other = house.write(lambda s: neighbour(s, scene))
    pages.get(f"/visits/new?with={scene.kinship.ref}&day=2026-11-30")
    page = pages.submit({"start": NINE.isoformat(), "kinship": other.kinship.ref}, form="hold")
    assert page.status_code == 404


def test_the_month_page_asks_few_questions_whatever_is_booked(house: House, pages: Browser, scene: Scene) -> None:
    """None of the statements grows with the bookings; the timetable and the rules are remembered by the process."""
    pages.get(f"/visits/new?with={scene.kinship.ref}&month=2026-12")
    counts = []
    for _ in range(2):
        with queries_of(house) as seen:
            pages.get(f"/visits/new?with={scene.kinship.ref}&month=2026-12")
        counts.append(len(seen))
        for other in [house.write(lambda s: neighbour(s, scene)) for _ in range(4)]:
            house.write(lambda s, other=other: book(s, other, house.now, NINE + timedelta(days=1, minutes=40 * (other.inmate.id % 4))))
    assert counts[0] == counts[1]
    assert counts[0] <= 24

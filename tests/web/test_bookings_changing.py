"""A family changes a visit: same reference, old claims given back in the same transaction, nothing sent when nothing changes (rules.md §5.8)."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import make_companion, make_family, make_kinship
from tests.scenes import NINE, Scene, book, make_scene, neighbour
from tests.web.browsing import Browser, browser
from visitation.bookings import service
from visitation.bookings.changing import NewParty
from visitation.bookings.ledger import totals
from visitation.bookings.models import Booking, Claim, QuotaEntry
from visitation.bookings.rules import PlaceTaken
from visitation.kernel.errors import Refused
from visitation.kernel.interval import tick_of
from visitation.notices.models import Notice

LATER = NINE + timedelta(minutes=40)
TUESDAY = NINE + timedelta(days=1)
DECEMBER = NINE + timedelta(days=2)
MONTHS = (date(2026, 11, 1), date(2026, 12, 1))


@pytest.fixture
def scene(house: House) -> Scene:
    return house.write(make_scene)


@pytest.fixture
def booking(house: House, scene: Scene) -> Booking:
    return house.write(lambda s: book(s, scene, house.now))


def change(house: House, scene: Scene, booking: Booking, start: Any, key: str = "k", seen: str = "") -> Booking:
    return house.write(lambda s: service.change_time(s, scene.who, booking.id, start, seen, key, house.now))


def claimed(house: House, booking: Booking) -> set[tuple[str, int]]:
    def read(session: Session) -> set[tuple[str, int]]:
        rows = session.execute(select(Claim.resource, Claim.tick).where(Claim.booking_id == booking.id))
        return {(resource.split(":")[0], tick) for resource, tick in rows}

    return house.read(read)


def told(house: House) -> list[str]:
    return house.read(lambda s: list(s.scalars(select(Notice.kind).order_by(Notice.id))))


def codes(house: House, scene: Scene, booking: Booking, start: Any) -> tuple[str, ...]:
    with pytest.raises(Refused) as caught:
        change(house, scene, booking, start)
    return caught.value.codes


def test_another_time_keeps_the_reference_and_gives_the_old_claims_back(house: House, scene: Scene, booking: Booking) -> None:
    before = claimed(house, booking)
    changed = change(house, scene, booking, LATER)
    assert (changed.ref, changed.starts_at, changed.sequence) == (booking.ref, LATER, booking.sequence + 1)
    after = claimed(house, booking)
    assert {name for name, _tick in after} == {"inmate", "terminal", "uplink", "visitor", "watch"}
    assert len(after) == len(before)
    assert min(tick for _name, tick in after) == tick_of(LATER)
    assert told(house) == ["booking_confirmed", "booking_changed"]
    other = house.write(lambda s: neighbour(s, scene))
    assert house.write(lambda s: book(s, other, house.now, key="other")).state == "confirmed", "the old place is free for somebody else"


def test_a_change_that_changes_nothing_sends_nothing(house: House, scene: Scene, booking: Booking) -> None:
    same = change(house, scene, booking, NINE)
    party = house.write(lambda s: service.change_party(s, scene.who, booking.id, NewParty((), booking.language), "p", house.now))
    assert (same.sequence, party.sequence) == (booking.sequence, booking.sequence)
    assert told(house) == ["booking_confirmed"]


def test_a_repeat_of_a_change_returns_the_first_result(house: House, scene: Scene, booking: Booking) -> None:
    change(house, scene, booking, LATER, "a")
    again = change(house, scene, booking, TUESDAY, "a")
    assert again.starts_at == LATER
    assert told(house).count("booking_changed") == 1


def test_a_change_needs_no_second_visit_of_the_month(house: House) -> None:
    scene = house.write(lambda s: make_scene(s, level="general"))
    booking = house.write(lambda s: book(s, scene, house.now))
    assert change(house, scene, booking, LATER).starts_at == LATER
    lines = house.read(lambda s: [(row.kind, row.turn) for row in s.scalars(select(QuotaEntry).where(QuotaEntry.booking_id == booking.id))])
    assert lines == [("used", 0)]


def test_a_change_into_another_month_counts_there_and_not_here(house: House) -> None:
    scene = house.write(lambda s: make_scene(s, level="general"))
    booking = house.write(lambda s: book(s, scene, house.now))
    change(house, scene, booking, DECEMBER, "there")
    both = house.read(lambda s: totals(s, scene.inmate.id, "visit", MONTHS))
    assert (both[MONTHS[0]]["used"], both[MONTHS[0]]["returned"], both[MONTHS[1]]["used"]) == (1, 1, 1)
    assert both[MONTHS[1]]["granted"] == both[MONTHS[0]]["granted"], "the ledger of the new month tells what was granted, not only what was used"
    change(house, scene, booking, NINE, "back")
    change(house, scene, booking, DECEMBER, "there again")
    both = house.read(lambda s: totals(s, scene.inmate.id, "visit", MONTHS))
    balance = [both[month]["used"] - both[month].get("returned", 0) for month in MONTHS]
    assert balance == [0, 1]


def test_the_other_months_allowance_is_asked(house: House) -> None:
    scene = house.write(lambda s: make_scene(s, level="general"))
    booking = house.write(lambda s: book(s, scene, house.now))
    house.write(lambda s: book(s, scene, house.now, DECEMBER, key="december"))
    assert codes(house, scene, booking, DECEMBER + timedelta(days=1)) == ("QUOTA_USED",)


def test_late_only_cancelling_is_left(house: House, scene: Scene, booking: Booking) -> None:
    house.clock.set(NINE - timedelta(hours=24) + timedelta(minutes=1))
    assert codes(house, scene, booking, NINE + timedelta(days=8)) == ("CHANGE_TOO_LATE",)
    house.clock.set(NINE)
    assert codes(house, scene, booking, NINE + timedelta(days=8)) == ("ALREADY_STARTED",)


def test_a_new_time_is_judged_like_a_new_booking(house: House, scene: Scene, booking: Booking) -> None:
    assert codes(house, scene, booking, NINE - timedelta(days=4)) == ("NOTICE_TOO_SHORT",)
    with pytest.raises(PlaceTaken):
        change(house, scene, booking, NINE + timedelta(minutes=5))
    for key in ("one", "two"):
        other = house.write(lambda s: neighbour(s, scene))
        house.write(lambda s, other=other, key=key: book(s, other, house.now, LATER, key=key))
    with pytest.raises(PlaceTaken):
        change(house, scene, booking, LATER)
    assert claimed(house, booking), "what was refused has changed nothing"
    assert house.read(lambda s: s.get_one(Booking, booking.id).starts_at) == NINE


def test_companions_come_along_to_the_new_time(house: House, scene: Scene) -> None:
    def with_child(session: Session) -> tuple[Booking, int]:
        child = make_companion(session, scene.family)
        make_kinship(session, child, scene.inmate)
        return book(session, scene, house.now, codes=(child.ref,)), child.id

    booking, child_id = house.write(with_child)
    change(house, scene, booking, LATER)
    names = house.read(lambda s: set(s.scalars(select(Claim.resource).where(Claim.booking_id == booking.id))))
    assert f"visitor:{child_id}" in names


def test_other_people_keep_the_seat(house: House, scene: Scene, booking: Booking) -> None:
    def people(session: Session) -> tuple[str, str]:
        child, other = make_companion(session, scene.family), make_family(session)
        make_kinship(session, child, scene.inmate)
        make_kinship(session, other.visitor, scene.inmate)
        return child.ref, other.visitor.ref

    child, other = house.write(people)
    place = (booking.terminal_id, booking.starts_at)
    added = house.write(lambda s: service.change_party(s, scene.who, booking.id, NewParty((child, other), "zh"), "1", house.now))
    assert ((added.terminal_id, added.starts_at), len(added.party), added.sequence) == (place, 3, booking.sequence + 1)
    less = house.write(lambda s: service.change_party(s, scene.who, booking.id, NewParty((child,), "zh"), "2", house.now))
    assert house.read(lambda s: [person.visitor.ref for person in s.get_one(Booking, less.id).party[1:]]) == [child]
    names = house.read(lambda s: sorted(set(s.scalars(select(Claim.resource).where(Claim.booking_id == booking.id, Claim.resource.like("visitor:%"))))))
    assert len(names) == 2
    assert told(house).count("booking_left") == 1


def test_a_stranger_or_a_child_alone_cannot_be_put_into_a_party(house: House, scene: Scene, booking: Booking) -> None:
    with pytest.raises(Refused) as caught:
        house.write(lambda s: service.change_party(s, scene.who, booking.id, NewParty(("ZZZZZZZZ",), "zh"), "1", house.now))
    assert caught.value.codes == ("VISITOR_CODE_UNKNOWN",)
    assert house.read(lambda s: len(s.get_one(Booking, booking.id).party)) == 1


def test_somebody_new_who_must_be_looked_at_makes_it_a_request(house: House, scene: Scene) -> None:
    far = NINE + timedelta(days=14)
    booking = house.write(lambda s: book(s, scene, house.now, far))

    def foreign(session: Session) -> str:
        other = make_family(session, document_kind="passport", document_number="E12345678")
        make_kinship(session, other.visitor, scene.inmate)
        return other.visitor.ref

    code = house.write(foreign)
    changed = house.write(lambda s: service.change_party(s, scene.who, booking.id, NewParty((code,), "zh"), "1", house.now))
    assert changed.state == "requested"
    assert changed.due_at is not None


@pytest.fixture
def page(house: House, scene: Scene) -> Browser:
    found = browser(house, "family", scene.family.account)
    found.speak("en")
    return found


def test_the_pages_lead_from_the_visit_to_its_new_time(house: House, scene: Scene, booking: Booking, page: Browser) -> None:
    assert f"/visits/{booking.ref}/change" in page.get(f"/visits/{booking.ref}").text
    month = page.get(f"/visits/{booking.ref}/change").text
    assert "your time now" in month
    assert f"/visits/{booking.ref}/change/to?start=" in month
    page.get(f"/visits/{booking.ref}/change/to", query_string={"start": LATER.isoformat()})
    assert "reference stays" in page.page.text
    page.submit()
    assert "The visit has its new time" in page.page.text
    assert house.read(lambda s: s.get_one(Booking, booking.id).starts_at) == LATER


def test_a_time_that_is_gone_shows_the_nearest(house: House, scene: Scene, booking: Booking, page: Browser) -> None:
    page.get(f"/visits/{booking.ref}/change/to", query_string={"start": LATER.isoformat()})
    for key in ("one", "two"):
        other = house.write(lambda s: neighbour(s, scene))
        house.write(lambda s, other=other, key=key: book(s, other, house.now, LATER, key=key))
    answer = page.submit()
    assert answer.status_code == 409
    assert "Your visit keeps its time" in answer.text
    assert "/change/to?start=" in answer.text


def test_the_party_page_is_filled_in_as_it_stands(house: House, scene: Scene, page: Browser) -> None:
    def with_child(session: Session) -> Booking:
        child = make_companion(session, scene.family)
        make_kinship(session, child, scene.inmate)
        return book(session, scene, house.now, codes=(child.ref,))

    booking = house.write(with_child)
    page.get(f"/visits/{booking.ref}/visitors")
    assert len(page.form("party")["fields"]["companions"]) == 1
    page.submit({"companions": []}, form="party")
    assert "Who takes part is saved" in page.page.text
    assert house.read(lambda s: len(s.get_one(Booking, booking.id).party)) == 1
    page.get(f"/visits/{booking.ref}/visitors")
    answer = page.submit({"code_1": "ZZZZZZZZ"}, form="party")
    assert answer.status_code == 422
    assert "ZZZZZZZZ" in answer.text, "what was typed is still there"


def test_too_late_or_over_says_so(house: House, scene: Scene, booking: Booking) -> None:
    house.clock.set(NINE - timedelta(hours=2))
    page = browser(house, "family", scene.family.account)
    page.speak("en")
    assert "It cannot be changed now" in page.get(f"/visits/{booking.ref}/change").text
    house.clock.set(NINE - timedelta(minutes=20))
    assert "It cannot be changed now" in page.get(f"/visits/{booking.ref}/visitors").text
    assert "/change" not in page.get(f"/visits/{booking.ref}").text

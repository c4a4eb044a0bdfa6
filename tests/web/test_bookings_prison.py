"""Requests and their decisions, what the database adds to the rules, and the staff's pages of bookings."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import MADE_AT, make_staff
from tests.scenes import MONDAY, NINE, Scene, acceptance, book, make_scene, neighbour, officer_identity
from tests.web.browsing import Browser, browser
from visitation.bookings import service
from visitation.bookings.models import Booking, Claim, QuotaEntry
from visitation.bookings.queries import of_day
from visitation.kernel.errors import Refused, StateChanged
from visitation.kernel.identity import Role
from visitation.notices.models import Notice
from visitation.people.models import Inmate, Kinship, NonAssociation, Suspension
from visitation.policies.models import PolicyRow

LATER = NINE + timedelta(days=14)
"""Monday 14 December: far enough for a review of three days, two for the answer, and one more."""


@pytest.fixture
def scene(house: House) -> Scene:
    """A family whose visits an officer must look at: the visitor has a passport."""
    return house.write(lambda s: make_scene(s, document_kind="passport", document_number="X1234567"))


@pytest.fixture
def request_made(house: House, scene: Scene) -> Booking:
    return house.write(lambda s: book(s, scene, house.now, LATER))


def staff(house: House, scene: Scene, *roles: Role) -> Browser:
    account = house.write(lambda s: make_staff(s, roles, scene.prison))
    found = browser(house, "prison", account)
    found.speak("en")
    return found


def codes(house: House, work) -> tuple[str, ...]:  # type: ignore[no-untyped-def]
    with pytest.raises(Refused) as caught:
        house.write(work)
    return caught.value.codes


def state(house: House, booking: Booking) -> str:
    return str(house.read(lambda s: s.get(Booking, booking.id).state))


def told(house: House) -> list[str]:
    return list(house.read(lambda s: s.scalars(select(Notice.kind).order_by(Notice.id)).all()))


def test_a_visit_that_needs_a_review_is_a_request_with_a_deadline(house: House, request_made: Booking) -> None:
    assert request_made.state == "requested"
    assert request_made.due_at == house.now + timedelta(days=3)
    assert request_made.lapses_at == house.now + timedelta(days=7)  # five working days later
    assert told(house) == ["booking_requested"]


def test_it_opens_only_after_review_notice_and_one_day_more(house: House, scene: Scene) -> None:
    assert codes(house, lambda s: book(s, scene, house.now, NINE)) == ("REVIEW_NEEDS_TIME",)


def test_an_officer_approves_on_the_page(house: House, scene: Scene, request_made: Booking) -> None:
    pages = staff(house, scene, Role.OFFICER)
    assert request_made.ref in pages.get("/bookings/requests").text
    page = pages.get(f"/bookings/{request_made.ref}")
    assert "Document that is checked by hand" in page.text
    assert "All rules are kept" in page.text
    pages.submit({"decision": "approve", "note": "seen"}, form="decision")
    assert state(house, request_made) == "confirmed"
    assert told(house) == ["booking_requested", "booking_confirmed"]
    assert "No request is waiting." in pages.page.text


def test_a_refusal_needs_a_reason_frees_the_place_and_tells_it(house: House, scene: Scene, request_made: Booking) -> None:
    pages = staff(house, scene, Role.DUTY_CHIEF)
    pages.get(f"/bookings/{request_made.ref}")
    page = pages.submit({"decision": "refuse", "text": "只在这里"}, form="decision")
    assert page.status_code == 422
    assert "Please give a reason." in page.text
    assert "只在这里" in page.text
    pages.submit({"decision": "refuse", "reason": "REASON_DOCUMENTS", "text": "请更新护照", "note": "internal"}, form="decision")
    assert state(house, request_made) == "refused"
    assert house.read(lambda s: s.scalars(select(Claim)).all()) == []
    assert house.read(lambda s: [row.kind for row in s.scalars(select(QuotaEntry).order_by(QuotaEntry.id))]) == ["granted", "used", "returned"]
    family = browser(house, "family", scene.family.account)
    family.speak("en")
    page = family.get(f"/visits/{request_made.ref}")
    assert "A document has to be renewed" in page.text
    assert "请更新护照" in page.text
    assert "internal" not in page.text


def test_two_officers_cannot_both_decide(house: House, scene: Scene, request_made: Booking) -> None:
    one, two = (staff(house, scene, Role.OFFICER) for _ in range(2))
    for pages in (one, two):
        pages.get(f"/bookings/{request_made.ref}")
    one.submit({"decision": "approve"}, form="decision")
    page = two.submit({"decision": "refuse", "reason": "REASON_OTHER"}, form="decision")
    assert page.status_code == 409
    assert "decided or changed in the meantime" in page.text
    assert state(house, request_made) == "confirmed"


def test_an_approval_checks_everything_again(house: House, scene: Scene, request_made: Booking) -> None:
    officer = officer_identity(house.write(lambda s: make_staff(s, prison=scene.prison)))
    house.write(lambda s: setattr(s.get(Kinship, scene.kinship.id), "inmate_answer", "withdrawn"))
    assert codes(house, lambda s: service.approve(s, officer, request_made.id, "", house.now)) == ("PARTICIPANT_RESTRICTED",)
    pages = staff(house, scene, Role.OFFICER)
    assert "It cannot be approved as it stands" in pages.get(f"/bookings/{request_made.ref}").text


def test_an_approval_does_not_count_its_own_visit_against_the_month(house: House) -> None:
    scene = house.write(lambda s: make_scene(s, level="general", document_kind="passport", document_number="X1234567"))
    made = house.write(lambda s: book(s, scene, house.now, LATER))
    officer = officer_identity(house.write(lambda s: make_staff(s, prison=scene.prison)))
    assert house.write(lambda s: service.approve(s, officer, made.id, "", house.now)).state == "confirmed"


def test_an_unanswered_request_ends_by_itself_and_the_family_is_told(house: House, request_made: Booking) -> None:
    house.clock.advance(timedelta(days=7) - timedelta(seconds=1))
    assert house.write(lambda s: service.sweep(s, house.now)) == 0
    house.clock.advance(timedelta(seconds=1))
    assert [house.write(lambda s: service.sweep(s, house.now)) for _ in range(2)] == [1, 0]
    ended = house.read(lambda s: s.get(Booking, request_made.id))
    assert (ended.state, ended.reason_code) == ("refused", "NOT_ANSWERED_IN_TIME")
    assert told(house) == ["booking_requested", "booking_refused"]


def test_a_request_is_withdrawn_at_any_time_without_cost(house: House, scene: Scene, request_made: Booking) -> None:
    house.write(lambda s: service.cancel(s, scene.who, request_made.id, house.now))
    assert state(house, request_made) == "withdrawn"
    with pytest.raises(StateChanged):
        house.write(lambda s: service.approve(s, officer_identity(s.get(type(scene.family.account), scene.family.account.id)), request_made.id, "", house.now))


def test_the_prison_calls_a_visit_off(house: House, scene: Scene, request_made: Booking) -> None:
    pages = staff(house, scene, Role.DUTY_CHIEF)
    pages.get(f"/bookings/{request_made.ref}")
    pages.submit({"reason": "REASON_EQUIPMENT"}, form="call-off")
    ended = house.read(lambda s: s.get(Booking, request_made.id))
    assert (ended.state, ended.outcome, ended.reason_code) == ("cancelled", "cancelled_by_prison", "REASON_EQUIPMENT")
    assert house.read(lambda s: s.scalar(select(QuotaEntry.units).where(QuotaEntry.kind == "returned"))) == 1


def test_an_officer_may_not_call_off_and_a_chief_gives_back(house: House, scene: Scene, request_made: Booking) -> None:
    officer = staff(house, scene, Role.OFFICER)
    officer.get(f"/bookings/{request_made.ref}")
    assert officer.post(f"/bookings/{request_made.ref}/call-off", {"reason": "REASON_OTHER"}).status_code == 403
    house.write(lambda s: service.cancel(s, scene.who, request_made.id, house.now))
    chief = staff(house, scene, Role.DUTY_CHIEF)
    chief.get(f"/bookings/{request_made.ref}")
    assert chief.post(f"/bookings/{request_made.ref}/return").status_code == 200


@pytest.mark.parametrize("path", ["/bookings/requests", "/bookings/day", "/bookings/{ref}"])
@pytest.mark.parametrize(("role", "statuses"), [(Role.LEGAL_OFFICE, {403}), (Role.AUDITOR, {403}), (Role.OPERATOR, {403}), (Role.OFFICER, {200})])
def test_who_may_see_bookings(house: House, scene: Scene, request_made: Booking, path: str, role: Role, statuses: set[int]) -> None:
    assert staff(house, scene, role).get(path.format(ref=request_made.ref)).status_code in statuses


def test_another_prisons_officer_finds_nothing(house: House, request_made: Booking) -> None:
    other = house.write(make_scene)
    pages = staff(house, other, Role.OFFICER, Role.DUTY_CHIEF)
    assert pages.get(f"/bookings/{request_made.ref}").status_code == 404
    assert pages.post(f"/bookings/{request_made.ref}/decision", {"decision": "approve"}).status_code == 404
    assert request_made.ref not in pages.get("/bookings/requests").text


def test_a_ward_officer_sees_their_own_ward_only(house: House, scene: Scene, request_made: Booking) -> None:
    elsewhere = staff(house, scene, Role.WARD_OFFICER)
    assert elsewhere.get(f"/bookings/{request_made.ref}").status_code == 404
    account = house.write(lambda s: make_staff(s, (Role.WARD_OFFICER,), scene.prison, wards=[s.get(Inmate, scene.inmate.id).ward]))
    assert browser(house, "prison", account).get(f"/bookings/{request_made.ref}").status_code == 200


def test_the_visits_of_a_day(house: House, scene: Scene, request_made: Booking) -> None:
    pages = staff(house, scene, Role.OFFICER)
    assert request_made.ref in pages.get("/bookings/day?day=2026-12-14").text
    assert "No visits on this day." in pages.get("/bookings/day?day=2026-12-15").text
    assert pages.get("/bookings/day?day=nonsense").status_code == 200
    assert [row.ref for row in house.read(lambda s: of_day(s, scene.prison.id, date(2026, 12, 14)))] == [request_made.ref]


@pytest.fixture
def plain(house: House) -> Scene:
    return house.write(make_scene)


def suspend(session: Session, scene: Scene, first: date, last: date | None, **target: int) -> None:
    decided = make_staff(session, (Role.OFFICER,), scene.prison).id
    row = Suspension(prison_id=scene.prison.id, code="other", starts_on=first, ends_on=last, decided_by=decided, decided_at=MADE_AT, **target)
    session.add(row)


def test_a_suspension_stops_between_hold_and_confirm(house: House, plain: Scene) -> None:
    held = house.write(lambda s: service.hold(s, plain.who, plain.wanted(), "k", house.now))
    house.write(lambda s: suspend(s, plain, MONDAY, MONDAY, inmate_id=plain.inmate.id))
    assert codes(house, lambda s: service.confirm(s, plain.who, held.id, acceptance(s, held), "k", house.now)) == ("INMATE_SUSPENDED",)


def test_a_visitors_suspension_counts_and_a_lifted_one_does_not(house: House, plain: Scene) -> None:
    house.write(lambda s: suspend(s, plain, MONDAY, None, visitor_id=plain.family.visitor.id))
    assert codes(house, lambda s: book(s, plain, house.now)) == ("VISITOR_SUSPENDED_OPEN",)
    house.write(lambda s: setattr(s.scalars(select(Suspension)).one(), "lifted_at", house.now))
    assert house.write(lambda s: book(s, plain, house.now)).state == "confirmed"


def test_inmates_kept_apart_never_share_a_day(house: House, plain: Scene) -> None:
    other = house.write(lambda s: neighbour(s, plain))
    pair = sorted((plain.inmate.id, other.inmate.id))
    house.write(lambda s: s.add(NonAssociation(inmate_id=pair[0], other_id=pair[1])))
    house.write(lambda s: book(s, plain, house.now))
    assert codes(house, lambda s: book(s, other, house.now, NINE + timedelta(hours=2))) == ("DAY_NOT_POSSIBLE",)
    assert house.write(lambda s: book(s, other, house.now, NINE + timedelta(days=1))).state == "confirmed"


def test_the_number_of_officers_limits_what_is_offered(house: House, plain: Scene) -> None:
    def one_lane(session: Session) -> None:
        session.add(PolicyRow(key="planned_lanes", prison_id=plain.prison.id, effective_from=MADE_AT.date(), value=1, basis="test", created_at=MADE_AT))

    house.write(one_lane)
    other = house.write(lambda s: neighbour(s, plain))
    house.write(lambda s: book(s, plain, house.now))
    assert codes(house, lambda s: book(s, other, house.now)) == ("SLOT_TAKEN",)
    assert house.write(lambda s: book(s, other, house.now, NINE + timedelta(minutes=40))).state == "confirmed"


def test_a_prison_may_decide_on_every_visit(house: House, plain: Scene) -> None:
    house.write(
        lambda s: s.add(PolicyRow(key="instant_booking", prison_id=plain.prison.id, effective_from=MADE_AT.date(), value=False, basis="x", created_at=MADE_AT))
    )
    assert house.write(lambda s: book(s, plain, house.now, LATER)).state == "requested"

"""The waiting list: a freed place goes to who waits longest and may take it, as a claimed hold, then to the next; priority after a line that failed."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import wsgi
from tests.conftest import House
from tests.factories import make_family, make_kinship
from tests.scenes import MONDAY, NINE, Scene, acceptance, book, identity, make_scene, make_template, neighbour
from tests.web.browsing import Browser, browser
from visitation.bookings import offering, rebooking, service, waiting
from visitation.bookings.ledger import totals
from visitation.bookings.models import Booking, Claim, Offer, Wish
from visitation.bookings.rules_waiting import Days
from visitation.bookings.terms import fingerprint
from visitation.kernel.errors import NotFound, Refused, StateChanged
from visitation.notices.models import Notice
from visitation.people.models import Inmate
from visitation.timetable.models import Template

ALL = frozenset({"morning", "afternoon", "evening"})
MONDAYS = Days(MONDAY, MONDAY, frozenset({0}), ALL)


class Full:
    """One terminal, whose only place on the only Monday is taken; two other families who would like it."""

    def __init__(self, session: Session, house: House) -> None:
        self.scene = make_scene(session, terminals=1, days=())
        self.template = make_template(session, self.scene.prison, self.scene.terminals, weekday=0, closes=_later(9, 30), valid_to=MONDAY)
        self.booking = book(session, self.scene, house.now)
        self.first, self.second = neighbour(session, self.scene), neighbour(session, self.scene)


def _later(hour: int, minute: int) -> Any:
    return (NINE.replace(hour=hour - 8, minute=minute) + timedelta(hours=8)).time()


@pytest.fixture
def full(house: House) -> Full:
    return house.write(lambda session: Full(session, house))


def wait(house: House, scene: Scene, days: Days = MONDAYS, key: str = "w") -> Wish:
    wanted = waiting.Wanted(scene.kinship.ref, "family_visit", days)
    wish = house.write(lambda s: waiting.join(s, scene.who, wanted, key, house.now))
    house.clock.advance(timedelta(seconds=1))
    return wish


def sweep(house: House) -> int:
    return house.write(lambda s: service.end_offers(s, house.now)) + house.write(lambda s: service.serve_waiting(s, house.now))


def free_it(house: House, full: Full) -> None:
    house.write(lambda s: service.cancel(s, full.scene.who, full.booking.id, house.now))


def states(house: House, *wishes: Wish) -> list[str]:
    return [house.read(lambda s, one=one: s.get_one(Wish, one.id).state) for one in wishes]


def offers(house: House) -> list[Offer]:
    return house.read(lambda s: [offering.offer_by_ref(s, ref) for ref in s.scalars(select(Offer.ref).order_by(Offer.id))])


def stray_claims(house: House) -> int:
    dead = select(Booking.id).where(Booking.state.not_in(("held", "offered", "requested", "confirmed", "ended")))
    return house.read(lambda s: s.scalar(select(func.count()).select_from(Claim).where(Claim.booking_id.in_(dead))))


def told(house: House, kind: str) -> list[int]:
    return house.read(lambda s: list(s.scalars(select(Notice.account_id).where(Notice.kind == kind).order_by(Notice.id))))


def test_nothing_is_offered_while_nothing_is_free(house: House, full: Full) -> None:
    wish = wait(house, full.first)
    assert sweep(house) == 0
    assert states(house, wish) == ["waiting"]


def test_a_freed_place_goes_at_once_to_who_waits_longest(house: House, full: Full) -> None:
    second, first = wait(house, full.second), wait(house, full.first)
    free_it(house, full)
    assert states(house, second, first) == ["offered", "waiting"]
    assert told(house, "waiting_offer") == [full.second.family.account.id]
    stranger = house.write(lambda s: neighbour(s, full.scene))
    with pytest.raises(Refused):
        house.write(lambda s: book(s, stranger, house.now, key="x"))
    assert sweep(house) == 0, "and nobody else is offered the same place"


def test_an_unanswered_offer_goes_to_the_next(house: House, full: Full) -> None:
    first, second = wait(house, full.first), wait(house, full.second)
    free_it(house, full)
    house.clock.set(offers(house)[0].expires_at)
    sweep(house)
    assert states(house, first, second) == ["waiting", "offered"], "the first keeps its rank and is not offered the same time again"
    assert stray_claims(house) == 0


def test_declining_passes_it_on_and_keeps_the_rank(house: House, full: Full) -> None:
    first, second = wait(house, full.first), wait(house, full.second)
    free_it(house, full)
    house.write(lambda s: waiting.pass_on(s, full.first.who, offers(house)[0].id, house.now))
    sweep(house)
    assert states(house, first, second) == ["waiting", "offered"]


def test_who_may_not_take_it_is_passed_over(house: House, full: Full) -> None:
    first, second = wait(house, full.first), wait(house, full.second)
    house.write(lambda s: setattr(s.get_one(Inmate, full.first.inmate.id), "level_code", "strict"))
    free_it(house, full)
    assert states(house, first, second) == ["waiting", "offered"]


def test_a_new_weekly_row_is_offered_too(house: House, full: Full) -> None:
    wish = wait(house, full.first, Days(MONDAY, MONDAY + timedelta(days=7), frozenset({1}), ALL))
    sweep(house)
    assert states(house, wish) == ["waiting"]
    house.write(lambda s: make_template(s, full.scene.prison, full.scene.terminals, weekday=1))
    sweep(house)
    assert states(house, wish) == ["offered"]


def test_a_wish_for_the_afternoon_gets_no_morning(house: House, full: Full) -> None:
    wish = wait(house, full.first, Days(MONDAY, MONDAY, frozenset({0}), frozenset({"afternoon"})))
    free_it(house, full)
    sweep(house)
    assert states(house, wish) == ["waiting"]


def test_an_accepted_offer_is_a_hold_and_confirmed_as_any_other(house: House, full: Full) -> None:
    wish = wait(house, full.first)
    free_it(house, full)
    offer = offers(house)[0]
    held = house.write(lambda s: waiting.accept(s, full.first.who, offer.id, house.now))
    assert held.state == "held"
    assert house.write(lambda s: waiting.accept(s, full.first.who, offer.id, house.now)).id == held.id
    booked = house.write(lambda s: service.confirm(s, full.first.who, held.id, acceptance(s, held), "k", house.now))
    assert (booked.state, booked.starts_at) == ("confirmed", NINE)
    sweep(house)
    assert states(house, wish) == ["done"]


def test_a_hold_that_runs_out_brings_the_wish_back(house: House, full: Full) -> None:
    first, second = wait(house, full.first), wait(house, full.second)
    free_it(house, full)
    house.write(lambda s: waiting.accept(s, full.first.who, offers(house)[0].id, house.now))
    house.clock.advance(timedelta(minutes=11))
    house.write(lambda s: service.sweep(s, house.now))
    sweep(house)
    assert states(house, first, second) == ["waiting", "offered"]


def test_leaving_frees_what_was_offered(house: House, full: Full) -> None:
    first, second = wait(house, full.first), wait(house, full.second)
    free_it(house, full)
    house.write(lambda s: waiting.leave(s, full.first.who, first.id, house.now))
    sweep(house)
    assert states(house, first, second) == ["left", "offered"]


def test_days_that_have_passed_and_offers_nobody_answers_end_the_wish(house: House, full: Full) -> None:
    wish = wait(house, full.first)
    house.clock.set(NINE + timedelta(days=1))
    sweep(house)
    assert states(house, wish) == ["over"]
    assert told(house, "waiting_over") == [full.first.family.account.id]


def test_three_unanswered_offers_end_the_wish(house: House) -> None:
    scene = house.write(make_scene)
    wish = wait(house, scene, Days(MONDAY, MONDAY + timedelta(days=20), frozenset({0, 1, 2, 3, 4}), ALL))
    for _ in range(3):
        sweep(house)
        house.clock.set(offers(house)[-1].expires_at)
    sweep(house)
    assert states(house, wish) == ["over"]
    starts = {offer.places[0].booking.starts_at for offer in offers(house)}
    assert len(starts) == 3, "a time that was passed on is not offered again"


def test_the_place_in_line_is_honest(house: House, full: Full) -> None:
    first, second = wait(house, full.first), wait(house, full.second)
    other = wait(house, full.scene, Days(MONDAY + timedelta(days=7), MONDAY + timedelta(days=8), frozenset({0, 1}), ALL))
    assert house.read(lambda s: waiting.place_in_line(s, first)) == (1, 2)
    assert house.read(lambda s: waiting.place_in_line(s, second)) == (2, 2)
    assert house.read(lambda s: waiting.place_in_line(s, other)) == (1, 1)


def test_joining_twice_and_for_strangers_is_refused(house: House, full: Full) -> None:
    wish = wait(house, full.first)
    assert wait(house, full.first).id == wish.id, "the same form again is the first result"
    with pytest.raises(Refused) as caught:
        wait(house, full.first, key="other")
    assert caught.value.codes == ("WISH_TWICE",)
    stranger = house.write(make_family)
    wanted = waiting.Wanted(full.first.kinship.ref, "family_visit", MONDAYS)
    with pytest.raises(NotFound):
        house.write(lambda s: waiting.join(s, identity(stranger), wanted, "z", house.now))


def test_the_worker_serves_the_list(house: House) -> None:
    runs = [one.run for one in wsgi.build_worker(house.prison)._sweeps]
    assert {service.end_offers, service.serve_waiting} <= set(runs)


def page(house: House, scene: Scene) -> Browser:
    found = browser(house, "family", scene.family.account)
    found.speak("en")
    return found


def test_the_pages_join_accept_and_book(house: House, full: Full) -> None:
    family = page(house, full.first)
    assert "/waiting/new" in family.get(f"/visits/new?with={full.first.kinship.ref}").text
    family.get(f"/waiting/new?with={full.first.kinship.ref}")
    answer = family.submit({"first": "2026-11-30", "last": "2026-11-20"}, form="wish")
    assert answer.status_code == 422
    family.submit({"first": "2026-11-30", "last": "2026-11-30", "weekdays": ["0"], "parts": ["morning"]}, form="wish")
    assert "You are on the waiting list" in family.page.text
    assert "number 1 of 1" in family.page.text
    free_it(house, full)
    assert "A time has become free for you" in family.get("/").text
    ref = offers(house)[0].ref
    family.get(f"/offers/{ref}")
    family.submit({"place": offers(house)[0].places[0].booking.ref}, form="places")
    assert "Complete your booking" in family.page.text
    assert page(house, full.second).get(f"/offers/{ref}").status_code == 404


def test_the_pages_decline_and_leave(house: House, full: Full) -> None:
    wish = wait(house, full.first)
    free_it(house, full)
    family = page(house, full.first)
    family.get(f"/offers/{offers(house)[0].ref}")
    family.submit(form="decline")
    assert states(house, wish) == ["waiting"]
    family.get("/waiting")
    family.submit(form="leave")
    assert states(house, wish) == ["left"]
    assert "no longer kept" in family.get(f"/offers/{offers(house)[0].ref}").text


def test_an_offer_that_is_over_cannot_be_accepted(house: House, full: Full) -> None:
    wait(house, full.first)
    free_it(house, full)
    offer = offers(house)[0]
    house.clock.set(offer.expires_at)
    sweep(house)
    with pytest.raises(StateChanged):
        house.write(lambda s: waiting.accept(s, full.first.who, offer.id, house.now))


class Failed:
    """A visit that the line has cut short on a day of November, given back by itself."""

    def __init__(self, session: Session, house: House) -> None:
        self.scene = make_scene(session, level="general")
        self.booking = book(session, self.scene, house.now)


@pytest.fixture
def failed(house: House) -> Failed:
    made = house.write(lambda session: Failed(session, house))
    house.clock.set(NINE + timedelta(minutes=10))
    house.write(lambda s: service.record_outcome(s, made.booking.id, "technical", 120, "BROKER_LOST", house.now))
    return made


def again(house: House, failed: Failed) -> Offer:
    made = house.write(lambda s: rebooking.start(s, failed.scene.who, failed.booking.id, house.now))
    return house.read(lambda s: offering.offer_by_ref(s, made.ref))


def take(house: House, failed: Failed, offer: Offer, number: int = 0) -> Booking:
    place = offer.places[number].booking

    def work(session: Session) -> Booking:
        seen = fingerprint(service.terms_shown(session, session.get_one(Booking, place.id)))
        return rebooking.take(session, failed.scene.who, offer.id, place.ref, True, seen, house.now)

    return house.write(work)


def test_a_failed_line_gives_the_visit_back_and_offers_three_places(house: House, failed: Failed) -> None:
    offer = again(house, failed)
    starts = sorted(one.booking.starts_at for one in offer.places)
    assert len(starts) == 3
    assert starts[0] < house.now + timedelta(days=3), "earlier than the days of notice"
    assert starts[0] >= house.now + timedelta(hours=24)
    assert again(house, failed).ref == offer.ref, "the same tap again finds them"


def test_the_new_visit_counts_in_the_month_it_was_given_back_to(house: House, failed: Failed) -> None:
    offer = again(house, failed)
    booked = take(house, failed, offer)
    assert booked.state == "confirmed"
    lines = house.read(lambda s: totals(s, failed.scene.inmate.id, "visit", [date(2026, 11, 1), date(2026, 12, 1)]))
    assert (lines[date(2026, 11, 1)]["used"], lines[date(2026, 11, 1)]["returned"]) == (2, 1)
    assert "used" not in lines.get(date(2026, 12, 1), {}), "December's own visit is untouched"
    assert stray_claims(house) == 0
    assert take(house, failed, offer).id == booked.id
    with pytest.raises(Refused) as caught:
        again(house, failed)
    assert caught.value.codes == ("REBOOK_NOT_POSSIBLE",)


def test_priority_reaches_into_a_month_that_is_not_released(house: House) -> None:
    made = house.write(lambda session: Failed(session, house))
    house.clock.set(NINE + timedelta(minutes=10))
    house.write(lambda s: service.record_outcome(s, made.booking.id, "technical", 120, "BROKER_LOST", house.now))

    def only_january(session: Session) -> None:
        for row in session.scalars(select(Template)):
            row.valid_from = date(2026, 12, 28)

    house.write(only_january)
    offer = again(house, made)
    assert all(one.booking.starts_at >= NINE + timedelta(days=28) for one in offer.places)


def test_one_who_is_suspended_meanwhile_is_told_and_keeps_the_places(house: House, failed: Failed) -> None:
    offer = again(house, failed)
    house.write(lambda s: setattr(s.get_one(Inmate, failed.scene.inmate.id), "status", "released"))
    with pytest.raises(Refused) as caught:
        take(house, failed, offer)
    assert caught.value.codes == ("INMATE_LEFT",)
    assert house.read(lambda s: s.get_one(Offer, offer.id).state) == "open"


def test_the_pages_book_again_in_one_step(house: House, failed: Failed) -> None:
    family = page(house, failed.scene)
    assert "Book again with priority" in family.get(f"/visits/{failed.booking.ref}").text
    family.submit(form="again")
    assert "the next ones for the same people" in family.page.text
    offer = offers(house)[0]
    family.submit({"place": offer.places[0].booking.ref}, form="places")
    assert "Notice about supervision" in family.page.text
    answer = family.submit(form="again")
    assert answer.status_code == 422
    assert "accept it" in answer.text
    family.submit({"accept": "y"}, form="again")
    assert "Your visit is booked" in family.page.text
    assert "Book again with priority" not in family.get(f"/visits/{failed.booking.ref}").text


def test_an_ordinary_end_has_no_priority(house: House) -> None:
    made = house.write(lambda session: Failed(session, house))
    house.clock.set(NINE + timedelta(minutes=30))
    house.write(lambda s: service.record_outcome(s, made.booking.id, "completed", 1700, "TIME_UP", house.now))
    family = page(house, made.scene)
    assert "Book again with priority" not in family.get(f"/visits/{made.booking.ref}").text
    family.get("/")
    answer = family.post(f"/visits/{made.booking.ref}/again")
    assert answer.status_code == 422


def test_a_companion_is_taken_along(house: House) -> None:
    def with_other(session: Session) -> Failed:
        made = Failed.__new__(Failed)
        made.scene = make_scene(session)
        other = make_family(session)
        make_kinship(session, other.visitor, made.scene.inmate)
        made.booking = book(session, made.scene, house.now, codes=(other.visitor.ref,))
        return made

    made = house.write(with_other)
    house.clock.set(NINE + timedelta(minutes=10))
    house.write(lambda s: service.record_outcome(s, made.booking.id, "technical", 120, "BROKER_LOST", house.now))
    booked = take(house, made, again(house, made))
    assert house.read(lambda s: len(s.get_one(Booking, booked.id).party)) == 2

"""A published day that changes: moved by hand, a place given up and offered to who fits it, and whom all of it is told."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.helpdays import changing, offers, publishing, telling
from consult.helpdays.facts_plan import gather
from consult.helpdays.models import HelpDay, HelpSeat
from consult.requests.models import HelpRequest, RequestSlip
from tests.conftest import House
from tests.factories import make_inmate, make_staff
from tests.web.browsing import Browser, browser
from tests.web.helpday_world import OPENS, Day, declare_all, make_request
from tests.web.test_helpday_plan import count, office, plan_of, propose, publish, refused, seats, small
from visitation.bookings.models import Booking
from visitation.kernel.identity import Role
from visitation.notices.models import Notice
from visitation.people.models import Inmate

CASE = timedelta(minutes=20)


def published(house: House, requests: int = 4, **values: Any) -> Day:
    day = small(house, requests, **values)
    propose(house, day)
    publish(house, day)
    return day


def told(house: House, kind: str) -> int:
    return count(house, Notice, Notice.kind == kind)


def place(house: House, seat_id: int) -> tuple[int | None, Any, str, int | None]:
    row = house.read(lambda session: session.get_one(HelpSeat, seat_id, populate_existing=True))
    return row.duty_id, row.starts_at, row.state, row.booking_id


def spot(house: House, day: Day, row: HelpSeat) -> tuple[int, int]:
    """(lawyer, time) of a seat."""
    return house.read(lambda s: (s.get_one(HelpSeat, row.id).duty.lawyer_id, gather(s, s.get_one(HelpDay, day.day.id), house.now).time_of(row.starts_at)))


def free_place(house: House, day: Day, lawyer: int | None = None) -> tuple[int, int]:
    def find(session: Session) -> tuple[int, int]:
        ground = gather(session, session.get_one(HelpDay, day.day.id), house.now)
        return next(one for one in reversed(offers.free(ground, [])) if lawyer in (None, one[0]))

    return house.read(find)


def move(house: House, day: Day, row: HelpSeat, to: tuple[int, int], anyway: bool = False) -> None:
    version = plan_of(house, day).plan_version
    house.write(lambda session: changing.move(session, day.who, row.id, version, to, anyway, house.now))


def test_a_published_case_moves_with_its_booking_and_everybody_concerned_is_told(house: House) -> None:
    day = published(house)
    officer = house.write(lambda s: make_staff(s, (Role.WARD_OFFICER,), s.merge(day.prison), wards=[s.merge(one) for one in day.wards]))
    row = seats(house, "published")[0]
    lawyer, _time = spot(house, day, row)
    ref = house.read(lambda s: s.get_one(Booking, row.booking_id).ref)
    to = free_place(house, day, lawyer)
    desk = office(house, day)
    desk.get(f"/help-seats/{row.ref}")
    assert "Whoever you move is told again" in desk.page.text
    desk.submit({"to": f"{to[0]}-{to[1]}", "act": "move"}, form="move")
    assert "The case has its new place" in desk.page.text
    duty, starts_at, state, booking = place(house, row.id)
    assert (duty, starts_at, state, booking) == (row.duty_id, OPENS + CASE * to[1], "published", row.booking_id)
    moved = house.read(lambda s: s.get_one(Booking, booking))
    assert (moved.ref, moved.starts_at) == (ref, starts_at), "the same booking under the same reference"
    steps = house.read(lambda s: s.scalars(select(RequestSlip.step).where(RequestSlip.request_id == row.request_id).order_by(RequestSlip.number)).all())
    assert list(steps) == ["seated", "seated"], "the new time on a new slip"
    assert told(house, "help_day_changed") == 1
    assert house.read(lambda s: list(s.scalars(select(Notice.account_id).where(Notice.kind == "help_ward_changed")))) == [officer.id]
    desk.get(f"/help-seats/{row.ref}")
    stale = plan_of(house, day).plan_version - 1
    assert refused(house, lambda s: changing.move(s, day.who, row.id, stale, to, False, house.now)) == ("PLAN_OTHER",)


def test_two_published_cases_change_places_across_lawyers(house: House) -> None:
    day = published(house, requests=9)
    one, *others = seats(house, "published")
    other = next(row for row in others if row.duty_id != one.duty_id)
    move(house, day, one, spot(house, day, other))
    assert place(house, one.id)[:3] == (other.duty_id, other.starts_at, "published")
    assert place(house, other.id)[:3] == (one.duty_id, one.starts_at, "published")
    lawyers = house.read(lambda s: {s.get_one(HelpSeat, row.id).booking.account_id: s.get_one(HelpSeat, row.id).duty.lawyer.account_id for row in (one, other)})
    assert all(booked == seated for booked, seated in lawyers.items())
    assert count(house, Booking, Booking.state == "confirmed") == 9
    assert count(house, Booking, Booking.state == "cancelled") == 2
    assert told(house, "help_day_changed") == 2


def test_what_stands_against_a_move_is_shown_and_refused(house: House) -> None:
    day = published(house, requests=2)
    row = seats(house, "published")[0]
    lawyer, _time = spot(house, day, row)
    other = next(one for one in day.lawyers if one.id != lawyer)
    to = free_place(house, day, other.id)
    version = plan_of(house, day).plan_version
    house.write(lambda session: declare_all(session, day, conflict=True, lawyers=[other]))
    assert refused(house, lambda s: changing.move(s, day.who, row.id, version, to, True, house.now)) == ("PLAN_CONFLICT",)
    desk = office(house, day)
    assert "conflict of interest" in desk.get(f"/help-seats/{row.ref}").text
    house.write(lambda s: setattr(s.get_one(HelpRequest, row.request_id), "parties", "另一家公司"))
    assert refused(house, lambda s: changing.move(s, day.who, row.id, version, to, True, house.now)) == ("PLAN_UNDECLARED",), "names that nobody has seen"
    here = free_place(house, day, lawyer)
    house.clock.set(OPENS - timedelta(minutes=30))
    assert refused(house, lambda s: changing.move(s, day.who, row.id, version, here, True, house.now))[0] == "PLAN_DAY_BEGUN"
    assert place(house, row.id)[:2] == (row.duty_id, row.starts_at)


def waiting(house: House, day: Day, ward: int = 0, declared: bool = True, **values: Any) -> HelpRequest:
    def work(session: Session) -> HelpRequest:
        made = make_request(session, day, ward, **values)
        if declared:
            declare_all(session, day)
        return made

    return house.write(work)


def full(house: House) -> Day:
    """One lawyer, seven places, seven requests of two wards; the rest of the day is nobody's."""
    return published(house, requests=7, lawyers=[{}])


def give_up(house: House, day: Day, row: HelpSeat) -> None:
    version = plan_of(house, day).plan_version
    house.write(lambda session: publishing.release(session, day.who, row.id, version, house.now))


def offered(house: House, day: Day) -> list[offers.Offer]:
    def look(session: Session) -> list[offers.Offer]:
        found = offers.offers(gather(session, session.get_one(HelpDay, day.day.id), house.now), house.now)
        assert all(one.request.inmate.name and one.duty.lawyer.name for one in found)
        return found

    return house.read(look)


def test_a_place_that_was_given_up_is_offered_by_itself_and_accepted_with_one_button(house: House) -> None:
    day = full(house)
    officers = house.write(lambda s: [make_staff(s, (Role.WARD_OFFICER,), s.merge(day.prison), wards=[s.merge(one)]) for one in day.wards])
    late, soon = waiting(house, day, 1, waited=1), waiting(house, day, 0, waited=3)
    waiting(house, day, 1, waited=9, language="ug")
    waiting(house, day, 1, declared=False, parties="没有回答的公司", waited=8)
    assert offered(house, day) == [], "the day is full"
    row = seats(house, "published")[2]
    give_up(house, day, row)
    assert [one.request.id for one in offered(house, day)] == [soon.id], "not who gave it up, nor who does not fit; the longest waiting first"
    desk = office(house, day)
    assert "free place that somebody who waits could have" in desk.get("/").text
    desk.get(f"/help-days/{day.day.ref}/plan")
    assert "Comes with an escort that goes anyway" in desk.page.text
    desk.submit(form="/plan/fill")
    assert "has the place at" in desk.page.text
    got = house.read(lambda s: s.scalars(select(HelpSeat).where(HelpSeat.request_id == soon.id)).one())
    assert (got.state, got.starts_at, got.duty_id) == ("published", row.starts_at, row.duty_id)
    booked = house.read(lambda s: s.get_one(Booking, got.booking_id))
    assert (booked.state, booked.kind, booked.inmate_id, booked.starts_at) == ("confirmed", "legal_consult", soon.inmate_id, row.starts_at)
    assert house.read(lambda s: s.get_one(HelpRequest, soon.id).state) == "seated"
    assert house.read(lambda s: s.get_one(HelpRequest, late.id).state) == "waiting"
    slips = house.read(lambda s: s.scalars(select(RequestSlip.step).where(RequestSlip.request_id == soon.id)).all())
    assert list(slips) == ["seated"]
    ward = {one.wards[0].ward_id: one.id for one in house.read(lambda s: [s.merge(one) for one in officers] and _with_wards(s, officers))}
    changed = house.read(lambda s: list(s.scalars(select(Notice.account_id).where(Notice.kind == "help_ward_changed"))))
    assert changed.count(ward[house.read(lambda s: s.get_one(HelpRequest, soon.id).ward_id)]) >= 1
    assert told(house, "help_day_changed") == 2, "the lawyer: once of the place given up, once of who has it"
    assert "free place that somebody" not in desk.get("/").text
    assert desk.post(f"/help-days/{day.day.ref}/plan/fill", {"version": "0", "to": "1-1", "request": late.ref}).status_code == 422


def _with_wards(session: Session, officers: list[Any]) -> list[Any]:
    rows = [session.get_one(type(one), one.id) for one in officers]
    assert all(one.wards for one in rows)
    return rows


def test_the_place_of_who_has_left_the_prison_is_offered_and_court_is_not_leaving(house: House) -> None:
    day = full(house)
    soon = waiting(house, day, 0, waited=3)
    row = seats(house, "published")[0]
    house.write(lambda s: setattr(s.get_one(Inmate, s.get_one(HelpRequest, row.request_id).inmate_id), "status", "court"))
    assert offered(house, day) == []
    house.write(lambda s: setattr(s.get_one(Inmate, s.get_one(HelpRequest, row.request_id).inmate_id), "status", "released"))
    offer = offered(house, day)[0]
    assert (offer.request.id, offer.gone and offer.gone.id) == (soon.id, row.id)
    desk = office(house, day)
    desk.get(f"/help-days/{day.day.ref}/plan")
    assert "is no longer in the prison and gives the place up" in desk.page.text
    desk.submit(form="/plan/fill")
    assert place(house, row.id)[2] == "withdrawn"
    assert house.read(lambda s: s.get_one(Booking, row.booking_id).state) == "cancelled"
    got = house.read(lambda s: s.scalars(select(HelpSeat).where(HelpSeat.request_id == soon.id)).one())
    assert (got.state, got.starts_at) == ("published", row.starts_at)


def test_an_offer_is_refused_when_it_no_longer_holds(house: House) -> None:
    day = full(house)
    soon = waiting(house, day, 0)
    row = seats(house, "published")[2]
    to = spot(house, day, row)
    version = plan_of(house, day).plan_version

    def fill(session: Session) -> Any:
        return changing.fill(session, day.who, day.day.id, version, soon.ref, to, house.now)

    assert refused(house, fill) == ("PLAN_PLACE_TAKEN",)
    give_up(house, day, row)
    assert refused(house, fill) == ("PLAN_OTHER",)
    version = plan_of(house, day).plan_version
    house.write(lambda s: setattr(s.get_one(HelpRequest, soon.id), "state", "withdrawn"))
    assert refused(house, fill) == ("PLAN_REQUEST_GONE",)
    house.write(lambda s: setattr(s.get_one(HelpRequest, soon.id), "state", "waiting"))
    house.clock.set(row.starts_at)
    assert refused(house, fill) == ("PLAN_PLACE_TAKEN",), "its time has come"


def test_an_urgent_one_comes_first_and_an_escort_that_goes_anyway_decides_between_equals(house: House) -> None:
    day = small(house, requests=7, lawyers=[{}])
    for row in day.requests:
        house.write(lambda s, row=row: setattr(s.get_one(Inmate, row.inmate_id), "ward_id", day.wards[0].id))
    propose(house, day)
    publish(house, day)
    give_up(house, day, next(row for row in seats(house, "published") if row.starts_at == OPENS + 4 * CASE))
    elsewhere = house.write(lambda s: make_inmate(s, s.merge(day.wards[1])))
    other = waiting(house, day, inmate=elsewhere, waited=5)
    here = waiting(house, day, 0, waited=1)
    one = offered(house, day)[0]
    assert (one.request.id, one.more) == (here.id, 0)
    house.write(lambda s: setattr(s.get_one(HelpRequest, other.id), "urgency", 3))
    one = offered(house, day)[0]
    assert (one.request.id, one.more) == (other.id, 1)


def test_wards_read_what_is_published_changed_and_taken_back(house: House) -> None:
    day = small(house)
    mine, theirs = house.write(lambda s: [make_staff(s, (Role.WARD_OFFICER,), s.merge(day.prison), wards=[s.merge(one)]) for one in day.wards])
    away = house.write(lambda s: make_staff(s, (Role.WARD_OFFICER,), s.merge(day.prison), wards=[]))
    propose(house, day)
    assert told(house, "help_ward_published") == 0
    publish(house, day)
    assert sorted(house.read(lambda s: s.scalars(select(Notice.account_id).where(Notice.kind == "help_ward_published")))) == sorted((mine.id, theirs.id))
    page: Browser = browser(house, "prison", mine)
    page.speak("en")
    assert "news of legal-help days for your ward" in page.get("/").text
    page.get("/help-days")
    assert "with inmates of your ward is published" in page.page.text
    assert "/movements?day=2026-12-02" in page.page.text
    version = plan_of(house, day).plan_version
    house.write(lambda session: publishing.take_back(session, day.who, day.day.id, version, house.now))
    page.submit(form="/news/read")
    assert "is taken back" in page.page.text, "what came since it was shown stays"
    assert "with inmates of your ward is published" not in page.page.text
    page.submit(form="/news/read")
    assert "is taken back" not in page.page.text
    for _time in range(2):
        house.write(lambda s: telling.wards(s, s.get_one(HelpDay, day.day.id), {day.wards[0].id}, "help_ward_changed", house.now))
    page.get("/help-days")
    assert page.page.text.count("Movement list of the day") == 1, "the same word about the same day is read once"
    page.submit(form="/news/read")
    assert "Movement list of the day" not in page.page.text
    assert "news of legal-help days" not in page.get("/").text
    assert count(house, Notice, Notice.account_id == theirs.id, Notice.read_at.is_(None)) == 2, "each ward reads for itself"
    assert count(house, Notice, Notice.account_id == away.id) == 0

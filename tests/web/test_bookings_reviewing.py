"""Visits to come whose people may no longer come are flagged, and un-flagged when the reason ends; the desk shows them as a pile."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import wsgi
from tests.conftest import House
from tests.factories import make_companion, make_kinship, make_staff
from tests.scenes import MONDAY, NINE, book, make_scene, neighbour, officer_identity
from tests.web.browsing import browser
from visitation.accounts.models import Account
from visitation.bookings import service
from visitation.bookings.models import Booking, BookingFlag
from visitation.bookings.reviewing import CODES
from visitation.bookings.words import FLAGS
from visitation.kernel.identity import Role
from visitation.people import service_desk, service_suspensions
from visitation.people.models import Inmate, Kinship, Suspension
from visitation.people.service_suspensions import Wanted

Change = Callable[[Session, "Booked"], Any]


class Booked:
    """A confirmed visit on Monday, another inmate's at the same time, and a duty chief."""

    def __init__(self, session: Session, house: House) -> None:
        self.house = house
        self.scene = make_scene(session)
        self.other = neighbour(session, self.scene)
        self.booking = book(session, self.scene, house.now)
        self.untouched = book(session, self.other, house.now, key="other")
        self.account = make_staff(session, (Role.DUTY_CHIEF, Role.OFFICER), self.scene.prison)
        self.chief = officer_identity(self.account, Role.DUTY_CHIEF, Role.OFFICER)


@pytest.fixture
def booked(house: House) -> Booked:
    return house.write(lambda session: Booked(session, house))


def look(house: House) -> int:
    return house.write(lambda session: service.review(session, house.now))


def open_flags(house: House) -> list[tuple[int, str]]:
    def read(session: Session) -> list[tuple[int, str]]:
        return [(row.booking_id, row.code) for row in session.scalars(select(BookingFlag).where(BookingFlag.cleared_at.is_(None)).order_by(BookingFlag.code))]

    return house.read(read)


def tie(session: Session, booked: Booked) -> Kinship:
    return session.get_one(Kinship, booked.scene.kinship.id)


def suspend(booked: Booked, session: Session, first: date, last: date | None) -> Suspension:
    wanted = Wanted("quarrel", first, last, "")
    row = Suspension(prison_id=booked.scene.prison.id, visitor_id=booked.scene.family.visitor.id, code=wanted.code, starts_on=first, ends_on=last)
    row.decided_by, row.decided_at = booked.account.id, booked.house.now
    session.add(row)
    session.flush()
    return row


def set_status(status: str) -> Change:
    return lambda session, booked: setattr(session.get_one(Inmate, booked.scene.inmate.id), "status", status)


def set_tie(**values: str) -> Change:
    return lambda session, booked: [setattr(tie(session, booked), name, value) for name, value in values.items()]


CAUSES: list[tuple[str, Change, Change]] = [
    ("INMATE_LEFT", set_status("released"), set_status("held")),
    ("INMATE_LEFT", set_status("transferred"), set_status("held")),
    ("INMATE_CONFINED", set_status("confined"), set_status("held")),
    ("KINSHIP_ENDED", set_tie(state="withdrawn"), set_tie(state="approved")),
    ("TIE_RESTRICTED", set_tie(inmate_answer="withdrawn"), set_tie(inmate_answer="accepted")),
    ("TIE_RESTRICTED", set_tie(restriction="restricted"), set_tie(restriction="none")),
]


@pytest.mark.parametrize(("code", "begin", "end"), CAUSES)
def test_each_reason_flags_its_own_visit_and_its_end_clears_it(house: House, booked: Booked, code: str, begin: Change, end: Change) -> None:
    assert look(house) == 0
    house.write(lambda session: begin(session, booked))
    assert look(house) == 1
    assert open_flags(house) == [(booked.booking.id, code)]
    assert look(house) == 0, "a second look changes nothing"
    house.write(lambda session: end(session, booked))
    assert look(house) == 1
    assert open_flags(house) == []
    house.write(lambda session: begin(session, booked))
    look(house)
    assert open_flags(house) == [(booked.booking.id, code)], "and it may begin again"


@pytest.mark.parametrize("status", ["court", "hospital"])
def test_an_absence_that_passes_is_no_reason(house: House, booked: Booked, status: str) -> None:
    house.write(lambda session: set_status(status)(session, booked))
    assert look(house) == 0


@pytest.mark.parametrize(
    ("first", "last", "flagged"),
    [(-7, -1, False), (-7, 0, True), (0, 0, True), (0, None, True), (1, None, False), (1, 9, False)],
)
def test_a_suspension_flags_the_days_it_covers(house: House, booked: Booked, first: int, last: int | None, flagged: bool) -> None:
    until = None if last is None else MONDAY + timedelta(days=last)
    house.write(lambda session: suspend(booked, session, MONDAY + timedelta(days=first), until))
    look(house)
    assert open_flags(house) == ([(booked.booking.id, "VISITOR_SUSPENDED")] if flagged else [])


def test_lifting_a_suspension_of_the_inmate_clears_the_flag(house: House, booked: Booked) -> None:
    wanted = Wanted("investigation", MONDAY, MONDAY + timedelta(days=3), "escort")
    row = house.write(lambda s: service_suspensions.suspend_inmate(s, booked.chief, booked.scene.inmate.id, wanted, house.now))
    look(house)
    assert open_flags(house) == [(booked.booking.id, "INMATE_SUSPENDED")]
    house.write(lambda session: service_suspensions.lift(session, booked.chief, row.id, house.now))
    look(house)
    assert open_flags(house) == []


def test_what_the_inmate_says_at_the_desk_flags_the_visit(house: House, booked: Booked) -> None:
    house.write(lambda s: service_desk.record_answer(s, booked.chief, booked.scene.kinship.id, "withdrawn", house.now))
    look(house)
    assert open_flags(house) == [(booked.booking.id, "TIE_RESTRICTED")]


def test_a_companion_counts_and_clearing_one_leaves_the_others(house: House, booked: Booked) -> None:
    def add(session: Session) -> int:
        companion = make_companion(session, booked.scene.family)
        kinship = make_kinship(session, companion, booked.scene.inmate)
        booking = session.get_one(Booking, booked.booking.id)
        booking.party.append(type(booking.party[0])(visitor_id=companion.id, kinship_id=kinship.id, place=1))
        return kinship.id

    number = house.write(add)
    house.write(lambda session: setattr(session.get_one(Kinship, number), "state", "withdrawn"))
    house.write(lambda session: set_tie(state="withdrawn")(session, booked))
    look(house)
    assert len(open_flags(house)) == 2
    house.write(lambda session: setattr(session.get_one(Kinship, number), "state", "approved"))
    look(house)
    assert len(open_flags(house)) == 1, "approving one person does not clear the other's flag"


def test_one_that_has_started_is_left_alone(house: House, booked: Booked) -> None:
    house.write(lambda session: set_status("released")(session, booked))
    house.clock.set(NINE)
    assert look(house) == 0


def test_what_an_officer_has_looked_at_stays_closed_until_the_reason_ends(house: House, booked: Booked) -> None:
    house.write(lambda session: set_status("confined")(session, booked))
    look(house)
    number = house.read(lambda session: session.scalars(select(BookingFlag.id)).one())
    house.write(lambda session: service.dismiss(session, booked.chief, number, house.now))
    assert look(house) == 0
    assert open_flags(house) == []
    house.write(lambda session: set_status("held")(session, booked))
    look(house)
    house.write(lambda session: set_status("confined")(session, booked))
    look(house)
    assert open_flags(house) == [(booked.booking.id, "INMATE_CONFINED")]


def test_the_desk_shows_the_pile_and_its_page_says_why(house: House, booked: Booked) -> None:
    house.write(lambda session: set_status("released")(session, booked))
    look(house)
    chief = browser(house, "prison", house.read(lambda session: session.get_one(Account, booked.account.id)))
    chief.speak("en")
    assert "flagged visits to look at" in chief.get("/").text
    page = chief.get("/timetable/closures").text
    assert "The inmate has been released or transferred" in page
    assert booked.booking.ref in page
    assert booked.untouched.ref not in page


def test_every_code_has_words_and_the_worker_looks(house: House) -> None:
    assert set(CODES) <= set(FLAGS)
    assert service.review in [sweep.run for sweep in wsgi.build_worker(house.prison)._sweeps]

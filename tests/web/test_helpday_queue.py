"""The afternoon as it happens: called, arrived, not coming, a line that drops and goes on first, the sweep that follows the talks, and the day that ends."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.helpdays import queue, series
from consult.helpdays.models import ConflictDeclaration, HelpDay, HelpSeat
from consult.requests.models import HelpRequest, RequestSlip
from tests.conftest import NOON, House
from tests.factories import make_broker, make_staff
from tests.scenes import make_template
from tests.web.afternoon import Afternoon, make_afternoon
from tests.web.browsing import Browser, browser
from tests.web.helpday_world import make_day
from visitation.accounts.models import Account
from visitation.bookings import service as bookings
from visitation.bookings.models import Booking, Claim
from visitation.bookings.service import Arrangement
from visitation.kernel.errors import Refused
from visitation.kernel.identity import SYSTEM, Identity, Role, Zone
from visitation.kernel.interval import tick_of
from visitation.movements.queries import places_of
from visitation.store.transaction import perform
from visitation.supervision import rights
from visitation.supervision import service as supervision
from visitation.supervision.closing import close
from visitation.supervision.models import DeskChange, LiveSession
from visitation.supervision.service import open_session
from visitation.timetable.models import Duty, Terminal

MINUTE = timedelta(minutes=1)


@dataclass
class World:
    ref: str
    day_id: int
    seats: list[list[int]]
    officer: Account
    office: Account
    lawyer: Account


def furnish(session: Session, cases: int, lawyers: int) -> World:
    """A day that begins at noon, published with real bookings."""
    made: Afternoon = make_afternoon(session, cases, lawyers)
    prison, day = made.day.prison, made.day.day
    officer = make_staff(session, [Role.OFFICER], prison)
    terminals = list(session.scalars(select(Terminal).where(Terminal.id.in_(day.terminals))))
    make_template(session, prison, terminals)
    session.add(Duty(prison_id=prison.id, account_id=officer.id, starts_at=NOON - timedelta(hours=4), ends_at=NOON + timedelta(hours=6), lanes=8))
    make_broker(session, NOON)
    session.flush()
    rows = [seat for column in made.seats for seat in column]
    wanted = []
    for seat in rows:
        assert seat.duty is not None
        where = (seat.terminal_id, seat.starts_at, seat.ends_at)
        wanted.append(Arrangement("legal_consult", prison.id, seat.request.inmate_id, *where, seat.duty.lawyer.account_id, seat.duty.lawyer_id))
    for seat, booking in zip(rows, bookings.arrange_all(session, made.day.who, wanted, NOON), strict=True):
        seat.booking_id = booking.id
    ids = [[seat.id for seat in column] for column in made.seats]
    return World(day.ref, day.id, ids, officer, made.day.office, made.lawyer.account)


@pytest.fixture
def world(house: House) -> World:
    house.clock.set(NOON)
    return house.write(lambda session: furnish(session, 3, 1))  # type: ignore[no-any-return]


@pytest.fixture
def officer(house: House, world: World) -> Browser:
    page = browser(house, "prison", world.officer)
    page.speak("en")
    page.get(f"/help-days/{world.ref}/queue")
    return page


def act(page: Browser, house: House, world: World, number: int, **sent: str) -> int:
    ref = seat(house, world, number).ref
    page.get(f"/help-days/{world.ref}/queue")
    return page.post(f"/help-days/{world.ref}/queue/{ref}", sent).status_code


def seat(house: House, world: World, number: int) -> HelpSeat:
    def find(session: Session) -> HelpSeat:
        row = session.get_one(HelpSeat, world.seats[0][number])
        assert row.request is not None
        assert row.booking is None or row.booking.ref
        return row

    return house.read(find)  # type: ignore[no-any-return]


def talk(house: House, world: World, number: int, ends_as: str = "", cause: str = "TIME_UP", lasts: timedelta = 20 * MINUTE) -> None:
    """The session of a seat goes live now; and, with an outcome, ends after `lasts`. The sweep follows."""

    def begin(session: Session) -> None:
        booking = session.get_one(HelpSeat, world.seats[0][number]).booking
        assert booking is not None
        live = session.scalar(select(LiveSession).where(LiveSession.booking_id == booking.id)) or open_session(session, booking, house.now)
        live.stage, live.live_at, live.checked_in_at = "live", live.live_at or house.now, house.now

    def end(session: Session) -> None:
        live = session.scalars(select(LiveSession).where(LiveSession.booking_id == session.get_one(HelpSeat, world.seats[0][number]).booking_id)).one()
        live.seconds_used = lasts.total_seconds()
        close(session, live, ends_as, cause, house.now, house.now)

    house.write(begin)
    follow(house)
    if ends_as:
        house.clock.set(house.now + lasts)
        house.write(end)
        follow(house)


def follow(house: House) -> int:
    return house.write(lambda session: queue.sweep(session, house.now))  # type: ignore[no-any-return]


def claimed(house: House, booking_id: int | None) -> set[tuple[str, int]]:
    return house.read(lambda session: {(row.resource, row.tick) for row in session.scalars(select(Claim).where(Claim.booking_id == booking_id))})  # type: ignore[no-any-return]


def test_the_page_shows_who_is_next_and_the_ward_is_told(house: House, world: World, officer: Browser) -> None:
    first = seat(house, world, 0)
    assert officer.page.text.count("is-next") == 1
    assert act(officer, house, world, 0, act="call") == 200
    called = seat(house, world, 0)
    assert (called.state, called.called_at) == ("called", NOON)
    assert (called.starts_at, called.terminal_id) == (first.starts_at, first.terminal_id), "nothing is moved without need"
    place = house.read(lambda session: places_of(session, [session.get_one(Booking, called.booking_id)]))
    assert place == {called.booking_id: "called"}
    assert act(officer, house, world, 0, act="arrived") == 200
    assert house.read(lambda session: places_of(session, [session.get_one(Booking, called.booking_id)])) == {called.booking_id: "arrived"}
    assert act(officer, house, world, 1, act="call") == 422, "one is called already"
    assert "called to this lawyer already" in officer.page.text
    assert act(officer, house, world, 0, act="call") == 409
    assert house.read(lambda session: session.scalar(select(func.count(DeskChange.id)).where(DeskChange.kind == "helpday"))) == 2


def test_nothing_is_called_hours_before_and_no_talk_begins_before_the_day(house: House, world: World, officer: Browser) -> None:
    def later(session: Session, by: timedelta) -> None:
        day = session.get_one(HelpDay, world.day_id)
        day.starts_at, day.ends_at = NOON + by, NOON + by + timedelta(minutes=150)

    house.write(lambda session: later(session, 31 * MINUTE))
    assert act(officer, house, world, 1, act="call") == 422
    house.write(lambda session: later(session, 30 * MINUTE))
    assert act(officer, house, world, 1, act="call") == 200
    assert seat(house, world, 1).starts_at == NOON + 30 * MINUTE


def test_whoever_is_there_moves_up_and_the_bookings_follow(house: House, world: World, officer: Browser) -> None:
    act(officer, house, world, 1, act="arrived")
    assert officer.page.text.index(seat(house, world, 1).ref) > officer.page.text.index(seat(house, world, 0).ref)
    assert act(officer, house, world, 1, act="call") == 200
    first, second, third = (seat(house, world, number) for number in range(3))
    assert second.starts_at == NOON
    assert first.starts_at == NOON + 20 * MINUTE
    assert third.starts_at == NOON + 40 * MINUTE
    for row in (first, second, third):
        assert row.booking is not None
        assert (row.booking.starts_at, row.booking.terminal_id) == (row.starts_at, row.terminal_id)
        assert (f"terminal:{row.terminal_id}", tick_of(row.starts_at)) in claimed(house, row.booking_id)
    assert second.terminal_id != first.terminal_id
    assert first.terminal_id != third.terminal_id, "terminals by turns"


def test_an_early_end_and_a_late_one(house: House, world: World, officer: Browser) -> None:
    act(officer, house, world, 0, act="call")
    talk(house, world, 0, "completed", lasts=12 * MINUTE)
    first = seat(house, world, 0)
    assert (first.state, first.left_at) == ("advised", NOON + 12 * MINUTE)
    assert first.request.state == "advised"
    act(officer, house, world, 1, act="call")
    assert seat(house, world, 1).starts_at == NOON + 10 * MINUTE, "at once, in the step that has begun"
    house.clock.set(NOON + 27 * MINUTE)
    talk(house, world, 1)
    assert seat(house, world, 1).state == "live"
    officer.get(f"/help-days/{world.ref}/queue")
    assert "12:47" in officer.page.text, "the talk that began late ends late"
    act(officer, house, world, 2, act="call")
    third = seat(house, world, 2)
    assert third.starts_at == NOON + 45 * MINUTE
    assert "12:47" in officer.page.text


def test_a_dropped_line_goes_on_first_with_what_is_left(house: House, world: World, officer: Browser) -> None:
    act(officer, house, world, 0, act="arrived")
    act(officer, house, world, 0, act="call")
    talk(house, world, 0, "technical", "TERMINAL_LOST", 8 * MINUTE)
    broken = seat(house, world, 0)
    assert (broken.state, broken.drops, broken.request.state) == ("dropped", 1, "seated")
    assert follow(house) == 0, "a second sweep changes nothing"
    act(officer, house, world, 1, act="arrived")
    house.clock.set(NOON + 9 * MINUTE)
    assert act(officer, house, world, 0, act="call") == 200
    again = seat(house, world, 0)
    assert again.booking_id != broken.booking_id
    assert (again.terminal_id, again.starts_at, again.ends_at) == (broken.terminal_id, NOON + 5 * MINUTE, NOON + 20 * MINUTE)
    place = house.read(lambda session: places_of(session, [session.get_one(Booking, again.booking_id)]))
    assert place == {again.booking_id: "arrived"}, "the inmate has not gone back in between"
    talk(house, world, 0, "completed", lasts=11 * MINUTE)
    done = seat(house, world, 0)
    assert (done.state, done.drops, done.request.state) == ("advised", 1, "advised")


def test_not_coming_carries_over_with_a_reason_and_the_queue_goes_on(house: House, world: World, officer: Browser) -> None:
    assert act(officer, house, world, 0, reason="nonsense") == 422
    assert act(officer, house, world, 0, reason="unwell") == 200
    row = seat(house, world, 0)
    assert (row.state, row.reason, row.request.state, row.request.waited) == ("missed", "unwell", "waiting", 1)
    assert row.booking is not None
    assert (row.booking.state, row.booking.outcome) == ("cancelled", "cancelled_by_inmate")
    assert claimed(house, row.booking_id) == set()
    assert follow(house) == 0
    act(officer, house, world, 1, act="call")
    assert seat(house, world, 1).starts_at == NOON, "the next one is called at once"
    act(officer, house, world, 1, act="back")
    assert seat(house, world, 1).state == "dropped"
    assert act(officer, house, world, 1, act="back") == 409


def test_the_day_ends_and_whoever_is_left_is_carried_over(house: House, world: World, officer: Browser) -> None:
    act(officer, house, world, 0, act="call")
    talk(house, world, 0, "completed")
    house.clock.set(NOON + timedelta(minutes=150) + timedelta(minutes=59))
    assert follow(house) == 0
    house.clock.set(house.now + 2 * MINUTE)
    assert follow(house) == 3
    assert follow(house) == 0

    def found(session: Session) -> tuple[str, list[str], list[str], int]:
        day = session.get_one(HelpDay, world.day_id)
        states = [session.get_one(HelpSeat, number).state for number in world.seats[0]]
        requests = [row.state for row in session.scalars(select(HelpRequest).order_by(HelpRequest.id))]
        return day.state, states, requests, session.scalar(select(func.count(RequestSlip.id)).where(RequestSlip.step == "carried")) or 0

    assert house.read(found) == ("over", ["advised", "carried", "carried"], ["advised", "waiting", "waiting"], 2)
    assert act(browser(house, "prison", world.officer), house, world, 0, act="call") == 422


def test_a_worker_that_was_away_over_night_leaves_nobody_seated(house: House, world: World) -> None:
    """Whichever sweep comes first in the morning: a published day is closed by the queue, which lets everybody who is left wait again."""
    house.clock.advance(timedelta(days=1))
    house.write(lambda session: series.sweep(session, house.now))
    house.write(lambda session: queue.sweep(session, house.now))
    assert house.read(lambda session: session.get_one(HelpDay, world.day_id).state) == "over"
    assert house.read(lambda session: set(session.scalars(select(HelpRequest.state)))) == {"waiting"}


def elsewhere(session: Session) -> tuple[str, Account]:
    """A day of another prison, and its officer."""
    day = make_day(session, ({},), wards=1)
    day.day.state = "published"
    return day.day.ref, make_staff(session, (Role.OFFICER,), day.prison)


def test_who_may_act_and_what_a_lawyer_sees(house: House, world: World, officer: Browser) -> None:
    office = browser(house, "prison", world.office)
    text = office.get(f"/help-days/{world.ref}/queue").text
    assert all(house.read(lambda session, n=number: session.get_one(HelpSeat, n).request.inmate.name) in text for number in world.seats[0])
    assert 'value="call"' not in text
    assert office.post(f"/help-days/{world.ref}/queue/{seat(house, world, 0).ref}", {"act": "call"}).status_code == 403
    other = house.write(elsewhere)
    stranger = browser(house, "prison", other[1])
    stranger.get(f"/help-days/{other[0]}/queue")
    assert stranger.post(f"/help-days/{other[0]}/queue/{seat(house, world, 0).ref}", {"act": "call"}).status_code == 404, "another day's seat, by one's own day"
    assert seat(house, world, 0).state == "published"
    lawyer = browser(house, "family", world.lawyer)
    lawyer.speak("en")
    act(officer, house, world, 0, act="call")
    page = lawyer.get("/lawyer/afternoon").text
    first, second = seat(house, world, 0), seat(house, world, 1)
    names = house.read(lambda session: [session.get_one(HelpSeat, number).request.inmate.name for number in world.seats[0]])
    assert "waiting for you" in page
    assert f"/visits/{house.read(lambda session: session.get_one(Booking, first.booking_id).ref)}/room" in page
    assert "父亲被拖欠工资" in page, "the summary of the case that is on"
    assert page.count("父亲被拖欠工资") == 1, "and of no other"
    assert second.request.ref in page
    assert not [name for name in names if name in page]
    assert "data-keep" in page
    board = lawyer.get("/lawyer/afternoon/board").text
    assert "<html" not in board
    assert first.request.ref in board


def test_who_declares_a_conflict_late_finds_no_way_in_and_is_taken_out(house: House, world: World, officer: Browser) -> None:
    act(officer, house, world, 0, act="call")
    lawyer = browser(house, "family", world.lawyer)
    lawyer.speak("en")
    first = seat(house, world, 0)
    ref = house.read(lambda session: session.get_one(Booking, first.booking_id).ref)
    who = Identity(world.lawyer.id, frozenset({Role.LAWYER}), "", Zone.FAMILY)
    pid = f"lawyer:{world.lawyer.id}"

    def token(session: Session) -> Any:
        return supervision.participant_token(session, who, session.get_one(Booking, first.booking_id), house.now)

    with house.family.app_context():
        perform(token)

    def inside(session: Session) -> str:
        live = session.scalars(select(LiveSession).where(LiveSession.booking_id == first.booking_id)).one()
        live.participants = [{"pid": pid, "role": "lawyer", "state": "in_session"}]
        return live.sid

    sid = house.write(inside)
    assert not house.read(lambda session: rights.look(session, [sid], house.now)).leave
    assert f"/visits/{ref}/room" in lawyer.get("/lawyer/afternoon/board").text

    def declare(session: Session) -> None:
        duty = session.get_one(HelpSeat, first.id).duty
        assert duty is not None
        session.merge(ConflictDeclaration(request_id=first.request_id, lawyer_id=duty.lawyer_id, conflict=True, shown="", at=house.now))

    house.write(declare)
    for address in ("/lawyer/afternoon", "/lawyer/afternoon/board"):
        assert f"/visits/{ref}/room" not in lawyer.get(address).text
        assert lawyer.page.text.count("closed to you") == 1
    assert {one.pid for one in house.read(lambda session: rights.look(session, [sid], house.now)).leave} == {pid}
    with pytest.raises(Refused) as caught, house.family.app_context():
        perform(token)
    assert caught.value.codes == ("LAWYER_CONFLICT",)


def moment(minutes: int) -> datetime:
    return NOON + minutes * MINUTE


def test_the_sweep_leaves_no_trace_of_being_repeated(house: House, world: World) -> None:
    def nobody(session: Session) -> None:
        booking = session.get_one(HelpSeat, world.seats[0][0]).booking
        assert booking is not None
        bookings.record_outcome(session, booking.id, "no_show_visitor", 0, "NOBODY_JOINED", moment(30), SYSTEM)

    house.clock.set(moment(30))
    house.write(nobody)
    assert follow(house) == 1
    before = house.read(lambda session: session.get_one(HelpDay, world.day_id).plan_version)
    for _time in range(5):
        assert follow(house) == 0
    assert house.read(lambda session: session.get_one(HelpDay, world.day_id).plan_version) == before
    assert seat(house, world, 0).state == "dropped", "nobody joined: the lawyer or the line, and not the inmate"

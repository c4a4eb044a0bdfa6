"""The plan of a legal-help day: the day of the domain rules, conflicts of interest, moves by hand, publication, a lawyer who drops out."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from consult.helpdays import planning, publishing
from consult.helpdays.facts_plan import gather
from consult.helpdays.models import ConflictDeclaration, HelpDay, HelpDuty, HelpSeat
from consult.lawyers.models import Lawyer
from consult.requests import letters
from consult.requests.demo import WAITED, day_of_rules
from consult.requests.letters import Letter
from consult.requests.models import HelpRequest, RequestSlip
from tests.conftest import NOON, House
from tests.factories import make_booking, make_family, make_inmate, make_levels, make_terminal
from tests.settings import SECRETS
from tests.web.browsing import Browser, browser
from tests.web.helpday_world import OPENS, Day, declare_all, make_day, make_request
from visitation.accounts.models import Account
from visitation.bookings import service as bookings
from visitation.bookings.models import Appointment, Booking, Claim
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Role
from visitation.movements import queries as movements
from visitation.notices.models import Notice
from visitation.people.models import Inmate, NonAssociation, Suspension
from visitation.timetable.models import Closure, Terminal

MATTERS = ("labour", "marriage", "civil", "appeal")
FAMILY_LAW, PENAL_LAW = ["labour", "marriage", "civil", "inheritance", "social"], ["appeal", "commutation", "civil", "housing", "injury"]
LAWYERS: tuple[dict[str, Any], ...] = ({}, {"languages": ["zh", "ug"]}, {"matters": FAMILY_LAW}, {"matters": PENAL_LAW})


def office(house: House, day: Day) -> Browser:
    found = browser(house, "prison", day.office)
    found.speak("en")
    return found


def seats(house: House, *states: str) -> list[HelpSeat]:
    return house.read(lambda session: list(session.scalars(select(HelpSeat).where(HelpSeat.state.in_(states)).order_by(HelpSeat.request_id))))


def plan_of(house: House, day: Day) -> HelpDay:
    return house.read(lambda session: session.get_one(HelpDay, day.day.id, populate_existing=True))


def propose(house: House, day: Day) -> None:
    version = plan_of(house, day).plan_version
    house.write(lambda session: planning.propose(session, day.who, day.day.id, version, house.now))


def publish(house: House, day: Day) -> None:
    version = plan_of(house, day).plan_version
    house.write(lambda session: publishing.publish(session, day.who, day.day.id, version, house.now))


def count(house: House, model: Any, *where: Any) -> int:
    return house.read(lambda session: session.scalar(select(func.count()).select_from(model).where(*where)))


def small(house: House, requests: int = 4, lawyers: Sequence[dict[str, Any]] = ({}, {}), *, declared: bool = True, **values: Any) -> Day:
    """A day with few requests from two wards."""

    def work(session: Session) -> Day:
        day = make_day(session, lawyers, wards=2)
        for number in range(requests):
            make_request(session, day, number % 2, **values)
        if declared:
            declare_all(session, day)
        return day

    return house.write(work)


def refused(house: House, act: Any) -> tuple[str, ...]:
    with pytest.raises(Refused) as found:
        house.write(act)
    return found.value.codes


@pytest.fixture
def rules_day(house: House) -> Day:
    """41 requests from 12 wards (rules.md §6): 2 for legal aid, 1 for the defence, 1 in confinement; 37 compete for 28 places."""

    def work(session: Session) -> Day:
        day = make_day(session, LAWYERS, wards=0)
        make_levels(session)
        day.requests = [row for row in day_of_rules(session, day.prison, NOON, SECRETS["letters_public_key"]) if row.state == "waiting"]
        return day

    return house.write(work)


def test_the_day_of_the_domain_rules(house: House, rules_day: Day) -> None:
    page = office(house, rules_day)
    page.get(f"/help-days/{rules_day.day.ref}/plan")
    assert "37 requests wait for a place" in page.page.text
    page.submit(form="/plan/ask")
    assert "4 lawyers are asked" in page.page.text
    page.submit(form="/plan/propose")
    assert "28 of 28 places" in page.page.text
    page.submit(form="/plan/publish")
    assert page.page.status_code == 422, "nobody has answered yet"
    assert "has not said whether there is a conflict" in page.page.text
    house.write(lambda session: declare_all(session, rules_day))
    page.get(f"/help-days/{rules_day.day.ref}/plan")
    page.submit(form="/plan/publish")
    assert "The day is published" in page.page.text

    seated, carried = seats(house, "published"), seats(house, "carried")
    assert (len(seated), len(carried)) == (28, 9)
    assert {row.reason for row in carried} == {"NO_PLACE"}
    ground = house.read(lambda session: gather(session, session.get_one(HelpDay, rules_day.day.id), house.now))
    plan = planning.counted(ground, ground.seated())
    assert plan.trip_gap <= 0.1
    by_duty = {duty.id: duty.lawyer for duty in ground.duties.values()}
    for row in seated:
        lawyer, request = by_duty[row.duty_id or 0], ground.requests[row.request_id]
        assert request.language in lawyer.languages
        assert not lawyer.matters or request.matter in lawyer.matters
    booked_whole(house, 28)
    told_all(house, rules_day)


def booked_whole(house: House, number: int) -> None:
    """Every seat is a confirmed booking with a claim on its terminal, inmate and lawyer in each of its four ticks, and none of them twice."""
    bookings = house.read(lambda session: list(session.scalars(select(Booking).where(Booking.state == "confirmed"))))
    assert len(bookings) == number
    assert {row.kind for row in bookings} == {"legal_consult"}
    for row in bookings:
        for name, ticks in ((f"inmate:{row.inmate_id}", 4), (f"lawyer:{row.lawyer}", 4), (f"terminal:{row.terminal_id}", 6)):
            assert count(house, Claim, Claim.booking_id == row.id, Claim.resource == name) == ticks


def told_all(house: House, day: Day) -> None:
    """Requests by state, slips, credit for the wait, the lawyers' notices and the movement list."""
    states = house.read(lambda session: Counter((row.path, row.state) for row in session.scalars(select(HelpRequest))))
    assert states == {("helpday", "seated"): 28, ("helpday", "waiting"): 9, ("legal_aid", "to_pass"): 2, ("defence", "to_pass"): 1, (None, "postponed"): 1}
    steps = house.read(lambda session: Counter(session.scalars(select(RequestSlip.step))))
    assert (steps["seated"], steps["carried"]) == (28, 9 + len(WAITED))
    carried = [row.request_id for row in seats(house, "carried")]
    waits = house.read(lambda session: [session.get_one(HelpRequest, number).waited for number in carried])
    assert waits == [1] * 9, "who was carried over last week is seated before them"
    assert count(house, Notice, Notice.kind == "help_day_published") == 4

    def moving(session: Session) -> int:
        scope = movements.scope_of(session, replace(day.who, roles=frozenset({Role.DUTY_CHIEF})), None)
        return len(movements.rows(session, scope, day.day.planned_on, house.now))

    house.clock.set(OPENS - timedelta(hours=5))
    assert house.read(moving) == 28


def test_publishing_twice_publishes_once_and_an_old_plan_is_not_published(house: House) -> None:
    day = small(house)
    propose(house, day)
    first, second = office(house, day), office(house, day)
    for page in (first, second):
        page.get(f"/help-days/{day.day.ref}/plan")
    first.submit(form="/plan/publish")
    second.submit(form="/plan/publish")
    assert "The day is published" in second.page.text
    assert count(house, Booking) == 4
    assert count(house, RequestSlip) == 4

    other = small(house)
    propose(house, other)
    stale = office(house, other)
    stale.get(f"/help-days/{other.day.ref}/plan")
    propose(house, other)
    stale.submit(form="/plan/publish")
    assert stale.page.status_code == 422
    assert "Somebody has changed this plan" in stale.page.text
    assert count(house, Booking) == 4


def lawyer_page(house: House, lawyer: Lawyer) -> Browser:
    found = browser(house, "family", house.read(lambda session: session.get_one(Account, lawyer.account_id)))
    found.speak("en")
    return found


def test_a_lawyer_sees_the_names_and_nothing_else_and_answers_all_in_one_tap(house: House) -> None:
    day = small(house, 1, ({"matters": ["labour"]}, {"matters": ["marriage"]}), declared=False, summary="不可外传的经过", parties="甲建筑公司\n王芳")

    def letter(session: Session) -> HelpRequest:
        row = make_request(session, day, 1, lawyer_only=True, summary=None, parties=None)
        row.letter = letters.write(SECRETS["letters_public_key"], row.uid, Letter("只告诉律师的话", "乙物业公司"))
        return row

    sealed = house.write(letter)
    mine, other = (lawyer_page(house, lawyer) for lawyer in day.lawyers)
    mine.get("/lawyer/conflicts")
    assert "甲建筑公司" not in mine.page.text, "nobody has asked yet"
    office_page = office(house, day)
    office_page.get(f"/help-days/{day.day.ref}/plan")
    office_page.submit(form="/plan/ask")
    assert count(house, Notice, Notice.kind == "help_conflicts_asked") == 1, "the other one could be given none of them"
    mine.get("/lawyer/conflicts")
    assert all(name in mine.page.text for name in ("甲建筑公司", "王芳", "乙物业公司"))
    assert not any(secret in mine.page.text for secret in ("不可外传的经过", "只告诉律师的话"))
    other.get("/lawyer/conflicts")
    assert "甲建筑公司" not in other.page.text
    mine.submit({f"c-{sealed.ref}": "conflict", "act": "all_none"}, form="declare")
    assert "2 answers are kept" in mine.page.text
    said = house.read(lambda session: {row.request_id: row.conflict for row in session.scalars(select(ConflictDeclaration))})
    assert said == {day.requests[0].id: False, sealed.id: True}
    propose(house, day)
    assert {row.request_id: (row.state, row.reason) for row in seats(house, "proposed", "carried")} == {
        day.requests[0].id: ("proposed", ""),
        sealed.id: ("carried", "LAWYER_CONFLICT"),
    }
    office_page.get(f"/help-days/{day.day.ref}/plan")
    assert "乙物业公司" not in office_page.page.text
    changed_names(house, day, mine)


def changed_names(house: House, day: Day, mine: Browser) -> None:
    """Other names are another question: what was answered before does not count, and what the old page says of them is refused."""
    mine.get("/lawyer/conflicts")
    house.write(lambda session: setattr(session.get_one(HelpRequest, day.requests[0].id), "parties", "丙公司"))
    assert refused(house, lambda session: publishing.publish(session, day.who, day.day.id, plan_of(house, day).plan_version, house.now)) == (
        "PLAN_UNDECLARED_BY",
    )
    mine.submit({f"c-{day.requests[0].ref}": "none", "act": "save"}, form="declare")
    assert mine.page.status_code == 422
    assert "丙公司" in mine.page.text
    mine.submit({f"c-{day.requests[0].ref}": "none", "act": "save"}, form="declare")
    assert "1 answer is kept" in mine.page.text
    publish(house, day)


def test_who_is_no_verified_lawyer_of_the_day_is_asked_nothing(house: House) -> None:
    day = small(house, 2, ({}, {"state": "submitted"}), declared=False)
    house.write(lambda session: session.execute(update(HelpDuty).where(HelpDuty.place == 2).values(state="declined")))
    house.write(lambda session: session.execute(update(HelpDay).values(conflicts_asked_at=NOON)))
    waiting = lawyer_page(house, day.lawyers[1])
    for entry in ("/lawyer/conflicts", "/lawyer/afternoon", "/lawyer/cases", "/lawyer/questions", f"/lawyer/cases/{day.requests[0].ref}"):
        waiting.get(entry)
        assert "An officer compares your licence with the register." in waiting.page.text, f"the menu's {entry} is no dead end: it says what is awaited"
        assert day.requests[0].ref not in waiting.page.text
    gone = lawyer_page(house, day.lawyers[0])
    gone.get("/lawyer/conflicts")
    house.write(lambda session: session.execute(update(HelpDuty).where(HelpDuty.place == 1).values(state="dropped")))
    gone.submit({f"c-{day.requests[0].ref}": "none", "act": "save"}, form="declare")
    assert count(house, ConflictDeclaration) == 0


def test_moving_by_hand_names_what_stands_against_it_and_stays(house: House) -> None:
    day = small(house, 2, ({}, {"matters": ["civil"]}))
    propose(house, day)
    first, second = seats(house, "proposed")
    page = office(house, day)
    page.get(f"/help-seats/{first.ref}")
    assert "another matter" in page.page.text
    to = f"{day.lawyers[1].id}-3"
    page.submit({"to": to, "act": "move"}, form="move")
    assert page.page.status_code == 422
    assert "does not advise on the matter" in page.page.text
    page.submit({"to": to, "act": "move", "anyway": "y"}, form="move")
    assert "The plan is changed" in page.page.text
    page.get(f"/help-seats/{second.ref}")
    page.submit({"to": to, "act": "move", "anyway": "y"}, form="move")
    moved = {row.id: row for row in seats(house, "proposed")}
    assert moved[second.id].starts_at == OPENS + timedelta(minutes=60)
    assert moved[first.id].starts_at == second.starts_at, "they have changed places"
    propose(house, day)
    again = {row.id: row for row in seats(house, "proposed")}
    assert {number: row.starts_at for number, row in again.items()} == {number: row.starts_at for number, row in moved.items()}
    page.get(f"/help-seats/{second.ref}")
    page.submit({"act": "out"}, form="move")
    propose(house, day)
    assert [(row.id, row.reason) for row in seats(house, "carried")] == [(second.id, "BY_HAND")]
    publish(house, day)
    assert [(row.id, row.state) for row in seats(house, "published")] == [(first.id, "published")], "the officer has decided about the matter"
    page.get(f"/help-seats/{first.ref}")
    assert "Give this consultation up" in page.page.text


def test_hard_obstacles_are_not_decided_away(house: House) -> None:
    day = small(house, 3)
    house.write(lambda session: declare_all(session, day, conflict=True, lawyers=day.lawyers[1:]))
    house.write(lambda session: session.add(NonAssociation(inmate_id=day.requests[0].inmate_id, other_id=day.requests[1].inmate_id)))
    propose(house, day)
    rows = {row.request_id: row for row in seats(house, "proposed", "carried")}
    assert [(row.state, row.reason) for row in rows.values()] == [("proposed", ""), ("carried", "KEPT_APART"), ("proposed", "")]
    version = plan_of(house, day).plan_version

    def move(number: int, lawyer: int, time: int) -> Any:
        to = (day.lawyers[lawyer].id, time)
        return lambda session: planning.move(session, day.who, rows[day.requests[number].id].id, version, to, anyway=True, now=house.now)

    assert refused(house, move(0, 1, 0)) == ("PLAN_CONFLICT",)
    free = next(time for time in range(7) if OPENS + timedelta(minutes=20 * time) not in {row.starts_at for row in rows.values()})
    assert refused(house, move(1, 0, free)) == ("PLAN_APART",)
    assert refused(house, move(0, 0, 7)) == ("PLAN_NO_PLACE",)
    stale = version + 1
    assert refused(house, lambda session: planning.take_out(session, day.who, rows[day.requests[0].id].id, stale, house.now)) == ("PLAN_OTHER",)


def test_who_cannot_come_is_planned_around_with_the_reason(house: House) -> None:
    """Another visit, an appointment with its margin, a closed ward, confinement, somebody kept apart who has a visit, a terminal out of service."""
    day = house.write(lambda session: make_day(session, ({},), wards=2))
    one, two, three, four, five, six = house.write(lambda session: [make_request(session, day, number == 2) for number in range(6)])

    def work(session: Session) -> None:
        family, late = make_family(session), OPENS + timedelta(minutes=100)
        make_booking(session, family, session.get_one(Inmate, one.inmate_id), make_terminal(session, day.prison), OPENS + timedelta(minutes=40))
        court = {"kind": "court", "entered_by": day.office.id, "entered_at": NOON, "starts_at": late, "ends_at": late + timedelta(minutes=30)}
        session.add(Appointment(prison_id=day.prison.id, inmate_id=two.inmate_id, **court))
        made = {"prison_id": day.prison.id, "created_by": day.office.id, "created_at": NOON, "reason": "清监"}
        session.add(Closure(ward_id=day.wards[1].id, **made, starts_at=OPENS, ends_at=OPENS + timedelta(minutes=20)))
        for request, code in ((four, "confinement"), (six, "trial")):
            decided = {"decided_by": day.office.id, "decided_at": NOON, "starts_on": day.day.planned_on}
            session.add(Suspension(prison_id=day.prison.id, inmate_id=request.inmate_id, code=code, **decided))
        apart = make_inmate(session, day.wards[0])
        make_booking(session, family, apart, make_terminal(session, day.prison), OPENS - timedelta(hours=4))
        session.add(NonAssociation(inmate_id=min(five.inmate_id, apart.id), other_id=max(five.inmate_id, apart.id)))
        session.get_one(Terminal, day.day.terminals[1]).in_service = False

    house.write(work)
    facts = house.read(lambda session: gather(session, session.get_one(HelpDay, day.day.id), house.now)).facts
    assert facts.absent == {
        one.id: dict.fromkeys((2, 3), "PLAN_ELSEWHERE"),
        two.id: dict.fromkeys((3, 4, 5, 6), "PLAN_ELSEWHERE"),
        three.id: {0: "PLAN_WARD_SHUT"},
        four.id: dict.fromkeys(range(7), "PLAN_AWAY"),
    }, "a pending case stops visits of relatives, not legal help"
    assert facts.apart_today == {five.id}
    assert facts.lawyers[0].times == {0, 2, 4, 6}, "every other place has no terminal"
    house.write(lambda session: declare_all(session, day))
    propose(house, day)
    assert {row.request_id: row.reason for row in seats(house, "carried")} == {four.id: "NOT_AVAILABLE_THEN", five.id: "KEPT_APART"}
    publish(house, day)
    assert count(house, Booking, Booking.kind == "legal_consult") == 4


def dropped(house: House, place: int) -> None:
    house.write(lambda session: session.execute(update(HelpDuty).where(HelpDuty.place == place).values(state="dropped")))


def test_a_lawyer_drops_out_and_only_what_changed_is_told(house: House) -> None:
    day = small(house, 10)
    propose(house, day)
    publish(house, day)
    before = {row.id: row for row in seats(house, "published")}
    gone = house.read(lambda session: session.scalars(select(HelpDuty).where(HelpDuty.place == 2)).one())
    lost = {number for number, row in before.items() if row.duty_id == gone.id}
    slips, notices = count(house, RequestSlip), count(house, Notice)
    dropped(house, 2)
    page = office(house, day)
    page.get(f"/help-days/{day.day.ref}/plan")
    assert f"{len(lost)} published cases have no lawyer any more" in page.page.text
    page.submit(form="/plan/again")
    after = {row.id: row for row in seats(house, "published")}
    carried = {row.id for row in seats(house, "carried")}
    assert len(after) == 7, "the other lawyer has seven places"
    assert carried | set(after) == set(before)
    assert carried < lost
    for number in set(before) - lost:
        assert (after[number].starts_at, after[number].booking_id) == (before[number].starts_at, before[number].booking_id), "nobody else is moved"
    moved = sum(after[number].starts_at != before[number].starts_at for number in set(after) & lost)
    assert count(house, RequestSlip) - slips == moved + len(carried), "who keeps the time is told nothing new"
    assert count(house, Notice) - notices == 1
    booked_whole(house, 7)
    assert f"{len(lost) - len(carried)} cases have another lawyer. {len(carried)} cases are carried over." in page.page.text
    assert house.read(lambda session: {row.state for row in session.scalars(select(HelpRequest))}) == {"seated", "waiting"}
    version = plan_of(house, day).plan_version
    assert refused(house, lambda session: publishing.again(session, day.who, day.day.id, version, house.now)) == ("PLAN_NOTHING_TO_DO",)


def test_who_keeps_the_time_is_told_nothing_new(house: House) -> None:
    day = small(house, 2)
    propose(house, day)
    for place, row in enumerate(seats(house, "proposed")):
        to, version = (day.lawyers[place].id, 3 * place), plan_of(house, day).plan_version
        house.write(lambda session, row=row, to=to, version=version: planning.move(session, day.who, row.id, version, to, anyway=False, now=house.now))
    publish(house, day)
    dropped(house, 2)
    house.write(lambda session: publishing.again(session, day.who, day.day.id, plan_of(house, day).plan_version, house.now))
    assert [row.starts_at for row in seats(house, "published")] == [OPENS, OPENS + timedelta(minutes=60)]
    assert count(house, RequestSlip) == 2


def test_planned_again_around_what_the_queue_has_moved(house: House) -> None:
    """A case that stands half an interval later takes two places of the plan's grid: nobody is put into either."""
    day = small(house, 9)
    propose(house, day)
    publish(house, day)
    duty = house.read(lambda session: session.scalars(select(HelpDuty).where(HelpDuty.place == 1)).one())

    def later(session: Session) -> HelpSeat:
        row = max(session.scalars(select(HelpSeat).where(HelpSeat.duty_id == duty.id)), key=lambda one: one.starts_at or OPENS)
        assert row.booking_id
        assert row.terminal_id
        assert row.starts_at
        assert row.ends_at
        row.starts_at, row.ends_at = row.starts_at + timedelta(minutes=10), row.ends_at + timedelta(minutes=10)
        bookings.rearrange(session, day.who, row.booking_id, row.terminal_id, row.starts_at, row.ends_at, house.now)
        return row

    moved = house.write(later)
    dropped(house, 2)
    house.write(lambda session: publishing.again(session, day.who, day.day.id, plan_of(house, day).plan_version, house.now))
    rows = seats(house, "published")
    assert all(row.duty_id == duty.id for row in rows)
    assert next(row for row in rows if row.id == moved.id).starts_at == moved.starts_at
    spans = sorted((row.starts_at, row.ends_at) for row in rows if row.starts_at and row.ends_at)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    assert len(rows) == (7 if moved.starts_at == OPENS + timedelta(minutes=130) else 6)


def test_taken_back_before_the_day_and_published_again_nobody_waits_twice(house: House) -> None:
    day = small(house, 9, ({},))
    propose(house, day)
    publish(house, day)
    page = office(house, day)
    page.get(f"/help-days/{day.day.ref}/plan")
    page.submit(form="/plan/take-back")
    assert "The publication is taken back" in page.page.text
    assert count(house, Claim) == 0
    assert house.read(lambda session: set(session.scalars(select(HelpRequest.state)))) == {"waiting"}
    publish(house, day)
    assert count(house, Booking, Booking.state == "confirmed") == 7
    assert house.read(lambda session: sorted(session.scalars(select(HelpRequest.waited)))) == [0] * 7 + [1] * 2
    version = plan_of(house, day).plan_version
    on_the_day = OPENS - timedelta(hours=2)
    assert refused(house, lambda session: publishing.take_back(session, day.who, day.day.id, version, on_the_day)) == ("PLAN_TOO_LATE",)
    assert count(house, Booking, Booking.state == "confirmed") == 7


def seat_page(house: House) -> tuple[HelpSeat, Browser]:
    """A seat of a published day of two, and its page before the legal office."""
    day = small(house, 2)
    propose(house, day)
    publish(house, day)
    row = seats(house, "published")[0]
    page = office(house, day)
    page.get(f"/help-seats/{row.ref}")
    return row, page


def told(house: House, row: HelpSeat) -> list[str]:
    """The steps that the inmate has slips of."""
    query = select(RequestSlip.step).where(RequestSlip.request_id == row.request_id).order_by(RequestSlip.number)
    return house.read(lambda session: list(session.scalars(query)))


def test_a_consultation_is_given_up(house: House) -> None:
    row, page = seat_page(house)
    page.submit({"act": "release"}, form="release")
    assert "The request waits for another day" in page.page.text
    assert [one.id for one in seats(house, "withdrawn")] == [row.id]
    assert count(house, Booking, Booking.state == "confirmed") == 1
    assert house.read(lambda session: session.get_one(HelpRequest, row.request_id).state) == "waiting"


def test_who_does_not_want_it_any_more_gives_the_place_up_and_takes_the_request_back(house: House) -> None:
    row, page = seat_page(house)
    page.submit({"act": "move"}, form="move")
    assert page.page.text.count("Please choose a place in the table first.") == 1
    page.submit({"act": "withdraw"}, form="release")
    assert "The request is taken back" in page.page.text
    assert [one.id for one in seats(house, "withdrawn")] == [row.id]
    assert house.read(lambda session: session.get_one(HelpRequest, row.request_id).state) == "withdrawn"
    assert told(house, row)[-2:] == ["seated", "withdrawn"], "one slip, and none that says the request waits"


def test_a_request_of_another_day_is_not_planned_twice(house: House) -> None:
    day = small(house, 2)

    def next_week(session: Session) -> HelpDay:
        first = session.get_one(HelpDay, day.day.id)
        week = timedelta(days=7)
        given = {"series_id": first.series_id, "prison_id": first.prison_id, "minutes": 20, "lawyers": 2, "terminals": first.terminals, "changed_at": NOON}
        later = HelpDay(planned_on=first.planned_on + week, starts_at=first.starts_at + week, ends_at=first.ends_at + week, **given)
        session.add(later)
        session.flush()
        session.add(HelpDuty(day_id=later.id, lawyer_id=day.lawyers[0].id, place=1, state="agreed", asked_at=NOON, changed_at=NOON))
        return later

    later = house.write(next_week)
    propose(house, day)
    assert refused(house, lambda session: planning.propose(session, day.who, later.id, 0, house.now)) == ("PLAN_NO_REQUEST",)
    house.write(lambda session: make_request(session, day, 0))
    house.write(lambda session: planning.propose(session, day.who, later.id, 0, house.now))
    assert refused(house, lambda session: publishing.publish(session, day.who, later.id, 1, house.now)) == ("PLAN_UNDECLARED_BY",)


class Sequences:
    """A day on which everything happens in any order; after each step what must always hold is looked at.

    Three lawyers with three places each, seven requests; one inmate asks twice.
    """

    def __init__(self, house: House) -> None:
        self.house = house
        self.day = house.write(self.build)

    def build(self, session: Session) -> Day:
        day = make_day(session, ({}, {}, {"matters": ["labour"]}), wards=2)
        session.get_one(HelpDay, day.day.id).ends_at = OPENS + timedelta(minutes=60)
        for number in range(6):
            make_request(session, day, number % 2, matter=MATTERS[number % 2])
        make_request(session, day, inmate=session.get_one(Inmate, day.requests[0].inmate_id))
        declare_all(session, day)
        return day

    def step(self, what: str, first: int, second: int) -> None:
        """What is refused has changed nothing, and is as good as any other step."""
        with suppress(Refused):
            self.house.write(lambda session: self.act(session, what, first, second))
        self.house.read(self.holds)

    def act(self, session: Session, what: str, first: int, second: int) -> Any:
        day = session.get_one(HelpDay, self.day.day.id)
        asked = (session, self.day.who, day.id, day.plan_version, self.house.now)
        whole = {"plan": planning.propose, "publish": publishing.publish, "take_back": publishing.take_back, "again": publishing.again}
        duty = session.scalars(select(HelpDuty).where(HelpDuty.day_id == day.id).order_by(HelpDuty.place)).all()[first % 3]
        rows = list(session.scalars(select(HelpSeat).where(HelpSeat.day_id == day.id).order_by(HelpSeat.id)))
        if what in whole:
            return whole[what](*asked)
        if what == "drop":
            duty.state = "dropped" if duty.state == "agreed" else "agreed"
            return None
        if what == "ask":
            make_request(session, self.day, second % 2)
            return declare_all(session, self.day)
        row = rows[second % len(rows)]
        if what == "move":
            return planning.move(session, self.day.who, row.id, day.plan_version, (duty.lawyer_id, second % 3), anyway=True, now=self.house.now)
        return {"out": planning.take_out, "release": publishing.release}[what](session, self.day.who, row.id, day.plan_version, self.house.now)

    def holds(self, session: Session) -> None:
        day = session.get_one(HelpDay, self.day.day.id, populate_existing=True)
        rows = list(session.scalars(select(HelpSeat).where(HelpSeat.day_id == day.id).execution_options(populate_existing=True)))
        asked = select(HelpRequest).where(HelpRequest.prison_id == day.prison_id).execution_options(populate_existing=True)
        requests = {row.id: row for row in session.scalars(asked)}
        seated = [row for row in rows if row.starts_at is not None]
        assert len({(row.duty_id, row.starts_at) for row in seated}) == len(seated), "no lawyer twice at a time"
        assert len({(row.terminal_id, row.starts_at) for row in seated}) == len(seated), "no terminal double"
        assert len({requests[row.request_id].inmate_id for row in seated}) == len(seated), "no inmate twice"
        assert all(row.reason for row in rows if row.state == "carried"), "whoever is not seated has a reason"
        assert all(row.state in ("waiting", "seated") for row in requests.values()), "none is lost"
        published = {row.request_id: row.booking_id for row in rows if row.state == "published"}
        assert set(published) == {number for number, row in requests.items() if row.state == "seated"}
        assert not published or day.state == "published"
        booked = set(session.scalars(select(Booking.id).where(Booking.state == "confirmed", Booking.prison_id == day.prison_id)))
        assert set(published.values()) == booked, "a booking for every published seat, and no other"
        claimed = select(Claim.booking_id).join(Booking, Booking.id == Claim.booking_id).where(Booking.prison_id == day.prison_id)
        assert set(session.scalars(claimed)) == booked
        assert max(row.waited for row in requests.values()) <= 1, "one day, one wait"


STEPS = ("plan", "publish", "move", "out", "take_back", "drop", "again", "release", "ask")


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, phases=[Phase.generate])
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 11), st.integers(0, 11)), min_size=6, max_size=10))
def test_whatever_happens_to_a_plan_nobody_is_double_and_nobody_lost(house: House, steps: list[tuple[str, int, int]]) -> None:
    world = Sequences(house)
    for what, first, second in [("plan", 0, 0), ("publish", 0, 0), *steps]:
        world.step(what, first, second)

"""The officers of the day on a real database: the plan, a hand that changes it, somebody who drops out, and who may do that."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import make_booking, make_family, make_inmate, make_prison, make_staff, make_terminal, make_ward
from tests.web.browsing import Browser, browser
from visitation.accounts.models import Account
from visitation.audit.models import AuditEntry
from visitation.bookings.models import Booking
from visitation.kernel.identity import SYSTEM, Role
from visitation.kernel.interval import local_day
from visitation.officers import queries, service
from visitation.officers.models import OfficerAbsence, OfficerAssignment
from visitation.people.models import Prison
from visitation.supervision.models import DeskChange
from visitation.timetable.models import Duty

STARTS = (20, 25, 60, 65)
"""Minutes from now at which the visits of the scene begin."""


@dataclass
class Scene:
    prison: Prison
    bookings: list[Booking]
    first: Account
    second: Account
    chief: Account
    terminal: str


@pytest.fixture
def scene(house: House) -> Scene:
    """Four visits, two officers with two lanes each."""

    def make(session: Session) -> Scene:
        prison = make_prison(session)
        ward = make_ward(session, prison)
        bookings = [
            make_booking(session, make_family(session), make_inmate(session, ward), make_terminal(session, prison), house.now + timedelta(minutes=start))
            for start in STARTS
        ]
        first, second = (make_staff(session, [Role.OFFICER], prison, name=name) for name in ("冯民警", "褚民警"))
        for officer in (first, second):
            on_duty(session, prison, officer, house.now - timedelta(hours=2), house.now + timedelta(hours=4), 2)
        return Scene(prison, bookings, first, second, make_staff(session, [Role.DUTY_CHIEF], prison), bookings[0].terminal.name)

    return house.write(make)


def on_duty(session: Session, prison: Prison, officer: Account, starts, ends, lanes: int) -> None:  # type: ignore[no-untyped-def]
    session.add(Duty(prison_id=prison.id, account_id=officer.id, starts_at=starts, ends_at=ends, lanes=lanes))


@pytest.fixture
def chief(house: House, scene: Scene) -> Browser:
    made = browser(house, "prison", scene.chief)
    made.speak("en")
    return made


def sweep(house: House) -> int:
    return house.write(lambda s: service.sweep(s, house.now))


def assigned(house: House) -> dict[int, int]:
    return house.read(lambda s: {row.booking_id: row.account_id for row in s.scalars(select(OfficerAssignment))})


def test_the_sweep_gives_every_visit_an_officer_once(house: House, scene: Scene) -> None:
    assert sweep(house) == 1
    found = assigned(house)
    assert set(found) == {booking.id for booking in scene.bookings}
    assert sorted(found.values()) == sorted([scene.first.id, scene.second.id] * 2)
    assert sweep(house) == 0
    assert assigned(house) == found
    assert house.read(lambda s: s.scalars(select(DeskChange.kind)).all()) == ["officers"]


def test_days_ahead_are_planned_when_they_have_a_roster(house: House, scene: Scene) -> None:
    def later(session: Session) -> Booking:
        day = house.now + timedelta(days=10)
        on_duty(session, scene.prison, scene.first, day - timedelta(hours=1), day + timedelta(hours=3), 1)
        ward = make_ward(session, scene.prison)
        for days in (10, 11, 20):
            made = make_booking(
                session, make_family(session), make_inmate(session, ward), make_terminal(session, scene.prison), house.now + timedelta(days=days)
            )
        return made

    house.write(later)
    assert sweep(house) == 2
    assert len(assigned(house)) == 5, "nobody is on the roster in eleven days, and twenty are too many"


def test_a_visit_without_an_officer_is_shown_first(house: House, scene: Scene, chief: Browser) -> None:
    def crowd(session: Session) -> None:
        ward = make_ward(session, scene.prison)
        for number in range(4):
            make_booking(
                session, make_family(session), make_inmate(session, ward), make_terminal(session, scene.prison), house.now + timedelta(minutes=20 + 5 * number)
            )

    house.write(crowd)
    sweep(house)
    text = chief.get("/officers").text
    assert "visits have no officer" in text
    assert "Choose an officer" in text
    chief.get("/officers")
    assert "have no officer. Please look at them." in chief.submit({}, form="/officers/plan").text


def test_the_page_shows_everybody_in_words_and_as_a_picture(house: House, scene: Scene, chief: Browser) -> None:
    sweep(house)
    text = chief.get("/officers").text
    for word in ("冯民警", "褚民警", "<svg", scene.terminal, "10:00–16:00", "Drops out now"):
        assert word in text
    assert "no officer" not in text


def test_an_officer_drops_out_and_comes_back(house: House, scene: Scene, chief: Browser) -> None:
    sweep(house)
    chief.get("/officers")
    assert "Every visit has its officer." in chief.submit({}, form=f"/{scene.first.id}/out").text
    assert set(assigned(house).values()) == {scene.second.id}
    assert "not there" in chief.page.text
    assert chief.post(f"/officers/{scene.first.id}/out").status_code == 422
    chief.get("/officers")
    chief.submit({}, form=f"/{scene.first.id}/back")
    assert house.read(lambda s: s.scalars(select(OfficerAbsence)).one()).ended_at == house.now
    assert chief.post(f"/officers/{scene.first.id}/back").status_code == 409
    chief.get("/officers")
    chief.submit({}, form="/officers/plan")
    assert set(assigned(house).values()) == {scene.first.id, scene.second.id}, "planned anew, both have their share again"


def test_when_both_drop_out_the_visits_are_shown_as_uncovered(house: House, scene: Scene, chief: Browser) -> None:
    sweep(house)
    for officer in (scene.first, scene.second):
        chief.get("/officers")
        chief.submit({}, form=f"/{officer.id}/out")
    assert assigned(house) == {}
    assert "4 visits have no officer" in chief.page.text
    sweep(house)
    assert assigned(house) == {}, "the sweep does not give a visit to somebody who is not there"


def test_a_running_visit_stays_with_its_officer_and_goes_on_when_they_drop_out(house: House, scene: Scene, chief: Browser) -> None:
    sweep(house)
    mine = assigned(house)[scene.bookings[0].id]
    house.clock.advance(timedelta(minutes=25))
    house.write(lambda s: service.plan_day(s, SYSTEM, scene.prison.id, local_day(house.now), house.now, afresh=True))
    assert assigned(house)[scene.bookings[0].id] == mine
    chief.get("/officers")
    chief.submit({}, form=f"/{mine}/out")
    assert assigned(house)[scene.bookings[0].id] == ({scene.first.id, scene.second.id} - {mine}).pop()


def test_by_hand_with_every_reason_against_it(house: House, scene: Scene, chief: Browser) -> None:
    sweep(house)
    booking = scene.bookings[0]
    theirs = assigned(house)[booking.id]
    other = ({scene.first.id, scene.second.id} - {theirs}).pop()

    def close(session: Session) -> None:
        session.get_one(Booking, scene.bookings[1].id).starts_at = booking.starts_at + timedelta(minutes=3)

    house.write(close)
    page = chief.get(f"/officers/visits/{booking.ref}").text
    assert "Has another check-in less than 5 minutes before or after." in page
    assert "has it now" in page
    answer = chief.submit({"officer": str(other)}, form="assign")
    assert answer.status_code == 422
    assert assigned(house)[booking.id] == theirs
    answer = chief.submit({"officer": str(other), "reason": "两场都很短"}, form="assign")
    assert "watches the visit." in answer.text
    row = house.read(lambda s: s.get_one(OfficerAssignment, booking.id))
    assert (row.account_id, row.by_hand, row.despite, row.by) == (other, True, "OFFICER_CHECK_IN_CLOSE", scene.chief.id)
    assert "by hand" in answer.text
    house.write(lambda s: service.plan_day(s, SYSTEM, scene.prison.id, local_day(house.now), house.now, afresh=True))
    assert assigned(house)[booking.id] == other, "no plan moves what a person has decided"


@pytest.mark.parametrize("officer", ["", "99999999999", "²"])
def test_nobody_gets_a_visit_by_a_strange_number(house: House, scene: Scene, chief: Browser, officer: str) -> None:
    chief.get(f"/officers/visits/{scene.bookings[0].ref}")
    assert chief.submit({"officer": officer, "reason": "weil"}, form="assign").status_code in (200, 422)
    assert assigned(house) == {}


def test_lanes_cannot_be_set_aside(house: House, scene: Scene, chief: Browser) -> None:
    def one_lane(session: Session) -> None:
        for duty in session.scalars(select(Duty)):
            duty.lanes = 1

    house.write(one_lane)
    sweep(house)
    first, second = scene.bookings[:2]
    other = assigned(house)[second.id]
    chief.get(f"/officers/visits/{first.ref}")
    assert chief.submit({"officer": str(other), "reason": "anyway"}, form="assign").status_code == 422


def test_a_visit_in_a_language_goes_to_who_speaks_it(house: House, scene: Scene, chief: Browser) -> None:
    def speak(session: Session) -> None:
        session.get_one(Account, scene.second.id).spoken = ["zh", "ug"]
        session.get_one(Booking, scene.bookings[0].id).language = "ug"
        session.get_one(Booking, scene.bookings[2].id).language = "bo"

    house.write(speak)
    sweep(house)
    assert assigned(house)[scene.bookings[0].id] == scene.second.id
    assert scene.bookings[2].id in assigned(house), "nobody speaks it, and the visit has an officer all the same"
    assert "not spoken by the officer" in chief.get("/officers").text


def test_an_administrator_keeps_the_languages_of_an_account(house: House, scene: Scene) -> None:
    admin = house.write(lambda s: make_staff(s, [Role.ADMINISTRATOR], scene.prison))
    page = browser(house, "prison", admin)
    page.speak("en")
    assert "Uyghur" in page.get(f"/staff/{scene.first.id}").text
    page.submit({"spoken": ["zh", "ug"]}, form="account")
    assert house.read(lambda s: s.get_one(Account, scene.first.id)).spoken == ["ug", "zh"]


@pytest.mark.parametrize("role", [Role.OFFICER])
def test_others_look_and_do_not_change(house: House, scene: Scene, role: Role) -> None:
    page = browser(house, "prison", house.write(lambda s: make_staff(s, [role], scene.prison)))
    text = page.get("/officers").text
    assert "/officers/plan" not in text
    assert page.post("/officers/plan").status_code == 403
    assert page.post(f"/officers/{scene.first.id}/out").status_code == 403
    assert page.get(f"/officers/visits/{scene.bookings[0].ref}").status_code == 403


@pytest.mark.parametrize("role", [Role.WARD_OFFICER, Role.AUDITOR, Role.LEGAL_OFFICE, Role.ADMINISTRATOR])
def test_other_roles_do_not_come_in(house: House, scene: Scene, role: Role) -> None:
    assert browser(house, "prison", house.write(lambda s: make_staff(s, [role], scene.prison))).get("/officers").status_code == 403


def test_another_prisons_chief_finds_nothing(house: House, scene: Scene) -> None:
    page = browser(house, "prison", house.write(lambda s: make_staff(s, [Role.DUTY_CHIEF], make_prison(s))))
    assert scene.terminal not in page.get("/officers").text
    assert page.post(f"/officers/{scene.first.id}/out").status_code == 404
    assert page.get(f"/officers/visits/{scene.bookings[0].ref}").status_code == 404


def test_who_is_not_on_the_roster_cannot_drop_out(house: House, scene: Scene, chief: Browser) -> None:
    idle = house.write(lambda s: make_staff(s, [Role.OFFICER], scene.prison))
    chief.get("/officers")
    assert chief.post(f"/officers/{idle.id}/out").status_code == 422


@pytest.mark.parametrize("day", ["2026-02-30", "9999-12-31", "2999-12-30"])
def test_strange_days_show_a_page(chief: Browser, day: str) -> None:
    assert chief.get(f"/officers?day={day}").status_code == 200


def test_every_decision_is_on_record(house: House, scene: Scene, chief: Browser) -> None:
    chief.get("/officers")
    chief.submit({}, form="/officers/plan")
    chief.submit({}, form=f"/{scene.first.id}/out")
    chief.get("/officers")
    chief.submit({}, form=f"/{scene.first.id}/back")
    acts = house.read(lambda s: s.scalars(select(AuditEntry.act).where(AuditEntry.act.startswith("officers.")).order_by(AuditEntry.id)).all())
    assert acts == ["officers.plan", "officers.out", "officers.back"]


def test_a_day_costs_the_same_few_queries(house: House, scene: Scene) -> None:

    def count() -> int:
        seen: list[int] = []

        def read(session: Session) -> int:
            engine = session.get_bind()

            def listen(*_args: object) -> None:
                seen.append(1)

            event.listen(engine, "before_cursor_execute", listen)
            queries.day_of(session, scene.prison.id, local_day(house.now))
            event.remove(engine, "before_cursor_execute", listen)
            return len(seen)

        return house.read(read)

    before = count()

    def more(session: Session) -> None:
        ward = make_ward(session, scene.prison)
        for number in range(10):
            make_booking(
                session, make_family(session), make_inmate(session, ward), make_terminal(session, scene.prison), house.now + timedelta(minutes=120 + number)
            )

    house.write(more)
    assert count() <= before <= 9
    assert house.read(lambda s: s.scalar(select(func.count(Booking.id)))) == 14


def test_the_desk_shows_ones_own_first_and_where_the_inmate_is(house: House, scene: Scene) -> None:
    sweep(house)
    first, second = scene.bookings[:2]
    by_hand = {first.id: scene.second.id, second.id: scene.first.id}

    def decide(session: Session) -> None:
        for booking_id, account_id in by_hand.items():
            session.get_one(OfficerAssignment, booking_id).account_id = account_id

    house.write(decide)
    page = browser(house, "prison", scene.first)
    page.speak("en")
    text = page.get("/").text
    assert text.index(second.ref) < text.index(first.ref), "the later visit is mine, so it comes first"
    assert text.count("Yours") == 1
    assert "Inmate: In the ward" in " ".join(text.split())


def test_the_desk_of_the_duty_chief_counts_what_nobody_watches(house: House, scene: Scene, chief: Browser) -> None:
    assert "visits without an officer" in chief.get("/").text
    sweep(house)
    assert "without an officer" not in chief.get("/").text


def test_a_roster_that_changes_later_moves_the_visits_also_those_given_by_hand(house: House, scene: Scene) -> None:
    sweep(house)

    def take_off(session: Session) -> None:
        for row in session.scalars(select(OfficerAssignment).where(OfficerAssignment.account_id == scene.first.id)):
            row.by_hand = True
        session.delete(session.scalars(select(Duty).where(Duty.account_id == scene.first.id)).one())

    house.write(take_off)
    assert sweep(house) == 1
    assert set(assigned(house).values()) == {scene.second.id}

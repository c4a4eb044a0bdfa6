"""Tests that are due before a visit: told, settled, missed, helped; and the terminals' morning test."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.conftest import House
from tests.web.browsing import Browser, browser
from tests.web.test_live import FIGURES, Scene, post
from visitation.audit.models import AuditEntry
from visitation.bookings.models import Booking
from visitation.kernel.identity import Role
from visitation.live import due
from visitation.live.models import EquipmentDue, TerminalTest
from visitation.notices.models import Notice
from visitation.people.models import Prison
from visitation.timetable.models import Terminal

DAYS = timedelta(days=1)


@pytest.fixture
def scene(house: House) -> Scene:
    """A visit in four days, booked long ago."""
    starts = house.now + 4 * DAYS
    made = Scene(house, starts_at=starts, ends_at=starts + timedelta(minutes=30))

    def long_ago(session: Session) -> None:
        booking = session.get_one(Booking, made.booking_id)
        booking.created_at, booking.terms = house.now - 9 * DAYS, {**booking.terms, "minutes": 30}

    house.write(long_ago)
    return made


def later(scene: Scene, **delta: float) -> None:
    scene.house.clock.advance(timedelta(**delta))
    swept(scene)


def swept(scene: Scene) -> int:
    opened: int = scene.house.write(lambda s: due.sweep(s, scene.house.clock.now()))
    return opened


def states(scene: Scene) -> list[tuple[int, str]]:
    return scene.house.read(lambda s: [(row.ahead, row.state) for row in s.scalars(select(EquipmentDue).order_by(EquipmentDue.id))])


def told(scene: Scene) -> int:
    return scene.house.read(lambda s: len(s.scalars(select(Notice).where(Notice.kind == "equipment_due")).all()))


def takes(scene: Scene, **changes: Any) -> dict[str, Any]:
    scene.family = browser(scene.house, "family", scene.account)  # signed in anew: days may have passed
    scene.family.get(f"/visits/{scene.ref}/test")
    answer = post(scene.family, f"/visits/{scene.ref}/test/result", FIGURES | changes)
    assert answer.json is not None
    return dict(answer.json)


def officer(scene: Scene, *roles: Role) -> Browser:
    account = scene.house.write(lambda s: factories.make_staff(s, roles or (Role.OFFICER,), s.scalars(select(Prison)).first()))
    made = browser(scene.house, "prison", account)
    made.speak("en")
    return made


def test_a_family_is_told_once_for_each_test_and_less_when_it_passes(scene: Scene) -> None:
    assert swept(scene) == 0
    later(scene, days=1)
    assert (states(scene), told(scene)) == ([(4320, "open")], 1)
    assert swept(scene) == 0
    assert told(scene) == 1
    assert takes(scene)["score"] == 100
    assert states(scene) == [(4320, "passed")]
    later(scene, days=2)
    assert (states(scene), told(scene)) == ([(4320, "passed"), (1440, "open")], 2)
    takes(scene, rtt=400)
    later(scene, hours=23, minutes=30)
    assert (states(scene), told(scene)) == ([(4320, "passed"), (1440, "passed"), (30, "open")], 2), "whoever has passed is left in peace in the last hour"


def test_a_test_made_before_the_sweep_counts_and_nobody_is_told(scene: Scene) -> None:
    scene.house.clock.advance(DAYS)
    takes(scene, loss=0.2)
    swept(scene)
    assert (states(scene), told(scene)) == ([(4320, "failed")], 0)
    takes(scene)
    assert states(scene) == [(4320, "passed")]


def test_the_family_sees_what_is_due_and_what_came_of_it(scene: Scene) -> None:
    later(scene, days=1)
    family = browser(scene.house, "family", scene.account)
    family.speak("en")
    page = family.get(f"/visits/{scene.ref}/test").text
    assert "3 days before" in page
    assert "to be done now" in page
    assert "A test is due now" in family.get(f"/visits/{scene.ref}").text
    takes(scene, camera="denied")
    family = browser(scene.house, "family", scene.account)
    family.speak("en")
    page = family.get(f"/visits/{scene.ref}/test").text
    assert "The last test was not passed" in family.get(f"/visits/{scene.ref}").text
    assert "not passed" in page
    assert "score 60 of 100" in page
    assert "The camera is not allowed" in page


def test_a_missed_test_is_an_officers_task_until_somebody_has_helped(scene: Scene) -> None:
    later(scene, days=1)
    later(scene, days=2, minutes=1)
    assert states(scene) == [(4320, "missed"), (1440, "open")]
    desk = officer(scene)
    assert "families to help with their equipment" in desk.get("/").text
    page = desk.get("/equipment")
    mobile = scene.house.read(lambda s: s.merge(scene.account).mobile)
    assert mobile in page.text
    assert "No test was made" in page.text
    desk.submit({"note": "will borrow a telephone"}, form="/helped")
    assert "Every family has passed" in desk.get("/equipment").text
    helped = select(EquipmentDue.help_note, EquipmentDue.helped_at).order_by(EquipmentDue.id)
    assert scene.house.read(lambda s: tuple(s.execute(helped).first())) == ("will borrow a telephone", scene.house.clock.now())
    assert scene.house.read(lambda s: s.scalars(select(AuditEntry.act).where(AuditEntry.act == "live.help")).all()) == ["live.help"]
    takes(scene, connected=False)
    assert "line: nothing came back" in officer(scene).get("/equipment").text, "another failure is another task"
    takes(scene)
    assert "Every family has passed" in officer(scene).get("/equipment").text


def test_a_note_that_is_too_long_is_kept_and_nothing_is_done(scene: Scene) -> None:
    later(scene, days=1)
    takes(scene, camera="missing")
    desk = officer(scene)
    desk.get("/equipment")
    page = desk.submit({"note": "x" * 201}, form="/helped")
    assert page.status_code == 422
    assert "x" * 201 in page.text
    assert scene.house.read(lambda s: s.scalars(select(EquipmentDue)).one().helped_at) is None


def test_a_visit_that_is_moved_or_cancelled_is_tested_for_its_new_time(scene: Scene) -> None:
    later(scene, days=1)
    starts = scene.house.clock.now() + 2 * DAYS
    scene.house.write(lambda s: setattr(s.get_one(Booking, scene.booking_id), "starts_at", starts))
    swept(scene)
    assert states(scene) == [(4320, "void"), (4320, "open")]
    scene.house.write(lambda s: setattr(s.get_one(Booking, scene.booking_id), "state", "cancelled"))
    swept(scene)
    assert states(scene) == [(4320, "void"), (4320, "void")]
    assert swept(scene) == 0


@pytest.mark.parametrize("role", [Role.WARD_OFFICER, Role.ADMINISTRATOR, Role.AUDITOR])
def test_others_see_no_telephone_numbers(scene: Scene, role: Role) -> None:
    assert officer(scene, role).get("/equipment").status_code == 403


def test_another_prisons_families_are_not_there(scene: Scene) -> None:
    later(scene, days=1)
    takes(scene, camera="missing")
    number = scene.house.read(lambda s: s.scalars(select(EquipmentDue.id)).one())
    far = browser(scene.house, "prison", scene.house.write(lambda s: factories.make_staff(s, prison=factories.make_prison(s))))
    far.speak("en")
    assert "Every family has passed" in far.get("/equipment").text
    assert far.post(f"/equipment/{number}/helped", {"note": ""}).status_code == 404


# -- terminals (the house's clock stands at noon in Shanghai)


def kiosk_state(terminal: Browser) -> dict[str, Any]:
    answer = terminal.get("/kiosk/state.json")
    assert answer.json is not None
    return dict(answer.json)


def test_a_terminal_tests_itself_once_a_day(scene: Scene) -> None:
    terminal = scene.terminal()
    assert kiosk_state(terminal)["test"] is True
    sent = FIGURES | {"level": 0.01, "heard": None}
    assert post(terminal, "/kiosk/test/result", sent, "/kiosk").json == {"verdict": "good", "score": 100, "causes": []}
    assert kiosk_state(terminal)["test"] is False
    scene.house.clock.advance(timedelta(hours=12))
    assert kiosk_state(scene.terminal())["test"] is False, "not before the time of the policy"
    scene.house.clock.advance(timedelta(hours=8))
    assert kiosk_state(scene.terminal())["test"] is True


def test_not_while_a_visit_is_on(scene: Scene) -> None:
    scene.house.write(lambda s: setattr(s.get_one(Booking, scene.booking_id), "starts_at", scene.house.now))
    scene.house.write(lambda s: setattr(s.get_one(Booking, scene.booking_id), "ends_at", scene.house.now + timedelta(minutes=30)))
    scene.live("live")
    assert kiosk_state(scene.terminal())["test"] is False


def test_not_while_a_visit_that_should_have_begun_is_waited_for(scene: Scene) -> None:
    begun = scene.house.now - timedelta(minutes=1)
    scene.house.write(lambda s: setattr(s.get_one(Booking, scene.booking_id), "starts_at", begun))
    scene.house.write(lambda s: setattr(s.get_one(Booking, scene.booking_id), "ends_at", begun + timedelta(minutes=30)))
    assert kiosk_state(scene.terminal())["test"] is False


def test_a_terminal_that_fails_or_is_missed_is_on_the_page(scene: Scene) -> None:
    terminal = scene.terminal()
    terminal.get("/kiosk")
    answer = post(terminal, "/kiosk/test/result", FIGURES | {"camera": "missing", "level": 0}, "/kiosk")
    assert answer.json is not None
    assert answer.json["causes"] == ["CAMERA_MISSING", "MICROPHONE_SILENT"]
    scene.house.write(lambda s: setattr(s.get_one(Terminal, scene.other_id), "seen_at", scene.house.now))
    page = officer(scene).get("/equipment").text
    assert "camera: none was found; microphone: hears nothing" in page
    assert "The terminal is off, or its page is not open." in page
    scene.house.write(lambda s: setattr(s.get_one(Terminal, scene.other_id), "in_service", False))
    assert "The terminal is off" not in officer(scene).get("/equipment").text
    assert "terminals whose test failed or is missing" in officer(scene).get("/").text


def test_a_test_token_is_for_terminals_and_for_an_echo_only(scene: Scene) -> None:
    terminal = scene.terminal()
    terminal.get("/kiosk")
    grant = post(terminal, "/kiosk/test/token", {}, "/kiosk")
    assert grant.status_code == 200
    assert grant.json is not None
    assert grant.json["sid"].startswith("test:")
    assert post(officer(scene), "/kiosk/test/token", {}, "/wall").status_code == 403
    assert scene.house.read(lambda s: s.scalars(select(TerminalTest)).all()) == []

"""The officer's wall in real browsers: the check-in beside the pictures, sound only after a touch, and a watch that passes on while the visit goes on."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.browser.browsers import PHONE, Cast, Person, cast
from tests.browser.live_rig import Rig, live_rig, until
from tests.browser.test_officer import CAMERA, FAMILY_VISIT, gate, officer_of
from visitation.audit.models import AuditEntry
from visitation.bookings.models import Booking
from visitation.people.models import Prison
from visitation.supervision.models import LiveSession, SessionEvent

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("cameras"), pytest.mark.timeout(300)]

SILENT = ("--autoplay-policy=user-gesture-required",)
POORER = """
delete Navigator.prototype.wakeLock;
delete Navigator.prototype.locks;
delete window.BroadcastChannel;
delete RTCRtpReceiver.prototype.getSynchronizationSources;
"""
"""What older WebKit does not have."""

PICTURES = "[...document.querySelectorAll('.session-tile figure:not([hidden]) video')].every((v) => v.videoWidth > 0 && v.currentTime > 0.3)"
HEARD = "[...document.querySelectorAll('.session-tile figure:not([hidden]) video')].some((v) => !v.muted && !v.paused)"
INLINE = "[...document.querySelectorAll('video')].every((v) => v.playsInline)"


def colleague(rig: Rig, people: Cast) -> Person:
    """A second officer before their own wall."""

    def work(session: Session) -> str:
        prison = session.get_one(Prison, session.get_one(Booking, rig.visit.booking_id).prison_id)
        return factories.make_sign_in(session, factories.make_staff(session, prison=prison, name="李队长"), "prison", datetime.now(UTC))

    person = people.person(flags=SILENT)
    person.page.goto(f"{rig.stack.prison}/rig/enter/{rig.write(work)}?language=en")
    person.page.goto(f"{rig.stack.prison}/wall")
    return person


def gates(rig: Rig) -> list[Any]:
    return rig.read(lambda s: list(s.scalars(select(SessionEvent.data).where(SessionEvent.type == "gate").order_by(SessionEvent.id))))


def events(rig: Rig, kind: str) -> list[SessionEvent]:
    return rig.read(lambda s: list(s.scalars(select(SessionEvent).where(SessionEvent.type == kind).order_by(SessionEvent.id))))


def checked_in_beside_the_wall(page: Page) -> None:
    until(lambda: page.locator("[data-arriving] button").count(), 30)
    page.locator("body").press("c")
    until(lambda: page.evaluate(CAMERA), 45)
    page.locator("[data-drawer] button[value=confirmed]").click()
    until(lambda: page.locator("[data-drawer] #check-in-end button.btn-primary:enabled").count())
    page.locator("[data-drawer] #check-in-end button.btn-primary").click()
    until(lambda: page.locator("[data-drawer]").is_hidden())


def test_from_the_check_in_beside_the_wall_to_the_next_officer(tmp_path: Path) -> None:
    with live_rig(tmp_path, **FAMILY_VISIT) as rig, cast() as people:
        officer = officer_of(rig, people)
        page = officer.page
        page.goto(f"{rig.stack.prison}/wall")
        assert page.locator("[data-no-tiles]").is_visible()
        phone = people.person(PHONE, mobile=True, flags=SILENT)
        phone.page.add_init_script(POORER)
        room = rig.family_in(phone, "room")
        room.locator("[data-join]").click()
        kiosk = rig.terminal_in(people.person(flags=SILENT))

        checked_in_beside_the_wall(page)
        until(lambda: page.locator("[data-tile]").count() == 1, 30)  # by itself, without another page
        until(lambda: "gate-good" in gate(page), 60)
        until(lambda: page.evaluate(PICTURES), 30)
        assert page.evaluate(INLINE)
        assert room.evaluate(INLINE)
        assert room.locator("[data-sound]").is_hidden(), "the tap that came in is enough for sound"
        assert kiosk.locator("[data-sound]").is_visible(), "nobody has touched the terminal: the picture first, and a word about the sound"
        page.locator("[data-keys-open]").click()
        assert page.locator("[data-keys]").is_visible()
        page.locator("[data-keys-close]").click()

        _a_warning_holds_the_handover(page, room, kiosk)
        second = _the_next_officer_takes_over(rig, people, page, room)
        _a_wall_that_nobody_has_touched(rig, second)
        assert [fault for fault in officer.faults if "422" not in fault] == [], "but for the refused offer"
        assert phone.faults == []


def _a_warning_holds_the_handover(page: Page, room: Page, kiosk: Page) -> None:
    page.locator("#warn-rule").select_option("2")
    page.locator("[data-warn-form] button").click()
    until(lambda: page.locator("[data-sent] li").count() == 1)
    until(lambda: page.locator("[data-task=WARNING_UNCONFIRMED]:not(.is-closed)").count() == 1)
    page.locator("body").press("h")
    page.locator("[data-handover-form] button[type=submit]").click()
    until(lambda: "has not been confirmed" in page.locator("[data-handover-said]").inner_text())
    for side in (room, kiosk):
        side.locator("[data-note-confirm]").click()
    until(lambda: "confirmed" in page.locator("[data-sent] li").first.inner_text())
    until(lambda: "back after" in page.locator("[data-task=WARNING_UNCONFIRMED]").inner_text())


def _the_next_officer_takes_over(rig: Rig, people: Cast, page: Page, room: Page) -> Person:
    second = colleague(rig, people)
    until(lambda: events(rig, "confirmed"), 30)

    def offered() -> bool:
        if "Take the offer back" not in page.locator("[data-offer-words]").inner_text():
            page.locator("[data-handover-form] button[type=submit]").click()
            page.wait_for_timeout(1500)
        return second.page.locator(".offer").count() > 0

    until(offered, 30)
    assert "rule 2" in second.page.locator(".offer").inner_text()
    until(lambda: "gate-good" in gate(page), 60)
    before = len(gates(rig))
    second.page.locator(".offer button").click()
    until(lambda: page.locator("[data-tile]").count() == 0, 150)
    until(lambda: events(rig, "handed_over"), 20)
    (left,) = events(rig, "handed_over")
    assert left.data["warnings"] == 1
    at = left.at
    until(lambda: "gate-good" in gate(second.page), 60)
    closings = [e for e in events(rig, "gate")[before:] if not e.data["open"] and abs((e.at - at).total_seconds()) < 1]
    assert closings == [], "where the one leaves the gate does not close"
    assert rig.read(lambda s: s.scalars(select(LiveSession)).one().officer_id) == int(left.data["to"].split(":")[1])
    acts = rig.read(lambda s: set(s.scalars(select(AuditEntry.act).where(AuditEntry.act.like("session.hand%")))))
    assert acts == {"session.handover_offered", "session.handover_accepted", "session.handed_over"}
    until(lambda: room.locator("#room").get_attribute("data-situation") == "LIVE", 30)
    assert second.faults == []
    return second


def _a_wall_that_nobody_has_touched(rig: Rig, second: Person) -> None:
    """Opened anew, as after a crash: the pictures at once, a word about the sound, and what cannot be heard is not counted as heard."""
    page = second.context.new_page()
    page.goto(f"{rig.stack.prison}/wall")
    until(lambda: "You have opened this visit in another window" in gate_words(second.page), 30)
    until(lambda: "gate-good" in gate(page), 60)
    until(lambda: page.evaluate(PICTURES), 30)
    until(lambda: page.locator("[data-sound-needed]").is_visible())
    assert not page.evaluate(HEARD)
    page.locator("[data-sound-needed]").click()
    until(lambda: page.evaluate(HEARD))
    assert page.locator("[data-sound-needed]").is_hidden()


def gate_words(page: Page) -> str:
    return page.locator("[data-gate]").inner_text()

"""The officer's own pages in a real browser: desk, check-in by camera, console, outcome, playback. Family and terminal are real browsers too."""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests import factories
from tests.browser.browsers import PHONE, Cast, Person, cast
from tests.browser.live_rig import Rig, live_rig, until
from visitation.accounts.models import Account
from visitation.bookings.models import Booking
from visitation.people.models import Visitor
from visitation.supervision.models import Broker, LiveSession, Segment
from visitation.uploads import service as uploads

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("cameras"), pytest.mark.timeout(300)]
FAMILY_VISIT = {"record": True, "officer_sees": True, "officer_hears": True, "speak": True}
CAMERA = "(() => { const v = document.querySelector('[data-camera]'); return Boolean(v) && v.videoWidth > 0 && v.currentTime > 0.3; })()"
PLAYING = "[...document.querySelectorAll('#player video')].every((v) => v.currentTime > 0.5 && v.videoWidth > 0)"


def prepared(rig: Rig) -> str:
    """Photos of the visitor, and a sign-in of the officer; returns its token."""

    def work(session: Session) -> str:
        visitor = session.get_one(Visitor, rig.visit.visitor_id)
        for purpose, column in (("face", "photo_id"), ("document", "document_photo_id")):
            picture = io.BytesIO()
            Image.new("RGB", (480, 600), (90, 120, 140)).save(picture, "JPEG")
            setattr(visitor, column, uploads.stage(session, "k", None, purpose, f"{purpose}.jpg", picture.getvalue(), datetime.now(UTC)).id)
        return factories.make_sign_in(session, session.get_one(Account, rig.visit.officer_id), "prison", datetime.now(UTC))

    until(lambda: rig.read(lambda session: session.scalar(select(Broker.id))))
    token: str = rig.write(work)
    return token


def officer_of(rig: Rig, people: Cast, language: str = "en") -> Person:
    officer = people.person()
    officer.page.on("response", lambda answer: officer.faults.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None)
    officer.page.goto(f"{rig.stack.prison}/rig/enter/{prepared(rig)}?language={language}")
    return officer


def gate(page: Page) -> str:
    return page.locator("[data-gate]").get_attribute("class") or ""


def pressed(page: Page, name: str, words: str) -> None:
    """Press a button of the action bar and wait for its acknowledgement."""
    page.locator(f"[data-do={name}]").click()
    until(lambda: words in page.locator("[data-ack]").inner_text())
    assert "effective in" in page.locator("[data-ack]").inner_text()


def live(rig: Rig) -> LiveSession:
    found: LiveSession = rig.read(lambda session: session.scalars(select(LiveSession)).one())
    return found


def test_an_officer_checks_in_supervises_and_listens_again(tmp_path: Path) -> None:
    with live_rig(tmp_path, **FAMILY_VISIT) as rig, cast() as people:
        officer = officer_of(rig, people)
        page, base = officer.page, rig.stack.prison
        page.goto(f"{base}/")
        family = rig.family_in(people.person(PHONE, mobile=True), "room")
        family.locator("[data-join]").click()
        rig.terminal_in(people.person())
        until(lambda: page.locator(".desk-visit:has-text('Visitor')").count(), 30)  # the desk hears of it by itself
        page.locator("a", has_text="Check in").first.click()

        until(lambda: page.evaluate(CAMERA), 30)
        page.locator("button[value=confirmed]").click()
        until(lambda: page.locator("#check-in-end button.btn-primary:enabled").count())
        assert page.evaluate(CAMERA), "ticking does not cost the connection"
        page.locator("#check-in-end button.btn-primary").click()
        page.wait_for_url("**/console")

        until(lambda: "gate-good" in gate(page), 45)
        _acts(page)
        page.locator("#message-text").fill("请坐近一点")
        page.locator("[data-message-form] button").click()
        until(lambda: "请坐近一点" in family.locator("body").inner_text())
        page.locator("#extend-part button").first.click()
        until(lambda: live(rig).facts["minutes"] == 35)
        until(lambda: page.locator("[data-left]").inner_text().startswith(("34", "35")))
        page.wait_for_timeout(4000)  # something to listen to afterwards

        page.locator("[data-do=end]").click()
        page.locator("#end-reason").select_option("finished_early")
        page.locator("[data-end-form] button[type=submit]").click()
        until(lambda: page.locator("select[name=outcome]").count(), 30)
        page.locator("textarea[name=note]").fill("一切正常")
        page.locator("form:has(select[name=outcome]) button[type=submit]").click()
        until(lambda: rig.read(lambda s: s.scalars(select(LiveSession)).one().officer_note) == "一切正常")
        assert rig.read(lambda s: s.scalars(select(Booking)).one().outcome) == "completed"

        until(lambda: rig.read(lambda s: set(s.scalars(select(Segment.state)))) == {"stored"}, 30)
        page.goto(f"{base}/recordings/{rig.visit.ref}")
        page.locator("[data-play]").click()
        until(lambda: page.evaluate(PLAYING), 30)
        assert officer.faults == []


def _acts(page: Page) -> None:
    pressed(page, "mute-outside", "Muted")
    until(lambda: page.locator("[data-side=outside1].is-muted").count())
    pressed(page, "mute-outside", "Mute lifted")
    pressed(page, "pause", "Paused")
    until(lambda: "gate-wait" in gate(page))
    pressed(page, "pause", "Going on")
    until(lambda: "gate-good" in gate(page), 30)
    page.locator("body").press("o")
    until(lambda: page.locator("[data-do=talk-outside]").get_attribute("aria-pressed") == "true")
    page.locator("body").press("o")
    until(lambda: page.locator("[data-do=talk-outside]").get_attribute("aria-pressed") == "false")
    page.locator("body").press("k")
    until(lambda: "Mark set" in page.locator("[data-ack]").inner_text())


@pytest.mark.parametrize(("kind", "shown", "hidden"), [("lawyer_meeting", ["end"], ["pause", "talk-all", "mute-outside", "mark"])])
def test_the_console_shows_only_what_the_kind_allows(tmp_path: Path, kind: str, shown: list[str], hidden: list[str]) -> None:
    terms: dict[str, Any] = {"record": False, "officer_sees": True, "officer_hears": False, "speak": False}
    with live_rig(tmp_path, kind=kind, **terms) as rig, cast() as people:
        page = officer_of(rig, people).page
        page.goto(f"{rig.stack.prison}/visits/{rig.visit.ref}/console")
        for name in shown:
            assert page.locator(f"[data-do={name}]").count() == 1, name
        for name in hidden:
            assert page.locator(f"[data-do={name}]").count() == 0, name
        assert page.locator("[data-message-form], [data-warn-form]").count() == 0
        until(lambda: "not recorded" in page.locator("[data-recording]").inner_text())

"""A visit as the family and the terminal live it, in real browsers over a real broker, from the waiting room to the end."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.browsers import PHONE, Cast, Person, cast
from tests.browser.live_rig import Rig, act, live_rig, officer_in, terminal_seen, until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("cameras"), pytest.mark.timeout(240)]

TERMS = {"officer_sees": True, "officer_hears": True, "record": True, "speak": True, "ready_minutes": 30}
HARMLESS = ("WebSocket connection to", "status of 422", "status of 401", "status of 503")
"""What a browser says of a broker that was killed on purpose, or of a refusal that the page shows in words."""


@pytest.fixture
def people() -> Iterator[Cast]:
    with cast() as made:
        yield made


def situation(page: Page, root: str = "#room") -> str:
    return page.locator(root).get_attribute("data-situation") or ""


def awaits(page: Page, code: str, root: str = "#room", seconds: float = 20) -> None:
    page.wait_for_selector(f"{root}[data-situation={code}]", state="attached", timeout=seconds * 1000)


def frames(page: Page, selector: str) -> int:
    shown: int = page.locator(selector).evaluate("(video) => video.getVideoPlaybackQuality().totalVideoFrames")
    return shown


def moves(page: Page, selector: str, at_least: int = 5, seconds: float = 6) -> bool:
    """Whether the picture in this element goes on; a busy machine shows few frames a second, a broken line none."""
    before, deadline = frames(page, selector), time.monotonic() + seconds
    while frames(page, selector) - before < at_least:
        if time.monotonic() > deadline:
            return False
        page.wait_for_timeout(200)
    return True


def check_in(rig: Rig, officer: Person) -> None:
    """The officer looks at the visitor, ticks them and closes the check-in."""
    page = officer_in(rig, officer, "check_in")
    until(lambda: act(page, "check", pid=f"visitor:{rig.visit.visitor_id}")["ok"])
    rig.tick()
    rig.finish_check_in()


def no_faults(*people: Person) -> list[str]:
    return [fault for one in people for fault in one.faults if not any(known in fault for known in HARMLESS)]


def test_a_visit_from_the_waiting_room_to_its_end(tmp_path: Path, people: Cast) -> None:
    with live_rig(tmp_path, **TERMS) as rig:
        family, terminal, officer = people.person(PHONE, mobile=True), people.person(), people.person()
        unserved: list[str] = []
        for person in (family, terminal, officer):
            person.page.on("response", lambda answer: unserved.append(answer.url) if answer.status == 503 else None)
        room, kiosk = rig.family_in(family, "room"), rig.terminal_in(terminal)
        until(lambda: kiosk.locator("[data-idle-name]").inner_text() == "张*")
        until(lambda: terminal_seen(rig))

        room.click("[data-join]")
        awaits(room, "BEGINS_SOON")
        console = officer_in(rig, officer, "check_in")
        awaits(room, "CHECKING_OTHERS")
        until(lambda: act(console, "check", pid=f"visitor:{rig.visit.visitor_id}")["ok"])
        awaits(room, "YOUR_TURN")
        assert moves(room, "[data-checker]"), "the visitor sees the officer"
        assert moves(console, "video"), "the officer sees the visitor"
        assert kiosk.locator("[data-panel=idle]").is_visible(), "the terminal has no part in the check-in"
        rig.tick()
        rig.finish_check_in()
        awaits(room, "AWAITS_OFFICER")
        awaits(kiosk, "AWAITS_OFFICER", "#kiosk")

        console = officer_in(rig, officer, "supervise")
        awaits(room, "LIVE")
        awaits(kiosk, "LIVE", "#kiosk")
        assert moves(room, "[data-remote]")
        assert moves(kiosk, "[data-remote]")
        assert "监看、监听" in room.locator("[data-rules]").inner_text()
        until(lambda: "正在录音录像" in kiosk.locator("[data-rules]").inner_text())  # said by the recorder's own bytes
        _essentials_fit(room)
        _messages_are_confirmed(room, kiosk, console)
        _pause_and_mute_are_shown(room, kiosk, console, rig)
        _a_lost_camera_comes_back(room, kiosk)
        _a_broker_that_dies_is_survived(rig, room, kiosk)
        second = _a_second_page_takes_over(rig, family, room)

        assert act(console, "end", reason="test")["ok"]
        awaits(second, "ENDED")
        awaits(kiosk, "ENDED", "#kiosk")
        assert second.locator("[data-over-title]").inner_text() == "民警已结束本次会见"
        assert not second.evaluate("document.querySelector('[data-self]').srcObject?.active"), "the camera is let go"
        until(lambda: "会见已结束" in second.goto(second.url).text(), 15)
        assert no_faults(family, terminal, officer) == []
        assert [url for url in unserved if not url.endswith(("/token", "/rig/officer"))] == [], "only a way in is refused while no broker is there"


def _essentials_fit(room: Page) -> None:
    """Time left, the line about supervision, the picture and every button are on the screen without scrolling, in every posture."""
    for width, height in ((360, 640), (640, 360), (320, 568), (1280, 800)):
        room.set_viewport_size({"width": width, "height": height})
        for part in ("[data-clock]", "[data-rules]", "[data-remote]", "[data-mute-audio]", "[data-mute-video]", ".visit [data-leave]", ".visit [data-self]"):
            box = room.locator(part).bounding_box()
            assert box, part
            assert box["x"] >= 0, (part, width, height)
            assert box["y"] >= 0, (part, width, height)
            assert box["x"] + box["width"] <= width + 1, (part, width, height)
            assert box["y"] + box["height"] <= height + 1, (part, width, height)
        button = room.locator(".visit [data-leave]").bounding_box()
        assert button
        assert min(button["width"], button["height"]) >= 44
    room.set_viewport_size(PHONE)  # type: ignore[arg-type]


def _messages_are_confirmed(room: Page, kiosk: Page, console: Page) -> None:
    assert act(console, "message", code="stay_in_picture", to="all")["ok"]
    for page in (room, kiosk):
        page.wait_for_selector("[data-note]:not([hidden])")
        assert page.locator("[data-note-text]").inner_text() == "请您调整坐姿，让面部完整出现在画面中。"
        assert page.locator("[data-note-icon] svg").count() == 1
    receipts = _receipts(console, 2)
    assert {what for _pid, what in receipts} == {"shown"}
    room.click("[data-note-confirm]")
    kiosk.click("[data-note-confirm]")
    assert len([what for _pid, what in _receipts(console, 4) if what == "confirmed"]) == 2
    assert room.locator("[data-note]").is_hidden()
    assert act(console, "warn", rule=2, to="outside")["ok"]
    room.wait_for_selector("[data-note].is-warning:not([hidden])")
    assert room.locator("[data-note-kind]").inner_text() == "警告：第 2 条"
    assert kiosk.locator("[data-note]").is_hidden()
    room.click("[data-note-confirm]")


def _receipts(console: Page, count: int) -> list[tuple[str, str]]:
    until(lambda: console.evaluate("window.told.receipts.length") >= count)
    return [(one["pid"], one["what"]) for one in console.evaluate("window.told.receipts")]


def _pause_and_mute_are_shown(room: Page, kiosk: Page, console: Page, rig: Rig) -> None:
    visitor = f"visitor:{rig.visit.visitor_id}"
    assert act(console, "mute", pid=visitor)["ok"]
    room.wait_for_selector("[data-muted]:not([hidden])")
    assert act(console, "lift", pid=visitor)["ok"]
    room.wait_for_selector("[data-muted]", state="hidden")
    assert act(console, "pause", reason="test")["ok"]
    awaits(room, "PAUSED")
    awaits(kiosk, "PAUSED", "#kiosk")
    left = room.locator("[data-left]").inner_text()
    room.wait_for_timeout(2200)
    assert room.locator("[data-left]").inner_text() == left, "paused minutes do not count"
    assert act(console, "resume")["ok"]
    awaits(room, "LIVE")
    assert moves(room, "[data-remote]")


def _a_lost_camera_comes_back(room: Page, kiosk: Page) -> None:
    """The system takes the camera away, as it does in the background of a phone; the page fetches it again by itself."""
    room.evaluate("""() => {
      const track = document.querySelector("[data-self]").srcObject.getVideoTracks()[0];
      track.stop();
      track.dispatchEvent(new Event("ended"));
    }""")
    room.wait_for_timeout(2500)
    assert moves(kiosk, "[data-remote]"), "the picture goes on at the other side"


def _a_broker_that_dies_is_survived(rig: Rig, room: Page, kiosk: Page) -> None:
    rig.stack.kill("broker")
    awaits(room, "RECONNECTING")
    awaits(kiosk, "RECONNECTING", "#kiosk")
    assert "线路中断" in room.locator(".visit [data-said-title]").inner_text()
    rig.stack.start("broker")
    awaits(room, "LIVE", seconds=40)
    awaits(kiosk, "LIVE", "#kiosk", seconds=40)
    assert moves(room, "[data-remote]")
    assert moves(kiosk, "[data-remote]")


def _a_second_page_takes_over(rig: Rig, family: Person, room: Page) -> Page:
    """The newest page wins, and the older one says so and keeps still."""
    second = family.context.new_page()
    second.on("pageerror", lambda error: family.faults.append(str(error)))
    second.goto(f"{rig.stack.family}/visits/{rig.visit.ref}/room")
    second.click("[data-join]")
    awaits(second, "LIVE")
    awaits(room, "REPLACED")
    assert room.locator("[data-over-title]").inner_text() == "会见已在别处打开"
    room.wait_for_timeout(2000)
    assert situation(room) == "REPLACED"
    assert situation(second) == "LIVE"
    return second


def test_two_relatives_in_different_places_see_the_inmate_and_each_other(tmp_path: Path, people: Cast) -> None:
    with live_rig(tmp_path, two=True, **TERMS) as rig:
        first, second, terminal, officer = (people.person() for _ in range(4))
        rooms = [rig.family_in(first, "room"), rig.family_in(second, "room", token=rig.visit.second_token)]
        for room in rooms:
            room.click("[data-join]")
            awaits(room, "BEGINS_SOON")
        kiosk = rig.terminal_in(terminal)
        console = officer_in(rig, officer, "check_in")
        people_here = until(lambda: [p for p in console.evaluate("window.officer.snapshot.participants") if p["role"] == "visitor"])
        for one in people_here:
            until(lambda pid=one["pid"]: act(console, "check", pid=pid)["ok"])  # type: ignore[misc]
            rig.tick(int(one["pid"].partition(":")[2]), one["pid"])
            console.wait_for_timeout(500)
        rig.finish_check_in()
        officer_in(rig, officer, "supervise")
        for page, root in ((rooms[0], "#room"), (rooms[1], "#room"), (kiosk, "#kiosk")):
            awaits(page, "LIVE", root)
            page.wait_for_selector("[data-others] video")
            assert moves(page, "[data-remote]")
            assert moves(page, "[data-others] video")
        rooms[1].click(".visit [data-leave]")
        rooms[1].click("[data-leave-sure]")
        awaits(rooms[1], "LEFT")
        rooms[0].wait_for_selector("[data-others] video", state="detached")
        assert situation(rooms[0]) == "LIVE", "the other one's visit goes on"
        assert moves(kiosk, "[data-remote]")
        assert no_faults(first, second, terminal, officer) == []


def test_a_call_has_no_picture_at_all(tmp_path: Path, people: Cast) -> None:
    terms = {**TERMS, "officer_sees": False, "record": False}
    with live_rig(tmp_path, kind="family_call", **terms) as rig:
        family, terminal, officer = people.person(PHONE, mobile=True), people.person(), people.person()
        room, kiosk = rig.family_in(family, "room"), rig.terminal_in(terminal)
        room.click("[data-join]")
        awaits(room, "BEGINS_SOON")
        check_in(rig, officer)
        console = officer_in(rig, officer, "supervise")
        awaits(room, "LIVE")
        awaits(kiosk, "LIVE", "#kiosk")
        assert room.locator("[data-mute-video]").count() == 0
        assert "监听" in room.locator("[data-rules]").inner_text()
        media: Any = console.evaluate("window.officer.peer.offer.streams.map((one) => one.medium)")
        assert set(media) == {"audio"}
        assert no_faults(family, terminal, officer) == []


def test_large_type_and_english_fit_too(tmp_path: Path, people: Cast) -> None:
    with live_rig(tmp_path, **TERMS) as rig:
        family, terminal, officer = people.person(PHONE, mobile=True), people.person(), people.person()
        room = rig.family_in(family, "room", language="en", type_size="large")
        rig.terminal_in(terminal)
        room.click("[data-join]")
        awaits(room, "BEGINS_SOON")
        check_in(rig, officer)
        officer_in(rig, officer, "supervise")
        awaits(room, "LIVE")
        _essentials_fit(room)


def test_before_its_time_the_room_waits_and_then_lets_in(tmp_path: Path, people: Cast) -> None:
    with live_rig(tmp_path, starts_in=timedelta(minutes=30, seconds=25), **TERMS) as rig:
        family = people.person(PHONE, mobile=True)
        room = rig.family_in(family, "room")
        assert room.locator("[data-join]").is_disabled()
        assert room.locator("[data-too-early]").is_visible()
        until(lambda: room.locator("[data-join]").is_enabled(), 40)
        room.click("[data-join]")
        awaits(room, "ON_TIME")
        assert no_faults(family) == []

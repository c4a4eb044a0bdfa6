"""Devices as people have them: all is well, there is no camera, it is not allowed, no server answers. And the terminal, which tends itself."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Page, sync_playwright
from sqlalchemy.orm import Session

from tests.browser.browsers import EXECUTABLE, FLAGS, PHONE, Cast, cast
from tests.browser.live_rig import Rig, live_rig, terminal_seen, until
from visitation.accounts.models import Device
from visitation.live.models import EquipmentTest, TerminalTest
from visitation.policies.models import PolicyRow
from visitation.supervision.models import Broker
from visitation.timetable.models import Terminal

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
ROOT = Path(__file__).parents[2]
INVENTED = {"--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"}


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    with live_rig(tmp_path_factory.mktemp("devices"), officer_sees=True, officer_hears=True, ready_minutes=30) as made:
        yield made


@pytest.fixture
def people() -> Iterator[Cast]:
    with cast() as made:
        yield made


@contextmanager
def bare_browser(url: str, *, leave_out: set[str], executable: str = EXECUTABLE) -> Iterator[Page]:
    """A page in a browser that has less than the usual one: no device, or no consent, or a policy of its own."""
    flags = [flag for flag in FLAGS if flag not in leave_out]
    with sync_playwright() as play, TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        # A profile of its own on the disk: a policy may forbid the private windows that a new context is.
        browser = play.chromium.launch_persistent_context(profile, executable_path=executable, args=flags, viewport=PHONE, locale="zh-CN")  # type: ignore[arg-type]
        page = browser.pages[0]
        page.add_init_script(ON_ITS_OWN)
        page.goto(url)
        yield page
        browser.close()


def kept(rig: Rig) -> EquipmentTest:
    found: EquipmentTest = rig.read(lambda session: session.query(EquipmentTest).order_by(EquipmentTest.id.desc()).first())
    return found


def result(page: Page, seconds: float = 30) -> str:
    page.wait_for_selector("[data-verdict]:not([hidden])", timeout=seconds * 1000)
    return page.locator("[data-verdict-title]").inner_text()


def test_a_good_device_is_told_so_and_it_is_kept(rig: Rig, people: Cast) -> None:
    one = people.person(PHONE, mobile=True)
    page = rig.family_in(one, "test")
    page.click("[data-start]")
    page.click("[data-play]")
    widths = set()
    for _ in range(30):
        widths.add(page.locator("[data-level]").evaluate("(bar) => bar.style.width"))
        page.wait_for_timeout(100)
    assert len(widths) > 3, "the microphone's bar moves"
    assert page.locator("[data-echo]").evaluate("(video) => video.getVideoPlaybackQuality().totalVideoFrames") > 5
    page.click("[data-heard=yes]")
    assert result(page) == "一切正常"
    row = kept(rig)
    assert row.verdict == "good"
    assert row.figures["connected"] is True
    assert row.figures["fps"] > 5
    assert 0 < row.figures["rtt"] < 1000
    assert one.faults == []


def test_without_a_camera_it_says_what_is_missing(rig: Rig) -> None:
    with bare_browser(f"{rig.stack.family}/rig/enter/{rig.visit.family_token}", leave_out={"--use-fake-device-for-media-stream"}) as page:
        page.goto(f"{rig.stack.family}/visits/{rig.visit.ref}/test")
        page.click("[data-start]")
        page.wait_for_selector("[data-step=camera][data-tone=bad]")
        assert "没有找到摄像头" in page.locator("[data-step=camera]").inner_text()
        page.click("[data-finish]")
        assert result(page) == "会见前需要先解决问题"
    assert kept(rig).causes[:2] == ["CAMERA_MISSING", "MICROPHONE_MISSING"]


def test_a_refused_camera_is_explained_in_test_and_room(rig: Rig) -> None:
    with bare_browser(f"{rig.stack.family}/rig/enter/{rig.visit.family_token}", leave_out={"--use-fake-ui-for-media-stream"}) as page:
        page.goto(f"{rig.stack.family}/visits/{rig.visit.ref}/test")
        page.click("[data-start]")
        page.wait_for_selector("[data-step=camera][data-tone=bad]")
        page.click("[data-finish]")
        assert result(page) == "会见前需要先解决问题"
        assert kept(rig).causes[:2] == ["CAMERA_DENIED", "MICROPHONE_DENIED"]
        page.goto(f"{rig.stack.family}/visits/{rig.visit.ref}/room")
        page.click("[data-join]")
        page.wait_for_selector("[data-join-trouble]:not([hidden])")
        assert "摄像头未获允许" in page.locator("[data-join-trouble]").inner_text()
        assert page.locator("[data-join]").is_enabled(), "and one can try again"


def test_when_no_server_answers_the_line_is_to_blame(rig: Rig, people: Cast) -> None:
    page = rig.family_in(people.person(PHONE, mobile=True), "test")
    rig.stack.kill("broker")
    try:
        page.click("[data-start]")
        page.click("[data-play]")
        page.click("[data-heard=yes]")
        assert result(page, 60) == "会见前需要先解决问题"
        assert kept(rig).causes == ["NO_CONNECTION"]
    finally:
        rig.stack.start("broker")


# -- the terminal


def test_the_terminal_s_page_mends_itself_after_an_error(rig: Rig, people: Cast) -> None:
    page = rig.terminal_in(people.person())
    page.wait_for_selector("[data-idle-name]:not(:empty)")
    born = page.evaluate("performance.timeOrigin")
    page.evaluate("setTimeout(() => { throw new Error('something nobody thought of'); })")
    page.wait_for_function("born => performance.timeOrigin !== born", arg=born, timeout=15_000)  # asks again on the page that comes
    page.wait_for_selector("[data-idle-name]:not(:empty)")
    assert page.locator("[data-idle-name]").inner_text() == "张*"


def test_the_terminal_keeps_its_heartbeat(rig: Rig, people: Cast) -> None:
    before = datetime.now(UTC)
    rig.write(lambda session: session.query(Device).first())
    rig.terminal_in(people.person())
    seen = until(lambda: terminal_seen(rig))
    assert (before - seen).total_seconds() < 65


POLICED = """#!/bin/sh
# A mount namespace of its own: the machine's other browsers keep their policies.
exec unshare --mount sh -c 'mount --bind "$0" /etc/chromium && exec "$@"' {folder} {executable} "$@"
"""
ON_ITS_OWN = """
  const sound = new AudioContext();
  setTimeout(() => { window.soundWithoutTap = sound.state; }, 800);
"""
"""Runs before the page's scripts; what Playwright evaluates later counts as a tap."""
ASK = """() => Promise.race([
  navigator.mediaDevices.getUserMedia({ audio: true, video: true }).then((got) => got.getTracks().length, (error) => error.name),
  new Promise((resolve) => setTimeout(resolve, 3000, "asked")),
])"""


def _may_unshare() -> bool:
    works = shutil.which("unshare") and os.geteuid() == 0 and Path("/etc/chromium").is_dir()
    return bool(works) and subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not _may_unshare(), reason="needs root and mount namespaces to give one browser a policy of its own")
def test_the_policy_grants_camera_microphone_and_sound_to_the_prison_origin_only(rig: Rig, tmp_path: Path) -> None:
    """The shipped policy in a browser without any of the flags that the other tests use."""
    root = tmp_path / "root"
    subprocess.run([ROOT / "deploy/kiosk/install.sh", rig.stack.prison], env={**os.environ, "ROOT": str(root)}, check=True)
    shipped = root / "etc/chromium/policies/managed/visits-kiosk.json"
    policy = json.loads(shipped.read_text())
    assert policy.pop("DeveloperToolsAvailability") == 2  # nobody looks inside a terminal; this test has to
    shipped.write_text(json.dumps(policy))
    wrapper = tmp_path / "policed-chromium"
    wrapper.write_text(POLICED.format(folder=root / "etc/chromium", executable=EXECUTABLE))
    wrapper.chmod(0o755)
    leave_out = {"--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required"}
    start = f"{rig.stack.prison}/rig/device/{rig.visit.device_key}"
    with bare_browser(start, leave_out=leave_out) as page:
        page.wait_for_timeout(1200)
        assert page.evaluate("window.soundWithoutTap") == "suspended", "without the policy the browser keeps silent"
        assert page.evaluate(ASK) in ("NotAllowedError", "asked"), "and asks"
    with bare_browser(start, leave_out=leave_out, executable=str(wrapper)) as page:
        page.wait_for_timeout(1200)
        assert page.evaluate("window.soundWithoutTap") == "running"
        assert page.evaluate(ASK) == 2
        with pytest.raises(Exception, match="ERR_BLOCKED_BY_ADMINISTRATOR"):
            page.goto(f"{rig.stack.family}/healthz")


def test_a_device_whose_key_no_longer_counts_goes_back_to_pairing(rig: Rig, people: Cast) -> None:
    page = rig.terminal_in(people.person())
    page.wait_for_selector("[data-idle-name]:not(:empty)")

    def revoke(session: object) -> None:
        for device in session.query(Device):  # type: ignore[attr-defined]
            device.revoked_at = datetime.now(UTC)

    rig.write(revoke)
    page.wait_for_url("**/pair", timeout=20_000)


def test_a_terminal_tests_itself_and_tells_what_it_found(tmp_path: Path) -> None:
    """Nobody touches it, and nothing may sound before somebody has: the test needs neither."""

    def from_midnight(session: Session) -> None:
        prison = session.get_one(Terminal, made.visit.terminal_id).prison_id
        rule = {"key": "terminal_test_time", "value": "00:00", "basis": "test", "effective_from": date(2026, 1, 1), "created_at": datetime.now(UTC)}
        session.add(PolicyRow(prison_id=prison, created_by=made.visit.officer_id, **rule))

    with live_rig(tmp_path, starts_in=timedelta(hours=3)) as made, cast() as people:
        made.write(from_midnight)
        until(lambda: made.read(lambda s: s.query(Broker.id).first()))
        kiosk = made.terminal_in(people.person(flags=("--autoplay-policy=user-gesture-required",)))
        until(lambda: "正在自检" in kiosk.locator("[data-health]").inner_text())
        found = until(lambda: made.read(lambda s: s.query(TerminalTest).first()), 60)
        assert (found.terminal_id, found.figures["connected"], found.figures["alone"]) == (made.visit.terminal_id, True, True)
        assert not [cause for cause in found.causes if not cause.startswith(("LINE_", "PICTURE_"))], "devices and line are there, however busy this machine is"
        assert kiosk.locator("[data-panel=idle]").is_visible()

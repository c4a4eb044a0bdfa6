"""A family behind a firewall that lets no UDP through: the visit goes over TURN on TLS, and not at all without it."""

import os
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from bench.tap import Tap
from tests.browser.browsers import PHONE, cast
from tests.browser.cornered import cornered, coturn, doors
from tests.browser.live_rig import act, live_rig, officer_in, until
from tests.browser.test_live_visit import TERMS, awaits, check_in, moves, situation
from visitation.signalling.turn import turn_servers

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("cameras"), pytest.mark.timeout(240)]
CONNECTIONS = """(() => {
  const Real = window.RTCPeerConnection;
  window.connections = [];
  window.RTCPeerConnection = class extends Real {
    constructor(settings) {
      super(window.name === "no-turn" ? { ...settings, iceServers: [] } : settings);
      window.connections.push(this);
    }
  };
})()"""
PAIR = """async () => {
  const last = window.connections.at(-1);
  const stats = [...(await last.getStats()).values()];
  const pair = stats.find((one) => one.type === "candidate-pair" && one.nominated && one.state === "succeeded");
  const local = pair && stats.find((one) => one.id === pair.localCandidateId);
  return local ? { type: local.candidateType, protocol: local.relayProtocol, url: local.url } : null;
}"""


@pytest.mark.skipif(os.geteuid() != 0, reason="a network namespace needs root")
def test_without_udp_the_visit_goes_over_turn_on_tls(tmp_path: Path) -> None:
    with cornered(tmp_path) as corner, coturn(tmp_path / "turn", corner.address, "shared-secret") as turn:
        settings = {"BROKER_TURN_URLS": turn.url, "BROKER_TURN_SECRET": turn.secret, "BROKER_MEDIA_OUTSIDE_BIND": corner.address}
        with live_rig(tmp_path, broker=settings, **TERMS) as rig, cast() as people, doors(corner, tmp_path, (rig.stack.family_port, rig.stack.outside_port)):
            wire = Tap(corner.link).start()
            family = people.person(PHONE, mobile=True, program=str(corner.program), flags=("--ignore-certificate-errors",))
            family.page.add_init_script(CONNECTIONS)
            terminal, officer = people.person(), people.person()
            room, kiosk = rig.family_in(family, "room"), rig.terminal_in(terminal)
            _nothing_without(room, officer, rig)

            room.evaluate("window.name = ''")
            room.reload()
            room.click("[data-join]")
            check_in(rig, officer)
            officer_in(rig, officer, "supervise")
            awaits(room, "LIVE", seconds=40)
            assert moves(room, "[data-remote]", seconds=15)
            assert moves(kiosk, "[data-remote]", seconds=15)
            pair = until(lambda: room.evaluate(PAIR))
            assert (pair["type"], pair["protocol"]) == ("relay", "tls"), pair
            assert turn.url.partition(":")[2].partition("?")[0] in pair["url"]
            assert wire.stop() == [], "not one media packet crossed as UDP"


@pytest.mark.parametrize(
    ("age", "secret", "serves"),
    [(timedelta(), "shared-secret", True), (timedelta(hours=4, minutes=1), "shared-secret", False), (timedelta(), "another", False)],
)
def test_turn_credentials_expire_and_cannot_be_made_up(tmp_path: Path, age: timedelta, secret: str, serves: bool) -> None:
    with coturn(tmp_path, "127.0.0.1", "shared-secret") as turn:
        given = turn_servers([turn.url], secret, "visitor:1", datetime.now(UTC) - age)[0]
        port = turn.url.rpartition(":")[2].partition("?")[0]
        command = ["turnutils_uclient", "-S", "-t", "-y", "-n", "1", "-u", given["username"], "-w", given["credential"], "-p", port, "127.0.0.1"]
        asked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    said = asked.stdout + asked.stderr
    assert "client session connected" in said, "TLS stands in any case"
    assert ("Cannot complete Allocation" not in said) is serves, said


def _nothing_without(room: Page, officer: Any, rig: Any) -> None:
    """The control: the same browser, not told of the TURN server, gets no media."""
    room.evaluate("window.name = 'no-turn'")
    room.reload()
    room.click("[data-join]")
    page = officer_in(rig, officer, "check_in")
    until(lambda: act(page, "check", pid=f"visitor:{rig.visit.visitor_id}")["ok"])
    until(lambda: room.evaluate("window.connections.length") > 0)
    time.sleep(4)
    assert room.evaluate("window.connections.at(-1).connectionState") != "connected"
    assert room.evaluate(PAIR) is None
    assert situation(room) != "LIVE"

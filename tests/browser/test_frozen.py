"""The officer's renderer stands still (SIGSTOP), in a real browser: an independent tap sees the last packet within two seconds."""

import json
import os
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from bench.tap import Tap
from tests.browser.browsers import PHONE, cast
from tests.browser.live_rig import Rig, live_rig, officer_in, until
from tests.browser.test_live_visit import TERMS, awaits, check_in, moves

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("cameras"), pytest.mark.timeout(600)]
TRIALS = int(os.environ.get("BROWSER_TRIALS", "0"))
"""How often: `make proof PROOF=frozen` does it ten times. `make test` stops consoles in every way on packets (tests/media/test_lease.py)."""
LIMIT = 2.0


@pytest.mark.skipif(not TRIALS, reason="make proof PROOF=frozen")
def test_a_frozen_console_supervises_nothing(tmp_path: Path) -> None:
    with live_rig(tmp_path, **TERMS) as rig, cast() as people:
        family, terminal, officer = people.person(PHONE, mobile=True), people.person(), people.person()
        room, kiosk = rig.family_in(family, "room"), rig.terminal_in(terminal)
        room.click("[data-join]")
        check_in(rig, officer)
        officer_in(rig, officer, "supervise")
        last = []
        for _ in range(TRIALS):
            awaits(room, "LIVE", seconds=40)
            assert moves(room, "[data-remote]", seconds=15)
            assert moves(kiosk, "[data-remote]", seconds=15)
            ports, wire = media_ports(rig), Tap().start()
            time.sleep(0.5)
            with officer.frozen():
                stopped = time.time()
                time.sleep(3.2)
            packets = [packet.at - stopped for packet in wire.stop() if packet.from_port in ports]
            assert sum(since < 0 for since in packets) > 20, "media flowed before"
            # the console wakes up at the end: what it has to be shown then, to prove that it sees, is none of these packets
            last.append(max(since for since in packets if since < 3.1))
        sys.stdout.write(json.dumps({"name": "lease.frozen_renderer", "trials": TRIALS, "last_packet_s": [round(since, 3) for since in last]}) + "\n")
        assert max(last) < LIMIT, last
        until(lambda: room.locator("#room").get_attribute("data-situation") == "LIVE", 40)


def media_ports(rig: Rig) -> set[int]:
    """The broker's own media ports, from its health page."""
    with urllib.request.urlopen(f"http://127.0.0.1:{rig.stack.inside_port}/health", timeout=5) as answer:
        return {int(port) for port in json.load(answer)["media_port_owners"]}

"""No unsupervised second, counted on the wire by a tap that shares nothing with the broker."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from bench.tap import Packet
from tests.media.lease_trials import LIMIT, Stop, judge, run_trials

pytestmark = pytest.mark.media
TRIALS, AT_ONCE = int(os.environ.get("TRIALS", "10")), int(os.environ.get("AT_ONCE", "10"))
"""How often a console is stopped and how many sessions run at the same time; `make proof PROOF=lease` takes 500, 50 at once."""


@pytest.mark.timeout(900)
def test_nothing_leaves_two_seconds_after_a_console_stopped_in_any_way(tmp_path: Path) -> None:
    trials = asyncio.run(run_trials(tmp_path, TRIALS, AT_ONCE))
    sys.stdout.write(
        json.dumps({"name": "lease", "trials": len(trials.stops), "at_once": AT_ONCE, "worst_s": round(trials.worst, 3), **trials.by_way()}) + "\n"
    )
    assert len(trials.stops) >= TRIALS
    assert min(stop.before for stop in trials.stops) > 10, "media flowed right before, in every session"
    assert trials.late == 0, trials.by_way()
    assert trials.worst < LIMIT
    assert "Traceback" not in (tmp_path / "broker.log").read_text()


def test_the_judge_sees_a_late_packet() -> None:
    stop = Stop("stopped", "s1", 100.0)
    owners = {5000: "s1", 5001: "s2"}
    seen = [Packet(99.8, 5000, 9, 80), Packet(101.9, 5000, 9, 80), Packet(102.1, 5000, 9, 80), Packet(103.0, 5001, 9, 80), Packet(103.0, 9, 5000, 80)]
    judge([stop], seen, owners)
    assert (stop.before, stop.late) == (1, 1)
    assert round(stop.last, 1) == 2.1

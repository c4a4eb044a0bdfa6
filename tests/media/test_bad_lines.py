"""Loss, a dead peer, a cut line: what the broker repairs and what it notices."""

import asyncio
import itertools
import resource
import time
from pathlib import Path

import pytest

from tests.media.conftest import in_loop
from tests.media.house import House, facts, ticket, visit
from tests.media.relay import Relay
from tests.media.test_visit import decoded, plain

pytestmark = pytest.mark.media


@in_loop
async def test_lost_video_is_asked_for_and_the_recording_is_whole(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        relay = Relay(loss=0.1, delay=0.01)
        guest, terminal, officer = await visit(house, facts(), relay=relay)
        await terminal.until(lambda: terminal.count("outside1", "video") > 0)
        first, got = guest.sent_video(), -terminal.count("outside1", "video")
        await asyncio.sleep(3)
        sent = guest.sent_video() - first
        await asyncio.sleep(0.2)
        got += terminal.count("outside1", "video")
        figures = await house.metrics()
        await officer.act("end", reason="DONE")
        await asyncio.sleep(0.4)
        assert relay.dropped > 15
        assert figures["broker_nacks_sent"] > 3
        assert got >= 0.97 * sent, f"{got} of {sent} packets"
        frames = decoded(plain(house, next((tmp_path / "recordings" / "v1").glob("outside1-*")))[0])
        assert frames["video"][0] >= 0.95 * sent


@in_loop
async def test_a_dead_peer_is_noticed_within_five_seconds_and_connected_again(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        relay = Relay()
        guest, terminal, _officer = await visit(house, facts(), relay=relay)
        await asyncio.sleep(0.5)
        relay.cut = True
        cut = time.monotonic()
        await terminal.until(lambda: not terminal.gate_open, 7)
        noticed = time.monotonic() - cut
        assert 3 < noticed < 5.2, noticed  # 4.5 s and a tick; the rest is for a busy machine
        assert terminal.snapshot["gate"]["reason"] == "VISITOR"
        lost = [e for e in await house.await_events("lost", 1) if e["pid"] == "visitor:1"]
        assert lost[0]["data"] == {"media": True, "socket": False}
        relay.cut = False
        await terminal.until(lambda: terminal.gate_open, 8)
        await guest.until(lambda: guest.count("terminal", "video") > 5)
        assert guest.offers[-1]["pc"] == 2


@in_loop
async def test_whoever_comes_back_takes_over_at_once(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        guest, terminal, _officer = await visit(house, facts())
        await terminal.until(lambda: terminal.count("outside1", "video") > 5)
        again = await house.join(ticket("visitor:1", facts()))
        assert again.generation == 2
        await guest.wait(lambda m: m["t"] == "replaced")
        await again.until(lambda: again.gate_open and again.count("terminal", "video") > 5)
        before = terminal.count("outside1", "video")
        await terminal.until(lambda: terminal.count("outside1", "video") > before + 5)
        assert len([e for e in await house.await_events("segment", 1) if e["data"]["leg"] == "outside1"]) == 1


@in_loop
async def test_officers_hand_over_without_a_gap(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        guest, _terminal, first = await visit(house, facts())
        second = await house.join(ticket("officer:10", facts()))
        second.lease()
        await second.until(lambda: second.frames() > 5 and second.count("terminal", "audio") > 5)
        first.stop_lease()
        await asyncio.sleep(2.2)
        assert guest.gate_open
        times = guest.counters["terminal", "audio"].times[-150:]
        assert max(b - a for a, b in itertools.pairwise(times)) < 0.5
        assert time.monotonic() - first.last_packet() > 0.4, "whoever has no lease gets nothing, though the gate is open"
        assert len(await house.events("gate")) == 1


@in_loop
async def test_a_full_disk_is_an_alarm_and_the_visit_goes_on(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        guest, _terminal, officer = await visit(house, facts())
        await asyncio.sleep(0.3)
        limit_file_size(house.process.pid, 20_000)
        task = await officer.wait(lambda m: m["t"] == "task" and m["kind"] == "RECORDING_FAILED", 8)
        assert task["severity"] == "high"
        assert guest.gate_open
        assert [e["data"]["reason"] for e in await house.await_events("recording_failed", 1)]
        assert not officer.snapshot["recording"]["on"]


def limit_file_size(pid: int, size: int) -> None:
    """Let every further write beyond `size` bytes fail, as a full disk does."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, size))

"""Recording on real packets: a source that falls silent, a disk that is full (a small one, mounted), and a journal that cannot be written."""

import asyncio
import io
import itertools
import json
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import av
import pytest

from tests.media.client import opus_frames, vp8_frames
from tests.media.conftest import in_loop
from tests.media.house import House, facts, ticket, visit
from tests.media.relay import Relay
from tests.media.test_visit import decoded, plain
from visitation.signalling import sealing
from visitation.supervision.playback import Copies

pytestmark = pytest.mark.media
SMALL = 6 * 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MB of its own. Mounting asks for root."""
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(place)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a file system cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)


def fill(place: Path, leave: int) -> Path:
    """Take all but `leave` bytes of a disk."""
    ballast = place / "ballast"
    with ballast.open("wb") as target:
        target.write(bytes(max(0, shutil.disk_usage(place).free - leave)))
    return ballast


def on_small_disk(disk: Path, elsewhere: Path, **environment: str) -> House:
    """A broker whose data are on the small disk, and what it prints is not."""
    house = House(disk, **environment)
    house.log = elsewhere / "broker.log"
    return house


def known_bytes() -> list[bytes]:
    """Pieces of what the clients send, long enough to occur nowhere by chance."""
    return [frame[8:40] for frame, _key in vp8_frames() if len(frame) > 48] + [frame[8:40] for frame in opus_frames() if len(frame) > 48]


def readable(folder: Path) -> list[Path]:
    """Files anywhere under a folder in which something that was sent can be read."""
    known = known_bytes()
    return [path for path in folder.rglob("*") if path.is_file() and any(piece in data for data in [path.read_bytes()] for piece in known)]


def packets_of(film: Path) -> dict[str, int]:
    """Packets by codec as ffprobe counts them; it must not complain."""
    command = ["ffprobe", "-v", "error", "-count_packets", "-show_streams", "-of", "json", str(film)]
    probed = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not probed.stderr, probed.stderr
    return {stream["codec_name"]: int(stream["nb_read_packets"]) for stream in json.loads(probed.stdout)["streams"]}


@in_loop
async def test_kill_9_leaves_nothing_readable_and_every_player_opens_what_is_there(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    async with House(data) as house:
        _guest, _terminal, officer = await visit(house, facts())
        await officer.until(lambda: officer.snapshot["recording"]["bytes"] > 40_000, 15)
        opened = time.monotonic()
        await asyncio.sleep(1.2)
        house.process.kill()
        recorded = time.monotonic() - opened
        house.process.wait()
    assert readable(data) == []
    files = sorted((data / "recordings" / "v1").glob("*.sealed"))
    assert len(files) == 2
    for path in files:
        webm, complete = plain(house, path)
        assert not complete
        out = tmp_path / f"{path.name}.webm"
        out.write_bytes(webm)
        assert any(piece in webm for piece in known_bytes()), "the search finds what is there"
        streams = packets_of(out)
        assert streams["opus"] > 50 * (recorded - 1.0)
        assert streams["vp8"] > 20 * (recorded - 1.0)
        with path.open("rb") as stored:
            copy = Copies(tmp_path / "playback", house.recording_private).open(path, sealing.digest(stored))
        assert decoded(copy.read())["video"][0] == streams["vp8"], "and the prison's copy holds every frame"
        copy.close()
    assert readable(tmp_path / "playback") == []


@in_loop
async def test_video_that_lost_one_packet_in_twenty_is_whole_in_the_file(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        relay = Relay(loss=0.05, delay=0.02)
        guest, _terminal, officer = await visit(house, facts(), relay=relay)
        await officer.until(lambda: officer.snapshot["recording"]["bytes"] > 10_000)
        first = guest.sent_video()
        await asyncio.sleep(3)
        sent = guest.sent_video() - first
        await asyncio.sleep(0.5)
        await officer.act("end", reason="DONE")
        await house.await_events("segment", 2)
        webm, _complete = plain(house, next((tmp_path / "recordings" / "v1").glob("outside1-*")))
        assert relay.dropped > 4
        with av.open(io.BytesIO(webm)) as film:
            times = [float(packet.pts * packet.time_base) for packet in film.demux(video=0) if packet.pts is not None]
        steps = [b - a for a, b in itertools.pairwise(times)]
        assert max(steps) < 0.12, f"no frame is missing between two others: {max(steps)}"
        assert len(times) >= sent
        assert decoded(webm)["video"][0] == len(times)


@in_loop
async def test_a_recording_that_does_not_grow_is_a_task_until_it_does(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        relay = Relay()
        guest, _terminal, officer = await visit(house, facts(), relay=relay)
        await guest.until(lambda: officer.snapshot["recording"]["bytes"] > 20_000)
        assert officer.snapshot["recording"]["healthy"]
        for track in guest.tracks.values():
            track.hold()
        task = await officer.wait(lambda m: m["t"] == "task" and m["kind"] == "RECORDER_STALLED", 9)
        assert (task["pid"], task["severity"], task["closed_after"]) == ("visitor:1", "high", None)
        await officer.until(lambda: not officer.snapshot["recording"]["healthy"])
        assert officer.gate_open, "the line is there; only nothing comes"
        for track in guest.tracks.values():
            track.release()
        task = await officer.wait(lambda m: m["t"] == "task" and m["kind"] == "RECORDER_STALLED" and m["closed_after"] is not None, 5)
        await officer.until(lambda: officer.snapshot["recording"]["healthy"])


@in_loop
async def test_a_full_disk_alarms_keeps_what_is_there_and_records_again_when_there_is_room(small_disk: Path, tmp_path: Path) -> None:
    async with on_small_disk(small_disk, tmp_path, BROKER_RECORD_RESERVE_MB="2") as house:
        guest, _terminal, officer = await visit(house, facts())
        await officer.until(lambda: officer.snapshot["recording"]["bytes"] > 60_000)
        ballast = fill(small_disk, 40_000)
        task = await officer.wait(lambda m: m["t"] == "task" and m["kind"] == "RECORDING_FAILED", 8)
        assert task["severity"] == "high"
        await officer.until(lambda: not officer.snapshot["recording"]["on"])
        assert guest.gate_open, "the policy's choice: the visit goes on"
        segments = await house.await_events("segment", 2)
        assert {event["data"]["leg"] for event in segments} == {"terminal", "outside1"}
        for event in segments:
            stored = await house.fetch("v1", event["data"]["file"])
            assert sealing.digest(io.BytesIO(stored)) == event["data"]["sha256"]
            webm, _complete = plain(house, small_disk / "recordings" / "v1" / event["data"]["file"])
            assert decoded(webm)["video"][0] > 5, "what was recorded until then plays"

        ballast.unlink()
        await officer.wait(lambda m: m["t"] == "task" and m["kind"] == "RECORDING_FAILED" and m["closed_after"] is not None, 16)
        await officer.until(lambda: officer.snapshot["recording"]["on"] and officer.snapshot["recording"]["healthy"])
        await officer.until(lambda: len(list((small_disk / "recordings" / "v1").glob("*-2.webm.sealed"))) == 2)


@in_loop
async def test_where_the_policy_says_so_a_failed_recording_stops_the_visit(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        guest, terminal, officer = await visit(house, facts(pause_without_recording=True))
        await officer.until(lambda: officer.snapshot["recording"]["bytes"] > 5_000)
        limit_file_size(house.process.pid, 20_000)
        await guest.until(lambda: not guest.gate_open, 8)
        assert guest.snapshot["gate"]["reason"] == "RECORDING"
        await asyncio.sleep(0.1)
        before = [client.total() for client in (guest, terminal, officer)]
        await asyncio.sleep(0.4)
        assert before == [client.total() for client in (guest, terminal, officer)]


def limit_file_size(pid: int, size: int) -> None:
    """Let every further write beyond `size` bytes fail, as a full disk does."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@in_loop
async def test_without_a_journal_no_visit_begins_and_those_that_run_end_in_half_a_minute(small_disk: Path, tmp_path: Path) -> None:
    async with on_small_disk(small_disk, tmp_path, BROKER_RECORD_RESERVE_MB="0", BROKER_JOURNAL_SECONDS="3") as house:
        given = facts(record=False, kind="legal_consult")
        guest, terminal, officer = await visit(house, given)
        ballast = fill(small_disk, 0)
        for _ in range(10):  # what is left of a block that the file has already
            await officer.act("pause", reason="break")
            await officer.act("resume")
        task = await officer.wait(lambda m: m["t"] == "task" and m["kind"] == "JOURNAL_FAILED", 4)
        assert task["severity"] == "high", "told over the wire, because it cannot be written"
        with pytest.raises(Exception, match="DRAINING"):
            await house.join(ticket("visitor:2", given, sid="v2"))
        assert (await house.command())["draining"], "and the prison's application sends nobody here"
        assert guest.gate_open or guest.snapshot["gate"]["reason"] == "STANDING"
        await guest.until(lambda: not guest.gate_open, 6)
        assert guest.snapshot["gate"]["reason"] == "STANDING"
        before = [client.total() for client in (guest, terminal, officer)]
        await asyncio.sleep(0.3)
        assert before == [client.total() for client in (guest, terminal, officer)]

        ballast.unlink()
        await guest.until(lambda: guest.gate_open, 6)
        await officer.wait(lambda m: m["t"] == "task" and m["kind"] == "JOURNAL_FAILED" and m["closed_after"] is not None, 4)
        kinds = [(event["type"], event["data"].get("reason")) for event in await house.await_events("gate", 4)]
        assert ("gate", "STANDING") in kinds, "nothing was lost: it was written when there was room"
        assert not (await house.command())["draining"]

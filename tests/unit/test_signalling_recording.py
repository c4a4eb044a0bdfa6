"""From packets to a file: lips and sound together by the sender's clock, late sound waited for, one clock for both sides, room on the disk watched."""

import asyncio
import io
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import pytest

from visitation.kernel.clock import FixedClock
from visitation.signalling import sealing, webm
from visitation.signalling import vault as vault_room
from visitation.signalling.assembler import WAIT, Reorder, Track
from visitation.signalling.ingress import Valve
from visitation.signalling.policy import Medium
from visitation.signalling.recorder import SessionRecorder
from visitation.signalling.rtp import MARKER, OPUS, VP8, Packet
from visitation.signalling.vault import SegmentInfo, Vault

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
FPS = 20
KEY = b"\x10\x02\x00\x9d\x01\x2a\x40\x01\xf0\x00"
"""The begin of a VP8 key frame, 320 x 240 (RFC 6386, 9.1)."""


def sound(n: int) -> Packet:
    return Packet(n & 0xFFFF, (n * 960) & 0xFFFFFFFF, OPUS, struct.pack("!I", n))


def picture(n: int) -> Packet:
    """Frame n; the first byte is the payload descriptor (start of partition 0), the second the frame tag's (0 = key frame)."""
    body = KEY if n == 0 else b"\x11\x02\x00" + struct.pack("!I", n)
    return Packet(n & 0xFFFF, (n * 90000 // FPS) & 0xFFFFFFFF, VP8 | MARKER, b"\x10" + body)


class Play:
    """Both tracks of one leg. `at` maps the capture of a frame to its arrival; `epoch` is the sender's clock at its first frame."""

    def __init__(self, epoch: float, late_picture: float, late_sound: float = 0.0, jitter: Callable[[int], float] = lambda n: 0.0) -> None:
        self.placed: dict[Medium, list[tuple[int, int]]] = {Medium.AUDIO: [], Medium.VIDEO: []}
        self.tracks = {medium: Track(medium, Valve(1e9), 0.0, self._emit(medium), lambda: None) for medium in self.placed}
        self.epoch, self.late, self.late_sound, self.jitter = epoch, late_picture, late_sound, jitter

    def _emit(self, medium: Medium) -> Callable[[int, bytes, bool], None]:
        return lambda ms, data, key: self.placed[medium].append((len(self.placed[medium]), ms))

    def run(self, seconds: float) -> None:
        arrivals = [(n * 0.02 + self.late_sound + self.jitter(n), Medium.AUDIO, n) for n in range(int(seconds * 50))]
        arrivals += [(n / FPS + self.late + self.jitter(n), Medium.VIDEO, n) for n in range(int(seconds * FPS))]
        second = 0.0
        for at, medium, n in sorted(arrivals):
            self.tracks[medium].take(sound(n) if medium is Medium.AUDIO else picture(n), at)
            if at >= second:
                second += 1.0
                self._report(at)

    def _report(self, at: float) -> None:
        """Sender reports: the sender's clock and, at that instant, each track's timestamp; then the recorder's tick."""
        ntp = int((self.epoch + at) * (1 << 32))
        self.tracks[Medium.AUDIO].sender_report(ntp, int(at * 48000) & 0xFFFFFFFF)
        self.tracks[Medium.VIDEO].sender_report(ntp, int(at * 90000) & 0xFFFFFFFF)
        self.tracks[Medium.VIDEO].line.follow(self.tracks[Medium.AUDIO].line)

    def apart(self) -> list[float]:
        """Milliseconds between the places of a picture and of the sound that was captured with it, picture by picture."""
        heard = dict(self.placed[Medium.AUDIO])
        captured = {n * 1000 / FPS: ms for n, ms in self.placed[Medium.VIDEO]}
        return [ms - heard[round(at / 20)] for at, ms in captured.items() if round(at / 20) in heard]


@pytest.mark.parametrize(("late_picture", "late_sound"), [(0.3, 0.0), (0.12, 0.0), (0.0, 0.2), (0.0, 0.0)])
def test_lips_agree_with_sound_whatever_way_each_of_them_came(late_picture: float, late_sound: float) -> None:
    play = Play(3_900_000_000.0, late_picture, late_sound)
    play.run(6)
    apart = play.apart()
    offset = (late_picture - late_sound) * 1000
    assert abs(apart[2] - offset) < 60, "at first only the arrival is known"
    assert all(abs(ms) <= 21 for ms in apart[3 * FPS :]), apart[3 * FPS :][:10]
    times = [ms for _n, ms in play.placed[Medium.VIDEO]]
    assert times == sorted(set(times)), "never backwards, never twice"


def test_jitter_moves_no_frame() -> None:
    play = Play(epoch=10.0, late_picture=0.1, jitter=lambda n: (n * 7919 % 13) / 1000)
    play.run(4)
    steps = [b - a for (_n, a), (_m, b) in zip(play.placed[Medium.AUDIO][50:], play.placed[Medium.AUDIO][51:], strict=False)]
    assert set(steps) <= {19, 20, 21}


def test_both_sides_share_the_clock_of_the_broker_whatever_their_own_clocks_say() -> None:
    """A clap seen on both sides at one instant lies at one place of the common line: segment begin + place, for senders whose clocks are years apart."""
    sides = [Play(epoch=3_900_000_000.0, late_picture=0.05), Play(epoch=17.0, late_picture=0.25)]
    for side in sides:
        side.run(6)
    claps = [side.placed[Medium.AUDIO][200][1] for side in sides] + [side.placed[Medium.VIDEO][4 * FPS][1] for side in sides]
    assert max(claps) - min(claps) <= 21, claps


def test_late_sound_is_waited_for_eighty_milliseconds_from_the_arrival_of_what_came_behind() -> None:
    def taken(late: float) -> list[int]:
        found: list[int] = []
        order = Reorder(WAIT[Medium.AUDIO], lambda packet: found.append(packet.seq), lambda: None)
        arrivals = [(n * 0.02, n) for n in range(20) if n not in (5, 9)] + [(6 * 0.02 + late, 5), (10 * 0.02 + late, 9)]
        for at, n in sorted(arrivals):
            order.put(sound(n), at)
        return found

    assert taken(0.07) == list(range(20)), "two late ones are each waited for, not one after the other"
    assert taken(0.11) == [n for n in range(20) if n not in (5, 9)]


# -- the file


def test_what_is_written_is_a_webm_that_keeps_the_places() -> None:
    builder = webm.ClusterBuilder()
    parts = [webm.header(audio=True, video=None)]
    for n in range(200):
        done = builder.add(webm.Block(webm.AUDIO, n * 20, b"\xf8\xff\xfe", key=True))
        parts += [done] if done else []
    parts.append(builder.flush() or b"")
    with av.open(io.BytesIO(b"".join(parts))) as film:
        times = [round(float(packet.pts * packet.time_base) * 1000) for packet in film.demux() if packet.pts is not None]
    assert times == [n * 20 for n in range(200)]
    assert max(len(part) for part in parts[1:]) < 2000, "no cluster is longer than a second"


# -- room on the disk


class Disk:
    """What the vault is told about its disk."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.free = 10**9
        monkeypatch.setattr(vault_room.shutil, "disk_usage", lambda _path: type("Usage", (), {"free": self.free}))


def test_a_recording_stops_before_the_disk_is_full_and_goes_on_when_there_is_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, clock = Disk(monkeypatch), FixedClock(NOON)
    told: list[str] = []
    infos: list[SegmentInfo] = []

    async def work() -> None:
        vault = Vault(tmp_path, sealing.new_recording_key_pair()[1], 100)
        recorder = SessionRecorder("v1", vault, Valve(1e9), clock)
        recorder.on_failure, recorder.on_recovery, recorder.on_segment = lambda pid, reason: told.append(reason), lambda: told.append("again"), infos.append
        leg, person = FakeLeg(), FakePerson()
        recorder.want(leg, person, frozenset({Medium.AUDIO}))
        assert recorder.is_on
        disk.free = 80 * 1024 * 1024
        recorder.tick()
        assert recorder.is_on, "the reserve is for those who begin; half of it for those who run"
        disk.free = 40 * 1024 * 1024
        recorder.tick()
        assert (recorder.is_on, recorder.failed, told) == (False, True, ["the disk is nearly full"])
        recorder.want(leg, person, frozenset({Medium.AUDIO}))
        assert not recorder.is_on
        for free, step, expected in ((80, 9, 1), (200, 0, 2)):
            disk.free = free * 1024 * 1024
            clock.advance(timedelta(seconds=step))
            recorder.tick()
            assert len(told) == expected, (free, told)
        recorder.want(leg, person, frozenset({Medium.AUDIO}))
        assert recorder.is_on
        recorder.close()
        vault.close()

    asyncio.run(work())


async def soon(holds: Callable[[], object]) -> None:
    for _ in range(500):
        if holds():
            return
        await asyncio.sleep(0.002)
    raise TimeoutError


def test_the_light_is_on_when_media_are_with_the_kernel_and_not_before(tmp_path: Path) -> None:
    async def work() -> None:
        vault = Vault(tmp_path, sealing.new_recording_key_pair()[1], 0)
        recorder = SessionRecorder("v1", vault, Valve(1e9), FixedClock(NOON))
        recorder.want(FakeLeg(), FakePerson(), frozenset({Medium.AUDIO}))
        segment = next(iter(recorder._legs.values())).segment
        await soon(lambda: segment.bytes)
        assert recorder.is_on
        assert not recorder.light, "a file with nothing but its head is no recording"
        segment.write(b"cluster")
        await soon(lambda: recorder.light)
        recorder.close()
        assert not recorder.light
        vault.close()

    asyncio.run(work())


class FakeSource:
    def record(self, sink: object) -> None:
        pass

    def stop_recording(self, sink: object) -> None:
        pass

    def ask_keyframe(self) -> None:
        pass


class FakeLeg:
    def __init__(self) -> None:
        self.ingress = {Medium.AUDIO: FakeSource()}


class FakePerson:
    pid, slot = "visitor:1", "outside1"

"""The arithmetic of RTP, on values: sequence numbers, headers, the VP8 payload descriptor."""

import struct
from dataclasses import dataclass
from typing import NamedTuple

OPUS, VP8, RTX = 96, 97, 98  # the offer fixes them, so that they mean the same on every leg
CLOCK = {"audio": 48000, "video": 90000}
HEADER = struct.Struct("!BBHLL")
MARKER = 0x80


class Packet(NamedTuple):
    """One received packet, without header extensions and padding. `mpt` is the marker bit and the payload type."""

    seq: int
    ts: int
    mpt: int
    payload: bytes


def ahead(later: int, earlier: int) -> int:
    """How many steps `later` is in front of `earlier`, modulo 2^16; 32768 and above mean that it is behind."""
    return (later - earlier) & 0xFFFF


def is_behind(seq: int, reference: int) -> bool:
    return (seq - reference) & 0xFFFF >= 0x8000


def unwrap(ts: int, previous: int) -> int:
    """Extend a 32-bit timestamp near an already extended one."""
    step = (ts - previous) & 0xFFFFFFFF
    return previous + (step if step < 0x80000000 else step - 0x100000000)


def payload_range(data: memoryview | bytes, size: int) -> tuple[int, int]:
    """Start and end of the payload, behind sources and extensions and before padding. Start > end means malformed."""
    first = data[0]
    start = 12 + 4 * (first & 15)
    if first & 16:
        if start + 4 > size:
            return size + 1, size
        start += 4 + 4 * ((data[start + 2] << 8) | data[start + 3])
    return start, size - data[size - 1] if first & 32 else size


@dataclass(frozen=True)
class Vp8:
    """What the head of a VP8 payload says."""

    start: bool  # first packet of a frame
    key: bool  # of a key frame
    offset: int  # where the frame's own bytes begin
    size: tuple[int, int] | None = None  # width and height, in the first packet of a key frame


def descriptor_length(payload: bytes) -> int:
    """Length of the VP8 payload descriptor (RFC 7741); longer than the payload where it is cut short."""
    if not payload or not payload[0] & 0x80:
        return 1
    if len(payload) < 2:
        return 2
    bits, length = payload[1], 2
    if bits & 0x80:
        length += 2 if len(payload) > length and payload[length] & 0x80 else 1
    return length + bool(bits & 0x40) + bool(bits & 0x30)


def is_key_start(payload: bytes) -> bool:
    """Whether this is the first packet of a key frame."""
    if not payload or payload[0] & 0x1F != 0x10:
        return False
    offset = descriptor_length(payload)
    return len(payload) > offset and not payload[offset] & 1


def parse_vp8(payload: bytes) -> Vp8:
    """Read the descriptor and, in the first packet of a key frame, the size of the picture."""
    offset = descriptor_length(payload)
    start = bool(payload) and payload[0] & 0x1F == 0x10
    key = start and len(payload) > offset and not payload[offset] & 1
    size = None
    if key and len(payload) >= offset + 10 and payload[offset + 3 : offset + 6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", payload, offset + 6)
        size = (width & 0x3FFF, height & 0x3FFF)
    return Vp8(start=start, key=key, offset=offset, size=size)


class Missing:
    """Packets that a source still owes, and when to ask for them again."""

    RETRY, TRIES, PATIENCE, LARGEST_GAP = 0.05, 8, 1.0, 400

    def __init__(self) -> None:
        self._owed: dict[int, list[float]] = {}  # seq: [last asked, times asked, noticed]

    def __len__(self) -> int:
        return len(self._owed)

    def __contains__(self, seq: int) -> bool:
        return seq in self._owed

    def gap(self, last: int, distance: int, now: float) -> bool:
        """Note the packets between `last` and `last + distance`. False if there are too many to ask for."""
        if distance > self.LARGEST_GAP:
            self._owed.clear()
            return False
        for step in range(1, distance):
            self._owed[(last + step) & 0xFFFF] = [0.0, 0, now]
        return True

    def arrived(self, seq: int) -> None:
        self._owed.pop(seq, None)

    def clear(self) -> None:
        self._owed.clear()

    def due(self, now: float) -> tuple[list[int], bool]:
        """What to ask for now (at most 60), and whether something was given up."""
        asked: list[int] = []
        gave_up = False
        for seq, state in list(self._owed.items()):
            if state[1] >= self.TRIES or now - state[2] > self.PATIENCE:
                del self._owed[seq]
                gave_up = True
            elif now - state[0] >= self.RETRY and len(asked) < 60:
                state[0] = now
                state[1] += 1
                asked.append(seq)
        return asked, gave_up


class Jitter:
    """Interarrival jitter of RFC 3550, in timestamp units."""

    def __init__(self, clock: int) -> None:
        self._clock = clock
        self._transit: int | None = None
        self.value = 0.0

    def seen(self, ts: int, now: float) -> None:
        transit = int(now * self._clock) - ts
        if self._transit is not None:
            step = (transit - self._transit) & 0xFFFFFFFF
            distance = min(step, 0x100000000 - step)
            self.value += (distance - self.value) / 16
        self._transit = transit

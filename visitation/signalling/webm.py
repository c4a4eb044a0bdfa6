"""An append-only WebM writer, on values: a header once, then clusters that each stand for themselves."""

import struct
from dataclasses import dataclass

OPUS_HEAD = b"OpusHead" + bytes([1, 2]) + struct.pack("<HIhB", 312, 48000, 0, 0)
AUDIO, VIDEO = 1, 2  # track numbers
CLUSTER_MS = 900
_APP = b"visitation"


@dataclass(frozen=True)
class Block:
    """One frame of one track; `ms` counts from the start of the segment."""

    track: int
    ms: int
    data: bytes
    key: bool


def _size(length: int) -> bytes:
    for width in range(1, 9):
        if length < (1 << (7 * width)) - 1:
            return (length | (1 << (7 * width))).to_bytes(width, "big")
    raise ValueError("element too long")


def _element(name: bytes, content: bytes) -> bytes:
    return name + _size(len(content)) + content


def _number(name: bytes, value: int) -> bytes:
    return _element(name, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def header(*, audio: bool, video: tuple[int, int] | None) -> bytes:
    """What comes before the first cluster: EBML, an endless segment, the tracks."""
    ebml = _number(b"\x42\x86", 1) + _number(b"\x42\xf7", 1) + _number(b"\x42\xf2", 4) + _number(b"\x42\xf3", 8)
    ebml += _element(b"\x42\x82", b"webm") + _number(b"\x42\x87", 4) + _number(b"\x42\x85", 2)
    info = _number(b"\x2a\xd7\xb1", 1_000_000) + _element(b"\x4d\x80", _APP) + _element(b"\x57\x41", _APP)
    tracks = (_audio_track() if audio else b"") + (_video_track(*video) if video else b"")
    endless = b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"
    return _element(b"\x1a\x45\xdf\xa3", ebml) + endless + _element(b"\x15\x49\xa9\x66", info) + _element(b"\x16\x54\xae\x6b", tracks)


def _track(number: int, kind: int, codec: bytes, details: bytes) -> bytes:
    common = _number(b"\xd7", number) + _number(b"\x73\xc5", number) + _number(b"\x9c", 0) + _number(b"\x83", kind)
    return _element(b"\xae", common + _element(b"\x86", codec) + details)


def _audio_track() -> bytes:
    sound = _element(b"\xb5", struct.pack("!d", 48000.0)) + _number(b"\x9f", 2)
    return _track(AUDIO, 2, b"A_OPUS", _element(b"\x63\xa2", OPUS_HEAD) + _element(b"\xe1", sound))


def _video_track(width: int, height: int) -> bytes:
    return _track(VIDEO, 1, b"V_VP8", _element(b"\xe0", _number(b"\xb0", width) + _number(b"\xba", height)))


def cluster(blocks: list[Block]) -> bytes:
    """One cluster of these blocks, in order of time."""
    ordered = sorted(blocks, key=lambda b: b.ms)
    start = max(0, ordered[0].ms)
    content = _number(b"\xe7", start)
    for block in ordered:
        flags = 0x80 if block.key else 0
        content += _element(b"\xa3", bytes([0x80 | block.track]) + struct.pack("!hB", block.ms - start, flags) + block.data)
    return _element(b"\x1f\x43\xb6\x75", content)


class ClusterBuilder:
    """Collects blocks until a cluster is full."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._start = 0

    def add(self, block: Block) -> bytes | None:
        """Add a block; the cluster before it, if this one begins a new cluster."""
        done = self.flush() if self._blocks and not 0 <= block.ms - self._start + 500 < CLUSTER_MS + 500 else None
        if not self._blocks:
            self._start = block.ms
        self._blocks.append(block)
        return done

    def flush(self) -> bytes | None:
        """What there is, as a cluster."""
        blocks, self._blocks = self._blocks, []
        return cluster(blocks) if blocks else None

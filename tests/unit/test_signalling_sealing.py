"""Sealed files: they open for one key, whole or cut off, and for nothing that was changed."""

import io
import struct

import pytest

from visitation.signalling import sealing
from visitation.signalling.sealing import SealBroken, SealedHeader, Sealer, Unsealer

HEADER = SealedHeader("v1/terminal", "terminal", 1, 1_795_000_000_000)
CHUNKS = [b"first" * 50, b"second", b"third" * 1000]


@pytest.fixture(scope="module")
def pair() -> tuple[str, str]:
    return sealing.new_recording_key_pair()


def sealed(public: str, *, final: bool = True) -> bytes:
    sealer = Sealer(public, HEADER)
    parts = [sealer.prefix, *(sealer.seal(chunk) for chunk in CHUNKS)]
    return b"".join(parts) + (sealer.seal(b"", final=True) if final else b"")


def test_a_file_opens_for_its_key(pair: tuple[str, str]) -> None:
    out = io.BytesIO()
    assert sealing.unseal(io.BytesIO(sealed(pair[1])), pair[0], out)
    assert out.getvalue() == b"".join(CHUNKS)
    assert sealing.read_header(io.BytesIO(sealed(pair[1]))) == HEADER


def test_nothing_of_it_can_be_read_without(pair: tuple[str, str]) -> None:
    stored = sealed(pair[1])
    assert b"first" not in stored
    assert b"third" not in stored
    other, _ = sealing.new_recording_key_pair()
    with pytest.raises(SealBroken):
        Unsealer(io.BytesIO(stored), other)


def test_a_file_cut_anywhere_gives_its_whole_chunks(pair: tuple[str, str]) -> None:
    stored = sealed(pair[1], final=False)
    plain = b"".join(CHUNKS)
    start = len(Sealer(pair[1], HEADER).prefix)
    for end in range(start, len(stored) + 1, 37):
        out = io.BytesIO()
        assert not sealing.unseal(io.BytesIO(stored[:end]), pair[0], out)
        assert plain.startswith(out.getvalue())


def test_every_changed_byte_is_noticed(pair: tuple[str, str]) -> None:
    stored = sealed(pair[1])
    for place in range(0, len(stored), 29):
        damaged = stored[:place] + bytes([stored[place] ^ 1]) + stored[place + 1 :]
        out = io.BytesIO()
        try:
            complete = sealing.unseal(io.BytesIO(damaged), pair[0], out)
        except SealBroken:
            continue
        assert not complete, place


def chunks_of(stored: bytes, start: int) -> list[bytes]:
    found = []
    while start < len(stored):
        size = struct.unpack_from("!I", stored, start)[0] & 0x7FFFFFFF
        found.append(stored[start : start + 4 + size])
        start += 4 + size
    return found


def test_chunks_cannot_be_moved_dropped_or_borrowed(pair: tuple[str, str]) -> None:
    sealer = Sealer(pair[1], HEADER)
    stored = sealer.prefix + b"".join(sealer.seal(chunk) for chunk in CHUNKS) + sealer.seal(b"", final=True)
    prefix, parts = stored[: len(sealer.prefix)], chunks_of(stored, len(sealer.prefix))
    foreign = chunks_of(sealed(pair[1]), len(sealer.prefix))
    for forged in ([parts[1], parts[0], *parts[2:]], parts[1:], [parts[0], *parts[2:]], [foreign[0], *parts[1:]], [*parts, parts[0]]):
        with pytest.raises(SealBroken):
            sealing.unseal(io.BytesIO(prefix + b"".join(forged)), pair[0], io.BytesIO())


@pytest.mark.parametrize("stored", [b"", b"VREC", b"XXXX\x01\x00\x00\x00\x02{}", b"VREC\x02\x00\x00\x00\x02{}", b"VREC\x01\x00\x00\x00\x02{}"])
def test_what_is_no_recording_is_refused(pair: tuple[str, str], stored: bytes) -> None:
    with pytest.raises(SealBroken):
        Unsealer(io.BytesIO(stored), pair[0])


def test_the_digest_covers_the_stored_bytes(pair: tuple[str, str]) -> None:
    stored = sealed(pair[1])
    assert sealing.digest(io.BytesIO(stored)) != sealing.digest(io.BytesIO(stored[:-1]))
    assert len(sealing.digest(io.BytesIO(stored))) == 64

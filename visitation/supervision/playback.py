"""From a sealed segment to a copy that a browser can play and jump in; see blockfile for how the copy is kept."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer

from visitation.signalling.sealing import SealBroken, Unsealer, digest
from visitation.supervision.blockfile import BlockFile, copy_key

UNUSED_SECONDS = 2 * 3600
"""A copy that nobody has played for so long is deleted; it is made again in seconds."""


class RecordingDamaged(Exception):
    """The stored bytes are not those that the broker reported, or cannot be opened."""


class Copies:
    """Playable copies of stored segments, under `folder`."""

    def __init__(self, folder: Path, private_key: str) -> None:
        self._folder = folder
        self._key = private_key

    def open(self, stored: Path, sha256: str) -> BlockFile:
        """The copy of one stored segment, made now if there is none. The stored bytes are checked against `sha256` when it is made.

        Raises RecordingDamaged.
        """
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._folder / sha256
        if not path.exists():
            with (self._folder / f"{sha256}.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not path.exists():
                    self._make(stored, sha256, path)
        with suppress(FileNotFoundError):
            os.utime(path)
        return BlockFile(path, copy_key(self._key, sha256), sha256)

    def _make(self, stored: Path, sha256: str, path: Path) -> None:
        fresh = path.with_suffix(".new")
        try:
            with stored.open("rb") as source:
                if digest(source) != sha256:
                    raise RecordingDamaged("the stored bytes are not those that were reported")
                source.seek(0)
                with BlockFile(fresh, copy_key(self._key, sha256), sha256, create=True) as target:
                    remux(Unsealer(source, self._key).chunks(), target)
                    target.finish()
        except (SealBroken, OSError, av.FFmpegError) as problem:
            fresh.unlink(missing_ok=True)
            raise RecordingDamaged(str(problem)) from problem
        fresh.replace(path)

    def forget(self, sha256: str) -> None:
        for name in (sha256, f"{sha256}.new", f"{sha256}.lock"):
            (self._folder / name).unlink(missing_ok=True)

    def sweep(self, now: float) -> int:
        """Delete copies that nobody has played for a while. `now`: epoch seconds. Returns how many."""
        old = [path for path in self._folder.glob("*") if now - path.stat().st_mtime > UNUSED_SECONDS] if self._folder.exists() else []
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)


class _Chunks:
    """What PyAV reads from: clusters as they are unsealed, never more than one in memory."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def read(self, size: int) -> bytes:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            self._rest = chunk
        part, self._rest = self._rest[:size], self._rest[size:]
        return part


def remux(chunks: Iterator[bytes], target: BlockFile) -> None:
    """Copy the packets of a WebM without index into one with cues and duration; nothing is decoded."""
    with av.open(_Chunks(chunks), "r", format="matroska") as source, av.open(target, "w", format="webm") as result:
        _copy(source, result)


def _copy(source: InputContainer, result: OutputContainer) -> None:
    streams = {stream.index: result.add_stream_from_template(stream) for stream in source.streams}
    with suppress(av.EOFError):
        for packet in source.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                result.mux(packet)

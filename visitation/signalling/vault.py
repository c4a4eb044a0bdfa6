"""Sealed segments on the disk: one thread writes them all, so that the event loop never waits for a disk."""

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import queue
import shutil
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from visitation.signalling.sealing import SealBroken, SealedHeader, Sealer, digest, read_header

log = logging.getLogger(__name__)
WAITING = 4000  # clusters that may wait for the disk
SUFFIX = ".webm.sealed"


@dataclass(frozen=True)
class SegmentInfo:
    """A finished segment, as manifest and journal give it."""

    recording: str
    file: str
    leg: str
    segment: int
    started_ms: int
    sha256: str
    bytes: int
    seconds: float
    final: bool  # False: cut off by a crash, playable up to there


class Segment:
    """One file being written. `bytes` grows only when the bytes are with the kernel."""

    def __init__(self, vault: "Vault", header: SealedHeader, path: Path) -> None:
        self.header = header
        self.path = path
        self.bytes = 0
        self.failed = False
        self.on_failure: Callable[[str], None] = lambda reason: None
        self.on_finished: Callable[[SegmentInfo], None] = lambda info: None
        self._vault = vault
        self._sealer = Sealer(vault.public_key, header)
        self._hash = hashlib.sha256()
        self._fd = -1
        self._abandoned = False

    @property
    def has_media(self) -> bool:
        """Whether more than the head of the file is with the kernel."""
        return self.bytes > len(self._sealer.prefix)

    def write(self, cluster: bytes) -> None:
        """Queue a cluster; it is encrypted before it reaches the disk."""
        self._vault.put(self, lambda: self._append(self._sealer.seal(cluster)))

    def finish(self, seconds: float) -> None:
        """Queue the last chunk, the manifest and the report."""
        self._vault.put(self, lambda: self._finish(seconds))

    def open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o640)
        self._append(self._sealer.prefix)

    def _append(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            written = os.write(self._fd, view)
            self._hash.update(view[:written])
            self.bytes += written
            view = view[written:]

    def _finish(self, seconds: float) -> None:
        if not self.has_media:
            self._discard()
            return
        self._append(self._sealer.seal(b"", final=True))
        os.fsync(self._fd)
        os.close(self._fd)
        head = self.header
        info = SegmentInfo(
            head.recording,
            self.path.name,
            head.leg,
            head.segment,
            head.started_ms,
            self._hash.hexdigest(),
            self.bytes,
            round(seconds, 2),
            True,
        )
        add_to_manifest(self.path.parent, info)
        self._vault.report(lambda: self.on_finished(info))

    def abandon(self) -> None:
        """The disk refused: what is there stays, playable up to its last whole chunk, and is reported as cut off. In the writer's thread."""
        if self._abandoned:
            return
        self._abandoned = True
        if self._fd >= 0:
            with contextlib.suppress(OSError):
                os.close(self._fd)
        info = _cut_off(self.path) if self.has_media else None
        if info is None:
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)
            return
        with contextlib.suppress(OSError):  # entered at the next start otherwise
            add_to_manifest(self.path.parent, info)
        self._vault.report(lambda: self.on_finished(info))

    def _discard(self) -> None:
        """The gate closed again before a packet came: nothing was recorded, so there is nothing to keep or to report."""
        os.close(self._fd)
        self.path.unlink()


class Vault:
    """The directory of recordings. Without a public key nothing can be recorded."""

    def __init__(self, root: Path, public_key: str, reserve_mb: int) -> None:
        self.root = root
        self.public_key = public_key
        self._reserve = reserve_mb * 1024 * 1024
        self._queue: queue.Queue[tuple[Segment | None, Callable[[], None]] | None] = queue.Queue(WAITING)
        self._loop = asyncio.get_running_loop()
        self._numbers: dict[tuple[str, str], int] = {}
        root.mkdir(parents=True, exist_ok=True)
        self._thread = threading.Thread(target=self._work, name="vault", daemon=True)
        self._thread.start()

    def has_room(self) -> bool:
        """Whether a recording may begin: there is a key to seal for, and room on the disk."""
        try:
            return bool(self.public_key) and shutil.disk_usage(self.root).free > self._reserve
        except OSError:
            return False

    def is_full(self) -> bool:
        """Whether recordings under way have to stop: half of the reserve is left to the journal and to those who must make room."""
        try:
            return shutil.disk_usage(self.root).free < self._reserve // 2
        except OSError:
            return True

    def begin(self, sid: str, leg: str, started_ms: int, first: int = 0) -> Segment:
        """A new segment of a leg, numbered after the last one, and after `first`: another broker may have used the numbers before it."""
        number = self._numbers[sid, leg] = 1 + max(first, self._last_number(sid, leg))
        path = self.root / sid / f"{leg}-{number}{SUFFIX}"
        segment = Segment(self, SealedHeader(f"{sid}/{leg}", leg, number, started_ms), path)
        self.put(segment, segment.open)
        return segment

    def _last_number(self, sid: str, leg: str) -> int:
        if (sid, leg) in self._numbers:
            return self._numbers[sid, leg]
        names = (path.name for path in (self.root / sid).glob(f"{leg}-*{SUFFIX}"))
        return max((int(name.removesuffix(SUFFIX).rpartition("-")[2]) for name in names), default=0)

    def put(self, segment: Segment, work: Callable[[], None]) -> None:
        try:
            self._queue.put_nowait((segment, work))
        except queue.Full:
            self._fail(segment, "the disk does not keep up")

    def report(self, what: Callable[[], None]) -> None:
        """Call back on the event loop."""
        try:
            self._loop.call_soon_threadsafe(what)
        except RuntimeError:
            log.info("the loop is closed; a report of the vault is dropped")

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            segment, work = job
            if segment is not None and segment.failed:
                segment.abandon()
                continue
            try:
                work()
            except OSError as problem:
                if segment is not None:
                    self._fail(segment, problem.strerror or "disk error")
                    segment.abandon()
                else:
                    log.exception("a stored segment could not be deleted")

    def _fail(self, segment: Segment, reason: str) -> None:
        if not segment.failed:
            segment.failed = True
            log.error("recording %s stopped: %s", segment.header.recording, reason)
            self.report(lambda: segment.on_failure(reason))

    def file(self, sid: str, name: str) -> Path | None:
        """A stored file by its names; None where there is none, or where the names lead elsewhere."""
        if "/" in sid or "/" in name or sid.startswith(".") or name.startswith("."):
            return None
        path = self.root / sid / name
        return path if path.is_file() else None

    def forget(self, sid: str, name: str, on_gone: Callable[[int], None]) -> None:
        """Delete a stored segment, behind whatever waits to be written; then `on_gone` with its size in bytes (0: there was none).

        Raises ValueError where the names are not those of a segment, and where the disk is too far behind to take the order.
        """
        if not name.endswith(SUFFIX) or "/" in sid + name or sid.startswith(".") or name.startswith("."):
            raise ValueError(name)
        try:
            self._queue.put_nowait((None, lambda: self._forget(self.root / sid / name, on_gone)))
        except queue.Full as full:
            raise ValueError("the disk does not keep up") from full

    def _forget(self, path: Path, on_gone: Callable[[int], None]) -> None:
        size = path.stat().st_size if path.is_file() else 0
        path.unlink(missing_ok=True)
        if path.parent.is_dir() and not any(path.parent.glob(f"*{SUFFIX}")):
            (path.parent / "manifest.json").unlink(missing_ok=True)
            path.parent.rmdir()
        self.report(lambda: on_gone(size))

    def recover(self) -> list[tuple[str, SegmentInfo]]:
        """Segments that a crash cut off, entered in their manifests now."""
        found = []
        for folder in (p for p in self.root.iterdir() if p.is_dir()):
            listed = {entry["file"] for entry in read_manifest(folder)["segments"]}
            for path in sorted(folder.glob(f"*{SUFFIX}")):
                if path.name not in listed and (info := _cut_off(path)) is not None:
                    with contextlib.suppress(OSError):  # a full disk: it is reported now, and entered at a later start
                        add_to_manifest(folder, info)
                    found.append((folder.name, info))
        return found

    def close(self) -> None:
        """Write what waits, then stop."""
        self._queue.put(None)
        self._thread.join(timeout=10)


def _cut_off(path: Path) -> SegmentInfo | None:
    try:
        with path.open("rb") as source:
            head = read_header(source)
            source.seek(0)
            sha = digest(source)
    except (SealBroken, OSError):
        return None
    stat = path.stat()
    seconds = max(0.0, stat.st_mtime - head.started_ms / 1000)
    return SegmentInfo(head.recording, path.name, head.leg, head.segment, head.started_ms, sha, stat.st_size, round(seconds, 2), False)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a session's recordings."""
    try:
        loaded: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    except FileNotFoundError:
        return {"version": 1, "segments": []}
    return loaded


def add_to_manifest(folder: Path, info: SegmentInfo) -> None:
    """Enter a segment; the file is replaced whole."""
    manifest = read_manifest(folder)
    manifest["segments"].append(asdict(info))
    scratch = folder / "manifest.json.new"
    with scratch.open("w") as target:
        json.dump(manifest, target, indent=1)
        target.flush()
        os.fsync(target.fileno())
    scratch.replace(folder / "manifest.json")

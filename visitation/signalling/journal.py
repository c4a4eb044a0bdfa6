"""What happened, on the disk first: JSON lines, synced before anybody is told."""

import asyncio
import contextlib
import json
import os
import queue
import secrets
import threading
from collections import deque
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

from visitation.kernel.clock import Clock

KEPT = 5000  # events kept in memory for those who are nearly up to date
FILE_EVENTS = 20000
RETRY_SECONDS = 0.5

Event = dict[str, Any]


class Journal:
    """Numbers events, writes them in a thread of its own, and shows only those that are safe on the disk."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._clock = clock
        self._tag = secrets.token_hex(3)  # a disk that was lost begins to count anew; its events must not be taken for the old ones
        self.last = self._durable = _last_number(folder)
        self._recent: deque[Event] = deque(maxlen=KEPT)
        self._queue: queue.Queue[Event | None] = queue.Queue(50000)
        self._failing_since: float | None = None
        self.fetched = 0
        self._over = False
        self._news = asyncio.Event()
        self._closing = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    @property
    def durable(self) -> int:
        """The number of the last event that is on the disk."""
        return self._durable

    @property
    def failed(self) -> bool:
        """Whether the disk refuses what is to be written just now."""
        return self._failing_since is not None

    @property
    def failing_seconds(self) -> float:
        """For how long nothing could be written; 0 while it can."""
        since = self._failing_since
        return 0.0 if since is None else self._clock.monotonic() - since

    def append(self, kind: str, sid: str, pid: str | None, generation: int | None, data: dict[str, Any]) -> int:
        """Number an event and have it written. `at` is to the millisecond."""
        self.last += 1
        at = self._clock.now().astimezone(UTC).isoformat(timespec="milliseconds")
        event = {"n": self.last, "id": f"{sid}#{self._tag}.{self.last}", "at": at, "sid": sid, "type": kind, "pid": pid, "generation": generation}
        self._queue.put_nowait({**event, "data": data})
        return self.last

    async def wait(self, number: int, seconds: float) -> None:
        """Until there is a durable event behind `number`, at most so long."""
        until = self._clock.monotonic() + seconds
        while self._durable <= number and (left := until - self._clock.monotonic()) > 0 and not self._over:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._news.wait()

    def after(self, number: int, limit: int) -> list[Event]:
        """Durable events behind `number`. Whoever asks has those up to it (`fetched`)."""
        self.fetched = max(self.fetched, number)
        if self._recent and self._recent[0]["n"] <= number + 1:
            found: Iterator[Event] = (e for e in self._recent if number < e["n"] <= self._durable)
        elif number >= self._durable:
            return []
        else:
            found = (e for e in _read(self._folder, number) if e["n"] <= self._durable)
        return [event for event, _ in zip(found, range(limit), strict=False)]

    def _work(self) -> None:
        target: int | None = None
        written = 0
        while True:
            batch, done = _drain(self._queue)
            if batch:
                target, written = self._insist(target, written, batch)
                with contextlib.suppress(RuntimeError):
                    self._loop.call_soon_threadsafe(self._landed, batch)
            if done:
                if target is not None:
                    os.close(target)
                return

    def _insist(self, target: int | None, written: int, batch: list[Event]) -> tuple[int | None, int]:
        """Write until it is written: a full disk makes the broker unwell, it loses no event. Returns the open file and how many events are in it."""
        while True:
            try:
                if target is None or written > FILE_EVENTS:
                    target, written = self._open(batch[0]["n"], target), 0
                _write(target, batch)
            except OSError:
                if self._failing_since is None:
                    self._failing_since = self._clock.monotonic()
                if self._closing.wait(RETRY_SECONDS):
                    return target, written
            else:
                self._failing_since = None
                return target, written + len(batch)

    def _open(self, first: int, old: int | None) -> int:
        fresh = os.open(self._folder / f"{first:012}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        if old is not None:
            os.close(old)
        return fresh

    def _landed(self, batch: list[Event]) -> None:
        self._recent.extend(batch)
        self._durable = batch[-1]["n"]
        self._wake()

    def let_go(self) -> None:
        """Whoever waits for news is answered now, with none."""
        self._over = True
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def close(self) -> None:
        """Write what waits, then stop."""
        self._queue.put(None)
        self._closing.set()
        self._thread.join(timeout=10)


def _drain(waiting: "queue.Queue[Event | None]") -> tuple[list[Event], bool]:
    """All that waits (at least one); and whether the end was among it."""
    batch: list[Event] = []
    item = waiting.get()
    while item is not None:
        batch.append(item)
        try:
            item = waiting.get_nowait()
        except queue.Empty:
            return batch, False
    return batch, True


def _write(target: int, batch: list[Event]) -> None:
    """All of it or nothing. Raises OSError."""
    lines = "".join(json.dumps(e, ensure_ascii=False, separators=(",", ":")) + "\n" for e in batch).encode()
    size = os.fstat(target).st_size
    try:
        view = memoryview(lines)
        while view:
            view = view[os.write(target, view) :]
        os.fsync(target)
    except OSError:
        os.ftruncate(target, size)
        raise


def _read(folder: Path, after: int) -> Iterator[Event]:
    """Events behind `after`, from the files; a line cut off by a crash is skipped."""
    files = sorted(folder.glob("*.jsonl"))
    starts = [int(path.stem) for path in files]
    for place, path in enumerate(files):
        if place + 1 < len(files) and starts[place + 1] <= after + 1:
            continue
        with path.open(encoding="utf-8", errors="replace") as source:
            for line in source:
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    event: Event = json.loads(line)
                    if event["n"] > after:
                        yield event


def _last_number(folder: Path) -> int:
    files = sorted(folder.glob("*.jsonl"))
    if not files:
        return 0
    first = int(files[-1].stem) - 1
    return max((event["n"] for event in _read(folder, first)), default=first)

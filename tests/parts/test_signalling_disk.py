"""Journal and vault: on the disk first, whole after a crash, loud when the disk is full."""

import asyncio
import errno
import io
import json
import os
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from visitation.kernel.clock import FixedClock
from visitation.signalling import journal as journal_room
from visitation.signalling import sealing
from visitation.signalling.journal import Journal
from visitation.signalling.vault import Segment, SegmentInfo, Vault, read_manifest

CLOCK = FixedClock(datetime(2026, 11, 24, 12, 0, 0, 123000, tzinfo=UTC))


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


async def until(holds: Callable[[], object]) -> None:
    for _ in range(500):
        if holds():
            return
        await asyncio.sleep(0.005)
    raise TimeoutError


def stored_numbers(folder: Path) -> list[int]:
    return [json.loads(line)["n"] for line in next(folder.glob("*.jsonl")).read_text().splitlines()]


def tear(folder: Path) -> None:
    """A line that a crash cut off."""
    with next(folder.glob("*.jsonl")).open("a") as torn:
        torn.write('{"n":4,"id":"v1#4","ty')


def test_events_are_shown_once_they_are_on_the_disk(tmp_path: Path) -> None:
    async def work() -> None:
        journal = Journal(tmp_path, CLOCK)
        for n in range(5):
            journal.append("joined", "v1", "visitor:1", n, {"name": "阿依古丽·买买提"})
        assert journal.after(0, 10) == []
        await until(lambda: journal.durable == 5)
        shown = journal.after(2, 2)
        assert [e["n"] for e in shown] == [3, 4]
        assert shown[0]["at"] == "2026-11-24T12:00:00.123+00:00"
        assert shown[0]["id"] == f"v1#{journal._tag}.3"
        assert stored_numbers(tmp_path) == [1, 2, 3, 4, 5]
        assert journal.after(5, 10) == []
        journal.close()

    run(work())


def test_numbers_go_on_after_a_restart_and_a_torn_line_is_left_out(tmp_path: Path) -> None:
    async def work() -> None:
        first = Journal(tmp_path, CLOCK)
        for _ in range(3):
            first.append("x", "v1", None, None, {})
        first.close()
        tear(tmp_path)
        second = Journal(tmp_path, CLOCK)
        assert second.last == 3
        second.append("y", "v1", None, None, {})
        await until(lambda: second.durable == 4)
        assert [e["n"] for e in second.after(0, 10)] == [1, 2, 3, 4]
        assert [e["type"] for e in second.after(3, 10)] == ["y"]
        second.close()

    run(work())


def test_a_full_disk_makes_the_journal_unwell_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, broken = os.write, [True]

    def write(target: int, data: Any) -> int:
        if broken[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(target, data)

    async def work() -> None:
        monkeypatch.setattr(journal_room, "RETRY_SECONDS", 0.01)
        monkeypatch.setattr(os, "write", write)
        journal = Journal(tmp_path, CLOCK)
        journal.append("x", "v1", None, None, {})
        await until(lambda: journal.failed)
        assert journal.after(0, 10) == []
        broken[0] = False
        await until(lambda: journal.durable == 1)
        assert not journal.failed
        journal.close()

    run(work())


def test_segments_are_sealed_listed_and_numbered(tmp_path: Path) -> None:
    private, public = sealing.new_recording_key_pair()
    infos: list[SegmentInfo] = []

    async def work() -> None:
        vault = Vault(tmp_path, public, 0)
        for _ in range(2):
            segment = vault.begin("v1", "terminal", 1000)
            segment.on_finished = infos.append
            segment.write(b"cluster" * 100)
            segment.finish(2.5)
        await until(lambda: len(infos) == 2)
        vault.close()

    run(work())
    assert [i.file for i in infos] == ["terminal-1.webm.sealed", "terminal-2.webm.sealed"]
    assert [s["sha256"] for s in read_manifest(tmp_path / "v1")["segments"]] == [i.sha256 for i in infos]
    stored = (tmp_path / "v1" / infos[0].file).read_bytes()
    assert b"cluster" not in stored
    assert sealing.digest(io.BytesIO(stored)) == infos[0].sha256
    out = io.BytesIO()
    assert sealing.unseal(io.BytesIO(stored), private, out)
    assert out.getvalue() == b"cluster" * 100


def test_a_segment_cut_off_by_a_crash_is_found_once(tmp_path: Path) -> None:
    _, public = sealing.new_recording_key_pair()

    async def crash() -> None:
        vault = Vault(tmp_path, public, 0)
        segment = vault.begin("v1", "outside1", 1000)
        segment.write(b"x" * 100)
        await until(lambda: segment.bytes > 100)
        vault.close()

    async def restart() -> None:
        vault = Vault(tmp_path, public, 0)
        found = vault.recover()
        assert [(sid, info.leg, info.final) for sid, info in found] == [("v1", "outside1", False)]
        assert vault.recover() == []
        assert vault.begin("v1", "outside1", 2000).path.name == "outside1-2.webm.sealed"
        vault.close()

    run(crash())
    run(restart())


def test_a_full_disk_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, public = sealing.new_recording_key_pair()
    said: list[str] = []

    def append(self: Segment, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def work() -> None:
        monkeypatch.setattr(Segment, "_append", append)
        vault = Vault(tmp_path, public, 0)
        segment = vault.begin("v1", "terminal", 0)
        segment.on_failure = said.append
        segment.write(b"x")
        segment.finish(1)
        await until(lambda: said)
        await asyncio.sleep(0.02)
        vault.close()

    run(work())
    assert said == ["No space left on device"]


def test_nothing_is_recorded_without_a_key_or_without_room(tmp_path: Path) -> None:
    async def work() -> None:
        for key, reserve, wanted in (("", 0, False), ("key", 0, True), ("key", 10**9, False)):
            vault = Vault(tmp_path, key, reserve)
            assert vault.has_room() is wanted
            vault.close()

    run(work())


@pytest.mark.parametrize("name", ["../secret", ".hidden", "", "manifest.json.new", "nothing"])
def test_only_stored_files_are_found(tmp_path: Path, name: str) -> None:
    async def work() -> None:
        vault = Vault(tmp_path / "recordings", "", 0)
        (tmp_path / "secret").write_text("x")
        (tmp_path / "recordings" / "v1").mkdir()
        (tmp_path / "recordings" / "v1" / "a.webm.sealed").write_text("x")
        assert vault.file("v1", "a.webm.sealed") is not None
        assert vault.file("v1", name) is None
        assert vault.file("..", "secret") is None
        assert vault.file("v1/..", "secret") is None
        vault.close()

    run(work())

"""A family visit on real packets: who gets what, the lease, the officer's hands, the recording."""

import asyncio
import io
import json
import os
import signal
import time
from pathlib import Path

import av
import pytest

from tests.media.client import Client
from tests.media.conftest import in_loop
from tests.media.house import House, facts, ticket, visit
from visitation.signalling import sealing

pytestmark = pytest.mark.media
TRIALS = int(os.environ.get("TRIALS", "2"))
"""How often the console is stopped; `make proof` takes many more."""


def plain(house: House, path: Path) -> tuple[bytes, bool]:
    out = io.BytesIO()
    with path.open("rb") as source:
        complete = sealing.unseal(source, house.recording_private, out)
    return out.getvalue(), complete


def decoded(webm: bytes) -> dict[str, tuple[int, float]]:
    """Frames and last time by medium; raises where anything cannot be decoded."""
    found: dict[str, tuple[int, float]] = {}
    with av.open(io.BytesIO(webm)) as media:
        for frame in media.decode(*media.streams):
            kind = "video" if isinstance(frame, av.VideoFrame) else "audio"
            count, _ = found.get(kind, (0, 0.0))
            found[kind] = (count + 1, float(frame.pts * frame.time_base))
    return found


@in_loop
async def test_a_visit_is_live_supervised_and_recorded(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        guest, terminal, officer = await visit(house, facts())
        await asyncio.sleep(3)
        for client, sources in ((guest, ["terminal"]), (terminal, ["outside1"]), (officer, ["terminal", "outside1"])):
            for source in sources:
                assert client.count(source, "audio") > 120, (client.pid, source)
                assert client.count(source, "video") > 45, (client.pid, source)
        pictures = guest.counters["terminal", "video"]
        assert pictures.stamped == pictures.packets
        assert guest.counters["terminal", "audio"].stamped == 0
        assert guest.count("officer", "audio") == terminal.count("officer", "audio") == 0
        assert (await officer.act("end", reason="DONE"))["ok"]
        for client in (guest, terminal, officer):
            assert (await client.wait(lambda m: m["t"] == "ended"))["outcome"] == "ended_by_officer"
        await asyncio.sleep(0.3)
        before = [c.total() for c in (guest, terminal, officer)]
        await asyncio.sleep(0.3)
        assert before == [c.total() for c in (guest, terminal, officer)]

        segments = await house.await_events("segment", 2)
        assert {e["data"]["leg"] for e in segments} == {"terminal", "outside1"}
        for event in segments:
            stored = await house.fetch("v1", event["data"]["file"])
            assert sealing.digest(io.BytesIO(stored)) == event["data"]["sha256"]
            assert len(stored) == event["data"]["bytes"]
            webm, complete = plain(house, tmp_path / "recordings" / "v1" / event["data"]["file"])
            assert complete
            frames = decoded(webm)
            assert frames["video"][0] > 45
            assert frames["audio"][0] > 120
            assert abs(frames["video"][1] - frames["audio"][1]) < 0.3
        manifest = json.loads(await house.fetch("v1", "manifest.json"))
        assert [s["sha256"] for s in manifest["segments"]] == [e["data"]["sha256"] for e in segments]
        kinds = [e["type"] for e in await house.events()]
        for wanted in ("session_opened", "joined", "stage", "gate", "coverage", "ended", "segment"):
            assert wanted in kinds
        assert (await house.metrics())["broker_task_failures"] == 0


@in_loop
async def test_no_packet_leaves_two_seconds_after_the_console_stopped_and_all_is_back_after(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        guest, terminal, officer = await visit(house, facts())
        worst = 0.0
        for _ in range(TRIALS):
            await asyncio.sleep(0.5)
            stopped = officer.stop_lease()
            await guest.until(lambda: not guest.gate_open, 3)
            await asyncio.sleep(0.7)
            last = max(c.last_packet() for c in (guest, terminal, officer)) - stopped
            worst = max(worst, last)
            assert 0.5 < last < 2.0
            counts = [c.total() for c in (guest, terminal, officer)]
            await asyncio.sleep(0.5)
            assert counts == [c.total() for c in (guest, terminal, officer)]
            officer.lease()
            await guest.until(lambda: guest.gate_open, 3)
            await guest.until(lambda: time.monotonic() - guest.last_packet() < 0.1, 1)
        print(f"last packet after {worst:.3f} s")
        gates = await house.await_events("gate", 2 * TRIALS + 1)
        assert [e["data"]["open"] for e in gates] == [True, False] * TRIALS + [True]
        assert {e["data"]["reason"] for e in gates} == {None, "OFFICER"}


@in_loop
async def test_a_frozen_picture_is_no_supervision(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        guest, _terminal, officer = await visit(house, facts())
        officer.stop_lease()
        stuck = officer.frames()
        officer.lease(frames=lambda: stuck)
        await guest.until(lambda: not guest.gate_open, 3)
        await asyncio.sleep(1)
        assert not guest.gate_open
        assert time.monotonic() - guest.last_packet() > 0.8
        assert time.monotonic() - officer.last_packet() < 0.3, "the officer is shown the picture, to prove it is seen"


@in_loop
async def test_a_stopped_broker_forwards_nothing_old(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        guest, terminal, officer = await visit(house, facts())
        await asyncio.sleep(0.5)
        house.stop_beat()
        officer.stop_lease()
        house.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(2.5)
        before = [c.total() for c in (guest, terminal, officer)]
        house.process.send_signal(signal.SIGCONT)
        await asyncio.sleep(0.7)
        assert before == [c.total() for c in (guest, terminal, officer)]


@in_loop
async def test_the_officers_hands(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        guest, terminal, officer = await visit(house, facts())
        await asyncio.sleep(0.5)

        ack = await officer.act("mute", pid="visitor:1")
        assert ack["ok"]
        assert ack["ms"] < 50
        await asyncio.sleep(0.05)
        silent, seen = terminal.count("outside1", "audio"), terminal.count("outside1", "video")
        heard = officer.count("outside1", "audio")
        await asyncio.sleep(0.5)
        assert terminal.count("outside1", "audio") == silent
        assert terminal.count("outside1", "video") > seen
        assert officer.count("outside1", "audio") > heard + 10
        await officer.act("lift", pid="visitor:1")
        await terminal.until(lambda: terminal.count("outside1", "audio") > silent + 10, 2)

        await officer.act("speak", to="outside")
        await guest.until(lambda: guest.count("officer", "audio") > 20, 2)
        assert terminal.count("officer", "audio") == 0
        await officer.act("hush")
        await asyncio.sleep(0.05)
        spoken = guest.count("officer", "audio")
        await asyncio.sleep(0.3)
        assert guest.count("officer", "audio") == spoken

        await officer.act("message", to="outside", text="请稍候", code="WAIT")
        message = await guest.wait(lambda m: m["t"] == "message")
        assert message["text"] == "请稍候"
        await guest.send({"t": "confirmed", "message": message["id"]})
        assert (await officer.wait(lambda m: m["t"] == "receipt"))["what"] == "confirmed"

        await officer.act("pause", reason="unregistered_person: a man behind the sofa")
        await asyncio.sleep(0.05)
        still = [c.total() for c in (guest, terminal, officer)]
        await asyncio.sleep(0.4)
        assert still == [c.total() for c in (guest, terminal, officer)]
        assert guest.snapshot["stage"] == "paused"
        assert guest.snapshot["pause_reason"] == "unregistered_person"
        assert [e["pid"] for e in await house.await_events("marked", 1)] == [officer.pid]
        await officer.act("resume")
        await guest.until(lambda: guest.gate_open, 3)
        assert not (await officer.act("dance"))["ok"]


@in_loop
async def test_check_in_sees_one_leg_at_a_time_and_never_the_terminal(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        given = facts(checked_in=False, legs=2)
        first = await house.join(ticket("visitor:1", given, admitted=False))
        second = await house.join(ticket("visitor:2", given, admitted=False))
        terminal = await house.join(ticket("terminal:3", given))
        officer = await house.join(ticket("officer:9", given, purpose="check_in"))
        officer.lease()
        everyone = (first, second, officer)
        await officer.until(lambda: all(c.offers for c in everyone))
        assert {o["plan"] for c in everyone for o in c.offers} == {"check_in"}
        await officer.act("check", pid="visitor:1")
        await officer.until(lambda: officer.count("outside1", "video") > 5)
        await first.until(lambda: first.count("officer", "video") > 5 and first.count("officer", "audio") > 5)
        assert second.total() == officer.count("outside2", "video") == 0
        await officer.act("check", pid="visitor:2")
        await officer.until(lambda: officer.count("outside2", "audio") > 5)
        seen = officer.count("outside1", "video")
        await asyncio.sleep(0.3)
        assert officer.count("outside1", "video") == seen
        assert terminal.offers == []

        await house.command({"id": "c1", "op": "admit", "sid": "v1", "pid": "visitor:1", "persons": 1}, {"id": "c2", "op": "checked_in", "sid": "v1"})
        await first.until(lambda: first.offers[-1]["plan"] == "session")
        await terminal.until(lambda: len(terminal.offers) == 1)
        assert first.offers[-1]["pc"] == 2
        supervisor = await house.join(ticket("officer:9", facts(legs=2)))
        assert (await officer.wait(lambda m: m["t"] == "replaced"))["t"] == "replaced"
        supervisor.lease()
        await first.until(lambda: first.gate_open)
        await first.until(lambda: first.count("terminal", "video") > 5)
        assert second.total() == 0, "whoever was not admitted gets nothing"
        assert not list((tmp_path / "recordings").glob("v1/outside2*"))


@in_loop
async def test_whoever_comes_late_is_checked_in_a_pause_and_joins(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        given = facts(legs=2)
        first, terminal, officer = await visit(house, given)
        late = await house.join(ticket("visitor:2", given, admitted=False))
        assert (await officer.wait(lambda m: m["t"] == "task" and m["kind"] == "VISITOR_LATE"))["pid"] == "visitor:2"
        assert (await officer.act("pause", reason="late_visitor"))["ok"]
        await first.until(lambda: first.snapshot["pause_reason"] == "late_visitor")
        checker = await house.join(ticket("officer:9", given, purpose="check_in"))
        checker.lease()
        await checker.until(lambda: bool(checker.offers))
        assert checker.offers[-1]["plan"] == "check_in"
        assert (await checker.act("check", pid="visitor:2"))["ok"]
        await late.until(lambda: late.offers[-1]["plan"] == "check_in")
        assert late.snapshot["checked"] == "visitor:2"
        await checker.until(lambda: checker.count("outside2", "video") > 5)
        await late.until(lambda: late.count("officer", "audio") > 5)
        before = first.total(), terminal.total()
        await asyncio.sleep(0.5)
        assert (first.total(), terminal.total()) == before, "nothing else flows"
        assert checker.count("outside1", "video") == checker.count("terminal", "video") == 0
        await house.command({"id": "late", "op": "admit", "sid": "v1", "pid": "visitor:2", "persons": 1})
        supervisor = await house.join(ticket("officer:9", given))
        supervisor.lease()
        await late.until(lambda: late.offers[-1]["plan"] == "session")
        assert (await supervisor.act("resume"))["ok"]
        await late.until(lambda: late.gate_open and late.count("terminal", "video") > 5)
        await terminal.until(lambda: terminal.count("outside2", "video") > 5)


@in_loop
async def test_a_revoked_right_stops_its_media(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        guest, terminal, _officer = await visit(house, facts())
        start = time.monotonic()
        await house.command({"id": 7, "op": "revoke", "sid": "v1", "pid": "visitor:1"})
        assert (await guest.wait(lambda m: m["t"] == "refused"))["code"] == "REVOKED"
        await asyncio.sleep(0.5)
        assert max(guest.last_packet(), terminal.last_packet()) - start < 0.3


@in_loop
async def test_without_the_prison_application_every_gate_closes(tmp_path: Path) -> None:
    async with House(tmp_path, BROKER_STANDING_SECONDS="2") as house:
        guest, _terminal, _officer = await visit(house, facts())
        house.stop_beat()
        stopped = time.monotonic()
        await guest.until(lambda: not guest.gate_open, 4)
        assert guest.snapshot["gate"]["reason"] == "STANDING"
        await asyncio.sleep(0.2)
        assert guest.last_packet() - stopped < 2.2


@in_loop
async def test_kill_9_loses_at_most_a_second_and_leaves_nothing_readable(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        guest, _terminal, _officer = await visit(house, facts())
        opened = time.monotonic()
        await asyncio.sleep(3)
        house.process.kill()
        killed = time.monotonic() - opened
        house.process.wait()
        files = sorted((tmp_path / "recordings" / "v1").glob("*.sealed"))
        assert len(files) == 2
        for path in files:
            assert b"OpusHead" not in path.read_bytes()
            webm, complete = plain(house, path)
            assert not complete
            frames = decoded(webm)
            assert killed - 1.25 < frames["audio"][1] < killed + 0.5
            assert killed - 1.25 < frames["video"][1] < killed + 0.5
        events = [json.loads(line) for p in (tmp_path / "journal").glob("*.jsonl") for line in p.read_text().splitlines()]
        assert any(e["type"] == "gate" and e["data"]["open"] for e in events)
        await guest.closed.wait()
        for client in house.clients:
            await client.close()
        house.clients.clear()

        last, boot = events[-1]["n"], house.boot
        await house.http.close()
        house.stop_beat()
        await house.start()
        assert house.boot != boot
        found = await house.await_events("segment", 2, after=last)
        assert sorted(e["data"]["leg"] for e in found) == ["outside1", "terminal"]
        assert not any(e["data"]["final"] for e in found)
        again: tuple[Client, Client, Client] = await visit(house, facts())
        await asyncio.sleep(1.2)
        assert again[0].count("terminal", "video") > 5
        assert len(list((tmp_path / "recordings" / "v1").glob("*-2.webm.sealed"))) == 2


@in_loop
async def test_an_equipment_test_hears_itself_only(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        testing = ticket("visitor:1", facts(), sid="test:abc", purpose="test")
        client = await house.join(testing.model_copy(update={"facts": None}))
        await client.until(lambda: client.count("self", "audio") > 20 and client.count("self", "video") > 10)
        assert [o["plan"] for o in client.offers] == ["test"]
        assert client.snapshot["participants"][0]["state"] in ("waiting", "testing")
        assert not list((tmp_path / "recordings").iterdir())

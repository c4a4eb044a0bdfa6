"""Two brokers and the link to both: what happens to a live visit when the one that carries it is killed, and when it is told to stop."""

import asyncio
import contextlib
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.media.client import Client, Refused
from tests.media.conftest import in_loop
from tests.media.test_link import Prison, running
from tests.stack import ROOT, free_ports
from visitation.audit.models import AuditEntry
from visitation.supervision.brokers import NoBroker
from visitation.supervision.models import Broker, Segment, SessionEvent

pytestmark = [pytest.mark.media, pytest.mark.timeout(180)]
BACKOFF = (0.2, 0.7, 1.5, 3.0, 5.0)  # as static/js/live/backoff.js
LIVE_AGAIN_SECONDS = 5.0


class Two(Prison):
    """A prison with a second broker."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        outside, inside = free_ports(2)
        self.second = {
            **self.stack.environment,
            "BROKER_ID": "broker-2",
            "BROKER_OUTSIDE_PORT": str(outside),
            "BROKER_INSIDE_PORT": str(inside),
            "BROKER_OUTSIDE_URL": f"ws://localhost:{outside}",
            "BROKER_INSIDE_URL": f"ws://localhost:{inside}",
            "BROKER_DATA_DIR": str(folder / "broker2"),
        }
        settings = self.prison.extensions["settings"]
        urls = f"http://127.0.0.1:{self.stack.inside_port} http://127.0.0.1:{inside}"
        self.prison.extensions["settings"] = settings.model_copy(update={"broker_control_urls": urls})

    def start_second(self) -> None:
        """Its own process; it ends with the stack."""
        with (self.stack.folder / "broker2.log").open("ab") as log:
            self.stack.processes["broker2"] = subprocess.Popen(self.stack.command("broker"), cwd=ROOT, env=self.second, stdout=log, stderr=log)

    async def again(self, client: Client, enter: Callable[[], Awaitable[Client]]) -> Client:
        """What a page does when its socket closes: ask for a fresh token and join, later each time."""
        await client.closed.wait()
        for wait in BACKOFF:
            await asyncio.sleep(wait)
            with contextlib.suppress(Refused, NoBroker, aiohttp.ClientError):
                return await enter()
        raise AssertionError("nobody lets us in")

    async def all_again(self, guest: Client, terminal: Client, officer: Client) -> tuple[Client, Client, Client]:
        return await asyncio.gather(self.again(guest, self.family_in), self.again(terminal, self.terminal_in), self.again(officer, self.officer_in))

    def audited(self, act: str) -> list[AuditEntry]:
        found: list[AuditEntry] = self.read(lambda s: s.scalars(select(AuditEntry).where(AuditEntry.act == act)).all())
        return found


def everybody_gets(*clients: Client) -> bool:
    return all(client.gate_open and client.total() > 20 for client in clients)


def carrier(house: Two) -> str:
    return str(house.read(house.session).broker_id)


@in_loop
async def test_a_killed_brokers_session_is_live_again_at_another_with_what_was_decided(tmp_path: Path) -> None:
    async with running(Two(tmp_path)) as house:
        guest, terminal, officer = await house.live()
        await asyncio.to_thread(house.start_second)
        await house.until(lambda s: s.get(Broker, "broker-2"))
        assert (await officer.act("mute", pid=guest.pid))["ok"]
        assert (await officer.act("warn", rule=3, to="outside"))["ok"]
        await house.until(lambda s: house.session(s).seconds_used >= 2)
        await house.until(lambda s: s.scalar(select(func.count(SessionEvent.id)).where(SessionEvent.type == "warned")), 1)
        killed = time.monotonic()
        await asyncio.to_thread(house.stack.kill, "broker")
        used = house.read(house.session).seconds_used
        new = await house.all_again(guest, terminal, officer)
        await new[0].until(lambda: everybody_gets(*new), 10)
        assert time.monotonic() - killed < LIVE_AGAIN_SECONDS
        live = house.read(house.session)
        assert (live.broker_id, live.run, live.seconds_before) == ("broker-2", 2, used)
        shot = new[2].snapshot
        assert [p["muted"] for p in shot["participants"] if p["pid"] == guest.pid] == [True], "who was muted stays muted"
        assert (shot["stage"], shot["warnings"]) == ("live", 1)
        assert shot["seconds_left"] <= 30 * 60 - used + 1, "no minute is given twice"
        warned = await new[0].wait(lambda m: m["t"] == "message")
        assert (warned["warning"], warned["id"]) == (3, "m1-1"), "the warning that was not confirmed waits again"
        await house.until(lambda s: house.session(s).interrupted_at is None)
        assert len(house.audited("broker.lost")) == len(house.audited("session.moved")) == 1
        gap = house.audited("session.gap")[0].detail["gap_seconds"]
        assert 0 < gap < LIVE_AGAIN_SECONDS + 2
        await asyncio.sleep(2)
        await asyncio.to_thread(house.stack.start, "broker")
        assert (await new[2].act("end", reason="finished_early"))["ok"]
        await house.until(lambda s: house.session(s).ended_at is not None)
        await house.until(lambda s: all_stored(s, 4))
        segments = house.read(lambda s: s.scalars(select(Segment)).all())
        assert {(row.broker_id, row.final, row.number > 10000) for row in segments} == {("broker-1", False, False), ("broker-2", True, True)}


def all_stored(session: Session, least: int) -> bool:
    states = session.scalars(select(Segment.state)).all()
    return len(states) >= least and set(states) == {"stored"}


@in_loop
async def test_a_broker_that_is_told_to_stop_hands_its_session_over_first(tmp_path: Path) -> None:
    async with running(Two(tmp_path)) as house:
        guest, terminal, officer = await house.live()
        await asyncio.to_thread(house.start_second)
        await house.until(lambda s: s.get(Broker, "broker-2"))
        assert (await officer.act("pause", reason="break: tea"))["ok"]
        assert (await officer.act("resume"))["ok"]
        await guest.until(lambda: guest.gate_open)
        await asyncio.sleep(1.2)  # one beat later the broker knows that there is another
        process = house.stack.processes.pop("broker")
        process.send_signal(signal.SIGTERM)
        told = [await client.wait(lambda m: m["t"] == "refused") for client in (guest, terminal, officer)]
        assert {message["code"] for message in told} == {"DRAINING"}
        let_go = time.monotonic()
        new = await house.all_again(guest, terminal, officer)
        await new[0].until(lambda: everybody_gets(*new), 10)
        assert time.monotonic() - let_go < LIVE_AGAIN_SECONDS
        assert await asyncio.to_thread(process.wait, 10) == 0
        assert carrier(house) == "broker-2"
        last = house.read(lambda s: s.scalars(select(SessionEvent).where(SessionEvent.type == "released")).one())
        live = house.read(house.session)
        assert live.seconds_before == pytest.approx(last.data["seconds_used"], abs=1.5)
        assert house.audited("broker.lost") == [] or new[0].gate_open
        assert (await new[2].act("end", reason="finished_early"))["ok"]
        await house.until(lambda s: house.session(s).ended_at is not None)
        await house.until(lambda s: house.session(s).coverage.get("live", 0) >= last.data["seconds_used"])


@in_loop
async def test_nothing_flows_at_the_new_broker_before_its_officer_is_there(tmp_path: Path) -> None:
    async with running(Two(tmp_path)) as house:
        guest, terminal, officer = await house.live()
        await asyncio.to_thread(house.start_second)
        await house.until(lambda s: s.get(Broker, "broker-2"))
        await asyncio.to_thread(house.stack.kill, "broker")
        new_guest, new_terminal = await asyncio.gather(house.again(guest, house.family_in), house.again(terminal, house.terminal_in))
        await new_guest.until(lambda: "VISITOR" not in new_guest.snapshot["awaits"] and "TERMINAL" not in new_guest.snapshot["awaits"], 10)
        await asyncio.sleep(1.5)
        assert new_guest.snapshot["awaits"] == ["OFFICER"]
        assert new_guest.total() == new_terminal.total() == 0
        new_officer = await house.again(officer, house.officer_in)
        await new_guest.until(lambda: everybody_gets(new_guest, new_terminal, new_officer), 10)

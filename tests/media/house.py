"""A real broker in a process of its own, on loopback and random ports, and the keys to it."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from tests.media.client import Client
from visitation.signalling import sealing, tokens
from visitation.signalling.tokens import Facts, Ticket, Zone

ROOT = Path(__file__).resolve().parents[2]
PAGE = 2000
Joined = TypeVar("Joined", bound=Client)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class House:
    """Starts and stops the broker, signs tokens, beats, reads events."""

    def __init__(self, data: Path, *, module: str = "visitation.signalling", **environment: str) -> None:
        self.data = data
        self.module = module
        self.family, self.family_public = tokens.new_key_pair()
        self.prison, self.prison_public = tokens.new_key_pair()
        self.recording_private, self.recording_public = sealing.new_recording_key_pair()
        self.environment = environment
        self.clients: list[Client] = []
        self.state: dict[str, Any] = {}
        self.log = data / "broker.log"
        self._beat: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.outside, self.inside = free_port(), free_port()
        settings = {
            "BROKER_ID": "b1",
            "BROKER_OUTSIDE_PORT": str(self.outside),
            "BROKER_INSIDE_PORT": str(self.inside),
            "BROKER_FAMILY_PUBLIC_KEY": self.family_public,
            "BROKER_PRISON_PUBLIC_KEY": self.prison_public,
            "BROKER_RECORDING_PUBLIC_KEY": self.recording_public,
            "BROKER_DATA_DIR": str(self.data),
            "BROKER_MEDIA_OUTSIDE_BIND": "127.0.0.1",
            "BROKER_MEDIA_INSIDE_BIND": "127.0.0.1",
            "BROKER_RECORD_RESERVE_MB": "1",
        }
        self.data.mkdir(parents=True, exist_ok=True)
        self._out = self.log.open("ab")
        self.process = subprocess.Popen(  # noqa: ASYNC220 - it returns at once
            [sys.executable, "-m", self.module],
            cwd=ROOT,
            env={**os.environ, **settings, **self.environment},
            stdout=self._out,
            stderr=subprocess.STDOUT,
        )
        self.http = aiohttp.ClientSession()
        await self._ready()
        self.start_beat()

    async def _ready(self) -> None:
        limit = time.monotonic() + 40
        while time.monotonic() < limit:
            with contextlib.suppress(aiohttp.ClientError):
                self.boot = (await self.health())["boot"]
                return
            if self.process.poll() is not None:
                break
            await asyncio.sleep(0.05)
        self.process.kill()
        self.process.wait()
        await self.http.close()
        raise RuntimeError(self.log.read_text() or "the broker did not answer in time")

    def start_beat(self) -> None:
        async def beat() -> None:
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    await self.command()
                await asyncio.sleep(1)

        self._beat = asyncio.create_task(beat())

    def stop_beat(self) -> None:
        if self._beat is not None:
            self._beat.cancel()

    async def stop(self) -> None:
        self.stop_beat()
        for client in self.clients:
            await client.close()
        self.clients.clear()
        await self.http.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=15)
        self._out.close()

    async def __aenter__(self) -> "House":
        await self.start()
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self.stop()

    # -- inside HTTP

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {tokens.sign_control(self.prison, 'b1', datetime.now(UTC))}"}

    async def health(self) -> dict[str, Any]:
        async with self.http.get(f"http://127.0.0.1:{self.inside}/health") as answer:
            return await answer.json()

    async def metrics(self) -> dict[str, float]:
        async with self.http.get(f"http://127.0.0.1:{self.inside}/metrics") as answer:
            lines = (await answer.text()).splitlines()
        return {k: float(v) for k, v in (line.split(" ") for line in lines if not line.startswith("#"))}

    async def command(self, *commands: dict[str, Any], standing: bool = True) -> dict[str, Any]:
        body = {"standing": standing, "commands": list(commands)}
        async with self.http.post(f"http://127.0.0.1:{self.inside}/control/beat", json=body, headers=self._headers()) as answer:
            assert answer.status == 200, await answer.text()
            self.state = await answer.json()
        return self.state

    async def events(self, kind: str | None = None, after: int = 0) -> list[dict[str, Any]]:
        """All events behind number `after`, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            url = f"http://127.0.0.1:{self.inside}/control/events?after={found[-1]['n'] if found else after}&limit={PAGE}"
            async with self.http.get(url, headers=self._headers()) as answer:
                page = (await answer.json())["events"]
            found += page
            if len(page) < PAGE:
                return [e for e in found if kind is None or e["type"] == kind]

    async def await_events(self, kind: str, count: int, after: int = 0) -> list[dict[str, Any]]:
        """That many events of a kind, once they are on the broker's disk."""
        for _ in range(100):
            found = await self.events(kind, after)
            if len(found) >= count:
                break
            await asyncio.sleep(0.05)
        return found

    async def fetch(self, sid: str, name: str) -> bytes:
        url = f"http://127.0.0.1:{self.inside}/control/recordings/{sid}/{name}"
        async with self.http.get(url, headers=self._headers()) as answer:
            assert answer.status == 200
            return await answer.read()

    # -- people

    def token(self, ticket: Ticket) -> str:
        zone = Zone.FAMILY if ticket.role in tokens.MAY_SIGN[Zone.FAMILY] else Zone.PRISON
        key = self.family if zone is Zone.FAMILY else self.prison
        return tokens.sign(key, zone, tokens.audience("b1", self.boot), ticket, datetime.now(UTC))

    async def join(self, ticket: Ticket, *, kind: type[Joined] = Client, **options: Any) -> Joined:  # type: ignore[assignment]
        port = self.outside if ticket.role in tokens.MAY_SIGN[Zone.FAMILY] else self.inside
        client = await kind.join(f"ws://127.0.0.1:{port}", self.token(ticket), **options)
        self.clients.append(client)
        return client

    async def part(self, client: Client) -> None:
        """Close one client; it is not closed again at the end."""
        self.clients.remove(client)
        await client.close()


def facts(kind: str = "family_visit", **more: Any) -> Facts:
    """The usual facts of a kind."""
    family = kind in ("family_visit", "family_call", "mediation_session")
    usual = {
        "minutes": 30,
        "hard_end": time.time() + 3600,
        "checked_in": True,
        "record": family,
        "officer_sees": kind != "family_call",
        "officer_hears": family,
        "speak": family,
        "policy": "p1",
    }
    return Facts.model_validate({"kind": kind, **usual, **more})


def ticket(pid: str, given: Facts, sid: str = "v1", **more: Any) -> Ticket:
    """A ticket for `visitor:1`, `terminal:3`, `officer:9` and so on."""
    role = pid.partition(":")[0]
    usual: dict[str, Any] = {"admitted": role not in ("officer", "terminal")}
    if role == "officer":
        usual["purpose"] = "supervise"
    return Ticket.model_validate({"sid": sid, "pid": pid, "role": role, "facts": given, **usual, **more})


async def visit(house: House, given: Facts, sid: str = "v1", outside: str = "visitor:1", **options: Any) -> tuple[Client, Client, Client]:
    """A visit whose gate is open: outside, terminal, officer."""
    guest = await house.join(ticket(outside, given, sid), **options)
    terminal = await house.join(ticket("terminal:3", given, sid))
    officer = await house.join(ticket("officer:9", given, sid))
    officer.lease()
    await guest.until(lambda: guest.gate_open and terminal.gate_open and officer.gate_open)
    return guest, terminal, officer


def show(value: object) -> str:
    return json.dumps(value, indent=1, default=str)

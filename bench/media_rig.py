"""The servers that the media bench compares, each as a process of its own, and what they cost. Also the network namespace that Janus needs."""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from tests.stack import ROOT, free_ports
from visitation.signalling import sealing, tokens
from visitation.signalling.tokens import Ticket, Zone

TICK = os.sysconf("SC_CLK_TCK")
SERVER_CORE, LOAD_CORE = 0, 1


def processor_seconds(pid: int) -> float:
    """User and system time of a process with all its threads so far (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def waited_seconds(pid: int) -> float:
    """How long a process could have run and was not let: on a busy machine no time on the way means anything (schedstat, its first thread)."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    return 0.0


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def own_core(pid: int, core: int) -> None:
    """Keep a process with all its threads on one core, so that server and load do not take it from each other."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            os.sched_setaffinity(int(task.name), {core % (os.cpu_count() or 1)})


def stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=5)


@dataclass
class Place:
    """Where servers run: on loopback, or in a network namespace behind a cable of its own."""

    server: str = "127.0.0.1"
    load: str = "127.0.0.1"
    prefix: tuple[str, ...] = ()


@contextmanager
def namespace() -> Iterator[Place | None]:
    """A network namespace with a pair of virtual interfaces, removed afterwards; None where that is not allowed."""
    name, here, there = f"visits{os.getpid() % 10000}", f"vb{os.getpid() % 10000}h", f"vb{os.getpid() % 10000}n"
    steps = [
        ["ip", "netns", "add", name],
        ["ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", name],
        ["ip", "addr", "add", "10.213.77.1/30", "dev", here],
        ["ip", "link", "set", here, "up"],
        ["ip", "netns", "exec", name, "ip", "addr", "add", "10.213.77.2/30", "dev", there],
        ["ip", "netns", "exec", name, "ip", "link", "set", there, "up"],
        ["ip", "netns", "exec", name, "ip", "link", "set", "lo", "up"],
    ]
    allowed = os.geteuid() == 0 and shutil.which("ip") is not None
    try:
        for step in steps if allowed else []:
            if subprocess.run(step, capture_output=True, check=False).returncode:
                allowed = False
                break
        yield Place("10.213.77.2", "10.213.77.1", ("ip", "netns", "exec", name)) if allowed else None
    finally:
        for undo in (["ip", "netns", "del", name], ["ip", "link", "del", here]):
            if shutil.which("ip") is not None:
                subprocess.run(undo, capture_output=True, check=False)


class BrokerRig:
    """A real broker, beaten each second, and tokens for it."""

    def __init__(self, folder: Path, place: Place, **extra: str) -> None:
        self.family, family_public = tokens.new_key_pair()
        self.prison, prison_public = tokens.new_key_pair()
        self.host = place.server
        self.outside, self.inside = free_ports(2)
        host = place.server
        settings = {
            "BROKER_ID": "b1",
            "BROKER_OUTSIDE_HOST": host,
            "BROKER_INSIDE_HOST": host,
            "BROKER_OUTSIDE_PORT": str(self.outside),
            "BROKER_INSIDE_PORT": str(self.inside),
            "BROKER_FAMILY_PUBLIC_KEY": family_public,
            "BROKER_PRISON_PUBLIC_KEY": prison_public,
            "BROKER_RECORDING_PUBLIC_KEY": sealing.new_recording_key_pair()[1],
            "BROKER_DATA_DIR": str(folder / "broker"),
            "BROKER_MEDIA_OUTSIDE_BIND": host,
            "BROKER_MEDIA_INSIDE_BIND": host,
            "BROKER_RECORD_RESERVE_MB": "1",
            "BROKER_MAX_SESSIONS": "400",
            "BROKER_JOINS_PER_MINUTE": "100000",
        }
        with (folder / "broker.log").open("ab") as log:
            command = [*place.prefix, sys.executable, "-m", "visitation.signalling"]
            self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings, **extra}, stdout=log, stderr=log)
        self._log = folder / "broker.log"

    @property
    def pid(self) -> int:
        return self.process.pid  # `ip netns exec` becomes the program it starts

    async def ready(self) -> None:
        self.http = aiohttp.ClientSession()
        limit = time.monotonic() + 20
        while time.monotonic() < limit and self.process.poll() is None:
            with contextlib.suppress(aiohttp.ClientError):
                async with self.http.get(f"http://{self.host}:{self.inside}/health") as answer:
                    self.boot = (await answer.json())["boot"]
                own_core(self.pid, SERVER_CORE)
                self._beat = asyncio.create_task(self._keep_beating())
                return
            await asyncio.sleep(0.05)
        raise RuntimeError(self._log.read_text()[-2000:])

    async def _keep_beating(self) -> None:
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                headers = {"Authorization": f"Bearer {tokens.sign_control(self.prison, 'b1', datetime.now(UTC))}"}
                async with self.http.post(f"http://{self.host}:{self.inside}/control/beat", json={"standing": True, "commands": []}, headers=headers) as answer:
                    await answer.read()
            await asyncio.sleep(1)

    def door(self, ticket: Ticket) -> tuple[str, str]:
        """Address and token for a participant."""
        outside = ticket.role in tokens.MAY_SIGN[Zone.FAMILY]
        key, zone = (self.family, Zone.FAMILY) if outside else (self.prison, Zone.PRISON)
        token = tokens.sign(key, zone, tokens.audience("b1", self.boot), ticket, datetime.now(UTC))
        return f"ws://{self.host}:{self.outside if outside else self.inside}", token

    async def close(self) -> None:
        self._beat.cancel()
        await self.http.close()
        await asyncio.to_thread(stop, self.process)


@asynccontextmanager
async def broker(folder: Path, place: Place, **extra: str) -> AsyncIterator[BrokerRig]:
    rig = BrokerRig(folder, place, **extra)
    try:
        await rig.ready()
        yield rig
    finally:
        await rig.close()


@asynccontextmanager
async def relay(place: Place) -> AsyncIterator[tuple[int, str]]:
    """aiortc's MediaRelay behind two HTTP calls: (process id, address)."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "bench.media_relay", place.server, str(port)]
    process = await asyncio.to_thread(subprocess.Popen, command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        await _answers(f"http://{place.server}:{port}/")
        own_core(process.pid, SERVER_CORE)
        yield process.pid, f"http://{place.server}:{port}"
    finally:
        await asyncio.to_thread(stop, process)


async def _answers(url: str) -> None:
    async with aiohttp.ClientSession() as http:
        for _ in range(200):
            with contextlib.suppress(aiohttp.ClientError):
                async with http.get(url):
                    return
            await asyncio.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")


async def post(http: aiohttp.ClientSession, url: str, body: Any) -> Any:
    async with http.post(url, json=body) as answer:
        return await answer.json()

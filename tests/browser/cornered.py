"""A browser behind a firewall that lets no UDP through: a network namespace of its own, and a TURN server (coturn) that it reaches over TLS only.

Needs root, for the namespace. The pages come through a file-system socket, so that the browser sees `localhost` as everybody does.
"""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops.tls import certificate
from tests.browser.browsers import EXECUTABLE
from tests.stack import free_ports

ROOT = Path(__file__).parents[2]


@dataclass
class Corner:
    """The namespace. address: of this side, all that can be reached from inside; link: our end of the cable; program: starts a browser inside."""

    name: str
    address: str
    link: str
    program: Path


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@contextmanager
def cornered(folder: Path) -> Iterator[Corner]:
    """Make the namespace: a cable to this machine, and a rule that throws away every UDP packet on its way in or out."""
    number = os.getpid() % 250
    name, ours, theirs = f"visits{number}", f"vo{number}", f"vi{number}"
    corner = Corner(name, f"10.213.{number}.1", ours, folder / "browser.sh")
    _run("ip", "netns", "add", name)
    try:
        _run("ip", "link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name)
        _run("ip", "addr", "add", f"{corner.address}/30", "dev", ours)
        _run("ip", "link", "set", ours, "up")
        inside = ("ip", "-n", name)
        _run(*inside, "addr", "add", f"10.213.{number}.2/30", "dev", theirs)
        _run(*inside, "link", "set", theirs, "up")
        _run(*inside, "link", "set", "lo", "up")
        _run(*inside, "rule", "add", "pref", "10", "ipproto", "udp", "blackhole")
        corner.program.write_text(f'#!/bin/sh\nexec ip netns exec {name} {EXECUTABLE} "$@"\n')
        corner.program.chmod(0o755)
        yield corner
    finally:
        subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


@contextmanager
def doors(corner: Corner, folder: Path, ports: tuple[int, ...]) -> Iterator[None]:
    """These TCP ports of our loopback are on the loopback inside, too."""
    here = [sys.executable, "-m", "tests.browser.cornered", "out", str(folder), *map(str, ports)]
    there = ["ip", "netns", "exec", corner.name, sys.executable, "-m", "tests.browser.cornered", "in", str(folder), *map(str, ports)]
    processes = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for command in (here, there)]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
        yield
    finally:
        for process in processes:
            process.terminate()
            process.wait(timeout=10)
            process.stdout.close()  # type: ignore[union-attr]


@dataclass
class Turn:
    """A running coturn: its URL for browsers, and the secret that it shares with the broker."""

    url: str
    secret: str
    process: subprocess.Popen[bytes]


@contextmanager
def coturn(folder: Path, address: str, secret: str) -> Iterator[Turn]:
    """coturn as deploy/coturn has it: credentials are made from a shared secret and expire, and it relays to one address only. Here on TLS alone."""
    folder.mkdir(parents=True, exist_ok=True)
    _authority, chain, key = certificate(folder, address)
    port = free_ports(1)[0]
    program = shutil.which("turnserver")
    assert program, "the Debian package coturn is missing: make debian"
    options = {
        "listening-ip": address,
        "relay-ip": address,
        "tls-listening-port": port,
        "realm": "visits",
        "static-auth-secret": secret,
        "cert": chain,
        "pkey": key,
    }
    options |= {"pidfile": folder / "turn.pid", "userdb": folder / "turn.db", "log-file": folder / "turn.log", "min-port": 50000, "max-port": 50200}
    switches = [
        "-n",
        "--use-auth-secret",
        "--no-udp",
        "--no-tcp",
        "--no-dtls",
        "--no-cli",
        "--simple-log",
        "--no-multicast-peers",
        "--denied-peer-ip=0.0.0.0-255.255.255.255",
        f"--allowed-peer-ip={address}",
    ]
    process = subprocess.Popen(
        [program, *switches, *(f"--{name}={value}" for name, value in options.items())], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await_port(address, port)
        yield Turn(f"turns:{address}:{port}?transport=tcp", secret, process)
    finally:
        process.terminate()
        process.wait(timeout=10)


def _await_port(address: str, port: int) -> None:
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        try:
            socket.create_connection((address, port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("coturn does not listen")


# -- the doors, as processes of their own


async def _pass(side: str, folder: Path, ports: list[int]) -> None:
    """`in`: TCP port -> socket file; `out`: socket file -> TCP port."""
    servers = []
    for port in ports:
        path = str(folder / f"door{port}")

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str = path, port: int = port) -> None:
            try:
                far = await (asyncio.open_unix_connection(path) if side == "in" else asyncio.open_connection("127.0.0.1", port))
            except OSError:
                writer.close()
                return
            await asyncio.gather(_copy(reader, far[1]), _copy(far[0], writer))

        servers.append(await (asyncio.start_server(serve, "127.0.0.1", port) if side == "in" else asyncio.start_unix_server(serve, path)))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.gather(*(server.serve_forever() for server in servers))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


if __name__ == "__main__":
    asyncio.run(_pass(sys.argv[1], Path(sys.argv[2]), [int(port) for port in sys.argv[3:]]))

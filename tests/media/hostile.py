"""Strangers: tokens used again and again, floods of datagrams from addresses that have proven nothing."""

import asyncio
import itertools
import random
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.media.client import Client, Refused
from tests.media.house import House, facts, ticket, visit

# A DTLS 1.2 ClientHello of a stranger: record header, handshake header, version, random, no session, two ciphers.
_BODY = bytes.fromhex("fefd") + bytes(range(32)) + bytes.fromhex("00000004c02bc02f0100")
_HEAD = bytes.fromhex("16fefd0000000000000000") + (len(_BODY) + 12).to_bytes(2, "big") + b"\x01" + len(_BODY).to_bytes(3, "big")
HELLO = _HEAD + bytes.fromhex("0000000000") + len(_BODY).to_bytes(3, "big") + _BODY
BURST = 20  # every 10 ms to every port
Flood = Callable[[random.Random], bytes]


def hellos(_dice: random.Random) -> bytes:
    """A handshake that nobody asked for."""
    return HELLO


def stray_rtp(dice: random.Random) -> bytes:
    """Something that looks like a picture's packet, or like a report about one."""
    return bytes([0x80, dice.choice((96, 97, 98, 200, 201, 205, 206))]) + dice.randbytes(dice.randrange(10, 1200))


def stray_stun(dice: random.Random) -> bytes:
    """A connectivity check with a signature that is nobody's."""
    name = b"\x00\x06\x00\x09abcd:wxyz\x00\x00\x00"
    attributes = name + b"\x00\x25\x00\x00" + b"\x00\x08\x00\x14" + dice.randbytes(20)
    return b"\x00\x01" + len(attributes).to_bytes(2, "big") + bytes.fromhex("2112a442") + dice.randbytes(12) + attributes


@dataclass
class Flooded:
    """datagrams sent and refused; seconds until a visit opened under the flood; the longest silence of one that went on."""

    sent: int
    refused: float
    opened: float
    gap: float
    failures: float


async def under_flood(house: House, flood: Flood, seconds: float = 2.0) -> Flooded:
    """A visit opens and goes on while every media port is flooded from addresses that nobody knows, twenty datagrams every 10 ms."""
    stop, sent = asyncio.Event(), 0
    dice = random.Random(4)

    async def rain() -> None:
        nonlocal sent
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.setblocking(False)
            while not stop.is_set():
                for port in (await house.health())["media_ports"]:
                    for _ in range(BURST):
                        stranger.sendto(flood(dice), ("127.0.0.1", port))
                        sent += 1
                await asyncio.sleep(0.01)

    raining = asyncio.create_task(rain())
    begin = time.monotonic()
    guest, terminal, officer = await visit(house, facts(record=False))
    opened = time.monotonic() - begin
    await guest.until(lambda: guest.count("terminal", "video") > 0 and terminal.count("outside1", "audio") > 0)
    begin = time.monotonic()
    await asyncio.sleep(seconds)
    gap = max(longest_gap(client, begin) for client in (guest, terminal, officer))
    stop.set()
    await raining
    figures = await house.metrics()
    return Flooded(sent, figures["broker_datagrams_refused"], opened, gap, figures["broker_task_failures"])


def longest_gap(client: Client, since: float) -> float:
    """The longest silence on any line of this client that carries something, since then, until now."""
    now, longest = time.monotonic(), 0.0
    for counter in client.counters.values():
        if counter.packets:
            times = [since, *(at for at in counter.times if at > since), now]
            longest = max(longest, *(b - a for a, b in itertools.pairwise(times)))
    return longest


async def replays(house: House, times: int) -> int:
    """How many of so many uses of one token, forty at once, let somebody in."""
    refusals: set[str] = set()
    token, url = house.token(ticket("visitor:1", facts())), f"ws://127.0.0.1:{house.outside}"

    async def use() -> int:
        try:
            house.clients.append(await Client.join(url, token))
        except Refused as refused:
            refusals.add(str(refused))
            return 0
        return 1

    won = 0
    for _ in range(times // 40):
        won += sum(await asyncio.gather(*(use() for _ in range(40))))
    assert refusals == {"TOKEN_USED"}
    return won

"""Who should not get in, and what must not hurt."""

import asyncio
import socket
import time
from pathlib import Path

import aiohttp
import pytest

from tests.media.client import Client, Refused
from tests.media.conftest import in_loop
from tests.media.house import House, facts, ticket, visit

pytestmark = pytest.mark.media
# A DTLS 1.2 ClientHello of a stranger: record header, handshake header, version, random, no session, two ciphers.
HELLO_BODY = bytes.fromhex("fefd") + bytes(range(32)) + bytes.fromhex("00000004c02bc02f0100")
HELLO = bytes.fromhex("16fefd0000000000000000") + (len(HELLO_BODY) + 12).to_bytes(2, "big") + b"\x01" + len(HELLO_BODY).to_bytes(3, "big")
HELLO += bytes.fromhex("0000000000") + len(HELLO_BODY).to_bytes(3, "big") + HELLO_BODY


@in_loop
async def test_of_two_hundred_uses_of_a_token_one_wins(tmp_path: Path) -> None:
    async with House(tmp_path, BROKER_JOINS_PER_MINUTE="1000") as house:
        token = house.token(ticket("visitor:1", facts()))
        url = f"ws://127.0.0.1:{house.outside}"

        async def use() -> str:
            try:
                house.clients.append(await Client.join(url, token))
            except Refused as refused:
                return str(refused)
            return "in"

        for _ in range(5):
            answers = await asyncio.gather(*(use() for _ in range(40)))
            assert set(answers) <= {"in", "TOKEN_USED"}
        assert len(house.clients) == 1


@in_loop
async def test_refusals_have_names(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        outside, inside = f"ws://127.0.0.1:{house.outside}", f"ws://127.0.0.1:{house.inside}"
        family = ticket("visitor:1", facts())
        with pytest.raises(Refused, match="WRONG_ZONE"):
            await Client.join(inside, house.token(family))
        with pytest.raises(Refused, match="BAD_MESSAGE"):
            await Client.join(outside, "nonsense")
        right, house.boot = house.boot, "before"
        stale = house.token(family)
        house.boot = right
        with pytest.raises(Refused, match="WRONG_AUDIENCE"):
            await Client.join(outside, stale)
        await visit(house, facts())
        with pytest.raises(Refused, match="FACTS_DIFFER"):
            await house.join(ticket("visitor:8", facts(record=False)))
        with pytest.raises(Refused, match="FULL"):
            await house.join(ticket("visitor:8", facts()))
        with pytest.raises(Refused, match="LANES_USED"):
            await house.join(ticket("officer:9", facts(), sid="v2"))
        await house.join(ticket("officer:9", facts(), sid="v2", lanes=2))
        await house.command({"id": 1, "op": "end", "sid": "v1", "outcome": "stopped"}, {"id": 2, "op": "drain"})
        with pytest.raises(Refused, match="ENDED"):
            await house.join(ticket("visitor:1", facts()))
        with pytest.raises(Refused, match="DRAINING"):
            await house.join(ticket("visitor:1", facts(), sid="v3"))


@in_loop
async def test_the_outside_has_no_control_and_the_inside_asks_for_a_token(tmp_path: Path) -> None:
    async with House(tmp_path, BROKER_OUTSIDE_ORIGINS="https://visit.example") as house:
        for path in ("control/events", "metrics", "control/recordings/v1/manifest.json"):
            async with house.http.get(f"http://127.0.0.1:{house.outside}/{path}") as answer:
                assert answer.status == 404
        async with house.http.get(f"http://127.0.0.1:{house.outside}/health") as answer:
            assert "media_ports" not in await answer.json()
        async with house.http.post(f"http://127.0.0.1:{house.inside}/control/beat", json={"standing": True}) as answer:
            assert answer.status == 401
        for name in ("..%2f..%2fjournal", "%2e%2e/x", "v1/..%2f..%2fbroker.log"):
            async with house.http.get(f"http://127.0.0.1:{house.inside}/control/recordings/{name}", headers=house._headers()) as answer:
                assert answer.status == 404
        url = f"ws://127.0.0.1:{house.outside}/ws"
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await house.http.ws_connect(url, origin="https://evil.example")
        await (await house.http.ws_connect(url, origin="https://visit.example")).close()


@in_loop
async def test_a_flood_of_foreign_hellos_stops_nobody(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        stop = asyncio.Event()
        sent = 0

        async def flood() -> None:
            nonlocal sent
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                stranger.setblocking(False)
                while not stop.is_set():
                    for port in (await house.health())["media_ports"]:
                        for _ in range(10):
                            stranger.sendto(HELLO, ("127.0.0.1", port))
                            sent += 1
                    await asyncio.sleep(0.005)

        task = asyncio.create_task(flood())
        start = time.monotonic()
        guest, terminal, _officer = await visit(house, facts())
        took = time.monotonic() - start
        await guest.until(lambda: guest.count("terminal", "video") > 10)
        await terminal.until(lambda: terminal.count("outside1", "audio") > 10)
        stop.set()
        await task
        figures = await house.metrics()
        print(f"gate open after {took:.2f} s under {sent} foreign hellos, {figures['broker_datagrams_refused']:.0f} refused")
        assert sent > 300
        assert took < 5

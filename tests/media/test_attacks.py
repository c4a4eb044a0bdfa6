"""Who should not get in, and what must not hurt."""

from pathlib import Path

import aiohttp
import pytest

from tests.media import hostile
from tests.media.client import Client, Refused
from tests.media.conftest import in_loop
from tests.media.house import House, facts, ticket, visit

pytestmark = pytest.mark.media


@in_loop
async def test_of_two_hundred_uses_of_a_token_one_wins(tmp_path: Path) -> None:
    async with House(tmp_path, BROKER_JOINS_PER_MINUTE="1000") as house:
        assert await hostile.replays(house, 200) == 1


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


@pytest.mark.parametrize("flood", [hostile.hellos, hostile.stray_rtp])
@in_loop
async def test_a_flood_from_strangers_stops_nobody(tmp_path: Path, flood: hostile.Flood) -> None:
    async with House(tmp_path) as house:
        found = await hostile.under_flood(house, flood, 1.0)
    print(found)
    assert found.sent > 500
    assert found.opened < 5
    assert found.gap < 0.6
    assert found.failures == 0
    assert found.refused > 0.5 * found.sent, "thrown away unread"
    assert "Traceback" not in house.log.read_text()

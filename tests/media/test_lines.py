"""Bad lines: how soon a late officer sees through loss, a telephone that changes its network, and where the media sockets are."""

import statistics
from pathlib import Path

import pytest

from tests.media import lines
from tests.media.conftest import in_loop
from tests.media.house import House, facts, visit

pytestmark = pytest.mark.media


@in_loop
async def test_a_late_officer_sees_within_a_moment_also_through_loss(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        waits = await lines.late_joins(house, 0.05, 6)
    print(f"late join at 5 % loss: {sorted(round(wait, 3) for wait in waits)} s")
    assert statistics.median(waits) < 0.4, "0.25 s on a quiet machine: make faults SCENARIO=media"


@in_loop
async def test_pictures_survive_a_fifth_of_loss(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        found = await lines.through_loss(house, 0.2, seconds=3)
    print(found)
    assert found.lost > 30
    assert found.nacks > 10
    assert 0.95 <= found.video <= 1.02
    assert found.longest_gap < 1


@in_loop
async def test_a_telephone_changes_its_network(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        assert await lines.change_network(house) < 3
        assert [event["data"].get("role") for event in await house.await_events("rejoined", 1)] == ["visitor"]


@in_loop
async def test_media_sockets_are_where_the_settings_say(tmp_path: Path) -> None:
    """Each side at its own address, within the range of ports, and told by the address that is advertised."""
    places = {"BROKER_MEDIA_OUTSIDE_BIND": "127.0.0.2", "BROKER_MEDIA_INSIDE_BIND": "127.0.0.3", "BROKER_MEDIA_PORTS": "42000-42010"}
    async with House(tmp_path, **places) as house:
        guest, terminal, officer = await visit(house, facts(record=False))
        await guest.until(lambda: guest.count("terminal", "video") > 0)
        for client, address in ((guest, "127.0.0.2"), (terminal, "127.0.0.3"), (officer, "127.0.0.3")):
            told = [line.split(" ") for line in client.offers[-1]["sdp"].splitlines() if line.startswith("a=candidate:")]
            assert {(parts[4], 42000 <= int(parts[5]) <= 42010) for parts in told} == {(address, True)}, client.pid
        owners = (await house.health())["media_port_owners"]
        assert {int(port) for port in owners} <= set(range(42000, 42011))
        assert sorted(owner["role"] for owner in owners.values()) == ["officer", "terminal", "visitor"]


@in_loop
async def test_behind_an_advertised_address_nobody_is_told_another(tmp_path: Path) -> None:
    async with House(tmp_path, BROKER_MEDIA_OUTSIDE_BIND="", BROKER_MEDIA_OUTSIDE_ADVERTISE="203.0.113.7") as house:
        guest = await house.join(lines.ticket("visitor:1", facts(), sid="test:a", purpose="test"))
        await guest.until(lambda: bool(guest.offers))
        told = [line.split(" ") for line in guest.offers[-1]["sdp"].splitlines() if line.startswith(("a=candidate:", "c=IN"))]
        assert {parts[4] for parts in told if parts[0].startswith("a=")} == {"203.0.113.7"}
        assert all("127.0.0.1" not in " ".join(parts) for parts in told)

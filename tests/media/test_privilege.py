"""What an officer may not hear does not exist: no line, no packet, no recorder, no byte."""

import asyncio
from pathlib import Path

import pytest

from tests.media import privilege
from tests.media.conftest import in_loop
from tests.media.house import House, facts, ticket, visit

pytestmark = pytest.mark.media


@in_loop
async def test_a_defence_in_a_pending_case_is_not_even_seen(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        given = facts("lawyer_meeting", officer_sees=False, **privilege.GREEDY)
        lawyer, terminal, officer = await visit(house, given, outside="lawyer:1")
        await lawyer.until(lambda: lawyer.count("terminal", "audio") > 25 and terminal.count("outside1", "video") > 8)
        assert officer.offers == []
        assert officer.total() == 0
        await officer.act("end", reason="EMERGENCY")
        await asyncio.sleep(0.3)
        assert list((tmp_path / "recordings").iterdir()) == []
        assert officer.snapshot["recording"] == {"on": False, "bytes": 0, "healthy": True}
        assert not await house.events("segment")


@pytest.mark.parametrize("kind", ["legal_consult", "lawyer_meeting"])
@in_loop
async def test_nothing_of_a_lawyers_session_can_be_overheard(tmp_path: Path, kind: str) -> None:
    async with House(tmp_path) as house:
        found = await privilege.overheard(house, kind, tmp_path / "recordings")
    assert found == dict.fromkeys(found, 0)
    assert len(found) == 7


@in_loop
async def test_the_same_figures_are_something_in_a_family_visit(tmp_path: Path) -> None:
    """The control: what counts nothing in a lawyer's session counts in a visit that is heard and recorded."""
    async with House(tmp_path) as house:
        found = await privilege.overheard(house, "family_visit", tmp_path / "recordings")
    assert all(found.values()), found


@in_loop
async def test_a_call_has_no_picture_at_all(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        guest, terminal, officer = await visit(house, facts("family_call"))
        await asyncio.sleep(1)
        for client in (guest, terminal, officer):
            assert not any("m=video" in offer["sdp"] for offer in client.offers)
        assert officer.count("terminal", "audio") > 25
        assert officer.count("outside1", "audio") > 25
        assert guest.count("terminal", "audio") > 25


@in_loop
async def test_three_relatives_in_three_places(tmp_path: Path) -> None:
    async with House(tmp_path) as house:
        given = facts(legs=3)
        guest, terminal, officer = await visit(house, given)
        second = await house.join(ticket("visitor:2", given))
        third = await house.join(ticket("visitor:4", given))
        await third.until(lambda: third.count("outside1", "video") > 5 and third.count("outside2", "audio") > 5)
        await guest.until(lambda: guest.count("outside3", "video") > 5)
        await terminal.until(lambda: all(terminal.count(f"outside{n}", "video") > 5 for n in (1, 2, 3)))
        await officer.until(lambda: all(officer.count(f"outside{n}", "video") > 5 for n in (1, 2, 3)))
        assert second.count("terminal", "audio") > 5

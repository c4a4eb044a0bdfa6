"""The broker that carries a live visit is killed (SIGKILL), again and again, each time at an instant of its own: the visit is live at the other one.

`make proof PROOF=takeover`. After every kill: live again within 5 s by the packets that people get; not one packet before the new broker's officer is there;
the minutes used never go back and never beyond the time that passed; who was muted stays muted; the audit names the loss, the move and the gap once. At the end
every segment of every run is at the prison, and no two share a name. One line of JSON.
"""

import asyncio
import json
import os
import random
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.media.client import Client, use_loopback_and_counters
from tests.media.conftest import in_loop
from tests.media.test_link import running
from tests.media.test_many_brokers import LIVE_AGAIN_SECONDS, Two, all_stored, carrier, everybody_gets
from visitation.supervision.models import Broker, Segment

pytestmark = [pytest.mark.media, pytest.mark.timeout(7200)]
KILLS = int(os.environ.get("KILLS", "5"))
NAMES = {"broker-1": "broker", "broker-2": "broker2"}


@dataclass
class Seen:
    """What the kills came to."""

    seconds: list[float] = field(default_factory=list)
    early_packets: int = 0
    used: list[float] = field(default_factory=list)
    mutes_lost: int = 0


async def enter_again(house: Two, people: tuple[Client, Client, Client]) -> tuple[tuple[Client, Client, Client], float]:
    """Everybody rejoins as pages do; and when the officer was let in."""
    guest, terminal, officer = people
    came = 0.0

    async def officer_again() -> Client:
        nonlocal came
        made = await house.again(officer, house.officer_in)
        came = time.monotonic()
        return made

    new = await asyncio.gather(house.again(guest, house.family_in), house.again(terminal, house.terminal_in), officer_again())
    return new, came


def first_packet(client: Client) -> float:
    return min((counter.times[0] for counter in client.counters.values() if counter.times), default=float("inf"))


async def one_kill(house: Two, people: tuple[Client, Client, Client], seen: Seen, number: int) -> tuple[Client, Client, Client]:
    at = carrier(house)
    muted = number % 2 == 0
    assert (await people[2].act("mute" if muted else "lift", pid=people[0].pid))["ok"]
    await asyncio.sleep(random.uniform(0.3, 2.0))
    killed = time.monotonic()
    await asyncio.to_thread(house.stack.kill, NAMES[at])
    new, came = await enter_again(house, people)
    await new[0].until(lambda: everybody_gets(*new), 20)
    seen.seconds.append(time.monotonic() - killed)
    seen.early_packets += sum(first_packet(client) < came for client in new[:2])
    shot = new[2].snapshot
    seen.mutes_lost += [p["muted"] for p in shot["participants"] if p["pid"] == new[0].pid] != [muted]
    seen.used.append(house.read(house.session).seconds_used)
    await asyncio.to_thread(house.stack.start, "broker") if at == "broker-1" else house.start_second()
    await house.until(lambda s: s.get_one(Broker, at).lost_at is None, 30)
    for client in people:
        await client.close()
        house.clients.remove(client)
    return new


@in_loop
async def test_a_visit_survives_every_kill_of_its_broker(tmp_path: Path) -> None:
    use_loopback_and_counters()
    async with running(Two(tmp_path)) as house:
        people = await house.live()
        await asyncio.to_thread(house.start_second)
        await house.until(lambda s: s.get(Broker, "broker-2"))
        began, seen = time.monotonic(), Seen()
        for number in range(KILLS):
            people = await one_kill(house, people, seen, number)
        passed = time.monotonic() - began
        assert (await people[2].act("end", reason="finished_early"))["ok"]
        await house.until(lambda s: house.session(s).ended_at is not None)
        await house.until(lambda s: all_stored(s, 2 * KILLS), 60)
        segments = house.read(lambda s: s.scalars(select(Segment)).all())
        audited = {act: len(house.audited(act)) for act in ("broker.lost", "session.moved", "session.gap")}
        live = house.read(house.session)
    told = {
        "kills": KILLS,
        "worst_s": round(max(seen.seconds), 2),
        "median_s": round(statistics.median(seen.seconds), 2),
        "over_5_s": sum(one >= LIVE_AGAIN_SECONDS for one in seen.seconds),
        "packets_before_the_officer": seen.early_packets,
        "minutes_gone_back": sum(late < early for early, late in zip(seen.used, seen.used[1:], strict=False)),
        "seconds_used": round(live.seconds_used, 1),
        "seconds_passed": round(passed, 1),
        "mutes_lost": seen.mutes_lost,
        "segments": len(segments),
        "segments_cut_off": sum(not row.final for row in segments),
        "audit": audited,
        "runs": live.run,
    }
    print(json.dumps(told))
    assert told["packets_before_the_officer"] == told["minutes_gone_back"] == told["mutes_lost"] == told["over_5_s"] == 0
    assert 0 < live.seconds_used <= passed + 5
    assert audited == dict.fromkeys(audited, KILLS)
    assert live.run == KILLS + 1
    assert len({row.file for row in segments}) == len(segments) >= 2 * (KILLS + 1)

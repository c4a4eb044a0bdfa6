"""Thousands of crooked descriptions and messages: no task fails, none is left behind, nothing hangs, and the visit next door goes on untouched."""

import asyncio
import itertools
import json
import os
import sys
import time
from pathlib import Path

import pytest

from tests.media import mutants
from tests.media.conftest import in_loop
from tests.media.house import House, facts
from tests.media.light import LightClient, light_media, light_visit

pytestmark = pytest.mark.media
MUTANTS = int(os.environ.get("MUTANTS", "150"))
"""How many of each kind; `make proof PROOF=mutants` sends 10,000."""
LONGEST_GAP = 0.6
QUIET_SECONDS = 20.0
FREE = {"BROKER_JOINS_PER_MINUTE": "1000000", "BROKER_MAX_SESSIONS": "100000"}


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["descriptions", "messages"])
@in_loop
async def test_mutants_hurt_nobody(tmp_path: Path, kind: str) -> None:
    with light_media():
        async with House(tmp_path, **FREE) as house:
            good = await mutants.good_answer(house)
            guest, terminal, _officer = await light_visit(house, facts(record=False))
            quiet = await _settled(house)
            begin = time.monotonic()
            outcome = await getattr(mutants, kind)(house, good, MUTANTS, 8, seed=MUTANTS)
            took = time.monotonic() - begin
            untouched = [_longest_gap(client, begin) for client in (guest, terminal)]
            for sid in [one["sid"] for one in (await house.command())["sessions"] if one["sid"] != "v1"]:
                await house.command({"id": f"end {sid}", "op": "end", "sid": sid, "outcome": "x"})
            after = await _settled(house, quiet)
            line = {
                "name": f"mutants.{kind}",
                "sent": outcome.sent,
                "hung_up": outcome.closed,
                "slowest_answer_s": round(outcome.slowest, 3),
                "seconds": round(took, 1),
            }
            sys.stdout.write(json.dumps({**line, "longest_gap_s": round(max(untouched), 3), "tasks": [quiet, after]}) + "\n")
            assert outcome.sent == MUTANTS
            assert outcome.hangs == []
            assert max(untouched) < LONGEST_GAP
            assert after == quiet, "tasks and ports are as before"
            figures = await house.metrics()
            assert figures["broker_task_failures"] == 0, house.log.read_text()[-4000:]
            gates = [event for event in await house.events("gate") if event["sid"] == "v1"]
            assert [event["data"]["open"] for event in gates] == [True]
            assert "Traceback" not in house.log.read_text()


def _longest_gap(client: LightClient, since: float) -> float:
    """The longest silence on any line of this client since then, until now."""
    longest = 0.0
    for counter in client.counters.values():
        times = [since, *(at for at in counter.times if at > since), time.monotonic()]
        if len(times) > 2 or counter.packets:
            longest = max(longest, *(b - a for a, b in itertools.pairwise(times)))
    return longest


async def _settled(house: House, wanted: tuple[float, float] | None = None) -> tuple[float, float]:
    """(tasks, media ports) of the broker, once they stand still or are what is wanted."""
    limit, before = time.monotonic() + QUIET_SECONDS, None
    while True:
        figures = await house.metrics()
        now = figures["broker_tasks_of_all"], figures["broker_media_ports"]
        if now == wanted or (wanted is None and now == before) or time.monotonic() > limit:
            return now
        before = now
        await asyncio.sleep(0.5)

"""One visit's media: how soon it opens, what it costs the broker with and without recording, how soon a late officer sees and a stopped console closes it.

A broker of its own and clients that send prepared VP8 and Opus, all on loopback. The ratios are against the goals of the design; a visit
alone is dearer than one of many, which share their wake-ups (`SCENARIO=media`).
"""

import asyncio
import os
import tempfile
import time
from pathlib import Path

from bench.figures import against, figure
from tests.media.client import use_loopback_and_counters
from tests.media.house import House, facts, ticket, visit

SECONDS = 12.0
IDLE_SECONDS = 5.0
CORE_SHARE = 0.0125
CORE_SHARE_RECORDED = 0.018
LATE_SECONDS = 0.25
CLOSED_SECONDS = 2.0


def run() -> None:
    use_loopback_and_counters()
    for record in (False, True):
        asyncio.run(_measure(record=record))


async def _measure(*, record: bool) -> None:
    name = "recorded" if record else "plain"
    with tempfile.TemporaryDirectory(prefix="visits-bench-") as folder:
        async with House(Path(folder)) as house:
            idle = await _share(house.process.pid, IDLE_SECONDS)
            figure(f"visit.{name}.broker_idle", idle, "core")
            begin = time.perf_counter()
            guest, terminal, officer = await visit(house, facts(record=record))
            figure(f"visit.{name}.opens", time.perf_counter() - begin, "s")
            await asyncio.sleep(1)
            before = sum(client.total() for client in (guest, terminal, officer))
            share = await _share(house.process.pid, SECONDS) - idle
            received = sum(client.total() for client in (guest, terminal, officer)) - before
            figure(f"visit.{name}.packets_out", received / SECONDS, "packets/s")
            against(f"visit.{name}.broker", share, "core", CORE_SHARE_RECORDED if record else CORE_SHARE, "goal")
            if not record:
                await _late_officer(house)
                await _stopped_console(guest, terminal, officer)


async def _share(pid: int, seconds: float) -> float:
    """What part of one core a process uses, over so many seconds."""
    before = _processor_seconds(pid)
    await asyncio.sleep(seconds)
    return (_processor_seconds(pid) - before) / seconds


async def _late_officer(house: House) -> None:
    late = await house.join(ticket("officer:10", facts(record=False)))
    late.lease()
    begin = time.perf_counter()
    await late.until(lambda: late.frames() > 0)
    against("visit.late_officer_sees", time.perf_counter() - begin, "s", LATE_SECONDS, "goal")
    late.stop_lease()
    await late.close()


async def _stopped_console(*clients: object) -> None:
    guest, terminal, officer = clients
    stopped = officer.stop_lease()  # type: ignore[attr-defined]
    await asyncio.sleep(CLOSED_SECONDS + 0.5)
    last = max(client.last_packet() for client in (guest, terminal, officer))  # type: ignore[attr-defined]
    against("visit.last_packet_after_console", last - stopped, "s", CLOSED_SECONDS, "limit")


def _processor_seconds(pid: int) -> float:
    """User and system time of a process so far (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

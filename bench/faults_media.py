"""The media faults: consoles that stop, bad lines, floods, crooked clients, rights that end. A broker of its own for each, all on loopback.

FAULTS="lease cut" runs those whose name begins so.
"""

import asyncio
import os
import statistics
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from bench.faults import Report
from tests.media import hostile, lines, mutants, privilege, standing
from tests.media.client import use_loopback_and_counters
from tests.media.house import House
from tests.media.lease_trials import LIMIT, run_trials
from tests.media.light import light_media

Fault = Callable[[Report, Path], Awaitable[None]]
TRIALS = int(os.environ.get("TRIALS", "50"))
AT_ONCE = int(os.environ.get("AT_ONCE", "25"))
MUTANTS = int(os.environ.get("MUTANTS", "500"))


async def lease(report: Report, folder: Path) -> None:
    trials = await run_trials(folder, TRIALS, AT_ONCE)
    for way, found in trials.by_way().items():
        promise = f"no packet leaves later than 2.0 s after the console stopped ({found['trials']:.0f} trials, {AT_ONCE} sessions at once)"
        report.line(f"lease.{way}", promise, found["last_packet_s"], LIMIT, "s", found["late_packets"] == 0 and found["last_packet_s"] <= LIMIT)


async def loss(report: Report, folder: Path) -> None:
    for share, least in ((0.05, 0.99), (0.1, 0.98), (0.2, 0.95)):
        async with House(folder / f"loss{share}") as house:
            found = await lines.through_loss(house, share)
        report.at_least(f"line.loss_{share:.0%}", "of the pictures arrive, the lost ones asked for again", found.video, least, "share")


async def delay(report: Report, folder: Path) -> None:
    async with House(folder) as house:
        found = await lines.through_loss(house, 0.0, delay=0.04)
    report.at_least("line.delay_40ms", "of the pictures arrive over a line of 40 ms each way", found.video, 0.99, "share")


async def late_join(report: Report, folder: Path) -> None:
    for share in (0.0, 0.05):
        async with House(folder / f"late{share}") as house:
            waits = await lines.late_joins(house, share, 20)
        promise = f"who comes late sees the first picture, median of {len(waits)} joins at {share:.0%} loss"
        report.at_most(f"late_join.loss_{share:.0%}", promise, statistics.median(waits), 0.25)


async def cut(report: Report, folder: Path) -> None:
    async with House(folder) as house:
        found = await lines.cut_line(house, 10.0)
    report.at_most("line.cut_10s", "the dead peer is noticed and the other side is told", found.noticed, 5.0)
    report.at_most("line.cut_10s.back", "pictures flow again after the line is back", found.back, 6.0)


async def network(report: Report, folder: Path) -> None:
    async with House(folder) as house:
        report.at_most(
            "network.changed", "pictures in both directions after a join with a fresh token from another address", await lines.change_network(house), 2.0
        )


async def prison_gone(report: Report, folder: Path) -> None:
    async with House(folder) as house:
        report.at_most("prison.gone", "every packet has stopped after the application's last answer", await standing.without_prison(house), 30.0)


async def revoked(report: Report, folder: Path) -> None:
    async with House(folder) as house:
        report.at_most("right.revoked", "the leg's last packet after the command", await standing.revoked(house), 2.0)


async def stopped_broker(report: Report, folder: Path) -> None:
    async with House(folder) as house:
        report.at_most(
            "broker.stopped_and_continued", "packets forwarded that had waited while nobody supervised", await standing.stopped_broker(house), 0, "packets"
        )


async def replay(report: Report, folder: Path) -> None:
    async with House(folder, BROKER_JOINS_PER_MINUTE="1000") as house:
        won = await hostile.replays(house, 200)
    report.line("token.replayed_200_times", "one use wins", won, 1, "joins", won == 1)


async def floods(report: Report, folder: Path) -> None:
    for name, flood in (("hello", hostile.hellos), ("rtp", hostile.stray_rtp), ("stun", hostile.stray_stun)):
        async with House(folder / name) as house:
            found = await hostile.under_flood(house, flood)
        told = f"{found.sent} datagrams from strangers, {found.refused} refused unread"
        report.at_most(f"flood.{name}.join", f"a visit opens meanwhile ({told})", found.opened, 5.0)
        report.at_most(f"flood.{name}.gap", "longest silence of a visit that goes on", found.gap, 0.6)


async def crooked(report: Report, folder: Path) -> None:
    for kind in ("descriptions", "messages"):
        with light_media():
            async with House(folder / kind, **mutants.FREE) as house:
                found = await mutants.beside_a_visit(house, kind, MUTANTS)
        promise = f"{MUTANTS} crooked {kind}: no task fails, none is left behind, no answer takes over 1 s, the visit beside goes on"
        report.line(f"mutants.{kind}", promise, found.told(), 0, "", found.harmless)


async def lawyers(report: Report, folder: Path) -> None:
    for kind in ("legal_consult", "lawyer_meeting"):
        async with House(folder / kind) as house:
            found = await privilege.overheard(house, kind, folder / kind / "recordings")
        promise = "the officer's leg has no audio line and gets no audio packet; no recorder, file or byte exists"
        report.line(f"privilege.{kind}", promise, found, 0, "", not any(found.values()))


FAULTS: dict[str, Fault] = {
    "lease": lease,
    "loss": loss,
    "delay": delay,
    "late_join": late_join,
    "cut": cut,
    "network": network,
    "revoked": revoked,
    "stopped_broker": stopped_broker,
    "replay": replay,
    "floods": floods,
    "crooked": crooked,
    "lawyers": lawyers,
    "prison_gone": prison_gone,
}


def run(report: Report) -> None:
    """Every fault after the other."""
    use_loopback_and_counters()
    wanted = os.environ.get("FAULTS", "").split()
    for name, fault in FAULTS.items():
        if wanted and not any(name.startswith(one) for one in wanted):
            continue
        with tempfile.TemporaryDirectory(prefix="visits-faults-") as folder:
            asyncio.run(fault(report, Path(folder)))

"""The lease on the wire: many sessions at once lose their console in every way there is, and an independent tap says when the last packet left."""

import asyncio
import itertools
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.media.house import House, facts, ticket
from tests.media.light import LightClient, light_media
from tests.media.wire import Wire

WAYS = ("closed", "aborted", "hidden", "stopped", "dropped", "clock_forward", "clock_back")
"""How a console stops: its page is closed, its machine vanishes, it is hidden, its renderer stands still, its cable is pulled; the last two are a
renderer that stops in the moment in which the broker's clock jumps by an hour."""
JUMP = {"clock_forward": 3600, "clock_back": -3600}
LIMIT = 2.0
WATCH = 3.0


@dataclass
class Stop:
    """One trial: how the console stopped and when (seconds since the epoch), and what the tap saw of the session's ports."""

    way: str
    sid: str
    at: float
    before: int = 0
    late: int = 0
    last: float = 0.0


@dataclass
class Seats:
    """One session's people."""

    sid: str
    number: int
    guest: LightClient
    terminal: LightClient
    officer: LightClient


@dataclass
class Trials:
    """What came of all of them."""

    stops: list[Stop] = field(default_factory=list)
    opened_again: list[float] = field(default_factory=list)

    @property
    def late(self) -> int:
        return sum(stop.late for stop in self.stops)

    @property
    def worst(self) -> float:
        return max(stop.last for stop in self.stops)

    def by_way(self) -> dict[str, dict[str, float]]:
        found: dict[str, dict[str, float]] = {}
        for way in sorted({stop.way for stop in self.stops}):
            mine = [stop for stop in self.stops if stop.way == way]
            found[way] = {"trials": len(mine), "last_packet_s": round(max(s.last for s in mine), 3), "late_packets": sum(s.late for s in mine)}
        return found


async def run_trials(folder: Path, count: int, at_once: int, seed: int = 7) -> Trials:
    """At least `count` stops, `at_once` sessions at the same time on one broker; every way comes up equally often."""
    jump = folder / "jump"
    _set_clock(jump, 0)
    trials, dice = Trials(), random.Random(seed)
    with light_media():
        limits = {"BROKER_JOINS_PER_MINUTE": "100000", "BROKER_MAX_SESSIONS": str(at_once + 10), "JUMP_FILE": str(jump)}
        async with House(folder, module="tests.media.jumping", **limits) as house:
            seats = [await _seat(house, number) for number in range(at_once)]
            for ways in itertools.cycle([WAYS[:5], WAYS[5:6], WAYS[:5], WAYS[6:]]):
                if len(trials.stops) >= count:
                    break
                await _round(house, seats, ways, trials, dice, jump)
    return trials


async def _seat(house: House, number: int) -> Seats:
    sid, given = f"s{number}", facts(record=False)
    guest = await house.join(ticket(f"visitor:{number}", given, sid), kind=LightClient)
    terminal = await house.join(ticket(f"terminal:{number}", given, sid), kind=LightClient)
    officer = await house.join(ticket(f"officer:{number}", given, sid), kind=LightClient)
    officer.lease()
    return Seats(sid, number, guest, terminal, officer)


async def _round(house: House, seats: list[Seats], ways: tuple[str, ...], trials: Trials, dice: random.Random, jump: Path) -> None:
    begin = time.monotonic()
    for one in seats:
        await one.guest.until(lambda one=one: one.guest.gate_open and one.guest.count("terminal", "video") > 0, 30)
    trials.opened_again.append(time.monotonic() - begin)
    await asyncio.sleep(0.6)
    owners: dict[int, str] = {}
    with Wire(house.data) as wire:
        watching = asyncio.create_task(_watch(house, owners))
        await asyncio.sleep(0.4)
        shuffled = [ways[n % len(ways)] for n in range(len(seats))]
        dice.shuffle(shuffled)
        if ways[0] in JUMP:
            house.stop_beat()
            _set_clock(jump, JUMP[ways[0]])
        stops = await asyncio.gather(*(_stop(one, way, dice.random() * 0.4) for one, way in zip(seats, shuffled, strict=True)))
        await asyncio.sleep(WATCH)
        watching.cancel()
    judge(stops, wire.packets, owners)
    trials.stops += stops
    if ways[0] in JUMP:
        _set_clock(jump, 0)
        house.start_beat()
    for one, stop in zip(seats, stops, strict=True):
        await _resume(house, one, stop.way)


def _set_clock(jump: Path, seconds: int) -> None:
    jump.parent.mkdir(parents=True, exist_ok=True)
    jump.write_text(str(seconds))


async def _watch(house: House, owners: dict[int, str]) -> None:
    """Whose each media port is, from the broker's health page."""
    while True:
        found = (await house.health())["media_port_owners"]
        owners.update({int(port): owner["sid"] for port, owner in found.items()})
        await asyncio.sleep(0.3)


async def _stop(one: Seats, way: str, after: float) -> Stop:
    await asyncio.sleep(after)
    officer, at = one.officer, time.time()
    officer.stop_lease()
    if way == "closed":
        await officer.socket.close()
    elif way == "aborted":
        officer.cut = True
        officer.socket.get_extra_info("socket").shutdown(2)
    elif way == "hidden":
        await officer.send({"t": "lease", "visible": False, "frames": officer.frames(), "sound": None})
    elif way == "dropped":
        officer.cut = True
    return Stop(way, one.sid, at)


async def _resume(house: House, one: Seats, way: str) -> None:
    if way in ("closed", "aborted", "dropped"):
        await house.part(one.officer)
        given = facts(record=False)
        one.officer = await house.join(ticket(f"officer:{one.number}", given, one.sid), kind=LightClient)  # type: ignore[assignment]
    one.officer.visible = True
    one.officer.lease()


def judge(stops: Iterable[Stop], packets: Iterable[object], owners: dict[int, str]) -> None:
    """Write into each stop what left its session's ports, to anybody, before and after."""
    by_sid = {stop.sid: stop for stop in stops}
    for packet in packets:
        stop = by_sid.get(owners.get(packet.from_port, ""))  # type: ignore[attr-defined]
        if stop is None:
            continue
        since = packet.at - stop.at  # type: ignore[attr-defined]
        stop.before += -0.4 < since <= 0
        stop.last = max(stop.last, since)
        stop.late += since > LIMIT

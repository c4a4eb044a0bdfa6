"""`make bench SCENARIO=media`: what a second of media costs in aiortc's MediaRelay, in this broker and in Janus, on the same packets; how many visits fit on a
core with feedback on, how long a packet is on its way, how soon people are in, what a connection weighs.

Servers have one core, the load has the other. Cost is processor time, so that it means something on a busy machine too; times on the way mean something
only on a quiet one, and how long either had to wait for its core is printed with them. A run is void, and says so, when its load took 80 % of its core or
more, or when pictures did not arrive.
"""

import asyncio
import os
import tempfile
import time
from pathlib import Path

import aiohttp

from bench import media_janus
from bench.figures import against, figure, quantile
from bench.media_guest import Guest, enter, facts, visits
from bench.media_peer import Peer, Pump, use
from bench.media_rig import LOAD_CORE, BrokerRig, Place, broker, namespace, own_core, post, processor_seconds, relay, resident_bytes, waited_seconds

SECONDS = float(os.environ.get("BENCH_MEDIA_SECONDS", "10"))
VISITS = int(os.environ.get("BENCH_MEDIA_VISITS", "50"))
WARM = 2.0
COPIES = 10  # publishers at once at servers that carry so many on a core
LISTENERS = 2
JOINS = 50
LOAD_LIMIT = 0.8
LEAST_ARRIVED = 0.95
QUIET = 0.1  # somebody else wants these cores too, above it: times on the way mean nothing then
GOAL_RELAY, GOAL_JANUS = 16.0, 1.0
GOAL_P99, GOAL_JOIN, GOAL_LATE, GOAL_MEMORY, GOAL_VISIT = 0.010, 0.5, 0.25, 1.2, 0.0125


class Void(Exception):
    """What was measured means nothing: the load could not do its work, or pictures did not arrive."""


class Run:
    """One measurement: what a server costs while publishers send and listeners receive."""

    def __init__(self, name: str, pid: int, publishers: list[Peer], listeners: list[Peer], copies: int) -> None:
        self.name = name
        self._pid = pid
        self._publishers, self._listeners = publishers, listeners
        self._copies = copies

    def _counted(self) -> tuple[float, ...]:
        """Processor seconds of load and server; pictures received and sent (not packets: MediaRelay cuts its own); packets sent and received."""
        seen, shown = sum(peer.frames for peer in self._listeners), sum(peer.shown for peer in self._publishers)
        sent, got = sum(peer.sent for peer in self._publishers), sum(peer.packets for peer in self._listeners)
        return time.process_time(), processor_seconds(self._pid), seen, shown, sent, got, waited_seconds(self._pid), waited_seconds(os.getpid())

    async def share(self) -> float:
        """The share of a core that the server takes. `copies`: how many listeners each packet has. Raises Void."""
        begin, before = time.monotonic(), self._counted()
        await asyncio.sleep(SECONDS)
        took, after = time.monotonic() - begin, self._counted()
        load, share, seen, shown, sent, got, held_up, load_held_up = ((late - early) / took for late, early in zip(after, before, strict=True))
        figure(f"media.{self.name}.load", load, "core", f"limit {LOAD_LIMIT:g} core", load / LOAD_LIMIT)
        for who, value in (("server", held_up), ("load", load_held_up)):
            figure(f"media.{self.name}.{who}_waited", value, "core", f"quiet below {QUIET:g} core", value / QUIET)
        figure(f"media.{self.name}.packets_in", sent, "packets/s")
        figure(f"media.{self.name}.packets_out", got, "packets/s")
        arrived = seen / max(1.0, shown * self._copies)
        figure(f"media.{self.name}.arrived", arrived, "of the pictures", f"least {LEAST_ARRIVED:g}", arrived / LEAST_ARRIVED)
        if load >= LOAD_LIMIT:
            raise Void(f"{self.name}: the load took too much of its core")
        if arrived < LEAST_ARRIVED:
            raise Void(f"{self.name}: pictures did not arrive")
        return share


def run() -> None:
    own_core(os.getpid(), LOAD_CORE)
    with tempfile.TemporaryDirectory(prefix="visits-bench-") as folder, namespace() as place:
        for number, part in enumerate((compare, many, at_once)):
            inside = Path(folder) / str(number)
            inside.mkdir()
            try:
                asyncio.run(part(inside, place))
            except Void as void:
                name, _, why = str(void).partition(": ")
                figure(f"media.{name}.void", 1, "", why, None)


# -- the same work in three servers


async def compare(folder: Path, place: Place | None) -> None:
    """One publisher to two listeners, per second of its stream."""
    costs = {"mediarelay": await _relay_cost(), "broker": await _broker_cost(folder, Place(), "broker")}
    figure("media.mediarelay.second", costs["mediarelay"] * 1000, "ms of processor")
    figure("media.broker.second", costs["broker"] * 1000, "ms of processor")
    cheaper = costs["mediarelay"] / costs["broker"]
    figure("media.broker.cheaper_than_mediarelay", cheaper, "times", f"goal {GOAL_RELAY:g} times", cheaper / GOAL_RELAY)
    if not media_janus.installed() or place is None:
        why = "not installed (apt-get install --no-install-recommends janus)" if not media_janus.installed() else "no network namespace allowed here"
        figure("media.janus.second", 0, "", why, None)
        return
    janus = await _janus_cost(folder, place)
    beside = await _broker_cost(folder, place, "broker_beside_janus")
    figure("media.janus.second", janus * 1000, "ms of processor")
    against("media.broker_beside_janus.second", beside * 1000, "ms of processor", janus * GOAL_JANUS * 1000, "Janus")


async def _playing(run: Run, pump: Pump, publishers: list[Peer], listeners: list[Peer]) -> float:
    """Processor seconds of the server for a second of one publisher, once packets really arrive everywhere."""
    pump.add(*publishers)
    pump.start()
    try:
        await asyncio.sleep(WARM)
        return await run.share() / len(publishers)
    finally:
        await pump.stop()
        for peer in (*publishers, *listeners):
            await peer.close()


async def _relay_cost() -> float:
    use("127.0.0.1")
    async with relay(Place()) as (pid, url), aiohttp.ClientSession() as http:

        async def connected(path: str, direction: str) -> Peer:
            peer = Peer()
            told = await post(http, f"{url}/{path}", {"name": "one", "sdp": await peer.offer(direction)})
            await peer.accept(told["sdp"])
            await asyncio.wait_for(peer.up.wait(), 10)
            return peer

        publisher = await connected("publish", "sendonly")
        listeners = [await connected("subscribe", "recvonly") for _ in range(LISTENERS)]
        return await _playing(Run("mediarelay", pid, [publisher], listeners, LISTENERS), Pump(), [publisher], listeners)


async def _broker_cost(folder: Path, place: Place, name: str) -> float:
    use(place.load)
    inside = folder / name
    inside.mkdir()
    async with broker(inside, place) as rig:
        pump = Pump().start()
        people = await visits(rig, COPIES, pump, facts(), one_way=True)
        await asyncio.sleep(WARM)
        publishers, listeners = [p.peer for p in people[1::3] if p.peer], [p.peer for p in (*people[::3], *people[2::3]) if p.peer]
        try:
            return await Run(name, rig.pid, publishers, listeners, LISTENERS).share() / COPIES
        finally:
            await _finish(pump, people)


async def _janus_cost(folder: Path, place: Place) -> float:
    use(place.load)
    async with media_janus.janus(folder, place) as (pid, line):
        publishers, listeners = [], []
        for number in range(media_janus.ROOM, media_janus.ROOM + COPIES):
            await line.room(number)
            publisher, feed = await line.publish(number)
            publishers.append(publisher)
            listeners += [await line.subscribe(number, feed) for _ in range(LISTENERS)]
        return await _playing(Run("janus", pid, publishers, listeners, LISTENERS), Pump(), publishers, listeners)


async def _finish(pump: Pump, people: list[Guest]) -> None:
    await pump.stop()
    for one in people:
        await one.close()


# -- many visits on one core


async def many(folder: Path, _place: Place | None) -> None:
    """Whole visits: visitor and terminal see and hear each other, an officer sees and hears both, everybody reports."""
    use("127.0.0.1")
    latencies: list[float] = []
    async with broker(folder, Place()) as rig:
        pump = Pump().start()
        empty = resident_bytes(rig.pid)
        people = await visits(rig, VISITS, pump, facts(), latencies=latencies)
        connections = len(people)
        memory = (resident_bytes(rig.pid) - empty) / connections / 1024 / 1024
        await asyncio.sleep(WARM)
        latencies.clear()
        everybody = [one.peer for one in people if one.peer is not None]
        figure("media.visits.at_once", VISITS, "visits")
        share = await Run("visits", rig.pid, everybody, everybody, LISTENERS).share()
        against("media.visits.cost", share / VISITS, "core a visit", GOAL_VISIT, "goal")
        figure("media.visits.on_a_core", VISITS / share, "visits", f"goal {50} visits", VISITS / share / 50)
        figure("media.forwarding.p50", quantile(latencies, 0.5) * 1000, "ms")
        against("media.forwarding.p99", quantile(latencies, 0.99) * 1000, "ms", GOAL_P99 * 1000, "goal")
        against("media.memory", memory, "MiB a connection", GOAL_MEMORY, "goal")
        await _late(rig, people)
        await _finish(pump, people)


async def _late(rig: BrokerRig, people: list[Guest]) -> None:
    """A second officer comes to a visit that runs, beside all the others: from the connection to the first whole picture."""
    times = []
    for number in range(min(5, VISITS)):
        late = await enter(rig, f"officer:{1000 + number}", f"s{number}", facts())
        late.lease(every=0.1)
        await late.until(lambda late=late: late.is_up, 20)
        await late.until(lambda late=late: late.frames() > 0, 20)
        times.append(time.monotonic() - late.up_at)
        late.stop_lease()
        people.append(late)
    against("media.late_join_to_picture.median", quantile(times, 0.5), "s", GOAL_LATE, "goal")


# -- everybody at once


async def at_once(folder: Path, _place: Place | None) -> None:
    """Fifty people ring in the same instant; how long until the last one's media are connected. The load does half of each handshake on its own core."""
    use("127.0.0.1")
    async with broker(folder, Place()) as rig:
        # The doors of each visit are known first: a prison-signed token has stated the facts.
        given = facts()
        officers = [await enter(rig, f"officer:{n}", f"s{n}", given) for n in range(JOINS)]
        for one in officers:
            await one.until(lambda one=one: one.is_up, 30)
        await asyncio.sleep(1)
        before, waited, own, began = processor_seconds(rig.pid), waited_seconds(rig.pid), time.process_time(), time.monotonic()
        people = await asyncio.gather(*(_join(rig, n, given) for n in range(JOINS)))
        whole = time.monotonic() - began
        figure("media.joins.load", time.process_time() - own, "s of processor")
        figure("media.joins.broker", processor_seconds(rig.pid) - before, "s of processor")
        figure("media.joins.server_waited", waited_seconds(rig.pid) - waited, "s")
        figure("media.joins.median", quantile([one.up_at - began for one in people], 0.5), "s")
        against("media.joins.last", whole, "s", GOAL_JOIN, "goal")
        for one in (*people, *officers):
            await one.close()


async def _join(rig: BrokerRig, number: int, given: object) -> Guest:
    guest = await enter(rig, f"visitor:{number}", f"s{number}", given)  # type: ignore[arg-type]
    await guest.until(lambda: guest.is_up, 30)
    return guest

"""Crooked descriptions and messages by the thousand, each followed by a beat that has to be answered within a second, unless the broker hung up."""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.media.client import Message
from tests.media.hostile import longest_gap
from tests.media.house import House, facts, ticket
from tests.media.light import LightClient, light_visit

HANG = 1.0
ANSWER_PATIENCE = 30.0
Mutate = Callable[[random.Random], tuple[str, str | bytes]]


@dataclass
class Outcome:
    """What came of a number of mutants. hangs: seconds of every beat that took over a second to be answered; closed: how often we were hung up on."""

    sent: int = 0
    closed: int = 0
    slowest: float = 0.0
    hangs: list[float] = field(default_factory=list)

    def answered(self, seconds: float) -> None:
        self.slowest = max(self.slowest, seconds)
        if seconds > HANG:
            self.hangs.append(round(seconds, 2))


class Worker:
    """One crooked client: joins, sends a mutant and a beat, waits for the beat's answer, joins again when it was hung up on."""

    def __init__(self, house: House, name: str, outcome: Outcome) -> None:
        self._house = house
        self._name, self._number = name, 100 + int(name[1:])
        self._outcome = outcome
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._beats = self._sessions = 0
        self.offer: Message | None = None

    async def join(self, role: str) -> None:
        """A session of one's own; `test` is an equipment test, which is offered a connection at once. One that was ended is followed by the next."""
        for _ in range(50):
            if await self._joined(role):
                return
            self._sessions += 1
        raise RuntimeError("nobody is let in any more")

    async def _joined(self, role: str) -> bool:
        test = role == "test"
        sid = f"{'test:' if test else ''}{self._name}-{self._sessions}"
        made = ticket(f"{'visitor' if test else role}:{self._number}", facts(record=False), sid, lanes=64, **({"purpose": "test"} if test else {}))
        port = self._house.inside if role in ("officer", "terminal") else self._house.outside
        self._socket = await self._house.http.ws_connect(f"http://127.0.0.1:{port}/ws")
        await self._socket.send_json({"t": "join", "v": 1, "token": self._house.token(made)})
        self.offer = None
        return await self._until(lambda m: m["t"] == ("offer" if test else "welcome"))

    async def _until(self, wanted: Callable[[Message], bool]) -> bool:
        assert self._socket is not None
        async with asyncio.timeout(ANSWER_PATIENCE):
            while (message := await self._socket.receive()).type is aiohttp.WSMsgType.TEXT:
                content = message.json()
                if content["t"] == "offer":
                    self.offer = content
                if wanted(content):
                    return True
        return False

    async def send(self, mutant: str | bytes) -> None:
        """Send it and see that the broker still answers somebody: us, or, when it hung up, the next who asks."""
        socket, begin = self._socket, time.monotonic()
        assert socket is not None
        self._outcome.sent += 1
        self._beats += 1
        beat = self._beats
        alive = False
        with contextlib.suppress(ConnectionError, aiohttp.ClientError):
            await (socket.send_bytes if isinstance(mutant, bytes) else socket.send_str)(mutant)
            await socket.send_json({"t": "beat", "n": beat})
            alive = await self._until(lambda m: m["t"] == "beat" and m.get("n") == beat)
        self._outcome.answered(time.monotonic() - begin)
        if not alive:
            await self.leave()

    def next_session(self) -> None:
        self._sessions += 1

    async def leave(self) -> None:
        if self._socket is not None:
            self._outcome.closed += 1
            await self._socket.close()
            self._socket = None

    @property
    def gone(self) -> bool:
        return self._socket is None


async def descriptions(house: House, good: str, count: int, workers: int, seed: int) -> Outcome:
    """`count` crooked answers, each to a fresh offer of a fresh connection."""
    outcome, dice = Outcome(), random.Random(seed)
    todo = iter(range(count))

    async def work(name: str) -> None:
        worker = Worker(house, name, outcome)
        for _ in todo:
            await worker.join("test")
            assert worker.offer is not None
            await worker.send(json.dumps({"t": "answer", "pc": worker.offer["pc"], "sdp": crooked_sdp(good, dice)}))
            await worker.leave()
            worker.next_session()

    await asyncio.gather(*(work(f"d{n}") for n in range(workers)))
    return outcome


async def messages(house: House, good: str, count: int, workers: int, seed: int) -> Outcome:
    """`count` crooked messages from visitors, terminals and officers, and from whoever has not joined."""
    outcome, dice = Outcome(), random.Random(seed)
    todo = iter(range(count))

    async def work(number: int) -> None:
        worker = Worker(house, f"m{number}", outcome)
        for n in todo:
            if worker.gone:
                await worker.join(("visitor", "terminal", "officer", "test")[(n + number) % 4])
            await worker.send(crooked_message(good, dice))
        await worker.leave()

    await asyncio.gather(*(work(n) for n in range(workers)))
    return outcome


# -- beside a visit

LONGEST_GAP = 0.6
QUIET_SECONDS = 20.0
FREE = {"BROKER_JOINS_PER_MINUTE": "1000000", "BROKER_MAX_SESSIONS": "100000"}
Figures = tuple[float, float]


@dataclass
class Beside:
    """What a number of mutants did to a visit that went on beside them, and to the broker. quiet, after: (tasks, media ports) before and afterwards."""

    outcome: Outcome
    gap: float
    quiet: Figures
    after: Figures
    failures: float
    gates: list[bool]

    @property
    def harmless(self) -> bool:
        calm = self.after == self.quiet and self.failures == 0 and self.gates == [True]
        return calm and not self.outcome.hangs and self.gap < LONGEST_GAP

    def told(self) -> dict[str, Any]:
        leaked = {"leaked_tasks": self.after[0] - self.quiet[0], "leaked_ports": self.after[1] - self.quiet[1], "failures": self.failures}
        longest = {"hangs": len(self.outcome.hangs), "slowest_answer_s": round(self.outcome.slowest, 3), "longest_gap_s": round(self.gap, 3)}
        return {"sent": self.outcome.sent, **leaked, **longest, "gate_closed": self.gates.count(False)}


async def beside_a_visit(house: House, kind: str, count: int) -> Beside:
    """`count` mutants of a kind (descriptions, messages) while a visit goes on; then everything of theirs is ended. Within `light_media`."""
    good = await good_answer(house)
    guest, terminal, _officer = await light_visit(house, facts(record=False))
    quiet = await _settled(house)
    begin = time.monotonic()
    send = descriptions if kind == "descriptions" else messages
    outcome = await send(house, good, count, 8, seed=count)
    gap = max(longest_gap(client, begin) for client in (guest, terminal))
    others = [one["sid"] for one in (await house.command())["sessions"] if one["sid"] != "v1"]
    for place in range(0, len(others), 100):
        await house.command(*({"id": f"end {sid}", "op": "end", "sid": sid, "outcome": "x"} for sid in others[place : place + 100]))
    after = await _settled(house, quiet)
    gates = [bool(event["data"]["open"]) for event in await house.events("gate") if event["sid"] == "v1"]
    return Beside(outcome, gap, quiet, after, (await house.metrics())["broker_task_failures"], gates)


async def _settled(house: House, wanted: Figures | None = None) -> Figures:
    """(tasks, media ports) of the broker, once they stand still or are what is wanted."""
    limit, before = time.monotonic() + QUIET_SECONDS, None
    while True:
        figures = await house.metrics()
        now = figures["broker_tasks_of_all"], figures["broker_media_ports"]
        if now == wanted or (wanted is None and now == before) or time.monotonic() > limit:
            return now
        before = now
        await asyncio.sleep(0.5)


# -- making them

VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**200, -0.5, 1e308, "", "x" * 300, "é\u0000\ud7ff", "../..", "visitor:1", "officer:1",
    [], [[]] * 50, {}, {"a": {"b": [1]}}, "NaN", "999999999999999999999", "v=0\r\n", ["audio"], {"id": 1},
]  # fmt: skip


def _valid(good: str) -> list[Message]:
    acts: list[Message] = [
        {"action": "check", "pid": "visitor:1"}, {"action": "message", "text": "a", "to": "all", "code": "WAIT"}, {"action": "warn", "rule": 3, "to": "all"},
        {"action": "speak", "to": "outside"}, {"action": "hush"}, {"action": "mute", "pid": "visitor:1"}, {"action": "lift", "pid": "visitor:1"},
        {"action": "pause", "reason": "x"}, {"action": "resume"}, {"action": "mark", "note_code": "x"}, {"action": "end", "reason": "x"},
    ]  # fmt: skip
    return [
        {"t": "join", "v": 1, "token": "a.b.c"}, {"t": "answer", "pc": 1, "sdp": good}, {"t": "candidate", "pc": 1, "candidate": "candidate:1", "mid": "0"},
        {"t": "beat", "n": 1}, {"t": "stats", "rtt": 0.1, "loss": 0.01, "freeze": 0}, {"t": "shown", "message": "1"}, {"t": "confirmed", "message": "1"},
        {"t": "lease", "visible": True, "frames": 5, "sound": None, "n": 1}, *({"t": "act", "id": 1, **one} for one in acts),
    ]  # fmt: skip


def crooked_message(good: str, dice: random.Random) -> str | bytes:
    """A valid message with something wrong in it: its values, its shape, its letters or its bytes."""
    message = dict(dice.choice(_valid(good)))
    kind = dice.randrange(8)
    if kind < 4:
        for _ in range(dice.randrange(1, 4)):
            message[dice.choice([*message, "extra"])] = dice.choice(VALUES)
        return json.dumps(message)
    if kind == 4:
        message.pop(dice.choice(list(message)))
        return json.dumps(message)
    text = json.dumps(message)
    if kind == 5:
        return text[: dice.randrange(len(text))]
    if kind == 6:
        place = dice.randrange(len(text))
        return text[:place] + dice.choice(['"', "}", "[" * 2000, "\\u0000", "NaN", "1e999", "9" * 5000, " "]) + text[place + 1 :]
    return dice.randbytes(dice.randrange(200)) if dice.random() < 0.2 else json.dumps([message] * dice.randrange(3))


WORDS = [
    "",
    " ",
    "-1",
    "0",
    "65536",
    "99999999999999999999",
    "a" * 300,
    "::",
    "127.0.0.1",
    "é",
    "\x00",
    "UDP/TLS/RTP/SAVPF",
    "sha-256 00",
    "BUNDLE 0 0",
    "*",
    "IN IP6 ::1",
]


def crooked_sdp(good: str, dice: random.Random) -> str:
    """A valid answer with some lines gone, doubled, moved, cut or filled with something else."""
    lines = good.splitlines()
    for _ in range(dice.randrange(1, 5)):
        place, change = dice.randrange(len(lines)), dice.randrange(8)
        line = lines[place]
        if change == 0 and len(lines) > 2:
            del lines[place]
        elif change == 1:
            lines.insert(place, dice.choice(lines))
        elif change == 2:
            lines[place] = line[: dice.randrange(len(line) + 1)]
        elif change == 3:
            lines[place] = line.partition(":")[0] + ":" + dice.choice(WORDS)
        elif change == 4:
            parts = line.split(" ")
            parts[dice.randrange(len(parts))] = dice.choice(WORDS)
            lines[place] = " ".join(parts)
        elif change == 5:
            other = dice.randrange(len(lines))
            lines[place], lines[other] = lines[other], line
        elif change == 6:
            lines[place] = line.translate({ord("0"): "9", ord("1"): "é", ord("a"): "m"})
        else:
            lines[place:place] = [line] * dice.choice([2, 50, 2000])
    return dice.choice(["\r\n", "\r\n", "\r\n", "\n", "\r"]).join(lines) + "\r\n"


async def good_answer(house: House) -> str:
    """A true answer to the offer of an equipment test."""
    client = await house.join(ticket("visitor:1", facts(), sid="test:good", purpose="test"), kind=LightClient)
    await client.until(lambda: client.pc is not None and client.pc.connectionState == "connected")
    assert client.pc is not None
    sdp: str = client.pc.localDescription.sdp
    await house.part(client)
    return sdp

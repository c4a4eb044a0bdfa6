"""People of a visit at the broker for the media bench: the WebSocket of the tests' client, the media of `Peer`."""

import asyncio
import time
from typing import Any

from bench.media_peer import Peer, Pump
from bench.media_rig import BrokerRig
from tests.media.client import Client, Message
from visitation.signalling.tokens import Facts, Ticket


class Guest(Client):
    """A participant. `latencies`: where the time on the way of what it receives is noted; `mute`: it sends nothing."""

    def __init__(self, url: str, *, latencies: list[float] | None = None, mute: bool = False) -> None:
        super().__init__(url)
        self.peer: Peer | None = None
        self.latencies = latencies
        self.mute = mute

    async def _answer(self, offer: Message) -> None:
        if self.peer is not None:
            await self.peer.close()
        peer = self.peer = Peer(self.latencies, timed=True)
        sends = set() if self.mute else {line["mid"] for line in offer["send"]}
        sdp = await peer.answer(offer["sdp"], sends)
        await self.send({"t": "answer", "pc": offer["pc"], "sdp": sdp})

    def frames(self) -> int:
        return self.peer.frames if self.peer is not None else 0

    def total(self) -> int:
        return self.peer.packets if self.peer is not None else 0

    @property
    def is_up(self) -> bool:
        return self.peer is not None and self.peer.up.is_set()

    @property
    def up_at(self) -> float:
        return self.peer.up_at if self.peer is not None else 0.0

    async def close(self) -> None:
        if self.peer is not None:
            await self.peer.close()
        self.pc = None
        await super().close()


def facts(**more: Any) -> Facts:
    usual = {"minutes": 60, "hard_end": time.time() + 3600, "checked_in": True, "officer_sees": True, "officer_hears": True, "speak": True, "record": False}
    return Facts.model_validate({"kind": "family_visit", **usual, **more})


def ticket(pid: str, sid: str, given: Facts) -> Ticket:
    role = pid.partition(":")[0]
    more: dict[str, Any] = {"purpose": "supervise"} if role == "officer" else {"admitted": True} if role == "visitor" else {}
    return Ticket.model_validate({"sid": sid, "pid": pid, "role": role, "facts": given, **more})


async def enter(rig: BrokerRig, pid: str, sid: str, given: Facts, **options: Any) -> Guest:
    url, token = rig.door(ticket(pid, sid, given))
    client = await Guest.join(url, token, **options)
    assert isinstance(client, Guest)
    return client


async def visit(rig: BrokerRig, number: int, pump: Pump, given: Facts, *, latencies: list[float] | None = None, one_way: bool = False) -> list[Guest]:
    """A visit whose gate is open: visitor, terminal, officer, played by the pump. `one_way`: only the terminal sends."""
    sid = f"s{number}"
    guest = await enter(rig, f"visitor:{number}", sid, given, latencies=latencies, mute=one_way)
    terminal = await enter(rig, f"terminal:{number}", sid, given, latencies=latencies)
    officer = await enter(rig, f"officer:{number}", sid, given, latencies=latencies)
    officer.lease()
    people = [guest, terminal, officer]
    for one in people:
        await one.until(lambda one=one: one.is_up, 30)
    pump.add(*[one.peer for one in people if one.peer is not None and one.peer.sources])
    await officer.until(lambda: officer.gate_open, 30)
    return people


async def visits(rig: BrokerRig, count: int, pump: Pump, given: Facts, **options: Any) -> list[Guest]:
    """Many of them, five at a time."""
    people: list[Guest] = []
    for first in range(0, count, 5):
        made = await asyncio.gather(*(visit(rig, number, pump, given, **options) for number in range(first, min(first + 5, count))))
        people += [one for three in made for one in three]
    return people

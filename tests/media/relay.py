"""A bad network: a UDP relay between a client and the broker that loses and delays, by the roll of dice that are the same each time."""

import asyncio
import random
import re
from typing import Any


class Relay:
    """Forwards datagrams both ways; media lost with probability `loss`, everything lost while `cut`."""

    def __init__(self, loss: float = 0.0, delay: float = 0.0, seed: int = 1) -> None:
        self.loss = loss
        self.delay = delay
        self.cut = False
        self.dropped = 0
        self._dice = random.Random(seed)
        self._ends: list[Any] = []

    async def rewrite(self, sdp: str) -> str:
        """The offer with its candidates replaced by relay ports."""
        ports = sorted({int(p) for p in re.findall(r"a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 (\d+) typ host", sdp)})
        for port in ports:
            sdp = re.sub(rf"(127\.0\.0\.1) {port} typ", rf"\1 {await self._open(port)} typ", sdp)
        return sdp

    async def _open(self, target: int) -> int:
        loop = asyncio.get_running_loop()
        near, front = await loop.create_datagram_endpoint(lambda: _Front(self, target), local_addr=("127.0.0.1", 0))
        self._ends.append(front)
        return int(near.get_extra_info("sockname")[1])

    def passes(self, data: bytes) -> bool:
        media = 127 < data[0] < 192
        lost = self.cut or (media and self._dice.random() < self.loss)
        self.dropped += lost
        return not lost

    def close(self) -> None:
        for end in self._ends:
            end.close()


class _Front(asyncio.DatagramProtocol):
    """The side the client talks to; opens one socket towards the broker for each address it hears from."""

    def __init__(self, relay: Relay, target: int) -> None:
        self._relay = relay
        self._target = ("127.0.0.1", target)
        self._backs: dict[Any, _Back] = {}

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if self._relay.passes(data):
            back = self._backs.get(addr)
            if back is None:
                back = self._backs[addr] = _Back(self, addr)
                back.ready = asyncio.ensure_future(back.open())
            back.send(data, self._target, self._relay.delay)

    def back(self, data: bytes, client: Any) -> None:
        if self._relay.passes(data):
            _later(self._relay.delay, lambda: _out(self.transport, data, client))

    def close(self) -> None:
        self.transport.close()
        for back in self._backs.values():
            back.close()


class _Back(asyncio.DatagramProtocol):
    def __init__(self, front: _Front, client: Any) -> None:
        self._front, self._client = front, client
        self.transport: Any = None
        self.ready: Any = None
        self._early: list[tuple[bytes, Any, float]] = []

    async def open(self) -> None:
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        for data, target, delay in self._early:
            self.send(data, target, delay)

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def send(self, data: bytes, target: Any, delay: float) -> None:
        if self.transport is None:
            self._early.append((data, target, delay))  # a lost first check would be repeated only after half a second
        else:
            _later(delay, lambda: _out(self.transport, data, target))

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._front.back(data, self._client)

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()


def _out(transport: Any, data: bytes, target: Any) -> None:
    """Unless the relay was closed while the datagram was under way."""
    if not transport.is_closing():
        transport.sendto(data, target)


def _later(delay: float, work: Any) -> None:
    if delay:
        asyncio.get_running_loop().call_later(delay, work)
    else:
        work()

"""What stops a visit from above: the prison's application is gone, a right ends, the broker itself stood still."""

import asyncio
import signal
import time

from tests.media.house import House, facts, visit


async def without_prison(house: House) -> float:
    """Seconds from the application's last answer until the last packet reached anybody."""
    clients = await visit(house, facts(record=False))
    guest = clients[0]
    await house.command()
    house.stop_beat()
    last = time.monotonic()
    await guest.until(lambda: not guest.gate_open and guest.snapshot["gate"]["reason"] == "STANDING", 40)
    await asyncio.sleep(0.5)
    assert all(time.monotonic() - client.last_packet() > 0.3 for client in clients)
    return max(client.last_packet() for client in clients) - last


async def revoked(house: House) -> float:
    """Seconds from the command that ends the visitor's right until the last packet to or from them arrived anywhere."""
    guest, terminal, officer = await visit(house, facts(record=False))
    await asyncio.sleep(0.5)
    begin = time.monotonic()
    await house.command({"id": "revoke", "op": "revoke", "sid": "v1", "pid": "visitor:1"})
    await asyncio.sleep(2.5)
    from_them = [client.counters["outside1", medium].last for client in (terminal, officer) for medium in ("audio", "video")]
    return max(guest.last_packet(), *from_them) - begin


async def stopped_broker(house: House) -> int:
    """Packets that were forwarded after the broker had stood still for so long that no lease can hold: what waited in its sockets is old."""
    clients = await visit(house, facts(record=False))
    await asyncio.sleep(0.5)
    house.stop_beat()
    clients[2].stop_lease()
    house.process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(2.5)
    before = sum(client.total() for client in clients)
    house.process.send_signal(signal.SIGCONT)
    await asyncio.sleep(0.7)
    return sum(client.total() for client in clients) - before

"""The UDP sockets of a connection: where they are bound, what they let through, how they are read."""

import asyncio
import random
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aioice import Candidate, ice
from aioice.candidate import candidate_foundation, candidate_priority
from pylibsrtp._binding import ffi

BATCH = 32  # datagrams taken from one socket before others have their turn
ALONE = 500  # a small datagram rarely has another behind it: looking for one would cost more than being woken again
QUEUE = 64  # handshake datagrams that may wait
BUFFER_SIZE = 2048
DEFERRED, DEFER_SECONDS = 8, 0.02

# One buffer for the whole process: a datagram is read, decrypted in place and forwarded before the next is read.
RX_CDATA = ffi.new("char[]", BUFFER_SIZE)
RX = memoryview(ffi.buffer(RX_CDATA)).cast("B")

_State = ice.CandidatePair.State
_ports: dict[int, str] = {}


def open_ports() -> dict[int, str]:
    """The media ports in use, and whose they are."""
    return dict(_ports)


@dataclass(frozen=True)
class Address:
    """Where to bind media sockets and what to tell the clients. An empty `bind` means every interface and loopback."""

    bind: str = ""
    advertise: str = ""
    ports: tuple[int, int] | None = None

    def hosts(self) -> list[str]:
        if self.bind:
            return [self.bind]
        if self.advertise:
            return ["0.0.0.0"]  # noqa: S104 - behind one advertised address it does not matter which
        return [*ice.get_host_addresses(use_ipv4=True, use_ipv6=True), "127.0.0.1"]


class MediaSocket(asyncio.DatagramTransport):
    """A UDP socket that stands in for asyncio's transport, so that media never pass through it."""

    def __init__(self, sock: socket.socket, protocol: Any, connection: Any, owner: str) -> None:
        super().__init__()
        self._sock = sock
        self._protocol = protocol
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._proven: set[tuple[str, int]] = set()
        self._closed = False
        self.port: int = sock.getsockname()[1]
        self.on_media: Callable[[int], None] | None = None
        self.on_heard: Callable[[], None] = lambda: None
        self.dropped = self._deferred = 0
        _ports[self.port] = owner
        protocol.connection_made(self)
        self._loop.add_reader(sock.fileno(), self._readable)

    def send_now(self, data: memoryview | bytes, address: tuple[str, int]) -> bool:
        """Hand a datagram to the kernel, or lose it: media do not wait."""
        try:
            self._sock.sendto(data, address)
        except OSError:
            return False
        return True

    def sendto(self, data: Any, addr: Any = None) -> None:
        self.send_now(data, addr)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._sock.getsockname() if name == "sockname" else default

    def is_closing(self) -> bool:
        return self._closed

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._loop.remove_reader(self._sock.fileno())
        self._sock.close()
        _ports.pop(self.port, None)
        self._loop.call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        self.close()

    def _readable(self) -> None:
        receive, buffer = self._sock.recvfrom_into, RX
        for _ in range(BATCH):
            try:
                size, address = receive(buffer)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                continue
            if size:
                self._sort(buffer[0], size, address)
            if size < ALONE or self._closed:
                return

    def _sort(self, first: int, size: int, address: Any) -> None:
        if first < 4:
            if address in self._proven:
                self.on_heard()
            self._protocol.datagram_received(bytes(RX[:size]), address)
        elif not (address in self._proven or self._prove(address)):
            self._refuse(first, size, address)
        elif 127 < first < 192:
            if self.on_media is not None and size >= 12:
                self.on_media(size)
        elif 19 < first < 64 and self._connection._queue.qsize() < QUEUE:
            self._connection.data_received(bytes(RX[:size]), 1)

    def _prove(self, address: Any) -> bool:
        """Whether a connectivity check with this address has succeeded: only then anything but STUN is listened to."""
        if self._pair_state(address) is not _State.SUCCEEDED:
            return False
        self._proven.add(address)
        return True

    def _pair_state(self, address: Any) -> Any:
        near = (address[0], address[1])
        for pair in self._connection._check_list:
            if pair.protocol is self._protocol and pair.remote_addr == near:
                return pair.state
        return None

    def _refuse(self, first: int, size: int, address: Any) -> None:
        """Drop it; but a handshake that overtook the check under way with the same address is looked at once more."""
        self.dropped += 1
        if 19 < first < 64 and self._deferred < DEFERRED and self._pair_state(address) in (_State.WAITING, _State.IN_PROGRESS):
            self._deferred += 1
            self._loop.call_later(DEFER_SECONDS, self._again, bytes(RX[:size]), address)

    def _again(self, data: bytes, address: Any) -> None:
        self._deferred -= 1
        if not self._closed and self._prove(address) and self._connection._queue.qsize() < QUEUE:
            self.dropped -= 1
            self._connection.data_received(data, 1)


def gather_into(connection: Any, address: Address, owner: str, opened: list[MediaSocket]) -> None:
    """Make an ICE connection take its host candidates from `address`, on sockets of ours, and from nowhere else."""

    async def get_component_candidates(component: int, addresses: list[str], timeout: int = 5) -> list[Candidate]:  # noqa: ASYNC109
        candidates = []
        for host in address.hosts():
            sock = _bind(host, address.ports)
            if sock is None:
                continue
            protocol = ice.StunProtocol(connection)
            media = MediaSocket(sock, protocol, connection, owner)
            opened.append(media)
            connection._protocols.append(protocol)
            protocol.local_candidate = _candidate(component, host, address.advertise, media.port)
            candidates.append(protocol.local_candidate)
        return candidates

    connection.get_component_candidates = get_component_candidates


def _candidate(component: int, host: str, advertise: str, port: int) -> Candidate:
    loopback = host.startswith("127.")
    return Candidate(
        foundation=candidate_foundation("host", "udp", host),
        component=component,
        transport="udp",
        priority=candidate_priority(component, "host", 1000 if loopback else 65535),
        host=advertise or host,
        port=port,
        type="host",
    )


def _bind(host: str, ports: tuple[int, int] | None) -> socket.socket | None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 256 * 1024)
    for port in _choices(ports):
        try:
            sock.bind((host, port))
        except OSError:
            continue
        return sock
    sock.close()
    return None


def _choices(ports: tuple[int, int] | None) -> list[int]:
    if ports is None:
        return [0]
    every = [p for p in range(ports[0], ports[1] + 1) if p not in _ports]
    return random.sample(every, min(len(every), 50))

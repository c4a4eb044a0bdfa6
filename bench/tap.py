"""An independent witness on the wire: every UDP packet on the loopback interface, with the kernel's own time stamp.

It shares nothing with the broker: it reads the raw interface and looks only at what is visible outside the encryption (an SRTP header's first two
bytes tell media from handshakes and reports). Needs the right to open a packet socket (root, or CAP_NET_RAW).
"""

import socket
import struct
import threading
from array import array
from collections.abc import Iterable
from dataclasses import dataclass

ETH_P_ALL = 0x0003
ETH_P_IP = 0x0800
ETH_P_IPV6 = 0x86DD
IPV6_HEADER = 40
OUTGOING = 4  # loopback shows a packet twice, as it goes out and as it comes in
SO_TIMESTAMPNS = 35
SCM_TIMESTAMPNS = 35
RECEIVE_BUFFER = 32 * 1024 * 1024


@dataclass(frozen=True)
class Packet:
    """at: seconds since the epoch; from_port, to_port: UDP; size: bytes of payload; kind: the RTP payload type, which encryption leaves readable."""

    at: float
    from_port: int
    to_port: int
    size: int
    kind: int = -1


def is_media(payload: bytes) -> bool:
    """RTP as seen from outside: version 2, and not one of RTCP's packet types (RFC 5761)."""
    return len(payload) >= 12 and 128 <= payload[0] <= 191 and not 192 <= payload[1] <= 223


class Tap:
    """Records media packets on `interface` from `start` until `stop`."""

    def __init__(self, interface: str = "lo") -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUFFORCE if hasattr(socket, "SO_RCVBUFFORCE") else 33, RECEIVE_BUFFER)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.bind((interface, ETH_P_ALL))
        self._socket.settimeout(0.2)
        self._times, self._ports, self._sizes, self._kinds = array("d"), array("L"), array("L"), array("B")
        self._running = True
        self._thread = threading.Thread(target=self._run, name="tap", daemon=True)

    def start(self) -> "Tap":
        self._thread.start()
        return self

    def stop(self) -> list[Packet]:
        """Stop, and return what was seen in order."""
        self._running = False
        self._thread.join(timeout=5)
        self._socket.close()
        return self.packets()

    def packets(self) -> list[Packet]:
        """What has been seen so far."""
        rows = zip(list(self._times), list(self._ports), list(self._sizes), list(self._kinds), strict=False)
        return [Packet(at, ports >> 16, ports & 0xFFFF, size, kind) for at, ports, size, kind in rows]

    def _run(self) -> None:
        while self._running:
            try:
                data, ancillary, _flags, address = self._socket.recvmsg(2048, 64)
            except TimeoutError:
                continue
            if address[2] != OUTGOING and (start := _udp_start(data, address[1])):
                self._look(data, start, ancillary)

    def _look(self, data: bytes, start: int, ancillary: Iterable[tuple[int, int, bytes]]) -> None:
        payload = data[start + 8 :]
        if is_media(payload):
            from_port, to_port = struct.unpack_from("!HH", data, start)
            self._ports.append(from_port << 16 | to_port)
            self._sizes.append(len(payload))
            self._kinds.append(payload[1] & 0x7F)
            self._times.append(_stamp(ancillary))


def _udp_start(data: bytes, protocol: int) -> int:
    """Where the UDP header of an IP packet begins; 0 when there is none."""
    if protocol == ETH_P_IP and len(data) > 20 and data[9] == socket.IPPROTO_UDP:
        return (data[0] & 15) * 4
    if protocol == ETH_P_IPV6 and len(data) > IPV6_HEADER and data[6] == socket.IPPROTO_UDP:
        return IPV6_HEADER
    return 0


def _stamp(ancillary: Iterable[tuple[int, int, bytes]]) -> float:
    for level, kind, value in ancillary:
        if level == socket.SOL_SOCKET and kind == SCM_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("qq", value[:16])
            return float(seconds + nanoseconds / 1e9)
    raise RuntimeError("the kernel gave no time stamp")

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

ETH_P_IP = 0x0800  # as a receiver only: loopback shows a packet to those who ask for all protocols twice
SO_TIMESTAMPNS = 35
SCM_TIMESTAMPNS = 35
RECEIVE_BUFFER = 32 * 1024 * 1024


@dataclass(frozen=True)
class Packet:
    """at: seconds since the epoch; from_port, to_port: UDP; size: bytes of payload."""

    at: float
    from_port: int
    to_port: int
    size: int


def is_media(payload: bytes) -> bool:
    """RTP as seen from outside: version 2, and not one of RTCP's packet types (RFC 5761)."""
    return len(payload) >= 12 and 128 <= payload[0] <= 191 and not 192 <= payload[1] <= 223


class Tap:
    """Records media packets on `interface` from `start` until `stop`."""

    def __init__(self, interface: str = "lo") -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUFFORCE if hasattr(socket, "SO_RCVBUFFORCE") else 33, RECEIVE_BUFFER)
        self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.bind((interface, ETH_P_IP))
        self._socket.settimeout(0.2)
        self._times, self._ports, self._sizes = array("d"), array("L"), array("L")
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
        rows = zip(list(self._times), list(self._ports), list(self._sizes), strict=False)
        return [Packet(at, ports >> 16, ports & 0xFFFF, size) for at, ports, size in rows]

    def _run(self) -> None:
        while self._running:
            try:
                data, ancillary, _flags, _address = self._socket.recvmsg(2048, 64)
            except TimeoutError:
                continue
            self._look(data, ancillary)

    def _look(self, data: bytes, ancillary: Iterable[tuple[int, int, bytes]]) -> None:
        header = (data[0] & 15) * 4
        if data[9] != socket.IPPROTO_UDP or len(data) < header + 20:
            return
        payload = data[header + 8 :]
        if is_media(payload):
            from_port, to_port = struct.unpack_from("!HH", data, header)
            self._ports.append(from_port << 16 | to_port)
            self._sizes.append(len(payload))
            self._times.append(_stamp(ancillary))


def _stamp(ancillary: Iterable[tuple[int, int, bytes]]) -> float:
    for level, kind, value in ancillary:
        if level == socket.SOL_SOCKET and kind == SCM_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("qq", value[:16])
            return float(seconds + nanoseconds / 1e9)
    raise RuntimeError("the kernel gave no time stamp")

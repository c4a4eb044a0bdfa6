"""Encrypting and decrypting in place, through the library's own C functions."""

from typing import Any

from pylibsrtp._binding import ffi, lib

from visitation.signalling.rtp import HEADER
from visitation.signalling.transport.sockets import BUFFER_SIZE, RX_CDATA

_TX_CDATA = ffi.new("char[]", BUFFER_SIZE)
_TX = memoryview(ffi.buffer(_TX_CDATA)).cast("B")
_LENGTH = ffi.new("int *")
_ROOM = BUFFER_SIZE - 148  # what the library may append
_pack = HEADER.pack_into


class Cipher:
    """The two SRTP sessions of a connection."""

    def __init__(self, received: Any, sent: Any) -> None:
        self._keep = (received, sent)
        self._in = received._srtp[0]
        self._out = sent._srtp[0]

    def open_rtp(self, size: int) -> int:
        """Decrypt the datagram in the receive buffer in place. Its new size, or 0 if it is not authentic."""
        _LENGTH[0] = size
        return 0 if lib.srtp_unprotect(self._in, RX_CDATA, _LENGTH) else int(_LENGTH[0])

    def open_rtcp(self, size: int) -> int:
        _LENGTH[0] = size
        return 0 if lib.srtp_unprotect_rtcp(self._in, RX_CDATA, _LENGTH) else int(_LENGTH[0])

    def seal_rtp(self, mpt: int, seq: int, ts: int, ssrc: int, payload: bytes) -> memoryview | None:
        """Build and encrypt a packet in the send buffer; valid until the next call."""
        size = 12 + len(payload)
        if size > _ROOM:
            return None
        _pack(_TX, 0, 0x80, mpt, seq, ts, ssrc)
        _TX[12:size] = payload
        _LENGTH[0] = size
        return None if lib.srtp_protect(self._out, _TX_CDATA, _LENGTH) else _TX[: _LENGTH[0]]

    def seal_rtcp(self, data: bytes) -> memoryview | None:
        if len(data) > _ROOM:
            return None
        _TX[: len(data)] = data
        _LENGTH[0] = len(data)
        return None if lib.srtp_protect_rtcp(self._out, _TX_CDATA, _LENGTH) else _TX[: _LENGTH[0]]

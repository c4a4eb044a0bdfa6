"""Encrypting and decrypting in place, through the library's own C functions."""

import struct
from typing import Any

from pylibsrtp._binding import ffi, lib

from visitation.signalling.rtp import HEADER
from visitation.signalling.transport.sockets import BUFFER_SIZE, RX_CDATA

_TX_CDATA = ffi.new("char[]", BUFFER_SIZE)
_TX = memoryview(ffi.buffer(_TX_CDATA)).cast("B")
_LENGTH = ffi.new("int *")
_ROOM = BUFFER_SIZE - 148  # what the library may append
_pack = HEADER.pack_into
_pack_stamp = struct.Struct("!HHL").pack_into
STAMP_ID = 3  # of abs-send-time in our offers
STAMP_URI = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"


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

    def seal_rtp(self, mpt: int, seq: int, ts: int, ssrc: int, payload: bytes, stamp: int | None) -> memoryview | None:
        """Build and encrypt a packet in the send buffer, with a send time where wanted; valid until the next call."""
        start = 12 if stamp is None else 20
        size = start + len(payload)
        if size > _ROOM:
            return None
        if stamp is None:
            _pack(_TX, 0, 0x80, mpt, seq, ts, ssrc)
        else:
            _pack(_TX, 0, 0x90, mpt, seq, ts, ssrc)
            _pack_stamp(_TX, 12, 0xBEDE, 1, STAMP_ID << 28 | 2 << 24 | stamp)
        _TX[start:size] = payload
        _LENGTH[0] = size
        return None if lib.srtp_protect(self._out, _TX_CDATA, _LENGTH) else _TX[: _LENGTH[0]]

    def seal_rtcp(self, data: bytes) -> memoryview | None:
        if len(data) > _ROOM:
            return None
        _TX[: len(data)] = data
        _LENGTH[0] = len(data)
        return None if lib.srtp_protect_rtcp(self._out, _TX_CDATA, _LENGTH) else _TX[: _LENGTH[0]]

"""One outgoing stream of one leg: numbers of its own, retransmission out of the source's history."""

import asyncio
import random
import struct
from collections.abc import Callable
from typing import Any

from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPsfbPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
    unpack_remb_fci,
)

from visitation.signalling.ingress import HISTORY, Ingress, Valve
from visitation.signalling.policy import Medium
from visitation.signalling.rtp import CLOCK, MARKER, RTX, Packet, is_key_start

RESENDS_A_TICK = 300
REPEATS = 12  # packets of the key frame with which a receiver begins, sent twice: of a first packet that is lost it would never know
REPEAT_SECONDS = 0.03
_CNAME = [(1, b"broker")]
Later = Callable[[float, Callable[[], None]], object]


def in_the_loop(seconds: float, work: Callable[[], None]) -> object:
    """Do it in so many seconds."""
    return asyncio.get_running_loop().call_later(seconds, work)


class Egress:
    """Rewrites SSRC, sequence number and timestamp, and starts again at a key frame whenever it was interrupted."""

    def __init__(self, medium: Medium, wire: Any, ssrc: int, rtx_ssrc: int, clock: Callable[[], float], later: Later = in_the_loop) -> None:
        self.medium = medium
        self.ssrc = ssrc
        self.source: Ingress | None = None
        self.valve = Valve()
        self.resync = True
        self.remb = 0
        self.remb_at = 0.0
        self.packets = self.octets = self.frames = self.resent = 0
        self._send_rtp: Callable[[int, int, int, int, bytes], bool] = wire.send_rtp
        self._send_rtcp: Callable[[bytes], bool] = wire.send_rtcp
        self._clock = clock
        self._later = later
        self._rate = CLOCK[medium]
        self._rtx_ssrc = rtx_ssrc
        self._rtx_seq = random.randrange(32768)
        self._seq_offset = self._ts_offset = 0
        self._first = 0
        self._last_seq = random.randrange(16384)
        self._last_ts = random.randrange(1 << 31)
        self._last_at = clock()
        self._budget = RESENDS_A_TICK

    def send(self, packet: Packet, now: float) -> None:
        seq, ts, mpt, payload = packet
        if mpt & MARKER:
            self.frames += 1  # due to this receiver, whether or not it can be shown yet
        if self.resync and not self._restart(packet, now):
            return
        if (seq - self._first) & 0xFFFF >= 0x8000:
            return  # older than the restart: its number may be taken
        out = (seq + self._seq_offset) & 0xFFFF
        out_ts = (ts + self._ts_offset) & 0xFFFFFFFF
        if (out - self._last_seq) & 0xFFFF < 0x8000:
            self._last_seq, self._last_ts, self._last_at = out, out_ts, now
        if not self._send_rtp(mpt, out, out_ts, self.ssrc, payload):
            return
        self.packets += 1
        self.octets += len(payload)

    def _restart(self, packet: Packet, now: float) -> bool:
        source = self.source
        if source is None:
            return False
        if self.medium is Medium.VIDEO and not is_key_start(packet.payload):
            source.ask_keyframe()
            return False
        elapsed = max(1, int((now - self._last_at) * self._rate))
        self._seq_offset = (self._last_seq + 1 - packet.seq) & 0xFFFF
        self._ts_offset = (self._last_ts + elapsed - packet.ts) & 0xFFFFFFFF
        self._first = packet.seq
        self.resync = False
        if source.sender_info is not None:
            self.sender_report(source.sender_info)
        if self.medium is Medium.VIDEO:
            self._later(REPEAT_SECONDS, lambda: self._repeat(packet.seq, packet.ts))
        return True

    def _repeat(self, first: int, ts: int) -> None:
        """Send the key frame once more with which this receiver began, unless it has begun again since."""
        source = self.source
        if source is None or self.resync or self._first != first:
            return
        frame = []
        for step in range(REPEATS):
            packet = source.history[(first + step) % HISTORY]
            if packet is None or packet.seq != (first + step) & 0xFFFF or packet.ts != ts:
                break
            frame.append((packet.seq + self._seq_offset) & 0xFFFF)
        self._resend(frame)

    def tick(self) -> None:
        """About once a second: the restart's number must not fall behind by half the number space."""
        last = (self._last_seq - self._seq_offset) & 0xFFFF
        if not self.resync and HISTORY < (last - self._first) & 0xFFFF < 0x8000:
            self._first = (last - HISTORY) & 0xFFFF
        self._budget = RESENDS_A_TICK

    def sender_report(self, info: RtcpSenderInfo) -> None:
        """Pass on the source's report with our numbers, so that sound and picture stay together."""
        if self.resync:
            return
        mine = RtcpSenderInfo(
            ntp_timestamp=info.ntp_timestamp,
            rtp_timestamp=(info.rtp_timestamp + self._ts_offset) & 0xFFFFFFFF,
            packet_count=self.packets & 0xFFFFFFFF,
            octet_count=self.octets & 0xFFFFFFFF,
        )
        name = RtcpSdesPacket(chunks=[RtcpSourceInfo(ssrc=self.ssrc, items=_CNAME)])
        self._send_rtcp(bytes(RtcpSrPacket(ssrc=self.ssrc, sender_info=mine)) + bytes(name))

    def feedback(self, packet: Any) -> None:
        """What the receiver says about this stream."""
        if isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
            self._resend(packet.lost)
        elif isinstance(packet, RtcpPsfbPacket):
            if packet.fmt in (RTCP_PSFB_PLI, RTCP_PSFB_FIR):
                if self.source is not None:
                    self.source.ask_keyframe()
            elif packet.fmt == RTCP_PSFB_APP:
                self._note_bitrate(packet.fci)

    def _note_bitrate(self, fci: bytes) -> None:
        try:
            self.remb = unpack_remb_fci(fci)[0]
        except (ValueError, struct.error):
            return
        self.remb_at = self._clock()

    def _resend(self, lost: list[int]) -> None:
        source = self.source
        if source is None or self.resync or self._clock() >= self.valve.until:
            return
        for out in lost:
            seq = (out - self._seq_offset) & 0xFFFF
            packet = source.history[seq % HISTORY]
            if packet is None or packet.seq != seq or self._budget <= 0 or (seq - self._first) & 0xFFFF >= 0x8000:
                continue
            self._budget -= 1
            ts = (packet.ts + self._ts_offset) & 0xFFFFFFFF
            body = struct.pack("!H", out) + packet.payload
            self._send_rtp((packet.mpt & MARKER) | RTX, self._rtx_seq, ts, self._rtx_ssrc, body)
            self._rtx_seq = (self._rtx_seq + 1) & 0xFFFF
            self.resent += 1

"""One source of media of one leg: what arrives, what is missing, who gets it."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from aiortc.rtp import (
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
)

from visitation.signalling.policy import Medium
from visitation.signalling.rtp import CLOCK, Jitter, Missing, Packet, is_key_start, payload_range

HISTORY = 512
KEYFRAME_GAP, FORCED_GAP = 0.3, 0.05
UNANSWERED_GAP = 0.1  # a request that brought no key frame may have been lost itself
REMB_CAP, REMB_FLOOR = 1_500_000, 100_000


class Valve:
    """Lets packets through until an instant of the monotonic clock, whatever the timers do."""

    __slots__ = ("until",)

    def __init__(self, until: float = 0.0) -> None:
        self.until = until


class Output(Protocol):
    """One receiver's outgoing stream."""

    valve: Valve
    resync: bool
    remb: int
    remb_at: float
    source: "Ingress | None"

    def send(self, packet: Packet, now: float) -> None: ...

    def sender_report(self, info: RtcpSenderInfo) -> None: ...


class Sink(Protocol):
    """A recorder's track."""

    valve: Valve

    def take(self, packet: Packet, now: float) -> None: ...

    def sender_report(self, ntp: int, rtp: int) -> None: ...

    def restarted(self) -> None: ...


class Ingress:
    """Receives one stream. `send_rtcp` goes back to its source; `rtcp_ssrc` is who we are to it."""

    def __init__(self, medium: Medium, send_rtcp: Callable[[bytes], object], rtcp_ssrc: int, clock: Callable[[], float]) -> None:
        self.medium = medium
        self._send_rtcp = send_rtcp
        self._rtcp_ssrc = rtcp_ssrc
        self._clock = clock
        self.outputs: tuple[Output, ...] = ()
        self.sinks: tuple[Sink, ...] = ()
        self.history: list[Packet | None]
        self.missing = Missing()
        self.sender_info: RtcpSenderInfo | None = None
        self.packets = self.octets = self.nacks = self.keyframes_asked = 0
        self.heard = 0.0
        self.loss = 0.0
        self._heard_report = 0.0
        self._last_asked = -1.0
        self._unanswered = False
        self._ask_later: asyncio.TimerHandle | None = None
        self._restart(None)

    def _restart(self, ssrc: int | None) -> None:
        self.ssrc = ssrc
        self._highest: int | None = None
        self._base = self._cycles = self._received = 0
        self._expected_before = self._received_before = 0
        self._jitter = Jitter(CLOCK[self.medium])
        self.missing.clear()
        self.history = [None] * HISTORY
        for egress in self.outputs:
            egress.resync = True
        for sink in self.sinks:
            sink.restarted()

    def receive(self, data: memoryview, size: int, header: tuple[int, int, int, int, int], now: float) -> None:
        """Take a decrypted packet from the shared buffer and hand it to everyone who may have it."""
        _, mpt, seq, ts, ssrc = header
        start, end = payload_range(data, size)
        if start > end:
            return
        self.accept(Packet(seq, ts, mpt, bytes(data[start:end])), ssrc, now)

    def accept(self, packet: Packet, ssrc: int, now: float) -> None:
        if ssrc != self.ssrc:
            self._restart(ssrc)
            self.ask_keyframe(force=True)
        self.heard = now
        self._count(packet.seq, packet.ts, now)
        self.packets += 1
        self.octets += len(packet.payload)
        self.history[packet.seq % HISTORY] = packet
        if self._unanswered and is_key_start(packet.payload):
            self._unanswered = False
        for egress in self.outputs:
            if now < egress.valve.until:
                egress.send(packet, now)
            else:
                egress.resync = True
        for sink in self.sinks:
            if now < sink.valve.until:
                sink.take(packet, now)

    def _count(self, seq: int, ts: int, now: float) -> None:
        self._received += 1
        if self._highest is None:
            self._highest = self._base = seq
            return
        distance = (seq - self._highest) & 0xFFFF
        if distance >= 0x8000:
            self.missing.arrived(seq)
            return
        if distance == 0:
            return
        self._cycles += 65536 if seq < self._highest else 0
        if distance > 1 and self.medium is Medium.VIDEO:
            self._gap(distance, now)
        self._highest = seq
        self._jitter.seen(ts, now)

    def _gap(self, distance: int, now: float) -> None:
        if self.missing.gap(self._highest or 0, distance, now):
            self.ask_missing(now)
        else:
            self.ask_keyframe()

    def ask_missing(self, now: float) -> None:
        """Send the NACKs that are due; give up for a key frame what did not come."""
        lost, gave_up = self.missing.due(now)
        if lost and self.ssrc is not None:
            self.nacks += 1
            self._send_rtcp(bytes(RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=self._rtcp_ssrc, media_ssrc=self.ssrc, lost=lost)))
        if gave_up:
            self.ask_keyframe()

    def ask_keyframe(self, *, force: bool = False) -> None:
        """Ask the source for a key frame; too soon after the last request, a forced one is sent late instead of never."""
        if self.medium is not Medium.VIDEO or self.ssrc is None:
            return
        now = self._clock()
        gap = FORCED_GAP if force else UNANSWERED_GAP if self._unanswered else KEYFRAME_GAP
        wait = self._last_asked + gap - now
        if wait > 0:
            if force and self._ask_later is None:
                self._ask_later = asyncio.get_running_loop().call_later(wait, self._asked_late)
            return
        self._last_asked, self._unanswered = now, True
        self.keyframes_asked += 1
        self._send_rtcp(bytes(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=self._rtcp_ssrc, media_ssrc=self.ssrc)))

    def _asked_late(self) -> None:
        self._ask_later = None
        self.ask_keyframe(force=True)

    def connect(self, egress: Output) -> None:
        self.outputs = (*self.outputs, egress)
        egress.source = self
        egress.resync = True
        self.ask_keyframe(force=True)

    def disconnect(self, egress: Output) -> None:
        self.outputs = tuple(e for e in self.outputs if e is not egress)
        egress.source = None

    def record(self, sink: Sink) -> None:
        self.sinks = (*self.sinks, sink)
        self.ask_keyframe(force=True)

    def stop_recording(self, sink: Sink) -> None:
        self.sinks = tuple(s for s in self.sinks if s is not sink)

    def sender_report(self, info: RtcpSenderInfo) -> None:
        """The source told how its timestamps map to its clock; everyone who gets its packets is told too."""
        self.sender_info = info
        now = self._heard_report = self._clock()
        for egress in self.outputs:
            if now < egress.valve.until:
                egress.sender_report(info)
        for sink in self.sinks:
            sink.sender_report(info.ntp_timestamp, info.rtp_timestamp)

    def report(self) -> RtcpReceiverInfo | None:
        """The receiver report since the last call; None while nothing has come."""
        if self._highest is None or self.ssrc is None:
            return None
        expected = self._cycles + self._highest - self._base + 1
        step, got = expected - self._expected_before, self._received - self._received_before
        self._expected_before, self._received_before = expected, self._received
        lost = max(0, step - got)
        self.loss = lost / step if step > 0 else 0.0
        last, delay = 0, 0
        if self.sender_info is not None:
            last = (self.sender_info.ntp_timestamp >> 16) & 0xFFFFFFFF
            delay = int((self._clock() - self._heard_report) * 65536) & 0xFFFFFFFF
        return RtcpReceiverInfo(
            ssrc=self.ssrc,
            fraction_lost=min(255, (lost << 8) // step) if step > 0 else 0,
            packets_lost=min(0x7FFFFF, max(0, expected - self._received)),
            highest_sequence=(self._cycles + self._highest) & 0xFFFFFFFF,
            jitter=int(self._jitter.value),
            lsr=last,
            dlsr=delay,
        )

    def bitrate(self, now: float) -> int:
        """What the source may send: the least that any of its receivers can take."""
        wishes = [e.remb for e in self.outputs if e.remb and now - e.remb_at < 10]
        return max(REMB_FLOOR, min([REMB_CAP, *wishes]))

    def close(self) -> None:
        if self._ask_later is not None:
            self._ask_later.cancel()
        for egress in self.outputs:
            egress.source = None
        self.outputs = ()
        self.sinks = ()

"""One leg: its connection, what comes in on it and what goes out, and the reports about both."""

from collections.abc import Callable, Sequence
from typing import Any

from aiortc.rtp import (
    RTCP_PSFB_APP,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
    pack_remb_fci,
    unpack_remb_fci,
)

from visitation.signalling.egress import Egress
from visitation.signalling.ingress import Ingress
from visitation.signalling.policy import Medium, Plan
from visitation.signalling.rtp import HEADER, OPUS, RTX, VP8, Packet, payload_range
from visitation.signalling.transport import Address, Line, MediaConnection
from visitation.signalling.transport.sockets import RX

DEAD_SECONDS = 4.5  # with the tick that looks, noticed within 5 s
NACK_SECONDS = 0.02
_unpack = HEADER.unpack_from


class Leg:
    """A participant's media connection of one plan. `on_state(leg)` is called when it comes up or goes down."""

    def __init__(self, pid: str, plan: Plan, number: int, lines: Sequence[Line], address: Address, clock: Callable[[], float], owner: str) -> None:
        self.pid = pid
        self.plan = plan
        self.number = number
        self.connection = MediaConnection(lines, address, owner)
        self.ingress: dict[Medium, Ingress] = {}
        self.egress: dict[tuple[str, Medium], Egress] = {}
        self.is_up = self.is_down = self.was_up = False
        self.heard = self.opened = clock()
        self.on_state: Callable[[Leg], None] = lambda leg: None
        self._clock = clock
        self._by_ssrc: dict[int, Egress] = {}
        self._build()

    def _build(self) -> None:
        connection = self.connection
        for line in connection.lines:
            if line.slot is None:
                self.ingress[line.medium] = Ingress(line.medium, connection.send_rtcp, connection.rtcp_ssrc, self._clock)
            else:
                egress = Egress(line.medium, connection, line.ssrc, line.rtx_ssrc, self._clock)
                self.egress[line.slot, line.medium] = self._by_ssrc[line.ssrc] = egress
        self._audio, self._video = self.ingress.get(Medium.AUDIO), self.ingress.get(Medium.VIDEO)
        connection.on_rtp, connection.on_rtcp, connection.on_heard = self._rtp, self._rtcp, self._heard_now
        connection.on_up, connection.on_down = self._up, self._down

    @property
    def frames_due(self) -> int:
        """Whole video frames that were for this leg, the ones it could not be shown included."""
        return sum(e.frames for (_, medium), e in self.egress.items() if medium is Medium.VIDEO)

    @property
    def loss(self) -> float:
        """The share of packets lost on the way in, in the last second."""
        return max((i.loss for i in self.ingress.values()), default=0.0)

    def is_dead(self, now: float) -> bool:
        return self.is_up and now - self.heard > DEAD_SECONDS

    def _up(self) -> None:
        self.is_up = self.was_up = True
        self.heard = self._clock()
        for egress in self.egress.values():
            egress.resync = True
            if egress.source is not None:
                egress.source.ask_keyframe(force=True)
        self.on_state(self)

    def _down(self) -> None:
        if not self.is_down:
            self.is_up, self.is_down = False, True
            self.on_state(self)

    def _heard_now(self) -> None:
        self.heard = self._clock()

    def _rtp(self, size: int) -> None:
        now = self.heard = self._clock()
        header = _unpack(RX, 0)
        kind = header[1] & 0x7F
        if kind == VP8:
            if self._video is not None:
                self._video.receive(RX, size, header, now)
        elif kind == OPUS:
            if self._audio is not None:
                self._audio.receive(RX, size, header, now)
        elif kind == RTX and self._video is not None:
            self._recovered(self._video, size, header, now)

    def _recovered(self, video: Ingress, size: int, header: tuple[int, ...], now: float) -> None:
        start, end = payload_range(RX, size)
        if end - start <= 2 or video.ssrc is None:
            return  # a probe: padding only
        seq = (RX[start] << 8) | RX[start + 1]
        if seq in video.missing:
            video.accept(Packet(seq, header[3], (header[1] & 0x80) | VP8, bytes(RX[start + 2 : end])), video.ssrc, now)

    def _rtcp(self, data: bytes) -> None:
        self.heard = self._clock()
        try:
            packets = RtcpPacket.parse(data)
        except (ValueError, IndexError):
            return
        for packet in packets:
            if isinstance(packet, RtcpSrPacket):
                self._sender_report(packet)
            elif isinstance(packet, RtcpRtpfbPacket | RtcpPsfbPacket):
                self._feedback(packet)

    def _sender_report(self, packet: RtcpSrPacket) -> None:
        for ingress in self.ingress.values():
            if ingress.ssrc == packet.ssrc:
                ingress.sender_report(packet.sender_info)

    def _feedback(self, packet: Any) -> None:
        if isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_APP:
            try:
                targets = unpack_remb_fci(packet.fci)[1]
            except (ValueError, IndexError):
                return
        else:
            targets = [packet.media_ssrc]
        for ssrc in targets:
            egress = self._by_ssrc.get(ssrc)
            if egress is not None:
                egress.feedback(packet)

    def ask_missing(self, now: float) -> None:
        """Repeat the requests for lost packets that are due."""
        if self._video is not None and self._video.missing:
            self._video.ask_missing(now)

    def report(self, now: float) -> None:
        """About once a second: receiver reports and the bit rate the source may use."""
        self.connection.follow()
        for egress in self.egress.values():
            egress.tick()
        reports = [r for r in (i.report() for i in self.ingress.values()) if r is not None]
        if not reports or not self.is_up:
            return
        ssrc = self.connection.rtcp_ssrc
        data = bytes(RtcpRrPacket(ssrc=ssrc, reports=reports))
        video = self._video
        if video is not None and video.ssrc is not None:
            fci = pack_remb_fci(video.bitrate(now), [video.ssrc])
            data += bytes(RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=ssrc, media_ssrc=0, fci=fci))
        self.connection.send_rtcp(data)

    def silence(self) -> None:
        """Nothing in, nothing out, at once."""
        self.is_up, self.is_down = False, True
        self.connection.silence()
        for ingress in self.ingress.values():
            ingress.close()
        for egress in self.egress.values():
            if egress.source is not None:
                egress.source.disconnect(egress)

    async def close(self) -> None:
        self.silence()
        await self.connection.close()

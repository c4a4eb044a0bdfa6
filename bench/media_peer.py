"""A participant that costs next to nothing: real ICE, DTLS and SRTP, prepared packets, its own socket reader, and the feedback a browser gives.

What arrives is counted by what stands outside the encryption. Where packets carry the instant at which they were sent (in the payload, so only where
nobody decodes it), one in sixteen is opened and its time on the way noted.
"""

import asyncio
import contextlib
import random
import struct
import time
from dataclasses import dataclass, field
from typing import Any

import aiortc.rtcpeerconnection as library
from aioice import ice
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSdesPacket,
    RtcpSenderInfo,
    RtcpSourceInfo,
    RtcpSrPacket,
    pack_remb_fci,
)

from bench.media_packets import FPS, pictures, sounds
from visitation.signalling.transport.hooks import InertReceiver, InertSender
from visitation.signalling.transport.sockets import RX
from visitation.signalling.transport.srtp import Cipher

SAMPLE = 16
REMB = 1_500_000
_stamp = struct.Struct("!d")
_SECONDS_1900 = 2208988800


def use(host: str) -> None:
    """Connections of this process have no engines of their own, and gather only this address."""
    library.RTCRtpSender, library.RTCRtpReceiver = InertSender, InertReceiver  # type: ignore[attr-defined]
    ice.get_host_addresses = lambda use_ipv4, use_ipv6: [host]


@dataclass
class Stream:
    """One stream that arrives."""

    video: bool
    packets: int = 0
    octets: int = 0
    frames: int = 0
    highest: int = 0
    first_at: float = 0.0


@dataclass
class Source:
    """One stream that is sent."""

    video: bool
    ssrc: int
    kind: int
    seq: int = field(default_factory=lambda: random.randrange(20000))
    ts: int = field(default_factory=lambda: random.randrange(1 << 31))
    packets: int = 0
    octets: int = 0
    place: int = 0


class Peer:
    """One connection. With `latencies` payloads carry the instant of sending, and the time on the way of the sampled ones is noted there, in seconds.

    `timed`: pictures carry abs-send-time, as browsers' do, under the number that the broker's offers give it.
    """

    def __init__(self, latencies: list[float] | None = None, *, timed: bool = False) -> None:
        self._timed = timed
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self.sources: list[Source] = []
        self.streams: dict[int, Stream] = {}
        self.nacks = self.plis = self.sent = self.shown = 0
        self.latencies = latencies
        self.up = asyncio.Event()
        self.up_at = 0.0
        self._cipher: Cipher | None = None
        self._video_kinds: frozenset[int] = frozenset()
        self._rtx_kinds: frozenset[int] = frozenset()
        self.pc.on("connectionstatechange", self._changed)

    # -- describing

    async def answer(self, sdp: str, sends: set[str]) -> str:
        """Answer an offer, sending on the lines with these mids."""
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="offer"))
        for transceiver in self.pc.getTransceivers():
            transceiver.direction = "sendonly" if transceiver.mid in sends else "recvonly"
        await self.pc.setLocalDescription(await self.pc.createAnswer())
        return str(self.pc.localDescription.sdp)

    async def offer(self, direction: str) -> str:
        """Offer one line of sound and one of pictures, VP8 only."""
        for medium, wanted in (("audio", ("audio/opus",)), ("video", ("video/VP8", "video/rtx"))):
            transceiver = self.pc.addTransceiver(medium, direction)
            known = InertSender.getCapabilities(medium).codecs
            transceiver.setCodecPreferences([codec for codec in known if codec.mimeType in wanted])
        await self.pc.setLocalDescription(await self.pc.createOffer())
        return str(self.pc.localDescription.sdp)

    async def accept(self, sdp: str) -> None:
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="answer"))

    def _changed(self) -> None:
        if self.pc.connectionState == "connected" and self._cipher is None:
            self._attach()
            self.up_at = time.monotonic()
            self.up.set()

    def _attach(self) -> None:
        """Take socket and keys over from the library; what is not media it gets as before."""
        dtls: Any = self.pc.getTransceivers()[0].receiver.transport
        self._cipher = Cipher(dtls._rx_srtp, dtls._tx_srtp)
        pair = dtls.transport._connection._nominated[1]
        self._protocol, self._address = pair.protocol, pair.remote_addr
        self._socket = pair.protocol.transport.get_extra_info("socket")._sock
        loop: Any = asyncio.get_running_loop()
        loop._remove_reader(self._socket.fileno())
        loop._add_reader(self._socket.fileno(), self._readable)
        for transceiver in self.pc.getTransceivers():
            self._learn(transceiver)

    def _learn(self, transceiver: Any) -> None:
        kinds = {codec.mimeType.lower(): codec.payloadType for codec in transceiver._codecs}
        if transceiver.kind == "video":
            self._video_kinds |= {kinds["video/vp8"]}
            self._rtx_kinds |= {kinds.get("video/rtx", -1)}
        if transceiver.currentDirection in ("sendonly", "sendrecv"):
            kind = kinds["video/vp8" if transceiver.kind == "video" else "audio/opus"]
            self.sources.append(Source(transceiver.kind == "video", transceiver.sender._ssrc, kind))

    # -- receiving

    def _readable(self) -> None:
        receive = self._socket.recvfrom_into
        for _ in range(32):
            try:
                size, address = receive(RX)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                continue
            if not 127 < RX[0] < 192:
                self._protocol.datagram_received(bytes(RX[:size]), address)
            elif 191 < RX[1] < 224:
                self._feedback(size)
            else:
                self._count(size)

    def _count(self, size: int) -> None:
        kind = RX[1] & 0x7F
        if kind in self._rtx_kinds:
            return
        ssrc = int.from_bytes(RX[8:12], "big")
        stream = self.streams.get(ssrc)
        if stream is None:
            stream = self.streams[ssrc] = Stream(kind in self._video_kinds, first_at=time.monotonic())
        stream.packets += 1
        stream.octets += size
        stream.highest = (RX[2] << 8) | RX[3]
        if stream.video and RX[1] & 0x80:
            stream.frames += 1
        if self.latencies is not None and stream.packets % SAMPLE == 0 and self._cipher is not None:
            opened = self._cipher.open_rtp(size)
            if opened:
                self.latencies.append(time.monotonic() - _stamp.unpack_from(RX, opened - 8)[0])

    def _feedback(self, size: int) -> None:
        size = self._cipher.open_rtcp(size) if self._cipher is not None else 0
        if not size:
            return
        for packet in RtcpPacket.parse(bytes(RX[:size])):
            if isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
                self.nacks += 1
            elif isinstance(packet, RtcpPsfbPacket) and packet.fmt in (RTCP_PSFB_PLI, RTCP_PSFB_FIR):
                self.plis += 1
                for source in self.sources:
                    if source.video:
                        source.place = 0  # the next frame is a key frame

    @property
    def frames(self) -> int:
        return sum(stream.frames for stream in self.streams.values())

    @property
    def packets(self) -> int:
        return sum(stream.packets for stream in self.streams.values())

    # -- sending

    def play(self, *, picture: bool) -> None:
        """Send the next sound and, where wanted, the next picture."""
        for source in self.sources:
            if not source.video:
                self._send(source, [sounds()[source.place % 50]], 960)
            elif picture:
                frames = pictures()
                self._send(source, frames[source.place % len(frames)], 90000 // FPS)

    def _send(self, source: Source, payloads: list[bytes], step: int) -> None:
        cipher = self._cipher
        if cipher is None:
            return
        source.ts = (source.ts + step) & 0xFFFFFFFF
        source.place += 1
        self.shown += source.video
        last = len(payloads) - 1
        for number, payload in enumerate(payloads):
            source.seq = (source.seq + 1) & 0xFFFF
            marker = 0x80 if source.video and number == last else 0
            now = time.monotonic()
            body = payload if self.latencies is None else payload + _stamp.pack(now)
            stamp = int(now * 262144) & 0xFFFFFF if source.video and self._timed else None
            data = cipher.seal_rtp(marker | source.kind, source.seq, source.ts, source.ssrc, body, stamp)
            if data is not None:
                self._out(data)
            source.packets += 1
            source.octets += len(body)
            self.sent += 1

    def _out(self, data: memoryview) -> None:
        with contextlib.suppress(OSError):
            self._socket.sendto(data, self._address)

    def report(self) -> None:
        """What a browser says about once a second: sender reports, receiver reports, the bit rate it can take, and one packet in a hundred asked for again."""
        cipher = self._cipher
        if cipher is None:
            return
        for data in (*self._sender_reports(), *self._receiver_reports()):
            sealed = cipher.seal_rtcp(data)
            if sealed is not None:
                self._out(sealed)

    def _sender_reports(self) -> list[bytes]:
        ntp = int((time.time() + _SECONDS_1900) * (1 << 32))
        name = bytes(RtcpSdesPacket(chunks=[RtcpSourceInfo(ssrc=s.ssrc, items=[(1, b"bench")]) for s in self.sources])) if self.sources else b""
        infos = ((s, RtcpSenderInfo(ntp_timestamp=ntp, rtp_timestamp=s.ts, packet_count=s.packets, octet_count=s.octets)) for s in self.sources)
        return [bytes(RtcpSrPacket(ssrc=s.ssrc, sender_info=info)) + name for s, info in infos]

    def _receiver_reports(self) -> list[bytes]:
        """One compound packet, as browsers send it, and a request for one packet again per picture."""
        if not self.streams:
            return []
        infos = [
            RtcpReceiverInfo(ssrc=ssrc, fraction_lost=0, packets_lost=0, highest_sequence=stream.highest, jitter=90, lsr=0, dlsr=0)
            for ssrc, stream in self.streams.items()
        ]
        pictures_of = [ssrc for ssrc, stream in self.streams.items() if stream.video]
        report = bytes(RtcpRrPacket(ssrc=1, reports=infos[:31]))
        if pictures_of:
            report += bytes(RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=1, media_ssrc=0, fci=pack_remb_fci(REMB, pictures_of)))
        lost = [(ssrc, [(self.streams[ssrc].highest - 3) & 0xFFFF]) for ssrc in pictures_of]
        return [report, *(bytes(RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=1, media_ssrc=ssrc, lost=numbers)) for ssrc, numbers in lost)]

    async def close(self) -> None:
        loop: Any = asyncio.get_running_loop()
        if self._cipher is not None and self._socket.fileno() >= 0:  # the library closes it when it gives a connection up
            loop._remove_reader(self._socket.fileno())
        self._cipher = None
        await self.pc.close()


class Pump:
    """Plays many peers at an even pace: each 20 ms a sound, each 40 ms a picture, spread over ten slots; each second the reports."""

    SLOTS = 10
    SLOT = 0.002

    def __init__(self) -> None:
        self._slots: list[list[Peer]] = [[] for _ in range(self.SLOTS)]
        self._count = 0
        self.late = 0.0
        self._task: asyncio.Task[None] | None = None

    def add(self, *peers: Peer) -> None:
        for peer in peers:
            self._slots[self._count % self.SLOTS].append(peer)
            self._count += 1

    def start(self) -> "Pump":
        pictures(), sounds()  # encoded before the clock runs
        self._task = asyncio.create_task(self._run())
        return self

    async def _run(self) -> None:
        begin, turn = time.monotonic(), 0
        while True:
            turn += 1
            wait = begin + turn * self.SLOT - time.monotonic()
            self.late = max(self.late, -wait)
            await asyncio.sleep(max(0.0, wait))
            slot, beat = turn % self.SLOTS, turn // self.SLOTS
            for number, peer in enumerate(self._slots[slot]):
                peer.play(picture=(beat + number) % 2 == 0)
                if (beat + 7 * number) % 50 == 0:
                    peer.report()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

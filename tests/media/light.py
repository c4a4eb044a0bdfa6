"""Participants that cost next to nothing, so that fifty sessions fit on one core: real ICE, DTLS and SRTP, prepared packets, received ones counted unopened.

Everything a lease needs is outside the encryption: the SSRC says whose stream it is, the marker bit ends a frame.
"""

import asyncio
import contextlib
import re
import struct
import time
from collections.abc import Iterator
from typing import Any

import aiortc.rtcpeerconnection as peer
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from tests.media.client import Client, Counter, Message, opus_frames, vp8_frames
from tests.media.house import House, ticket
from visitation.signalling.rtp import OPUS, VP8
from visitation.signalling.tokens import Facts
from visitation.signalling.transport.hooks import InertReceiver, InertSender

FRAMES_A_SECOND = 10
_HEADER = struct.Struct("!BBHLL")


@contextlib.contextmanager
def light_media() -> Iterator[None]:
    """Within it, connections of this process have no encoders, decoders or tasks of their own."""
    before = peer.RTCRtpSender, peer.RTCRtpReceiver
    peer.RTCRtpSender, peer.RTCRtpReceiver = InertSender, InertReceiver
    try:
        yield
    finally:
        peer.RTCRtpSender, peer.RTCRtpReceiver = before


class LightClient(Client):
    """A `Client` whose media are prepared packets. `cut` makes it as silent and deaf as a pulled cable."""

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(url, **options)
        self.cut = False
        self._streams: dict[int, Counter] = {}
        self._repairs: dict[int, int] = {}  # SSRC of a repair stream -> of the stream it repairs
        self._sends: dict[str, int] = {}
        self._sent = 0
        self.sent_packets = 0
        self._tasks.append(asyncio.create_task(self._play()))

    async def send(self, message: Message) -> None:
        if not self.cut:
            await super().send(message)

    async def _answer(self, offer: Message) -> None:
        if self.pc is not None:
            await self.pc.close()
        pc = self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        sdp = await self.relay.rewrite(offer["sdp"]) if self.relay else offer["sdp"]
        await pc.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="offer"))
        by_mid = {t.mid: t for t in pc.getTransceivers()}
        for line in offer["send"]:
            by_mid[line["mid"]].direction = "sendonly"
        self._sends = {line["medium"]: by_mid[line["mid"]].sender._ssrc for line in offer["send"] if line["medium"] not in self.silent}
        self._name_streams(offer)
        await pc.setLocalDescription(await pc.createAnswer())
        self._divert(pc)
        await self.send({"t": "answer", "pc": offer["pc"], "sdp": pc.localDescription.sdp})

    def _name_streams(self, offer: Message) -> None:
        names = {s["mid"]: (s["from"], s["medium"]) for s in offer["streams"]}
        self.counters, self._streams, self._repairs = {name: Counter() for name in names.values()}, {}, {}
        for section in offer["sdp"].split("\r\nm=")[1:]:
            mid, ssrc = re.search(r"a=mid:(\S+)", section), re.search(r"a=ssrc:(\d+) ", section)
            if mid and ssrc and mid[1] in names:
                self._streams[int(ssrc[1])] = self.counters[names[mid[1]]]
            pair = re.search(r"a=ssrc-group:FID (\d+) (\d+)", section)
            if pair:
                self._repairs[int(pair[2])] = int(pair[1])

    def _divert(self, pc: RTCPeerConnection) -> None:
        """Media datagrams go to the counters, past every library; a cut cable lets nothing through."""
        self._dtls = pc.getTransceivers()[0].receiver.transport
        self._ice = self._dtls.transport._connection
        for protocol in self._ice._protocols:
            given, out = protocol.datagram_received, protocol.transport.sendto

            def received(data: bytes, address: Any, given: Any = given) -> None:
                if self.cut:
                    return
                if 127 < data[0] < 192:
                    self._count(data)
                else:
                    given(data, address)

            protocol.datagram_received = received
            protocol.transport.sendto = lambda data, address=None, out=out: None if self.cut else out(data, address)

    def _count(self, data: bytes) -> None:
        if 191 < data[1] < 224 or len(data) < 12:
            return
        counter = self._streams.get(int.from_bytes(data[8:12], "big"))
        if counter is not None:
            counter.packets += 1
            counter.octets += len(data)
            counter.frames += data[1] >> 7
            counter.last = time.monotonic()
            counter.times.append(counter.last)

    async def _play(self) -> None:
        """Picture and sound at an even pace, as long as this client lives."""
        begin, number = time.monotonic(), 0
        while True:
            number += 1
            await asyncio.sleep(max(0.0, begin + number / FRAMES_A_SECOND - time.monotonic()))
            if self.pc is not None and self._sends and not self.cut and self.pc.connectionState == "connected":
                self._send_one()

    def _send_one(self) -> None:
        self._sent += 1
        pair = self._ice._nominated.get(1)
        if pair is None:
            return
        for medium, ssrc in self._sends.items():
            video = medium == "video"
            kind, rate = (VP8 | 0x80, 90000) if video else (OPUS, 48000)
            payload = b"\x10" + vp8_frames()[self._sent % len(vp8_frames())][0] if video else opus_frames()[self._sent % 50]
            header = _HEADER.pack(0x80, kind, self._sent & 0xFFFF, self._sent * rate // FRAMES_A_SECOND & 0xFFFFFFFF, ssrc)
            pair.protocol.transport.sendto(self._dtls._tx_srtp.protect(header + payload), pair.remote_addr)
            self.sent_packets += 1

    def sent_video(self) -> int:
        return self._sent


async def light_visit(house: House, given: Facts, sid: str = "v1", number: int = 1) -> tuple[LightClient, LightClient, LightClient]:
    """A visit whose gate is open and whose pictures arrive: outside, terminal, officer."""
    guest = await house.join(ticket(f"visitor:{number}", given, sid), kind=LightClient)
    terminal = await house.join(ticket(f"terminal:{number}", given, sid), kind=LightClient)
    officer = await house.join(ticket(f"officer:{number}", given, sid), kind=LightClient)
    officer.lease()
    await guest.until(lambda: guest.count("terminal", "video") > 0 and terminal.count("outside1", "audio") > 0, 30)
    return guest, terminal, officer

"""One WebRTC connection: aiortc's SDP, ICE and DTLS, and a data path of our own."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription

from visitation.signalling.policy import Medium
from visitation.signalling.transport.sdp import BadDescription, clean_answer
from visitation.signalling.transport.sockets import RX, Address, MediaSocket, gather_into
from visitation.signalling.transport.srtp import STAMP_ID, STAMP_URI, Cipher

__all__ = ["BadDescription", "Line", "MediaConnection"]

log = logging.getLogger(__name__)
DESCRIBE_SECONDS = 5.0
_CODECS = {Medium.AUDIO: ("audio/opus",), Medium.VIDEO: ("video/VP8", "video/rtx")}


@dataclass(frozen=True)
class Line:
    """An m-line: `slot` is whose media the client gets on it, None where the client sends."""

    medium: Medium
    slot: str | None
    mid: str = ""
    ssrc: int = 0
    rtx_ssrc: int = 0


class MediaConnection:
    """Offers its lines, takes the answer, and then hands decrypted datagrams to `on_rtp` and `on_rtcp`.

    `on_rtp(size)` finds the packet in the shared receive buffer; `on_rtcp(data)` gets a copy. `on_up` is called once
    media can flow, `on_down` once they no longer can; `close` calls neither.
    """

    def __init__(self, lines: Sequence[Line], address: Address, owner: str) -> None:
        configuration = RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        self._pc = RTCPeerConnection(configuration)
        self._connecting: set[asyncio.Task[None]] = set()
        self._own_connect()
        self.lines = [self._add(line) for line in lines]
        self._sockets: list[MediaSocket] = []
        self._dtls: Any = self._pc.getTransceivers()[0].receiver.transport
        self._ice: Any = self._dtls.transport._connection
        gather_into(self._ice, address, owner, self._sockets)
        self._dtls.on("statechange", self._changed)
        self._dtls.transport.on("statechange", self._changed)
        self._cipher: Cipher | None = None
        self._stamped: set[int] = set()
        self._now = asyncio.get_running_loop().time
        self._send: Callable[[memoryview, tuple[str, int]], bool] | None = None
        self._peer: tuple[str, int] = ("", 0)
        self.rtcp_ssrc: int = self._pc.getTransceivers()[0].sender._ssrc
        self.on_rtp: Callable[[int], None] = lambda size: None
        self.on_rtcp: Callable[[bytes], None] = lambda data: None
        self.on_heard: Callable[[], None] = lambda: None
        self.on_up: Callable[[], None] = lambda: None
        self.on_down: Callable[[], None] = lambda: None

    def _own_connect(self) -> None:
        """The library starts to connect in a task that nobody holds and whose failure nobody hears: it is ours from here on."""
        pc: Any = self._pc
        connect = pc._RTCPeerConnection__connect

        async def owned() -> None:
            task = asyncio.current_task()
            assert task is not None
            self._connecting.add(task)
            try:
                await connect()
            except Exception as problem:  # noqa: BLE001 - which one depends on what the client made up
                # What the client described cannot be connected to, or the leg was closed meanwhile.
                log.info("a connection did not come up: %s", type(problem).__name__)
                self.silence()
                self.on_down()
            finally:
                self._connecting.discard(task)

        pc._RTCPeerConnection__connect = owned

    def _add(self, line: Line) -> Line:
        transceiver = self._pc.addTransceiver(line.medium.value, "recvonly" if line.slot is None else "sendonly")
        known = RTCRtpSender.getCapabilities(line.medium.value).codecs
        transceiver.setCodecPreferences([codec for codec in known if codec.mimeType in _CODECS[line.medium]])
        mid = str(len(self._pc.getTransceivers()) - 1)
        sender = transceiver.sender
        return Line(line.medium, line.slot, mid, sender._ssrc, sender._rtx_ssrc)

    async def offer(self) -> str:
        """The SDP to send to the client, candidates included."""
        async with asyncio.timeout(DESCRIBE_SECONDS):
            await self._pc.setLocalDescription(await self._pc.createOffer())
        sdp: str = self._pc.localDescription.sdp
        return sdp

    async def answer(self, sdp: str) -> None:
        """Apply the client's answer. Raises BadDescription."""
        description = RTCSessionDescription(sdp=clean_answer(sdp, [(line.medium.value, line.mid) for line in self.lines]), type="answer")
        try:
            async with asyncio.timeout(DESCRIBE_SECONDS):
                await self._pc.setRemoteDescription(description)
        except Exception as problem:
            raise BadDescription(type(problem).__name__) from problem
        self._note_stamps()

    def _note_stamps(self) -> None:
        """Which streams carry the time of sending: with it a receiver judges our line to it and not the whole way."""
        for transceiver, line in zip(self._pc.getTransceivers(), self.lines, strict=True):
            agreed = any(e.uri == STAMP_URI and e.id == STAMP_ID for e in transceiver._headerExtensions)
            if agreed and line.slot is not None and line.medium is Medium.VIDEO:
                self._stamped |= {line.ssrc, line.rtx_ssrc}

    @property
    def is_up(self) -> bool:
        return self._cipher is not None

    @property
    def dropped(self) -> int:
        """Datagrams refused because their sender had proven nothing."""
        return sum(sock.dropped for sock in self._sockets)

    def send_rtp(self, mpt: int, seq: int, ts: int, ssrc: int, payload: bytes) -> bool:
        """Encrypt and send one packet; False if it could not be."""
        if self._cipher is None or self._send is None:
            return False
        stamp = int(self._now() * 262144) & 0xFFFFFF if ssrc in self._stamped else None
        data = self._cipher.seal_rtp(mpt, seq, ts, ssrc, payload, stamp)
        return data is not None and self._send(data, self._peer)

    def send_rtcp(self, data: bytes) -> bool:
        if self._cipher is None or self._send is None:
            return False
        sealed = self._cipher.seal_rtcp(data)
        return sealed is not None and self._send(sealed, self._peer)

    def follow(self) -> None:
        """Send to the pair that is nominated now; it may change while the client's checks go on."""
        pair = self._ice._nominated.get(1)
        if pair is not None:
            self._send = pair.protocol.transport.send_now
            self._peer = pair.remote_addr

    def silence(self) -> None:
        """Send and hear nothing any more, at once; the rest of closing may take its time."""
        self._cipher = None
        for sock in self._sockets:
            sock.on_media = None

    async def close(self) -> None:
        self.silence()
        self.on_up = self.on_down = lambda: None
        try:
            async with asyncio.timeout(DESCRIBE_SECONDS):
                await self._close_all()
        finally:
            for task in self._connecting:
                task.cancel()
            for sock in self._sockets:
                sock.close()

    async def _close_all(self) -> None:
        try:
            await self._pc.close()
        except AttributeError:
            # A description that was applied half-way leaves a section without a transport, and the library stumbles over it.
            await self._dtls.stop()
            await self._dtls.transport.stop()

    def _changed(self) -> None:
        if self._dtls.state == "connected" and self._cipher is None and self._dtls.transport.state == "completed":
            self._open()
        elif self._dtls.state in ("closed", "failed") or self._dtls.transport.state in ("closed", "failed"):
            self.silence()
            self.on_down()

    def _open(self) -> None:
        self._cipher = Cipher(self._dtls._rx_srtp, self._dtls._tx_srtp)
        self.follow()
        for sock in self._sockets:
            sock.on_media = self._media
            sock.on_heard = self.on_heard
        self.on_up()

    def _media(self, size: int) -> None:
        cipher = self._cipher
        if cipher is None:
            return
        if 191 < RX[1] < 224:
            size = cipher.open_rtcp(size)
            if size:
                self.on_rtcp(bytes(RX[:size]))
            return
        size = cipher.open_rtp(size)
        if size:
            self.on_rtp(size)

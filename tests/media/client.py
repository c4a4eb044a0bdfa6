"""A participant made of aiortc: joins by WebSocket, answers offers, sends real VP8 and Opus, counts what it gets."""

import asyncio
import contextlib
import fractions
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self

import aiohttp
import aiortc.rtcpeerconnection as peer
import av
from aioice import ice
from aiortc import MediaStreamTrack, RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription

from tests.media.relay import Relay

FPS = 20
Message = dict[str, Any]


@dataclass
class Counter:
    """What has arrived of one stream."""

    packets: int = 0
    frames: int = 0
    octets: int = 0
    stamped: int = 0
    last: float = 0.0
    times: list[float] = field(default_factory=list)


class CountingReceiver(RTCRtpReceiver):
    """Counts packets instead of decoding them, so that many clients fit on one core."""

    def __init__(self, kind: str, transport: Any) -> None:
        super().__init__(kind, transport)
        self.counter = Counter()
        self._registered = False

    async def receive(self, parameters: Any) -> None:
        if not self._registered:
            self._registered = True
            self.transport._register_rtp_receiver(self, parameters)

    async def stop(self) -> None:
        if self._registered:
            self.transport._unregister_rtp_receiver(self)

    def _handle_disconnect(self) -> None:
        pass

    async def _handle_rtcp_packet(self, packet: Any) -> None:
        pass

    async def _handle_rtp_packet(self, packet: Any, arrival_time_ms: int) -> None:
        counter = self.counter
        counter.packets += 1
        counter.octets += len(packet.payload)
        counter.frames += packet.marker
        counter.stamped += packet.extensions.abs_send_time is not None
        counter.last = time.monotonic()
        counter.times.append(counter.last)


def use_loopback_and_counters() -> None:
    """Make aiortc in this process gather loopback only, and count instead of decode."""
    ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]
    peer.RTCRtpReceiver = CountingReceiver


@cache
def vp8_frames() -> list[tuple[bytes, bool]]:
    """Two seconds of a moving picture, a key frame every half second."""
    codec = av.CodecContext.create("libvpx", "w")
    codec.width, codec.height, codec.pix_fmt = 320, 240, "yuv420p"
    codec.time_base, codec.framerate = fractions.Fraction(1, FPS), fractions.Fraction(FPS)
    codec.bit_rate, codec.gop_size = 300_000, FPS // 2
    codec.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "keyint_max": str(FPS // 2)}
    frames: list[tuple[bytes, bool]] = []
    for n in range(2 * FPS):
        frame = av.VideoFrame(320, 240, "yuv420p")
        for number, plane in enumerate(frame.planes):
            plane.update(bytes([(n * 5 + number * 60) % 256]) * plane.buffer_size)
        frame.pts = n
        frames += [(bytes(p), p.is_keyframe) for p in codec.encode(frame)]
    return frames


@cache
def opus_frames() -> list[bytes]:
    """A second of a tone."""
    codec = av.CodecContext.create("libopus", "w")
    codec.sample_rate, codec.layout, codec.format = 48000, "stereo", "s16"
    codec.options = {"application": "voip"}
    packets: list[bytes] = []
    for n in range(50):
        frame = av.AudioFrame(format="s16", layout="stereo", samples=960)
        wave = bytes((int(((i * 7 + n) % 100) - 50) & 0xFF) for i in range(960 * 4))
        frame.planes[0].update(wave)
        frame.sample_rate, frame.pts = 48000, n * 960
        packets += [bytes(p) for p in codec.encode(frame)]
    return packets


class EncodedTrack(MediaStreamTrack):
    """Plays encoded frames in a loop at the pace of the clock; asked for a key frame, the next one is one, as a camera's encoder would do it."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.sent = 0
        self._shift = 0
        self._start: float | None = None
        self._held = 0.0
        self._free = asyncio.Event()
        self._free.set()

    def hold(self) -> None:
        """Send nothing until `release`: a microphone or camera that gives nothing, on a line that lives."""
        self._held = time.monotonic()
        self._free.clear()

    def release(self) -> None:
        self._start = (self._start or 0.0) + time.monotonic() - self._held
        self._free.set()

    def show_key(self) -> None:
        """Go on with the next key frame of the film."""
        frames = vp8_frames()
        self._shift += next(step for step in range(len(frames)) if frames[(self.sent + self._shift + step) % len(frames)][1])

    async def recv(self) -> av.Packet:
        step = 1 / FPS if self.kind == "video" else 0.02
        self._start = self._start or time.monotonic()
        await asyncio.sleep(max(0.0, self._start + self.sent * step - time.monotonic()))
        await self._free.wait()
        if self.kind == "video":
            frames = vp8_frames()
            packet = av.Packet(frames[(self.sent + self._shift) % len(frames)][0])
            packet.pts, packet.time_base = self.sent * 90000 // FPS, fractions.Fraction(1, 90000)
        else:
            sounds = opus_frames()
            packet = av.Packet(sounds[self.sent % len(sounds)])
            packet.pts, packet.time_base = self.sent * 960, fractions.Fraction(1, 48000)
        self.sent += 1
        return packet


class Refused(Exception):
    """The broker said no."""


class Client:
    """One participant. Use `await Client.join(...)` and, at the end, `await client.close()`."""

    def __init__(self, url: str, *, silent: frozenset[str] = frozenset(), relay: Relay | None = None) -> None:
        self.url = url
        self.silent = silent
        self.relay = relay
        self.tracks: dict[str, EncodedTrack] = {}
        self.messages: list[Message] = []
        self.snapshot: Message = {}
        self.offers: list[Message] = []
        self.counters: dict[tuple[str, str], Counter] = {}
        self.closed = asyncio.Event()
        self.visible = True
        self.leased: Message | None = None
        self.generation = 0
        self.pid = ""
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[Any]] = []
        self._acts = 0
        self._lease: asyncio.Task[Any] | None = None
        self.pc: RTCPeerConnection | None = None

    @classmethod
    async def join(cls, url: str, token: str, **options: Any) -> Self:
        """Connect, join, wait for the welcome. Raises Refused."""
        client = cls(url, **options)
        client._http = aiohttp.ClientSession()
        client.socket = await client._http.ws_connect(f"{url}/ws")
        await client.send({"t": "join", "v": 1, "token": token})
        client._tasks.append(asyncio.create_task(client._read()))
        first = await client.wait(lambda m: m["t"] in ("welcome", "refused"))
        if first["t"] == "refused":
            await client.close()
            raise Refused(first["code"])
        client.pid, client.generation = first["pid"], first["generation"]
        return client

    async def send(self, message: Message) -> None:
        await self.socket.send_json(message)

    async def _read(self) -> None:
        async for message in self.socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
            await self._take(message.json())
        self.closed.set()
        self._wake()

    async def _take(self, content: Message) -> None:
        kind = content["t"]
        if kind == "offer":
            self.offers.append(content)
            self._tasks.append(asyncio.create_task(self._answer(content)))
        elif kind == "session":
            if content["seq"] >= self.snapshot.get("seq", 0):
                self.snapshot = content
        elif kind == "welcome":
            self.snapshot = content["session"]
        elif kind == "leased":
            self.leased = content
        if kind not in ("beat", "leased"):
            self.messages.append(content)
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _answer(self, offer: Message) -> None:
        if self.pc is not None:
            await self.pc.close()
        pc = self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        sdp = await self.relay.rewrite(offer["sdp"]) if self.relay else offer["sdp"]
        await pc.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="offer"))
        by_mid = {t.mid: t for t in pc.getTransceivers()}
        for line in offer["send"]:
            transceiver = by_mid[line["mid"]]
            if line["medium"] not in self.silent:
                track = self.tracks[line["medium"]] = EncodedTrack(line["medium"])
                transceiver.sender.replaceTrack(track)
                transceiver.sender._send_keyframe = track.show_key
                transceiver.direction = "sendonly"
        self.counters = {(s["from"], s["medium"]): by_mid[s["mid"]].receiver.counter for s in offer["streams"]}
        await pc.setLocalDescription(await pc.createAnswer())
        await self.send({"t": "answer", "pc": offer["pc"], "sdp": pc.localDescription.sdp})

    async def wait(self, wanted: Callable[[Message], bool], limit: float = 10.0) -> Message:
        """The first message so far or to come that fits."""
        seen = 0
        async with asyncio.timeout(limit):
            while True:
                changed = self._changed
                for message in self.messages[seen:]:
                    if wanted(message):
                        return message
                seen = len(self.messages)
                if self.closed.is_set():
                    raise ConnectionError("closed while waiting")
                await changed.wait()

    async def until(self, holds: Callable[[], bool], limit: float = 10.0) -> float:
        """Wait until it holds; the seconds it took."""
        start = time.monotonic()
        while not holds():
            if time.monotonic() - start > limit:
                raise TimeoutError(f"{self.pid}: {self.snapshot}")
            await asyncio.sleep(0.01)
        return time.monotonic() - start

    @property
    def gate_open(self) -> bool:
        return bool(self.snapshot.get("gate", {}).get("open"))

    def count(self, source: str, medium: str) -> int:
        counter = self.counters.get((source, medium))
        return counter.packets if counter else 0

    def total(self) -> int:
        return sum(c.packets for c in self.counters.values())

    def last_packet(self) -> float:
        return max((c.last for c in self.counters.values()), default=0.0)

    def sent_video(self) -> int:
        """Video packets sent so far: every frame of the test picture fits into one."""
        return self.tracks["video"].sent

    def frames(self) -> int:
        return sum(c.frames for (_, medium), c in self.counters.items() if medium == "video")

    def lease(self, *, every: float = 0.4, echo: bool = True, frames: Callable[[], int] | None = None) -> None:
        """Begin to send leases as a console does."""

        async def renew() -> None:
            while True:
                message: Message = {"t": "lease", "visible": self.visible, "frames": (frames or self.frames)(), "sound": "terminal"}
                if echo and self.leased is not None:
                    message["n"] = self.leased["n"]
                with contextlib.suppress(ConnectionError):
                    await self.send(message)
                await asyncio.sleep(every)

        self._lease = asyncio.create_task(renew())

    def stop_lease(self) -> float:
        """The console stops; the instant at which it did."""
        if self._lease is not None:
            self._lease.cancel()
            self._lease = None
        return time.monotonic()

    async def act(self, action: str, **arguments: Any) -> Message:
        """An officer's action; its ack."""
        self._acts += 1
        number = self._acts
        await self.send({"t": "act", "id": number, "action": action, **arguments})
        return await self.wait(lambda m: m["t"] == "ack" and m["id"] == number)

    async def close(self) -> None:
        self.stop_lease()
        for task in self._tasks:
            task.cancel()
        if self.pc is not None:
            await self.pc.close()
        if self.relay is not None:
            self.relay.close()
        await self.socket.close()
        await self._http.close()


def tally(messages: list[Message]) -> dict[str, int]:
    """How many messages of each name."""
    found: dict[str, int] = defaultdict(int)
    for message in messages:
        found[message["t"]] += 1
    return found

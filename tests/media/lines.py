"""Bad lines, measured: what arrives through loss and delay, how soon somebody sees who comes late, how soon a cut is noticed and made good."""

import asyncio
import itertools
import time
from dataclasses import dataclass
from typing import Any

from aiortc import RTCPeerConnection
from aiortc.rtp import RTCP_PSFB_PLI, RtcpPsfbPacket

from tests.media.client import Client, Counter
from tests.media.house import House, facts, ticket, visit
from tests.media.light import LightClient
from tests.media.relay import Relay
from visitation.signalling.rtp import RTX, VP8, is_key_start, payload_range


@dataclass(frozen=True)
class Arrival:
    """Shares of what the family's telephone sent and what arrived at the terminal, over a line that loses this share of packets each way."""

    lost: int
    video: float
    audio: float
    nacks: float
    longest_gap: float


async def through_loss(house: House, share: float, delay: float = 0.02, seconds: float = 4.0) -> Arrival:
    """A visit whose family sits behind a bad line, for a few seconds."""
    relay = Relay(loss=share, delay=delay)
    guest, terminal, _officer = await visit(house, facts(record=False), relay=relay)
    await terminal.until(lambda: terminal.count("outside1", "video") > 0)
    pictures, sounds = (terminal.counters["outside1", medium] for medium in ("video", "audio"))
    before = await _at_rest(guest, pictures, sounds)
    begin = time.monotonic()
    for track in guest.tracks.values():
        track.release()
    await asyncio.sleep(seconds)
    after = await _at_rest(guest, pictures, sounds)
    sent_video, sent_audio, got_video, got_audio = (b - a for a, b in zip(before, after, strict=True))
    times = [at for at in pictures.times if at > begin]
    gap = max((b - a for a, b in itertools.pairwise(times)), default=seconds)
    figures = await house.metrics()
    return Arrival(relay.dropped, got_video / sent_video, got_audio / sent_audio, figures["broker_nacks_sent"], gap)


async def _at_rest(guest: Client, pictures: Counter, sounds: Counter) -> tuple[int, int, int, int]:
    """(frames sent, sounds sent, frames arrived, sounds arrived), once nothing is under way: what was lost last has been asked for and has come."""
    for track in guest.tracks.values():
        track.hold()
    await asyncio.sleep(0.5)
    return guest.tracks["video"].sent, guest.tracks["audio"].sent, pictures.frames, sounds.packets


class Viewer(LightClient):
    """A receiver as a browser is one, for pictures of one packet: it can show nothing before a key frame, and asks for one after 0.2 s without.

    `shown`: when the first picture of each line could be shown.
    """

    PATIENCE = 0.2

    def __init__(self, url: str, **options: Any) -> None:
        super().__init__(url, **options)
        self.shown: dict[str, float] = {}
        self._asked: dict[int, float] = {}

    def _divert(self, pc: RTCPeerConnection) -> None:
        super()._divert(pc)
        self._names = {ssrc: name[0] for ssrc, counter in self._streams.items() for name, mine in self.counters.items() if mine is counter}
        self._names |= {ssrc: self._names[of] for ssrc, of in self._repairs.items() if of in self._names}

    def _count(self, data: bytes) -> None:
        super()._count(data)
        kind, ssrc = data[1] & 0x7F, int.from_bytes(data[8:12], "big")
        name = self._names.get(ssrc)
        if kind not in (VP8, RTX) or name is None or name in self.shown or self._dtls._rx_srtp is None:
            return  # (the first datagram may overtake the end of the handshake)
        plain = self._dtls._rx_srtp.unprotect(data)
        start, end = payload_range(plain, len(plain))
        payload = plain[start + 2 if kind == RTX else start : end]
        if is_key_start(payload):
            self.shown[name] = time.monotonic()
        elif kind == VP8 and time.monotonic() - self._asked.setdefault(ssrc, time.monotonic()) > self.PATIENCE:
            self._asked[ssrc] = time.monotonic()
            self._send_rtcp(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=1, media_ssrc=ssrc))

    def _send_rtcp(self, packet: RtcpPsfbPacket) -> None:
        pair = self._ice._nominated.get(1)
        if pair is not None:
            pair.protocol.transport.sendto(self._dtls._tx_srtp.protect_rtcp(bytes(packet)), pair.remote_addr)


async def late_joins(house: House, share: float, times: int) -> list[float]:
    """How long an officer who comes late waits for the first decoded picture of the terminal, joins one after the other: seconds from the request to join.

    Their line and the terminal's lose this share of packets, each way.
    """
    given = facts(record=False)
    await house.join(ticket("visitor:1", given))
    await house.join(ticket("terminal:3", given), relay=Relay(loss=share, delay=0.005, seed=3))
    first = await house.join(ticket("officer:9", given))
    first.lease()
    await first.until(lambda: first.gate_open)
    waits = []
    for n in range(times):
        await asyncio.sleep(0.37)
        begin = time.monotonic()
        late = await house.join(ticket("officer:20", given), kind=Viewer, relay=Relay(loss=share, delay=0.005, seed=100 + n))
        late.lease(frames=lambda late=late: len(late.shown))
        await late.until(lambda late=late: "terminal" in late.shown, 15)
        waits.append(late.shown["terminal"] - begin)
        await house.part(late)
    return waits


@dataclass(frozen=True)
class Cut:
    """A line that was cut: seconds until the other side was told, and from the line's return until pictures flow again."""

    noticed: float
    back: float


async def cut_line(house: House, seconds: float) -> Cut:
    """The family's line is dead for so long; the WebSocket lives, as it often does on a telephone."""
    relay = Relay()
    guest, terminal, _officer = await visit(house, facts(record=False), relay=relay)
    await asyncio.sleep(0.5)
    relay.cut, cut = True, time.monotonic()
    await terminal.until(lambda: not terminal.gate_open, 10)
    noticed = time.monotonic() - cut
    await asyncio.sleep(max(0.0, seconds - noticed))
    relay.cut, back = False, time.monotonic()
    await terminal.until(lambda: terminal.gate_open, 20)
    shown = guest.count("terminal", "video")
    await guest.until(lambda: guest.count("terminal", "video") > shown, 20)
    return Cut(noticed, time.monotonic() - back)


async def change_network(house: House) -> float:
    """The telephone moves to another network: its address is another, its old connections are gone without a word. Seconds from the fresh token to pictures."""
    old = Relay()
    guest, terminal, _officer = await visit(house, facts(record=False), relay=old)
    await terminal.until(lambda: terminal.count("outside1", "video") > 5)
    old.cut = True
    begin = time.monotonic()
    again = await house.join(ticket("visitor:1", facts(record=False)), relay=Relay(seed=2))
    await guest.wait(lambda m: m["t"] == "replaced")
    before = terminal.count("outside1", "video")
    await again.until(lambda: again.count("terminal", "video") > 0 and terminal.count("outside1", "video") > before, 15)
    return time.monotonic() - begin

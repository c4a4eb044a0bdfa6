"""From packets to frames for the recorder: order, wholeness, and one time line for sound and picture."""

from collections.abc import Callable

from visitation.signalling.ingress import Valve
from visitation.signalling.policy import Medium
from visitation.signalling.rtp import CLOCK, MARKER, Packet, parse_vp8, unwrap

WAIT = {Medium.AUDIO: 0.08, Medium.VIDEO: 0.4}
HELD = 400
SLEW_MS = 8.0  # how far a picture may be moved from its place a frame, until lips and sound agree
DRIFT_MS = 2000

Emit = Callable[[int, bytes, bool], None]


class Reorder:
    """Hands packets on in order; a late one is waited for, counted from the arrival of what came behind it."""

    def __init__(self, wait: float, take: Callable[[Packet], None], gap: Callable[[], None]) -> None:
        self._wait, self._take, self._gap = wait, take, gap
        self._next: int | None = None
        self._held: dict[int, tuple[Packet, float]] = {}
        self.lost = 0

    def put(self, packet: Packet, now: float) -> None:
        if self._next is None:
            self._next = packet.seq
        distance = (packet.seq - self._next) & 0xFFFF
        if distance >= 0x8000:
            return
        if distance == 0 and not self._held:
            self._next = (packet.seq + 1) & 0xFFFF
            self._take(packet)
            return
        self._held[packet.seq] = (packet, now)
        self._drain()
        self._give_up(now)

    def _drain(self) -> None:
        while self._next is not None and (held := self._held.pop(self._next, None)) is not None:
            self._next = (self._next + 1) & 0xFFFF
            self._take(held[0])

    def _give_up(self, now: float) -> None:
        while self._held and self._next is not None:
            expected = self._next
            nearest = min(self._held, key=lambda seq: (seq - expected) & 0xFFFF)
            if now - self._held[nearest][1] <= self._wait and len(self._held) < HELD:
                return
            self.lost += (nearest - expected) & 0xFFFF
            self._next = nearest
            self._gap()
            self._drain()

    def reset(self) -> None:
        self._next = None
        self._held.clear()


class TimeLine:
    """Maps a track's timestamps to milliseconds of the segment: by arrival first, then by the sender reports."""

    def __init__(self, medium: Medium) -> None:
        self._clock = CLOCK[medium]
        self._extended: int | None = None
        self._offset: float | None = None
        self._target: float | None = None
        self._last = -1
        self.report: tuple[float, int] | None = None  # sender's clock in ms, RTP timestamp

    def reset(self) -> None:
        self._extended = self._offset = self._target = self.report = None

    def place(self, ts: int, arrival_ms: float) -> int:
        """The time of a frame; it never runs backwards."""
        self._extended = ts if self._extended is None else unwrap(ts, self._extended)
        own = self._extended * 1000 / self._clock
        if self._offset is None or abs(own + self._offset - arrival_ms) > DRIFT_MS:
            self._offset = arrival_ms - own
        elif self._target is not None:
            self._offset += max(-SLEW_MS, min(SLEW_MS, self._target - self._offset))
        self._last = max(self._last + 1, int(own + self._offset))
        return self._last

    def sender_report(self, ntp: int, rtp: int) -> None:
        self.report = (ntp * 1000 / (1 << 32), rtp)

    def _shift(self) -> float | None:
        """Segment milliseconds minus the sender's clock, by this track."""
        if self.report is None or self._offset is None or self._extended is None:
            return None
        return unwrap(self.report[1], self._extended) * 1000 / self._clock + self._offset - self.report[0]

    def follow(self, reference: "TimeLine") -> None:
        """Drift towards the other track's idea of the sender's clock, so that lips and sound agree."""
        theirs, ours = reference._shift(), self._shift()  # noqa: SLF001 - the same class
        if theirs is not None and ours is not None and self._offset is not None and abs(theirs - ours) < DRIFT_MS:
            self._target = self._offset + theirs - ours


class Track:
    """One medium of one leg on its way into a segment. Calls `emit(ms, frame, key)`."""

    def __init__(self, medium: Medium, valve: Valve, started: float, emit: Emit, need_key: Callable[[], None]) -> None:
        self.medium = medium
        self.valve = valve
        self.line = TimeLine(medium)
        self.size: tuple[int, int] | None = None
        self.frames = 0
        self._started = started
        self._emit = emit
        self._need_key = need_key
        self._order = Reorder(WAIT[medium], self._sound if medium is Medium.AUDIO else self._picture, self._gap)
        self._parts: list[bytes] = []
        self._ts = 0
        self._key = False
        self._broken = True
        self._now = started

    @property
    def lost(self) -> int:
        return self._order.lost

    def take(self, packet: Packet, now: float) -> None:
        self._now = now
        self._order.put(packet, now)

    def sender_report(self, ntp: int, rtp: int) -> None:
        self.line.sender_report(ntp, rtp)

    def restarted(self) -> None:
        """The source numbers anew."""
        self._order.reset()
        self.line.reset()
        self._gap()

    def _arrival(self) -> float:
        return (self._now - self._started) * 1000

    def _sound(self, packet: Packet) -> None:
        if packet.payload:
            self.frames += 1
            self._emit(self.line.place(packet.ts, self._arrival()), packet.payload, True)

    def _gap(self) -> None:
        self._parts = []
        self._broken = True

    def _picture(self, packet: Packet) -> None:
        if not packet.payload:
            return
        head = parse_vp8(packet.payload)
        if head.start:
            self._parts, self._ts, self._key = [packet.payload[head.offset :]], packet.ts, head.key
            if head.key:
                self._broken, self.size = False, head.size or self.size
        elif self._parts and packet.ts == self._ts:
            self._parts.append(packet.payload[head.offset :])
        if packet.mpt & MARKER and self._parts:
            self._whole()

    def _whole(self) -> None:
        frame, self._parts = b"".join(self._parts), []
        if self._broken:
            self._need_key()
            return
        self.frames += 1
        self._emit(self.line.place(self._ts, self._arrival()), frame, self._key)

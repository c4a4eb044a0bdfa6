"""A session's recorder: one segment a leg while the gate is open. Where nothing is recorded, none is ever made."""

from collections.abc import Callable

from visitation.kernel.clock import Clock
from visitation.signalling import webm
from visitation.signalling.assembler import Track
from visitation.signalling.ingress import Valve
from visitation.signalling.participants import Participant
from visitation.signalling.policy import Medium
from visitation.signalling.router import Leg
from visitation.signalling.vault import Segment, SegmentInfo, Vault

SEGMENT_SECONDS = 600.0
STALL_SECONDS = 5.0
RETRY_SECONDS, LONGEST_RETRY = 5.0, 300.0
NUMBER = {Medium.AUDIO: webm.AUDIO, Medium.VIDEO: webm.VIDEO}


class LegRecorder:
    """Writes one segment of one leg."""

    def __init__(self, leg: Leg, segment: Segment, valve: Valve, started: float) -> None:
        self.leg = leg
        self.segment = segment
        self.started = started
        self.grown_at = started
        self._grown = 0
        self._builder = webm.ClusterBuilder()
        self._headed = False
        self._on: set[Medium] = set()
        self._tracks = {m: Track(m, valve, started, self._emitter(m), i.ask_keyframe) for m, i in leg.ingress.items()}

    def _emitter(self, medium: Medium) -> Callable[[int, bytes, bool], None]:
        number = NUMBER[medium]

        def emit(ms: int, data: bytes, key: bool) -> None:
            done = self._builder.add(webm.Block(number, ms, data, key))
            if done is not None:
                self._write(done)

        return emit

    def listen(self, media: frozenset[Medium]) -> None:
        """Take these media and no others."""
        for medium, track in self._tracks.items():
            if (medium in media) == (medium in self._on):
                continue
            ingress = self.leg.ingress[medium]
            if medium in media:
                self._on.add(medium)
                track.restarted()
                ingress.record(track)
            else:
                self._on.discard(medium)
                ingress.stop_recording(track)

    def _write(self, cluster: bytes) -> None:
        if not self._headed:
            self._headed = True
            picture = self._tracks.get(Medium.VIDEO)
            size = (picture.size or (640, 480)) if picture is not None else None
            cluster = webm.header(audio=Medium.AUDIO in self._tracks, video=size) + cluster
        self.segment.write(cluster)

    def tick(self, now: float) -> None:
        """About once a second: keep lips and sound together, notice growth."""
        sound, picture = self._tracks.get(Medium.AUDIO), self._tracks.get(Medium.VIDEO)
        if sound is not None and picture is not None:
            picture.line.follow(sound.line)
        if self.segment.bytes != self._grown:
            self._grown, self.grown_at = self.segment.bytes, now

    def finish(self, now: float) -> None:
        self.listen(frozenset())
        rest = self._builder.flush()
        if rest is not None:
            self._write(rest)
        self.segment.finish(now - self.started)


class SessionRecorder:
    """The recorders of all legs of one session, and what is known of their truth."""

    def __init__(self, sid: str, vault: Vault, valve: Valve, clock: Clock, first_segment: int = 0) -> None:
        self._sid = sid
        self._first = first_segment
        self._vault = vault
        self._valve = valve
        self._clock = clock
        self._legs: dict[str, LegRecorder] = {}
        self._finished_bytes = 0
        self.failed = False
        self._retry_at = 0.0
        self._wait = RETRY_SECONDS
        self.on_segment: Callable[[SegmentInfo], None] = lambda info: None
        self.on_failure: Callable[[str, str], None] = lambda pid, reason: None
        self.on_recovery: Callable[[], None] = lambda: None

    @property
    def is_on(self) -> bool:
        return bool(self._legs)

    @property
    def light(self) -> bool:
        """The recording light: on when the writers' own counters say that media of somebody are with the kernel. That they still come is `stalled`."""
        return any(recorder.segment.has_media for recorder in self._legs.values())

    @property
    def bytes(self) -> int:
        """Bytes that are with the kernel, from the writers' own counters."""
        return self._finished_bytes + sum(r.segment.bytes for r in self._legs.values())

    def want(self, leg: Leg, participant: Participant, media: frozenset[Medium]) -> None:
        """Record exactly these media of this leg from now on."""
        known = self._legs.get(participant.pid)
        if known is not None and (known.leg is not leg or not media):
            self._end(participant.pid)
            known = None
        if not media or self.failed:
            return
        if known is None:
            known = self._legs[participant.pid] = self._begin(leg, participant)
        known.listen(media)

    def _begin(self, leg: Leg, participant: Participant) -> LegRecorder:
        segment = self._vault.begin(self._sid, participant.slot, int(self._clock.now().timestamp() * 1000), self._first)
        segment.on_finished = self._finished
        segment.on_failure = lambda reason: self._fail(participant.pid, reason)
        return LegRecorder(leg, segment, self._valve, self._clock.monotonic())

    def _end(self, pid: str) -> None:
        recorder = self._legs.pop(pid)
        recorder.finish(self._clock.monotonic())

    def _finished(self, info: SegmentInfo) -> None:
        self._finished_bytes += info.bytes
        self.on_segment(info)

    def _fail(self, pid: str, reason: str) -> None:
        if self.failed:
            return
        self.failed = True
        self._retry_at, self._wait = self._clock.monotonic() + self._wait, min(3 * self._wait, LONGEST_RETRY)
        for known in list(self._legs):
            self._end(known)
        self.on_failure(pid, reason)

    def tick(self) -> None:
        """About once a second. A recording that failed begins again when there is room, after longer and longer waits."""
        now = self._clock.monotonic()
        if self.failed and now >= self._retry_at and self._vault.has_room():
            self.failed = False
            self.on_recovery()
        if self._legs and self._vault.is_full():
            self._fail(next(iter(self._legs)), "the disk is nearly full")
        for pid, recorder in list(self._legs.items()):
            recorder.tick(now)
            if now - recorder.started > SEGMENT_SECONDS:
                self._end(pid)  # the session's next look begins the next segment

    def stalled(self) -> set[str]:
        """Whose segment has not grown for five seconds."""
        now = self._clock.monotonic()
        return {pid for pid, r in self._legs.items() if now - r.grown_at > STALL_SECONDS}

    def close(self) -> None:
        for pid in list(self._legs):
            self._end(pid)

"""The chart over the seek bar: what was recorded of each side, when nothing flowed, and what happened, as places on one line of time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from visitation.supervision.models import Segment, SessionEvent

SHOWN = {
    "joined": "person",
    "rejoined": "person",
    "lost": "lost",
    "left": "lost",
    "muted": "mute",
    "lifted": "mute",
    "spoke": "voice",
    "hushed": "voice",
    "message": "message",
    "warned": "warning",
    "marked": "mark",
    "extended": "time",
    "revoked": "lost",
    "recording_failed": "lost",
    "ended": "time",
}
"""Events with a sign on the chart, and which sign."""
LEAST_WIDTH = 0.15


@dataclass(frozen=True)
class Bar:
    """A stretch of the line: `x` and `width` in per cent. code: why, for a stretch in which nothing flowed."""

    x: float
    width: float
    code: str = ""


@dataclass(frozen=True)
class Sign:
    """Something that happened at a place: `x` in per cent, `at` seconds from the beginning."""

    x: float
    at: float
    sign: str
    event: SessionEvent


@dataclass(frozen=True)
class Lane:
    """One side: what was recorded, and while it was muted."""

    leg: str
    recorded: tuple[Bar, ...]
    muted: tuple[Bar, ...]


@dataclass(frozen=True)
class Tick:
    x: float
    seconds: int


@dataclass(frozen=True)
class Chart:
    """begin: the moment at 0 per cent; seconds: how long 100 per cent are."""

    begin: datetime
    seconds: float
    lanes: tuple[Lane, ...]
    closed: tuple[Bar, ...]
    signs: tuple[Sign, ...]
    ticks: tuple[Tick, ...]


def chart(segments: Sequence[Segment], events: Sequence[SessionEvent]) -> Chart | None:
    """The chart of what can be played; None when there is nothing."""
    stored = [row for row in segments if row.state == "stored"]
    if not stored:
        return None
    begin = min(row.starts_at for row in stored)
    seconds = max(max((row.starts_at - begin).total_seconds() + row.seconds for row in stored), 1.0)
    line = _Line(begin, seconds)
    legs = sorted({row.leg for row in stored}, key=lambda leg: (leg != "terminal", leg))
    lanes = tuple(Lane(leg, tuple(line.bar(row.starts_at, row.seconds) for row in stored if row.leg == leg), line.muted(leg, events)) for leg in legs)
    return Chart(begin, seconds, lanes, line.closed(events), line.signs(events), line.ticks())


@dataclass(frozen=True)
class _Line:
    begin: datetime
    seconds: float

    def place(self, moment: datetime) -> float:
        return round(min(100.0, max(0.0, (moment - self.begin).total_seconds() * 100 / self.seconds)), 3)

    def bar(self, starts_at: datetime, seconds: float, code: str = "") -> Bar:
        x, end = self.place(starts_at), self.place(starts_at + timedelta(seconds=seconds))
        return Bar(x, max(LEAST_WIDTH, round(end - x, 3)), code)

    def between(self, spans: Iterable[tuple[datetime, datetime | None, str]]) -> tuple[Bar, ...]:
        last = self.begin + timedelta(seconds=self.seconds)
        inside = [(max(first, self.begin), min(end or last, last), code) for first, end, code in spans]
        return tuple(self.bar(first, (end - first).total_seconds(), code) for first, end, code in inside if end > first)

    def closed(self, events: Sequence[SessionEvent]) -> tuple[Bar, ...]:
        """From a closing of the gate to its next opening."""
        spans: list[tuple[datetime, datetime | None, str]] = []
        for event in events:
            if event.type != "gate":
                continue
            if event.data.get("open") and spans and spans[-1][1] is None:
                spans[-1] = (spans[-1][0], event.at, spans[-1][2])
            elif not event.data.get("open") and (not spans or spans[-1][1] is not None):
                spans.append((event.at, None, str(event.data.get("reason") or "")))
        return self.between(spans)

    def muted(self, leg: str, events: Sequence[SessionEvent]) -> tuple[Bar, ...]:
        """From a mute of the participant on this side to its lifting."""
        slots = {event.pid: str(event.data.get("slot", "")) for event in events if event.type in ("joined", "rejoined")}
        spans: list[tuple[datetime, datetime | None, str]] = []
        for event in events:
            if event.type not in ("muted", "lifted") or slots.get(str(event.data.get("pid", ""))) != leg:
                continue
            if event.type == "muted" and (not spans or spans[-1][1] is not None):
                spans.append((event.at, None, ""))
            elif event.type == "lifted" and spans and spans[-1][1] is None:
                spans[-1] = (spans[-1][0], event.at, "")
        return self.between(spans)

    def signs(self, events: Sequence[SessionEvent]) -> tuple[Sign, ...]:
        last = self.begin + timedelta(seconds=self.seconds + 1)
        seen = [event for event in events if event.type in SHOWN and self.begin - timedelta(seconds=1) <= event.at <= last]
        return tuple(Sign(self.place(one.at), max(0.0, (one.at - self.begin).total_seconds()), SHOWN[one.type], one) for one in seen)

    def ticks(self) -> tuple[Tick, ...]:
        """About eight marks at a round distance."""
        step = next((size for size in (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800) if self.seconds / size <= 9), 3600)
        return tuple(Tick(round(at * 100 / self.seconds, 3), at) for at in range(0, int(self.seconds) + 1, step))

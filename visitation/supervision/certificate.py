"""The certificate of a recording: its segments, its gaps with their reasons, and whether the stored bytes are still those that were recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from visitation.signalling.sealing import digest
from visitation.supervision.models import LiveSession, Segment, SessionEvent
from visitation.supervision.queries import events_of, segments_of
from visitation.supervision.recordings import stored_path
from visitation.supervision.rules_recordings import Gap, Happening, Part, gaps

AGREES, DIFFERS, MISSING, NOT_HERE, DELETED = "agrees", "differs", "missing", "not_here", "deleted"


@dataclass(frozen=True)
class Piece:
    """A segment as the certificate gives it: plain values, because a package is handed over after the transaction that read them."""

    id: int
    leg: str
    number: int
    file: str
    sha256: str
    bytes: int
    seconds: float
    final: bool
    starts_at: datetime


@dataclass(frozen=True)
class Subject:
    """The visit that was recorded."""

    sid: str
    ref: str
    kind: str
    inmate: str
    terminal: str
    starts_at: datetime
    live_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class Checked:
    """A segment and what a look at its stored bytes says now."""

    segment: Piece
    verdict: str


@dataclass(frozen=True)
class Leg:
    """One side's recording: its segments in order, and its gaps between the first opening of the gate and the end."""

    name: str
    segments: tuple[Checked, ...]
    gaps: tuple[Gap, ...]

    @property
    def seconds(self) -> float:
        return sum(one.segment.seconds for one in self.segments)


@dataclass(frozen=True)
class Certificate:
    """What is certified of one session at one moment."""

    visit: Subject
    legs: tuple[Leg, ...]
    made_at: datetime

    @property
    def is_whole(self) -> bool:
        """Every segment is here, or was deleted as decided, and its hash agrees."""
        return all(one.verdict in (AGREES, DELETED) for leg in self.legs for one in leg.segments)


def certify(session: Session, live: LiveSession, data_dir: Path, now: datetime) -> Certificate:
    """Read every stored byte of the session's recording and compare its hash with the broker's report."""
    rows, events = segments_of(session, live.id), events_of(session, live.id)
    names = sorted({row.leg for row in rows})
    booking = live.booking
    visit = Subject(live.sid, booking.ref, booking.kind, booking.inmate.name, booking.terminal.name, booking.starts_at, live.live_at, live.ended_at)
    return Certificate(visit, tuple(_leg(name, [row for row in rows if row.leg == name], events, live, data_dir) for name in names), now)


def _leg(name: str, rows: Sequence[Segment], events: Sequence[SessionEvent], live: LiveSession, data_dir: Path) -> Leg:
    parts = [Part(row.starts_at, row.seconds, row.final) for row in rows]
    found = gaps(parts, _happenings(name, events), live.live_at, live.ended_at)
    return Leg(name, tuple(Checked(_piece(row), verdict_of(row, live.sid, data_dir)) for row in rows), tuple(found))


def _piece(row: Segment) -> Piece:
    return Piece(row.id, row.leg, row.number, row.file, row.sha256, row.bytes, row.seconds, row.final, row.starts_at)


def verdict_of(row: Segment, sid: str, data_dir: Path) -> str:
    """What the disk says of one segment now: agrees, differs, missing, not_here (not fetched, or damaged on the way), deleted."""
    if row.state == "deleted":
        return DELETED
    if row.state != "stored":
        return NOT_HERE
    try:
        with stored_path(data_dir, sid, row.file).open("rb") as source:
            return AGREES if digest(source) == row.sha256 else DIFFERS
    except OSError:
        return MISSING


def _happenings(leg: str, events: Sequence[SessionEvent]) -> list[Happening]:
    """The events that may explain a gap of this leg. Whose loss it was is known by the slot that a participant joined with."""
    slots = {event.pid: str(event.data.get("slot", "")) for event in events if event.type in ("joined", "rejoined")}
    found = []
    for event in events:
        if event.type == "gate" and not event.data.get("open"):
            found.append(Happening(event.at, "gate", str(event.data.get("reason") or "")))
        elif _concerns(event, slots, leg):
            found.append(Happening(event.at, event.type))
    return found


def _concerns(event: SessionEvent, slots: Mapping[str, str], leg: str) -> bool:
    if event.type == "recording_failed":
        return True
    if event.type in ("lost", "left"):
        return slots.get(event.pid) == leg
    return event.type == "muted" and slots.get(str(event.data.get("pid", ""))) == leg

"""Taking over a broker's journal: every event once, in its order, applied to the session it belongs to."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.accounts.queries import identity_of
from visitation.audit import service as audit
from visitation.kernel.identity import SYSTEM, Identity
from visitation.supervision import closing, commands, reviews
from visitation.supervision.brokers import drop
from visitation.supervision.models import Broker, LiveSession, Segment, SessionEvent, SessionTask

AUDITED = frozenset(
    {
        "gate",
        "muted",
        "lifted",
        "spoke",
        "hushed",
        "message",
        "warned",
        "marked",
        "extended",
        "handed_over",
        "revoked",
        "recording_failed",
        "forgotten",
        "ended",
        "stage",
        "joined",
        "rejoined",
        "pause",
        "resume",
        "released",
    }
)
"""Event types that leave an audit row: what an officer did, and what decided over supervision."""


WHOEVER_TELLS = ("segment", "forgotten", "coverage")
"""Event types that are true whichever broker carries the session by now: about files that a broker holds, and about the time it carried the session."""


GAP = "session.gap"
"""Audit act: media flow again after a session changed its broker."""


@dataclass(frozen=True)
class Taken:
    """One event as the broker wrote it."""

    number: int
    uid: str
    at: datetime
    sid: str
    type: str
    pid: str
    generation: int
    data: Mapping[str, Any]


def read(broker_id: str, raw: Mapping[str, Any]) -> Taken:
    """An event from its JSON. The broker's id is part of its name, so that two brokers never share one."""
    at = datetime.fromisoformat(str(raw["at"])).astimezone(UTC)
    data = raw.get("data")
    return Taken(
        number=int(raw["n"]),
        uid=f"{broker_id}:{raw['id']}"[:80],
        at=at,
        sid=str(raw.get("sid") or ""),
        type=str(raw["type"])[:30],
        pid=str(raw.get("pid") or "")[:40],
        generation=int(raw.get("generation") or 0),
        data=data if isinstance(data, dict) else {},
    )


def take_over(session: Session, broker_id: str, events: Iterable[Mapping[str, Any]], now: datetime, *, after: int | None = None) -> int:
    """Write and apply events behind the cursor, in their order; the cursor moves in the same transaction. Returns how many were new.

    after: behind which event the batch was read. A batch from behind the cursor would leave a hole: it is put aside and read again from the cursor.
    """
    broker = session.get(Broker, broker_id, with_for_update={"key_share": True}, populate_existing=True)
    if broker is None or (after is not None and after > broker.cursor):
        return 0
    fresh = 0
    for event in sorted((read(broker_id, raw) for raw in events), key=lambda one: one.number):
        if event.number <= broker.cursor:
            continue
        fresh += _take(session, broker_id, event, now)
        broker.cursor = event.number
    return fresh


def _take(session: Session, broker_id: str, event: Taken, now: datetime) -> bool:
    live = session.scalar(select(LiveSession).where(LiveSession.sid == event.sid).with_for_update()) if event.sid else None
    if live is None or session.scalar(select(SessionEvent.id).where(SessionEvent.uid == event.uid)) is not None:
        return False
    session.add(
        SessionEvent(
            uid=event.uid,
            session_id=live.id,
            broker_id=broker_id,
            number=event.number,
            at=event.at,
            type=event.type,
            pid=event.pid,
            generation=event.generation,
            data=dict(event.data),
        )
    )
    if event.type in AUDITED:
        prison = live.booking.prison_id
        audit.record(session, _actor(session, event.pid), f"session.{event.type}", "session", live.sid, now, prison, pid=event.pid, **_told(event.data))
    apply = APPLY.get(event.type)
    if apply is not None and (live.broker_id == broker_id or event.type in WHOEVER_TELLS):
        apply(session, live, event, now)
        commands.changed(session, live.booking.prison_id, "task" if event.type == "task" else "session", now, live.booking.ref)
    session.flush()
    return True


def _told(data: Mapping[str, Any]) -> dict[str, Any]:
    """The event's own words for the audit, without those that the row has already."""
    return {f"event_{name}" if name in ("pid", "act", "now", "who") else name: value for name, value in data.items() if name != "mono"}


def _officer(pid: str) -> int | None:
    """The account behind an officer's pid, `officer:12` or, after a revocation, `officer:12.2`."""
    role, _, number = pid.partition(":")
    digits = number.partition(".")[0]
    return int(digits) if role == "officer" and digits.isdigit() else None


def _actor(session: Session, pid: str) -> Identity:
    """An officer acts as themselves; what anybody else does is reported by the service."""
    number = _officer(pid)
    account = session.get(Account, number) if number is not None else None
    return identity_of(account, "prison") if account is not None else SYSTEM


# -- one function for each type that changes something

Apply = Callable[[Session, LiveSession, Taken, datetime], None]


def _stage(_session: Session, live: LiveSession, event: Taken, _now: datetime) -> None:
    if live.stage != "ended":
        stage = str(event.data.get("to", ""))
        live.stage = stage if stage != "ended" else live.stage  # the event `ended` follows and says how it came to it


def _gate(session: Session, live: LiveSession, event: Taken, now: datetime) -> None:
    live.gate_open = bool(event.data.get("open")) and live.stage != "ended"
    live.gate_reason = event.data.get("reason")
    if live.gate_open and live.live_at is None:
        live.live_at = event.at
    if live.gate_open and live.interrupted_at is not None:
        _after_gap(session, live, event, now)


def _after_gap(session: Session, live: LiveSession, event: Taken, now: datetime) -> None:
    """Media flow again after the session changed its broker: how long nobody saw anybody is part of the record."""
    since = live.interrupted_at or event.at
    gap, live.interrupted_at = max(0.0, (event.at - since).total_seconds()), None
    told = {"broker": live.broker_id, "run": live.run, "since": since.isoformat(), "gap_seconds": round(gap, 1)}
    audit.record(session, SYSTEM, GAP, "session", live.sid, now, live.booking.prison_id, **told)


def _released(_session: Session, live: LiveSession, event: Taken, _now: datetime) -> None:
    """The broker is about to stop and has let go of the session: its last count is the best there is."""
    live.seconds_used = max(live.seconds_used, live.seconds_before + float(event.data.get("seconds_used", 0)))
    drop(live, event.at)


def _coverage(_session: Session, live: LiveSession, event: Taken, _now: datetime) -> None:
    live.coverage = {name: round(float(event.data.get(name, 0)) + float(live.coverage.get(name, 0)), 1) for name in ("live", "leased", "seen", "heard")}


def _task(session: Session, live: LiveSession, event: Taken, _now: datetime) -> None:
    since = float(event.data.get("since", event.at.timestamp()))
    key = f"{event.data.get('kind')}:{event.data.get('pid') or ''}:{since:.0f}"[:80]
    row = session.scalar(select(SessionTask).where(SessionTask.session_id == live.id, SessionTask.key == key))
    if row is None:
        row = SessionTask(session_id=live.id, key=key, kind=str(event.data.get("kind"))[:40], since=datetime.fromtimestamp(since, UTC))
        row.severity, row.pid = str(event.data.get("severity", "low"))[:10], str(event.data.get("pid") or "")[:40]
        session.add(row)
    if event.data.get("closed_after") is not None:
        row.closed_at = event.at


def _segment(session: Session, live: LiveSession, event: Taken, _now: datetime) -> None:
    data, file = event.data, str(event.data["file"])[:120]
    if session.scalar(select(Segment.id).where(Segment.session_id == live.id, Segment.file == file)) is not None:
        return
    session.add(
        Segment(
            session_id=live.id,
            broker_id=event.uid.partition(":")[0],
            file=file,
            leg=str(data["leg"])[:20],
            number=int(data.get("segment", 1)),
            sha256=str(data["sha256"])[:64],
            bytes=int(data["bytes"]),
            seconds=float(data["seconds"]),
            final=bool(data.get("final", True)),
            starts_at=datetime.fromtimestamp(float(data["started_ms"]) / 1000, UTC),
        )
    )


def _forgotten(session: Session, live: LiveSession, event: Taken, _now: datetime) -> None:
    broker_id, file = event.uid.partition(":")[0], str(event.data.get("file", ""))
    row = session.scalar(select(Segment).where(Segment.session_id == live.id, Segment.file == file, Segment.broker_id == broker_id))
    if row is not None:
        row.forgotten_at = event.at


def _ended(session: Session, live: LiveSession, event: Taken, now: datetime) -> None:
    live.seconds_used = max(live.seconds_used, live.seconds_before + float(event.data.get("seconds_used", 0)))
    outcome, cause = str(event.data.get("outcome", "")), str(event.data.get("cause", ""))
    closing.close(session, live, outcome, cause, event.at, now)
    reviews.open_review(session, live, outcome, cause, _officer(event.pid), event.at, now)


APPLY: Mapping[str, Apply] = {
    "stage": _stage,
    "gate": _gate,
    "released": _released,
    "coverage": _coverage,
    "task": _task,
    "segment": _segment,
    "forgotten": _forgotten,
    "ended": _ended,
}

"""What a session takes along from one broker to the next: read out of its events, signed into its facts (docs/protocol.md §1, `resume`).

Minutes, admissions, the closed check-in and revocations are rows of the house already. Here is the rest of what officers decided: who is muted, whether
the visit is paused and why, how many warnings were given and which of them nobody has confirmed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.supervision.models import LiveSession, SessionEvent

TYPES = ("muted", "lifted", "pause", "resume", "warned", "confirmed")
MOST_UNCONFIRMED = 3


@dataclass(frozen=True)
class Happened:
    """One event of the journal, as far as it matters here."""

    type: str
    pid: str
    data: Mapping[str, Any]


def left_behind(session: Session, live: LiveSession) -> dict[str, Any]:
    """The fact `resume` of a session that was carried before."""
    query = select(SessionEvent.type, SessionEvent.pid, SessionEvent.data).where(SessionEvent.session_id == live.id, SessionEvent.type.in_(TYPES))
    rows = session.execute(query.order_by(SessionEvent.at, SessionEvent.id))
    return {"run": live.run - 1, "was_live": live.live_at is not None, **fold(Happened(*row) for row in rows)}


def fold(events: Iterable[Happened]) -> dict[str, Any]:
    """Muted participants, the officer's pause, warnings given and those that wait to be confirmed, after these events in their order."""
    muted: dict[str, bool] = {}
    warned: dict[str, dict[str, Any]] = {}
    pause: str | None = None
    count = 0
    for event in events:
        if event.type in ("muted", "lifted"):
            muted[str(event.data.get("pid"))] = event.type == "muted"
        elif event.type in ("pause", "resume"):
            pause = _code(event.data.get("reason")) if event.type == "pause" else None
        elif event.type == "warned":
            count += 1
            warned[str(event.data.get("id"))] = {"rule": event.data.get("rule"), "to": {str(pid) for pid in event.data.get("to") or ()}}
        elif event.type == "confirmed" and str(event.data.get("id")) in warned:
            warned[str(event.data.get("id"))]["to"].discard(event.pid)
    waiting = [{"rule": one["rule"], "to": sorted(one["to"])} for one in warned.values() if one["to"] and isinstance(one["rule"], int)]
    return {"muted": sorted(pid for pid, is_so in muted.items() if is_so), "pause": pause, "warnings": count, "unconfirmed": waiting[-MOST_UNCONFIRMED:]}


def _code(reason: object) -> str:
    """The code that an officer's reason begins with; the words behind it are not for everybody who is given a token."""
    return str(reason or "").partition(":")[0].strip()[:40] or "officer"

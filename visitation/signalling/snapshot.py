"""The session as everyone in it sees it."""

from typing import Any

from visitation.signalling.policy import CHECKING, Stage
from visitation.signalling.session import Session


def snapshot_of(session: Session) -> dict[str, Any]:
    """The body of the messages `session` and `welcome`."""
    now, gate = session.clock.monotonic(), session.gate
    return {
        "sid": session.sid,
        "seq": session.seq,
        "kind": session.facts.kind,
        "stage": session.stage,
        "gate": {"open": gate.open, "reason": gate.reason, "since": session.gate_since},
        "awaits": list(gate.awaits),
        "pause_reason": session.why_paused if session.stage is Stage.PAUSED else None,
        "checked": session.checked if session.stage in CHECKING else None,
        "hard_end": session.time.hard_end,
        "seconds_left": round(session.time.left(now), 1),
        "seconds_used": round(session.time.used, 1),
        "recording": session.effects.recording(),
        "officer_hears": session.rights.hears,
        "officer_sees": session.rights.sees,
        "record": session.rights.records,
        "warnings": session.messages.warnings,
        "outcome": session.outcome,
        "participants": [p.told() for p in session.participants.values()],
    }

"""What holds for one visit, frozen when its notice is accepted: a rule that changes next month does not change it. Pure."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

BY_KIND = ("record", "officer_hears", "officer_sees", "speak")
PLAIN = ("drops", "warn_at", "recording_days", "pause_without_recording", "ready_minutes", "technical_return_share", "free_cancellation_hours")


def frozen(value: Callable[[str], Any], kind: str, minutes: int, version: str) -> dict[str, Any]:
    """`value(key)` gives the policy on the day of the visit. Keys: minutes, record, officer_hears, officer_sees, speak, those of PLAIN, policy."""
    return {
        "minutes": minutes,
        **{key: bool(value(key)[kind]) for key in BY_KIND},
        **{key: value(key) for key in PLAIN},
        "policy": version,
    }


def fingerprint(terms: Mapping[str, Any]) -> str:
    """Names the terms that a person was shown, so that nobody accepts others than they read."""
    return hashlib.sha256(json.dumps(dict(terms), sort_keys=True).encode()).hexdigest()[:16]

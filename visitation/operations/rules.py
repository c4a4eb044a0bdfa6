"""When a figure of the installation is good, late or bad. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

GOOD, LATE, BAD = "good", "wait", "bad"


@dataclass(frozen=True)
class Check:
    """One line of the health page. tone: good, wait, bad; code names the sentence; facts fill it."""

    code: str
    tone: str
    facts: dict[str, object]


@dataclass(frozen=True)
class Facts:
    """What was measured. None where there is nothing to measure. Sizes in bytes, times in seconds or moments."""

    now: datetime
    database: str
    database_ms: float
    waiting: int
    oldest_waiting: datetime | None
    failed: int
    oldest_unsealed: datetime | None
    head_number: int
    head_kept: int | None
    beats: dict[str, tuple[datetime, int, bool]]
    disk_free: int
    disk_total: int


OUTBOX = (timedelta(seconds=10), timedelta(minutes=5))
SEAL = (timedelta(seconds=5), timedelta(seconds=5))
BEAT = (timedelta(seconds=5), timedelta(seconds=30))
SKEW_MS = 2000
"""Broker and web host may differ by this much; above it the broker is drained (architecture.md)."""
DISK = (0.15, 0.05)
SLOW_MS = 250
HEAD_BEHIND = 100_000


def checks(facts: Facts) -> list[Check]:
    """Every line, the worst first."""
    found = [
        Check("DATABASE", GOOD if facts.database_ms < SLOW_MS else LATE, {"name": facts.database, "ms": round(facts.database_ms, 1)}),
        _outbox(facts),
        Check("FAILED", LATE if facts.failed else GOOD, {"count": facts.failed}),
        _seal(facts),
        _head(facts),
        *_brokers(facts),
        _disk(facts),
    ]
    return sorted(found, key=lambda check: (BAD, LATE, GOOD).index(check.tone))


def worst(found: list[Check]) -> str:
    return found[0].tone if found else GOOD


def _outbox(facts: Facts) -> Check:
    age = _age(facts.now, facts.oldest_waiting)
    return Check("OUTBOX", _tone(age, OUTBOX), {"count": facts.waiting, "seconds": _seconds(age)})


def _seal(facts: Facts) -> Check:
    age = _age(facts.now, facts.oldest_unsealed)
    return Check("SEAL", _tone(age, SEAL), {"number": facts.head_number, "seconds": _seconds(age)})


def _head(facts: Facts) -> Check:
    """A kept head that is ahead of the chain means that the chain was cut."""
    if facts.head_kept is None:
        return Check("HEAD", GOOD if facts.head_number == 0 else LATE, {"kept": 0})
    tone = BAD if facts.head_kept > facts.head_number else LATE if facts.head_number - facts.head_kept > HEAD_BEHIND else GOOD
    return Check("HEAD", tone, {"kept": facts.head_kept})


def _brokers(facts: Facts) -> list[Check]:
    if not facts.beats:
        return [Check("NO_BROKER", BAD, {})]
    lines = []
    for name, (beat, skew, draining) in sorted(facts.beats.items()):
        age = _age(facts.now, beat)
        tone = BAD if abs(skew) > SKEW_MS else _tone(age, BEAT)
        lines.append(
            Check("DRAINING" if draining else "BROKER", LATE if draining and tone == GOOD else tone, {"name": name, "seconds": _seconds(age), "skew": skew})
        )
    return lines


def _disk(facts: Facts) -> Check:
    share = facts.disk_free / facts.disk_total if facts.disk_total else 0.0
    tone = GOOD if share >= DISK[0] else LATE if share >= DISK[1] else BAD
    return Check("DISK", tone, {"gb": round(facts.disk_free / 1e9, 1), "percent": round(share * 100)})


def _age(now: datetime, since: datetime | None) -> timedelta:
    return now - since if since is not None else timedelta(0)


def _seconds(age: timedelta) -> int:
    return max(0, int(age.total_seconds()))


def _tone(age: timedelta, limits: tuple[timedelta, timedelta]) -> str:
    return BAD if age > limits[1] else LATE if age > limits[0] else GOOD

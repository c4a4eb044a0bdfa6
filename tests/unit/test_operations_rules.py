"""When the health page calls something good, late or down."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from visitation.operations.rules import Check, Facts, checks, worst
from visitation.operations.texts import FIGURES, REMEDIES, TITLES

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def facts(**changes: Any) -> Facts:
    well: dict[str, Any] = {
        "now": NOW,
        "database": "postgresql",
        "database_ms": 1.0,
        "waiting": 0,
        "oldest_waiting": None,
        "failed": 0,
        "oldest_unsealed": None,
        "head_number": 10,
        "head_kept": 9,
        "beats": {"broker-1": (NOW, 12, False)},
        "disk_free": 50,
        "disk_total": 100,
    }
    return Facts(**well | changes)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def tone(code: str, **changes: Any) -> str:
    return next(check.tone for check in checks(facts(**changes)) if check.code == code)


def test_a_well_installation_is_well() -> None:
    assert worst(checks(facts())) == "good"


@pytest.mark.parametrize(
    ("code", "changes", "expected"),
    [
        ("DATABASE", {"database_ms": 249.0}, "good"),
        ("DATABASE", {"database_ms": 251.0}, "wait"),
        ("OUTBOX", {"oldest_waiting": ago(10), "waiting": 3}, "good"),
        ("OUTBOX", {"oldest_waiting": ago(11), "waiting": 3}, "wait"),
        ("OUTBOX", {"oldest_waiting": ago(301), "waiting": 3}, "bad"),
        ("FAILED", {"failed": 1}, "wait"),
        ("SEAL", {"oldest_unsealed": ago(5)}, "good"),
        ("SEAL", {"oldest_unsealed": ago(5.1)}, "bad"),
        ("HEAD", {"head_kept": None}, "wait"),
        ("HEAD", {"head_kept": None, "head_number": 0}, "good"),
        ("HEAD", {"head_kept": 11}, "bad"),
        ("NO_BROKER", {"beats": {}}, "bad"),
        ("BROKER", {"beats": {"b": (ago(5), 0, False)}}, "good"),
        ("BROKER", {"beats": {"b": (ago(6), 0, False)}}, "wait"),
        ("BROKER", {"beats": {"b": (ago(31), 0, False)}}, "bad"),
        ("BROKER", {"beats": {"b": (NOW, -2001, False)}}, "bad"),
        ("DRAINING", {"beats": {"b": (NOW, 0, True)}}, "wait"),
        ("DRAINING", {"beats": {"b": (ago(31), 0, True)}}, "bad"),
        ("DISK", {"disk_free": 15}, "good"),
        ("DISK", {"disk_free": 14}, "wait"),
        ("DISK", {"disk_free": 4}, "bad"),
        ("DISK", {"disk_total": 0}, "bad"),
    ],
)
def test_each_limit(code: str, changes: dict[str, Any], expected: str) -> None:
    assert tone(code, **changes) == expected


def test_the_worst_stands_first() -> None:
    found = checks(facts(oldest_unsealed=ago(60), failed=2))
    assert [check.tone for check in found][:2] == ["bad", "wait"]
    assert worst(found) == "bad"


def test_every_line_has_its_words() -> None:
    lines: list[Check] = checks(facts()) + checks(facts(beats={})) + checks(facts(beats={"b": (NOW, 0, True)}))
    for check in lines:
        assert str(TITLES[check.code]) % check.facts
        assert str(FIGURES[check.code]) % check.facts
        assert REMEDIES[check.code]

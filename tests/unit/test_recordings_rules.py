"""Two people, fair draws, gaps with their reasons: every branch on values."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from visitation.kernel.identity import Identity, Role, Zone
from visitation.supervision.rules_recordings import (
    APPROVED,
    ASKED,
    DELETION,
    DONE,
    EXPORT,
    RELEASE,
    REQUEST_KINDS,
    Gap,
    Happening,
    Part,
    Recording,
    ask_problems,
    assignee,
    decide_problems,
    drawn,
    fetch_problems,
    gaps,
)

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
FREE = Recording(there=2, stored=2, held=False)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def codes(problems: list) -> list[str]:  # type: ignore[type-arg]
    return [problem.code for problem in problems]


@pytest.mark.parametrize(
    ("kind", "recording", "expected"),
    [
        (EXPORT, FREE, []),
        (DELETION, FREE, []),
        (RELEASE, FREE, ["NOT_HELD"]),
        (EXPORT, Recording(2, 0, False), ["NO_RECORDING"]),
        (DELETION, Recording(2, 0, False), []),
        (DELETION, Recording(0, 0, False), ["NO_RECORDING"]),
        (EXPORT, Recording(2, 1, True), []),
        (DELETION, Recording(2, 2, True), ["RECORDING_HELD"]),
        (RELEASE, Recording(2, 2, True), []),
        (EXPORT, Recording(2, 2, False, frozenset({EXPORT})), ["ALREADY_ASKED"]),
        (EXPORT, Recording(2, 2, False, frozenset({DELETION})), []),
        (DELETION, Recording(0, 0, True, frozenset({DELETION})), ["NO_RECORDING", "RECORDING_HELD", "ALREADY_ASKED"]),
    ],
)
def test_what_can_be_asked_for(kind: str, recording: Recording, expected: list[str]) -> None:
    assert codes(ask_problems(kind, recording)) == expected


@pytest.mark.parametrize("kind", REQUEST_KINDS)
@pytest.mark.parametrize("approve", [True, False])
def test_nobody_decides_their_own_and_nobody_too_late(kind: str, approve: bool) -> None:
    fit = Recording(2, 2, kind == RELEASE, frozenset({kind}))
    assert codes(decide_problems(kind, 1, 2, at(1), fit, NOON, approve=approve)) == []
    assert codes(decide_problems(kind, 1, 1, at(1), fit, NOON, approve=approve)) == ["SAME_PERSON"]
    assert codes(decide_problems(kind, 1, 2, NOON, fit, NOON, approve=approve)) == ["REQUEST_LAPSED"]


def test_a_hold_that_came_meanwhile_stops_the_approval_not_the_refusal() -> None:
    held = Recording(2, 2, True, frozenset({DELETION}))
    assert codes(decide_problems(DELETION, 1, 2, at(1), held, NOON, approve=True)) == ["RECORDING_HELD"]
    assert codes(decide_problems(DELETION, 1, 2, at(1), held, NOON, approve=False)) == []


@pytest.mark.parametrize(
    ("state", "who", "until", "expected"),
    [
        (APPROVED, 1, 1, []),
        (APPROVED, 2, 1, ["NOT_YOUR_REQUEST"]),
        (APPROVED, 1, 0, ["REQUEST_LAPSED"]),
        (ASKED, 1, 1, ["REQUEST_LAPSED"]),
        (DONE, 1, 1, ["ALREADY_FETCHED"]),
        (DONE, 2, 1, ["ALREADY_FETCHED"]),
    ],
)
def test_who_fetches_and_when(state: str, who: int, until: float, expected: list[str]) -> None:
    identity = Identity(who, frozenset({Role.OFFICER}), "x", Zone.PRISON)
    assert codes(fetch_problems(state, 1, identity, at(until), NOON)) == expected


# -- the draw


def point_of(seed: int):  # type: ignore[no-untyped-def]
    dice = random.Random(seed)
    points = [dice.random() for _ in range(120)]
    return points.__getitem__


@pytest.mark.parametrize("share", [0.01, 0.07, 0.1, 0.3, 1 / 3, 0.5, 0.62, 0.9, 0.99])
def test_every_officers_share_is_kept_at_every_moment(share: float) -> None:
    for seed in range(5):
        count, point = 0, point_of(seed)
        for number in range(60):
            count += drawn(number, share, point)
            assert abs(count - share * (number + 1)) <= 1.0 + 1e-9


def test_nothing_and_everything_are_shares_too() -> None:
    assert not any(drawn(number, 0.0, point_of(1)) for number in range(100))
    assert all(drawn(number, 1.0, point_of(1)) for number in range(100))


def test_each_number_has_the_same_chance_and_the_answer_never_changes() -> None:
    seeds = [point_of(seed) for seed in range(400)]
    counts = [sum(drawn(number, 0.2, point) for point in seeds) for number in range(10)]
    assert all(50 < count < 110 for count in counts), counts
    assert [drawn(7, 0.2, point_of(3)) for _ in range(5)] == [drawn(7, 0.2, point_of(3))] * 5
    spaces = {b - a for a, b in pairwise([n for n in range(400) if drawn(n, 0.1, point_of(5))])}
    assert len(spaces) > 5, "not every tenth: nobody can wait for the next one"


def test_duties_go_to_who_has_fewest_and_never_to_who_supervised() -> None:
    assert assignee([(1, 3), (2, 1), (3, 1)], None) == 2
    assert assignee([(1, 3), (2, 1), (3, 1)], 2) == 3
    assert assignee([(2, 0)], 2) is None
    assert assignee([], None) is None


# -- gaps


def test_a_recording_without_gaps_has_none() -> None:
    parts = [Part(at(0), 600.0), Part(at(600.4), 300.0)]
    assert gaps(parts, [], at(0), at(901)) == []


@pytest.mark.parametrize(
    ("happenings", "final", "reason"),
    [
        ([Happening(at(10), "gate", "PAUSED")], True, "GATE:PAUSED"),
        ([Happening(at(9), "gate", "OFFICER")], True, "GATE:OFFICER"),
        ([Happening(at(10), "lost")], True, "LOST"),
        ([Happening(at(12), "left")], True, "LOST"),
        ([Happening(at(10), "muted")], True, "MUTED"),
        ([Happening(at(10), "gate", "PAUSED"), Happening(at(10), "recording_failed", "full")], True, "FAILED"),
        ([], False, "BROKER_LOST"),
        ([Happening(at(2), "gate", "PAUSED")], True, "UNKNOWN"),
        ([], True, "UNKNOWN"),
    ],
)
def test_a_gap_has_its_reason(happenings: list[Happening], final: bool, reason: str) -> None:
    parts = [Part(at(20), 10.0), Part(at(0), 10.0, final)]
    assert gaps(parts, happenings, at(0), at(30)) == [Gap(at(10), at(20), reason)]
    assert gaps(parts, happenings, at(0), at(30))[0].seconds == 10


def test_before_and_after_count_too() -> None:
    parts = [Part(at(5), 10.0)]
    assert gaps(parts, [Happening(at(15), "recording_failed", "x")], at(0), at(30)) == [Gap(at(0), at(5), "BEFORE"), Gap(at(15), at(30), "FAILED")]
    assert gaps([], [], at(0), at(30)) == [Gap(at(0), at(30), "BEFORE")]
    assert gaps(parts, [], None, None) == []
    assert gaps([], [], None, None) == []


def test_overlapping_parts_hide_no_gap() -> None:
    parts = [Part(at(0), 20.0), Part(at(5), 5.0), Part(at(25), 5.0)]
    assert gaps(parts, [], at(0), at(30)) == [Gap(at(20), at(25), "UNKNOWN")]

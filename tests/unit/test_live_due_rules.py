"""When tests are due, what they come to, and who needs help."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from visitation.live.rules import COSTS, Figures, judge, score
from visitation.live.rules_due import has_missed, needs_help, next_window, should_test, state_of, tells, windows
from visitation.live.sentences import CAUSES
from visitation.live.words import cause_words

START = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
STEPS = (4320, 1440, 30)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def ahead(minutes: float) -> datetime:
    return START - timedelta(minutes=minutes)


def test_each_test_lasts_until_the_next_one_opens_and_the_last_until_a_quarter_of_an_hour_before() -> None:
    made = windows(START, ahead(20000), STEPS)
    assert [(w.ahead, w.opens_at, w.closes_at) for w in made] == [
        (4320, ahead(4320), ahead(1440)),
        (1440, ahead(1440), ahead(30)),
        (30, ahead(30), ahead(15)),
    ]
    assert windows(START, ahead(20000), [30, 1440, 4320, 30]) == made, "in any order, each once"
    assert windows(START, ahead(20000), []) == []
    assert [w.closes_at for w in windows(START, ahead(20000), [10])] == [], "a test that would open when nobody could help any more is none"


@pytest.mark.parametrize(("booked", "left"), [(4320.0, 3), (1441, 3), (1440, 2), (200, 2), (30, 1), (16, 1), (15, 0), (5, 0)])
def test_what_was_over_when_it_was_booked_is_left_out(booked: float, left: int) -> None:
    assert len(windows(START, ahead(booked), STEPS)) == left


@pytest.mark.parametrize(
    ("minutes", "states", "found"),
    [
        (5000, {}, (4320, "")),
        (4320, {}, (4320, "open")),
        (4000, {4320: "failed"}, (4320, "failed")),
        (4000, {4320: "passed"}, (1440, "")),
        (1440, {4320: "missed"}, (1440, "open")),
        (20, {4320: "passed", 1440: "passed", 30: "passed"}, None),
        (15, {}, None),
    ],
)
def test_the_next_test_is_the_first_that_is_neither_passed_nor_over(minutes: int, states: dict[int, str], found: tuple[int, str] | None) -> None:
    known = next_window(windows(START, ahead(20000), STEPS), states, ahead(minutes))
    assert (known and (known[0].ahead, known[1])) == found


def test_a_window_is_half_open() -> None:
    first = windows(START, ahead(20000), STEPS)[0]
    assert [first.is_open(at) for at in (ahead(4321), ahead(4320), ahead(1441), ahead(1440))] == [False, True, True, False]


@pytest.mark.parametrize(("verdict", "state"), [("good", "passed"), ("fair", "passed"), ("bad", "failed")])
def test_a_fair_test_is_passed(verdict: str, state: str) -> None:
    assert state_of(verdict) == state


@pytest.mark.parametrize(
    ("minutes", "before", "told"),
    [(4320, None, True), (1440, "passed", True), (30, "passed", False), (30, "missed", True), (30, "failed", True), (30, None, True)],
)
def test_nobody_is_bothered_in_the_last_hour_who_has_passed(minutes: int, before: str | None, told: bool) -> None:
    assert tells(minutes, before) is told


@pytest.mark.parametrize(
    ("states", "help_"),
    [
        ([], False),
        (["open"], False),
        (["missed"], True),
        (["failed"], True),
        (["missed", "open"], True),
        (["missed", "passed"], False),
        (["passed", "missed"], True),
        (["passed", "open"], False),
        (["failed", "passed", "open"], False),
    ],
)
def test_who_failed_or_missed_and_has_not_passed_since_is_helped(states: list[str], help_: bool) -> None:
    assert needs_help(states) is help_


def local(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 24, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "tested", "next_start", "busy", "tests"),
    [
        (local(7, 29), False, None, False, False),
        (local(7, 30), False, None, False, True),
        (local(7, 30), True, None, False, False),
        (local(7, 30), False, None, True, False),
        (local(7, 30), False, local(7, 34), False, False),
        (local(7, 30), False, local(7, 35), False, True),
        (local(16, 0), False, None, False, True),
    ],
)
def test_a_terminal_tests_itself_once_a_day_and_in_nobodys_way(moment: datetime, tested: bool, next_start: datetime | None, busy: bool, tests: bool) -> None:
    assert should_test(time(7, 30), moment, tested, next_start, busy) is tests


@pytest.mark.parametrize(("moment", "tested", "missed"), [(local(8, 14), False, False), (local(8, 15), False, True), (local(8, 15), True, False)])
def test_a_terminal_that_did_not_is_missed(moment: datetime, tested: bool, missed: bool) -> None:
    assert has_missed(time(7, 30), moment, tested) is missed


# -- the score


def test_every_cause_costs_something_and_has_its_few_words() -> None:
    for cause in CAUSES:
        assert score([cause]) < 100, cause
        assert cause_words(cause) != cause
    assert set(COSTS) - {"CAMERA", "MICROPHONE"} <= set(CAUSES)


def test_the_score_is_what_is_left_and_never_below_nothing() -> None:
    assert judge(Figures(level=0.6, heard=True, connected=True, seconds=8, rtt=40, loss=0.0, freeze=0.0, fps=25)).score == 100
    assert score(["LINE_SLOW", "SOUND_NOT_TRIED"]) == 85
    assert score(["CAMERA_MISSING", "MICROPHONE_DENIED", "NO_CONNECTION"]) == 0


def test_a_terminal_alone_neither_speaks_nor_listens() -> None:
    quiet = Figures(level=0.01, heard=None, connected=True, seconds=6, rtt=5, loss=0.0, freeze=0.0, fps=25, alone=True)
    assert judge(quiet).word == "good"
    assert judge(Figures(level=0.0, connected=True, alone=True)).causes == ("MICROPHONE_SILENT",)

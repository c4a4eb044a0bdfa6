"""Verdicts of the equipment test, whose turn a terminal shows, and what a passer-by may read on it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from visitation.live.rules import (
    BAD_LOSS,
    BAD_RTT_MS,
    DEVICE_CODES,
    GOOD_LOSS,
    LINGERS,
    QUIETEST,
    SLOW_RTT_MS,
    Figures,
    Turn,
    comes_in,
    current_turn,
    judge,
    masked_name,
    needs_beat,
    number_tail,
)
from visitation.live.sentences import CAUSES, VERDICTS

GOOD = Figures(level=0.6, heard=True, connected=True, seconds=8, rtt=40, loss=0.0, freeze=0.0, fps=25)
NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def test_everything_in_order_is_good() -> None:
    assert judge(GOOD).word == "good"
    assert judge(GOOD).causes == ()


@pytest.mark.parametrize("code", [code for code in DEVICE_CODES if code != "ok"])
def test_a_visit_needs_camera_and_microphone(code: str) -> None:
    assert judge(replace(GOOD, camera=code)).causes == (f"CAMERA_{code.upper()}",)
    assert judge(replace(GOOD, microphone=code)).causes == (f"MICROPHONE_{code.upper()}",)
    assert {judge(replace(GOOD, camera=code)).word, judge(replace(GOOD, microphone=code)).word} == {"bad"}


def test_a_call_needs_no_camera() -> None:
    assert judge(replace(GOOD, camera="missing", fps=0.0, freeze=9.0, video=False)).word == "good"


@pytest.mark.parametrize(
    ("change", "word", "causes"),
    [
        ({"level": QUIETEST - 0.01}, "bad", ("MICROPHONE_SILENT",)),
        ({"level": QUIETEST}, "good", ()),
        ({"heard": False}, "bad", ("SOUND_NOT_HEARD",)),
        ({"heard": None}, "fair", ("SOUND_NOT_TRIED",)),
        ({"connected": False}, "bad", ("NO_CONNECTION",)),
        ({"connected": False, "loss": 0.5, "rtt": 9000.0, "fps": 0.0}, "bad", ("NO_CONNECTION",)),
        ({"loss": GOOD_LOSS - 0.001}, "good", ()),
        ({"loss": GOOD_LOSS}, "fair", ("LINE_LOSES_SOME",)),
        ({"loss": BAD_LOSS}, "bad", ("LINE_LOSES_MUCH",)),
        ({"rtt": SLOW_RTT_MS}, "fair", ("LINE_SLOW",)),
        ({"rtt": BAD_RTT_MS}, "bad", ("LINE_VERY_SLOW",)),
        ({"freeze": 0.81}, "fair", ("PICTURE_STUTTERS",)),
        ({"freeze": 0.79}, "good", ()),
        ({"fps": 7.9}, "fair", ("PICTURE_STUTTERS",)),
        ({"rtt": None, "loss": None, "freeze": None, "fps": None}, "good", ()),
        ({"camera": "denied", "rtt": 400.0}, "bad", ("CAMERA_DENIED", "LINE_SLOW")),
    ],
)
def test_each_cause_has_its_limit(change: dict[str, object], word: str, causes: tuple[str, ...]) -> None:
    verdict = judge(replace(GOOD, **change))  # type: ignore[arg-type]
    assert (verdict.word, verdict.causes) == (word, causes)


def test_every_verdict_and_cause_has_a_sentence() -> None:
    devices = {f"{device}_{code.upper()}" for device in ("CAMERA", "MICROPHONE") for code in DEVICE_CODES if code != "ok"}
    others = {"MICROPHONE_SILENT", "SOUND_NOT_HEARD", "SOUND_NOT_TRIED", "NO_CONNECTION", "LINE_LOSES_MUCH", "LINE_LOSES_SOME", "LINE_VERY_SLOW", "LINE_SLOW"}
    assert set(CAUSES) == devices | others | {"PICTURE_STUTTERS"}
    assert set(VERDICTS) == {"good", "fair", "bad"}


def turn(ref: str, minutes: int, stage: str = "scheduled", ended: timedelta | None = None) -> Turn:
    starts = NOON + timedelta(minutes=minutes)
    return Turn(ref, starts, starts + timedelta(minutes=30), stage, None if ended is None else NOON - ended)


def chosen(*turns: Turn) -> str | None:
    found = current_turn(turns, NOON)
    return found.ref if found else None


def test_a_running_visit_comes_before_the_next_one() -> None:
    assert chosen(turn("next", 5), turn("runs", -40, "paused")) == "runs"


def test_a_visit_that_has_just_ended_is_still_shown() -> None:
    assert chosen(turn("next", 5), turn("over", -31, "ended", LINGERS / 2)) == "over"
    assert chosen(turn("next", 5), turn("over", -31, "ended", LINGERS)) == "next"


def test_a_running_visit_comes_before_one_that_has_just_ended() -> None:
    assert chosen(turn("over", -31, "ended", timedelta(seconds=1)), turn("runs", 0, "waiting")) == "runs"


def test_the_earliest_of_those_to_come_is_next() -> None:
    assert chosen(turn("late", 45), turn("soon", 5), turn("now", -10, "checking_in")) == "now"


def test_a_visit_whose_time_is_over_is_not_next() -> None:
    assert chosen(turn("gone", -31)) is None
    assert chosen(turn("gone", -30)) is None
    assert chosen(turn("still", -29)) == "still"
    assert chosen() is None


@pytest.mark.parametrize(
    ("stage", "joins"), [("scheduled", False), ("checking_in", False), ("waiting", True), ("live", True), ("paused", True), ("ended", False)]
)
def test_the_terminal_comes_in_when_the_check_in_is_done(stage: str, joins: bool) -> None:
    assert comes_in(turn("a", 0, stage)) is joins


def test_the_heartbeat_is_written_once_a_minute() -> None:
    assert needs_beat(None, NOON)
    assert not needs_beat(NOON - timedelta(seconds=59), NOON)
    assert needs_beat(NOON - timedelta(seconds=60), NOON)


@pytest.mark.parametrize(("name", "shown"), [("张三丰", "张*"), ("阿依古丽·买买提", "阿*"), ("𠮷田", "𠮷*"), ("", "*")])
def test_a_name_is_masked(name: str, shown: str) -> None:
    assert masked_name(name) == shown


def test_a_number_shows_three_characters() -> None:
    assert number_tail("65000123") == "123"
    assert number_tail("7") == "7"

"""Lamps, escalation, routing and the answer rate, by value."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.questions import rules
from consult.questions.rules import Counted, Desk, Rate, answer_rate

NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)
DAY = timedelta(days=1)
MATTERS = {"labour": "", "civil": ""}


def counted(state: str = "routed", due: int = -1, delivered: int | None = None) -> Counted:
    """Due and delivered in days from now."""
    return Counted(state, good=delivered is not None and delivered <= due, over=due < 0)


def test_the_month_of_the_domain_rules() -> None:
    """30 open: 26 answered in time, 3 not yet due, 1 overdue (rules.md §6): 96.3 %, both counts shown."""
    questions = [counted("delivered", -1, -2)] * 26 + [counted(due=2)] * 3 + [counted()]
    rate = answer_rate(questions)
    assert rate == Rate(received=30, left_out=0, due=27, in_time=26)
    assert rate.percent == 96.3
    assert rate.waiting == 3


def test_fifty_due_and_one_missed_is_exactly_the_target() -> None:
    assert answer_rate([counted("delivered", -1, -2)] * 49 + [counted()]).percent == 98.0


@pytest.mark.parametrize("state", ["withdrawn", "merged", "transferred"])
def test_what_left_the_house_is_left_out(state: str) -> None:
    assert answer_rate([counted(state), counted("delivered", -1, -2)]) == Rate(2, 1, 1, 1)


def test_late_is_not_in_time_and_nothing_due_has_no_rate() -> None:
    assert answer_rate([counted("delivered", -2, -1)]) == Rate(1, 0, 1, 0)
    assert answer_rate([counted(due=1)]).percent is None
    assert answer_rate([counted("delivered", 1, -1)]) == Rate(1, 0, 0, 0), "its due time has not passed"
    assert answer_rate([counted("answered")]) == Rate(1, 0, 1, 0), "a lawyer's answer that is still being checked has not arrived"


@given(st.lists(st.builds(counted, st.sampled_from([*rules.OPEN, *rules.CLOSED]), st.integers(-3, 3), st.none() | st.integers(-5, 0))))
def test_the_counts_add_up(questions: list[Counted]) -> None:
    rate = answer_rate(questions)
    assert rate.received == len(questions) == rate.left_out + rate.due + rate.waiting
    assert 0 <= rate.in_time <= rate.due
    assert rate.waiting >= 0


@pytest.mark.parametrize(
    ("state", "left", "colour"),
    [
        ("routed", timedelta(days=1, seconds=1), "green"),
        ("routed", DAY, "yellow"),
        ("received", timedelta(), "yellow"),
        ("answered", timedelta(seconds=-1), "red"),
        ("delivered", timedelta(seconds=-1), ""),
        ("withdrawn", -DAY, ""),
    ],
)
def test_the_lamps(state: str, left: timedelta, colour: str) -> None:
    assert rules.lamp(state, NOW + left, NOW) == colour


@pytest.mark.parametrize(
    ("state", "hours", "done", "colour"),
    [
        ("received", 24, False, "yellow"),
        ("received", 25, False, "green"),
        ("received", -1, False, "red"),
        ("received", -1, True, ""),
        ("withdrawn", -1, False, ""),
    ],
)
def test_the_acknowledgement_has_a_lamp_until_there_is_one(state: str, hours: int, done: bool, colour: str) -> None:
    assert rules.acknowledge_lamp(state, NOW + timedelta(hours=hours), NOW if done else None, NOW) == colour


@pytest.mark.parametrize(
    ("state", "level", "late", "to"),
    [("routed", 0, 1, 1), ("received", 1, 1, 2), ("answered", 2, 1, 3), ("routed", 3, 1, None), ("routed", 0, 0, None), ("delivered", 0, 1, None)],
)
def test_an_overdue_question_moves_up_one_level(state: str, level: int, late: int, to: int | None) -> None:
    step = rules.next_step(state, level, NOW - late * DAY, NOW)
    assert (step.level if step else None) == to


@pytest.mark.parametrize(
    ("title", "text", "matter", "open_now", "codes"),
    [
        ("a", "b", "labour", 0, []),
        ("", "b", "labour", 0, ["QUESTION_EMPTY"]),
        ("a", " \n ", "labour", 0, ["QUESTION_EMPTY"]),
        ("a" * 81, "b", "labour", 0, ["TITLE_LONG"]),
        ("a", "b" * 4001, "labour", 0, ["QUESTION_LONG"]),
        ("a" * 80, "b" * 4000, "labour", 4, []),
        ("a", "b", "tea", 5, ["MATTER_UNKNOWN", "QUESTIONS_OPEN"]),
    ],
)
def test_what_is_wrong_with_a_question(title: str, text: str, matter: str, open_now: int, codes: list[str]) -> None:
    assert [refusal.code for refusal in rules.ask_refusals(title, text, matter, MATTERS, open_now, True)] == codes


def test_the_ward_asks_for_many() -> None:
    assert rules.ask_refusals("a", "b", "labour", MATTERS, 100, False) == []


def desk(firm: int, *matters: str, able: bool = True, load: int = 0) -> Desk:
    return Desk(firm, frozenset(matters), able, load)


@pytest.mark.parametrize(
    ("desks", "chosen"),
    [
        ([], None),
        ([desk(1, "civil")], None),
        ([desk(1, "labour", able=False)], None),
        ([desk(1, load=0), desk(2, "labour", load=9)], 2),
        ([desk(1, "labour", load=3), desk(2, "labour", load=2), desk(3, "labour", load=2)], 2),
        ([desk(1), desk(2, "civil")], 1),
    ],
)
def test_routing(desks: list[Desk], chosen: int | None) -> None:
    assert rules.route("labour", desks) == chosen


@pytest.mark.parametrize(
    ("state", "until", "reason", "pending", "codes"),
    [
        ("routed", 2, "x", False, []),
        ("answered", 2, "x", False, ["EXTENSION_NOT_NOW"]),
        ("routed", 1, "x", False, ["EXTENSION_NOT_LATER"]),
        ("routed", 2, " ", True, ["EXTENSION_REASON", "EXTENSION_PENDING"]),
    ],
)
def test_more_time(state: str, until: int, reason: str, pending: bool, codes: list[str]) -> None:
    assert [refusal.code for refusal in rules.extension_refusals(state, NOW + DAY, NOW + until * DAY, reason, pending, NOW)] == codes

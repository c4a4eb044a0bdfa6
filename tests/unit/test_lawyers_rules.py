"""A lawyer's licence, and when a lawyer can serve."""

from datetime import date

import pytest

from consult.lawyers import rules
from consult.lawyers.rules import LawyerFacts, Standing
from consult.matters import MATTERS

RIGHT = {
    "name": "王律师",
    "licence": "11101201010123456",
    "matters": ["labour"],
    "languages": ["zh"],
    "weekdays": [2],
    "firm_open": True,
    "licence_taken": False,
}
WEDNESDAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, None),
        ({"matters": [], "weekdays": []}, None),
        ({"licence": "1110120101012345"}, "LICENCE_SHAPE"),
        ({"licence": "111012010101234567"}, "LICENCE_SHAPE"),
        ({"licence": "1110120101012345X"}, "LICENCE_SHAPE"),
        ({"licence": "١١١٠١٢٠١٠١٠١٢٣٤٥٦"}, "LICENCE_SHAPE"),
        ({"licence_taken": True}, "LICENCE_TAKEN"),
        ({"firm_open": False}, "FIRM_CLOSED"),
        ({"languages": []}, "NO_LANGUAGE"),
        ({"matters": ["tea"]}, "MATTER_UNKNOWN"),
        ({"weekdays": [7]}, "WEEKDAY_UNKNOWN"),
    ],
)
def test_what_is_wrong_with_a_lawyer(change: dict[str, object], code: str | None) -> None:
    assert [refusal.code for refusal in rules.refusals(LawyerFacts(**{**RIGHT, **change}), MATTERS)] == ([code] if code else [])  # type: ignore[arg-type]


def test_everything_wrong_is_told_at_once() -> None:
    facts = LawyerFacts(**{**RIGHT, "licence": "1", "languages": [], "firm_open": False})  # type: ignore[arg-type]
    assert [refusal.code for refusal in rules.refusals(facts, MATTERS)] == ["LICENCE_SHAPE", "FIRM_CLOSED", "NO_LANGUAGE"]


@pytest.mark.parametrize(("weekdays", "suits"), [(frozenset(), True), (frozenset({2}), True), (frozenset({1, 3}), False)])
def test_the_weekday_suits(weekdays: frozenset[int], suits: bool) -> None:
    assert Standing("verified", weekdays).serves_on(WEDNESDAY) is suits


@pytest.mark.parametrize(
    ("first", "last", "away"),
    [(25, 25, True), (20, 25, True), (25, 30, True), (20, 24, False), (26, 30, False)],
    ids=["day", "end", "begin", "before", "after"],
)
def test_both_days_of_an_absence_count(first: int, last: int, away: bool) -> None:
    standing = Standing("verified", frozenset(), ((date(2026, 11, first), date(2026, 11, last)),))
    assert standing.is_away(WEDNESDAY) is away


def test_one_licence_has_one_spelling() -> None:
    assert rules.tidy_licence(" １１１０１２０１ ０１０１２３４５６ ") == RIGHT["licence"]


def test_the_code_of_an_invitation_is_understood_however_it_is_typed() -> None:
    assert rules.grouped("ABCD2345EFGH6789") == "ABCD-2345-EFGH-6789"
    assert rules.tidy_code(" abcd 2345-efgh–6789 ") == "ABCD2345EFGH6789"

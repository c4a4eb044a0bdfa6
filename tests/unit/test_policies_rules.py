"""Policy rows: every default is acceptable to itself, wrong shapes are refused, the narrowest dated row wins."""

from datetime import date

import pytest

from visitation.policies.rules import DEFAULTS, Dated, in_force, problems

TODAY = date(2026, 11, 24)
LATER = date(2026, 12, 1)


def codes(key: str, value: object, basis: str = "Rule 1", day: date = LATER) -> list[str]:
    return [found.code for found in problems(key, value, basis, day, TODAY)]


def test_every_default_has_a_basis_and_its_own_shape() -> None:
    for key, default in DEFAULTS.items():
        assert default.basis, key
        assert default.name, key
        assert codes(key, default.value) == [], key


WRONG: tuple[object, ...] = (None, "", "x", -1, [], {}, [True], {"a": None}, 10**9, 1.5)


def test_wrong_shapes_are_refused() -> None:
    found = {(key, repr(value)): codes(key, value) for key in DEFAULTS for value in WRONG}
    assert {where: what for where, what in found.items() if what != ["POLICY_WRONG_SHAPE"]} == {}


def test_true_is_not_a_number() -> None:
    assert codes("max_visitors", True) == ["POLICY_WRONG_SHAPE"]


def test_lengths_are_multiples_of_five() -> None:
    assert codes("visit_minutes", {**DEFAULTS["visit_minutes"].value, "family_visit": 27}) == ["POLICY_WRONG_SHAPE"]


@pytest.mark.parametrize("key", ["record", "officer_hears", "speak"])
def test_a_lawyers_meeting_is_never_heard_or_recorded(key: str) -> None:
    assert codes(key, {**DEFAULTS[key].value, "lawyer_meeting": True}) == ["POLICY_PRIVILEGE"]


def test_all_refusals_come_together() -> None:
    assert codes("max_visitors", 9, " ", TODAY) == ["POLICY_WRONG_SHAPE", "POLICY_NO_BASIS", "POLICY_NOT_FUTURE"]


def test_an_unknown_key_is_refused() -> None:
    assert codes("nonsense", 1) == ["POLICY_UNKNOWN_KEY"]


def row(scope: int, day: date, row_id: int, value: int) -> Dated:
    return Dated("max_visitors", scope, day, row_id, value)


def test_the_default_holds_while_nothing_else_does() -> None:
    assert in_force("max_visitors", [row(2, LATER, 1, 1)], TODAY).value == 3


def test_the_narrower_row_wins_over_a_later_wider_one() -> None:
    rows = [row(2, date(2026, 1, 1), 1, 1), row(1, date(2026, 6, 1), 2, 2), row(0, date(2026, 7, 1), 3, 3)]
    assert in_force("max_visitors", rows, TODAY).value == 1


def test_a_row_holds_from_its_day_on_and_never_before() -> None:
    rows = [row(2, date(2026, 1, 1), 1, 1), row(2, LATER, 2, 2)]
    assert in_force("max_visitors", rows, date(2026, 11, 30)).value == 1
    assert in_force("max_visitors", rows, LATER).value == 2


def test_of_two_rows_of_one_day_the_newer_wins() -> None:
    assert in_force("max_visitors", [row(2, TODAY, 2, 2), row(2, TODAY, 1, 1)], TODAY).value == 2

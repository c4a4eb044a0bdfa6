"""What an attempt at mediation leads to, and what is due next."""

from datetime import UTC, date, datetime, timedelta

import pytest

from consult.mediation import rules
from consult.mediation.rules import Tried

NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)
TODAY, HOUR, DAY = date(2026, 11, 25), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("tried", "codes"),
    [
        (Tried("phone", "not_reached", "", NOW + HOUR), []),
        (Tried("video", "again", "", NOW + HOUR), []),
        (Tried("phone", "not_reached", ""), ["MEDIATION_NEXT"]),
        (Tried("phone", "again", "", NOW), ["MEDIATION_NEXT"]),
        (Tried("phone", "declined", ""), []),
        (Tried("phone", "agreed", "", agreement="每月探视一次", follow_up_on=TODAY + DAY), []),
        (Tried("phone", "agreed", "", agreement=" ", follow_up_on=TODAY), ["MEDIATION_AGREEMENT", "MEDIATION_FOLLOW_UP"]),
        (Tried("letter", "agreed", "", agreement="x" * 4001), ["MEDIATION_RESULT", "MEDIATION_FOLLOW_UP", "MEDIATION_LONG"]),
        (Tried("phone", "perhaps", ""), ["MEDIATION_RESULT"]),
    ],
)
def test_what_is_missing_in_an_attempt(tried: Tried, codes: list[str]) -> None:
    assert [refusal.code for refusal in rules.attempt_refusals(tried, NOW, TODAY)] == codes


def test_what_is_missing_in_a_case() -> None:
    assert rules.opening_refusals("王芳", "divorce", "争执") == []
    assert [refusal.code for refusal in rules.opening_refusals(" ", "weather", "x" * 4001)] == ["MEDIATION_EMPTY", "MEDIATION_CAUSE", "MEDIATION_LONG"]


@pytest.mark.parametrize(("result", "state"), [("not_reached", "open"), ("again", "open"), ("agreed", "agreed"), ("declined", "failed")])
def test_what_a_result_leads_to(result: str, state: str) -> None:
    assert rules.state_after(result) == state


@pytest.mark.parametrize(
    ("state", "followed_up", "due"),
    [("open", False, NOW), ("agreed", False, NOW + DAY), ("agreed", True, None), ("failed", False, None), ("withdrawn", False, None)],
)
def test_what_is_due(state: str, followed_up: bool, due: datetime | None) -> None:
    assert rules.due_at(state, NOW, NOW + DAY, followed_up) == due


@pytest.mark.parametrize(
    ("state", "outcome", "result"),
    [
        ("confirmed", None, ""),
        ("held", None, ""),
        ("ended", "completed", "again"),
        ("ended", "ended_by_visitor", "again"),
        ("ended", "technical", "again"),
        ("ended", "no_show_visitor", "not_reached"),
        ("ended", "no_show_inmate", "not_reached"),
        ("ended", "refused_by_inmate", "not_reached"),
        ("ended", "failed_identity", "not_reached"),
        ("cancelled", "cancelled_by_visitor", "not_reached"),
        ("cancelled", "cancelled_by_prison", "not_reached"),
        ("expired", None, "not_reached"),
    ],
)
def test_what_the_end_of_a_video_session_proposes(state: str, outcome: str | None, result: str) -> None:
    assert rules.proposed(state, outcome) == result

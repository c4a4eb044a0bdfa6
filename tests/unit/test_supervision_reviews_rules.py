"""What a second officer reviews, until when, and who may."""

from datetime import UTC, datetime, timedelta

import pytest

from visitation.signalling.policy import Kind
from visitation.supervision.rules import WIRE_OUTCOMES, WRITTEN_OUTCOMES
from visitation.supervision.rules_reviews import due, needs_review, review_problems

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize("kind", Kind)
def test_only_an_officers_end_of_a_lawyer_meeting_is_reviewed(kind: Kind) -> None:
    for outcome in (*WRITTEN_OUTCOMES, *WIRE_OUTCOMES):
        assert needs_review(kind, outcome) is (kind is Kind.LAWYER_MEETING and outcome == "ended_by_officer")


def test_the_hours_go_by_the_clock_through_nights_and_holidays() -> None:
    assert due(AT, 24) == AT + timedelta(days=1)


def test_nobody_reviews_their_own_end() -> None:
    assert [refusal.code for refusal in review_problems(7, 7)] == ["OWN_END"]
    assert review_problems(7, 8) == []
    assert review_problems(None, 8) == []

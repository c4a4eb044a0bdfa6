"""Sessions that staff arrange: the hours in which they can be."""

from datetime import UTC, datetime, timedelta

from visitation.bookings.rules_arranging import joined, starts
from visitation.kernel.interval import Interval

NOW, HOUR = datetime(2026, 11, 24, 1, 0, tzinfo=UTC), timedelta(hours=1)


def test_opening_hours_have_their_break() -> None:
    half = HOUR / 2
    spans = [Interval(NOW + 3 * HOUR, NOW + 4 * HOUR), Interval(NOW, NOW + HOUR), Interval(NOW + HOUR, NOW + HOUR + half), Interval(NOW + half, NOW + HOUR)]
    assert joined(spans) == [Interval(NOW, NOW + HOUR + half), Interval(NOW + 3 * HOUR, NOW + 4 * HOUR)]
    assert joined([]) == []


def test_starts_leave_room_for_the_whole_session() -> None:
    span = Interval(NOW, NOW + HOUR)
    found = list(starts(span, timedelta(minutes=30), timedelta(minutes=15)))
    assert found == [NOW, NOW + timedelta(minutes=15), NOW + timedelta(minutes=30)]
    assert list(starts(span, timedelta(minutes=61), timedelta(minutes=15))) == []

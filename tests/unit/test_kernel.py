"""Kernel: intervals and ticks, references, refusals."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visitation.kernel.clock import FixedClock
from visitation.kernel.errors import Refusal, Refused, refuse
from visitation.kernel.ids import ALPHABET, digest, one_time_code, reference, secret_token
from visitation.kernel.interval import TICK, Interval, at_local, local_day, next_month, tick_of

START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
minutes = st.integers(min_value=0, max_value=60 * 24 * 400)


def interval(start: int, length: int) -> Interval:
    return Interval(START + timedelta(minutes=start), START + timedelta(minutes=start + length))


def test_touching_edges_are_not_an_overlap() -> None:
    assert not interval(0, 30).overlaps(interval(30, 30))
    assert interval(0, 31).overlaps(interval(30, 30))


@given(minutes, st.integers(1, 300), minutes, st.integers(1, 300))
def test_overlap_is_symmetric_and_means_a_common_moment(a: int, length_a: int, b: int, length_b: int) -> None:
    one, other = interval(a, length_a), interval(b, length_b)
    common = max(a, b) < min(a + length_a, b + length_b)
    assert one.overlaps(other) == other.overlaps(one) == common


@given(st.integers(0, 5000), st.integers(1, 60), st.integers(0, 5000), st.integers(1, 60))
def test_intervals_on_ticks_overlap_exactly_when_they_share_a_tick(a: int, length_a: int, b: int, length_b: int) -> None:
    one, other = interval(a * 5, length_a * 5), interval(b * 5, length_b * 5)
    assert one.overlaps(other) == bool(set(one.ticks()) & set(other.ticks()))


def test_half_an_hour_is_six_ticks() -> None:
    assert list(interval(0, 30).ticks()) == [tick_of(START) + n for n in range(6)]
    assert timedelta(minutes=5) == TICK


@pytest.mark.parametrize("end", [START, START - timedelta(minutes=1)])
def test_an_interval_ends_after_it_starts(end: datetime) -> None:
    with pytest.raises(ValueError, match="ends after"):
        Interval(START, end)


def test_an_interval_needs_aware_times() -> None:
    with pytest.raises(ValueError, match="aware"):
        Interval(START.replace(tzinfo=None), (START + TICK).replace(tzinfo=None))


def test_wall_clock_in_shanghai() -> None:
    assert at_local(date(2026, 11, 24), time(9, 0)) == START
    assert local_day(datetime(2026, 11, 24, 16, 0, tzinfo=UTC)) == date(2026, 11, 25)


DAYS = [(date(2026, 12, 31), date(2027, 1, 1)), (date(2028, 2, 29), date(2028, 3, 1)), (date(2026, 1, 1), date(2026, 2, 1))]


@pytest.mark.parametrize(("day", "first"), DAYS)
def test_next_month(day: date, first: date) -> None:
    assert next_month(day) == first


def test_references_are_read_aloud_without_mistakes() -> None:
    made = {reference() for _ in range(2000)}
    assert len(made) == 2000
    assert not set("".join(made)) & set("01OILU")
    assert set("".join(made)) <= set(ALPHABET)


def test_codes_and_secrets() -> None:
    assert all(len(one_time_code()) == 6 and one_time_code().isdigit() for _ in range(50))
    assert secret_token() != secret_token()
    assert len(digest("a")) == 64


def test_refusals_are_collected() -> None:
    refuse([])
    with pytest.raises(Refused) as caught:
        refuse([Refusal("QUOTA_USED", {"month": "11"}), Refusal("TOO_LATE")])
    assert caught.value.codes == ("QUOTA_USED", "TOO_LATE")
    assert Refused("TOO_LATE").codes == ("TOO_LATE",)


def test_a_fixed_clock_moves_only_by_hand() -> None:
    clock = FixedClock(START)
    clock.advance(timedelta(minutes=3))
    assert (clock.now() - START).total_seconds() == clock.monotonic() == 180

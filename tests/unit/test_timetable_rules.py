"""Slots from weekly rows: intervals, closures, days, staggering, lanes. Pure, on values and by Hypothesis."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visitation.kernel.interval import Interval, at_local, tick_of
from visitation.timetable.rules import Said, Shut, Watch, Weekly, lanes_by_tick, slots, starts
from visitation.timetable.rules_weekly import clashes, weekly_problems
from visitation.timetable.workdays import after_workdays, is_working, published, taken_as_working

MONDAY = date(2026, 11, 30)
ROW = Weekly("family_visit", 0, time(9), time(11, 30), 30, 10, date(2026, 1, 1), terminals=(1, 2))


def made(row: Weekly = ROW, day: date = MONDAY, shut: tuple[Shut, ...] = (), working: bool | None = True, said: Said | None = None, ward: int | None = 1):  # type: ignore[no-untyped-def]
    return slots(7, day, [row], shut, working, said, ward)


def clock(found) -> list[str]:  # type: ignore[no-untyped-def]
    return [slot.start.astimezone(at_local(MONDAY, time()).tzinfo).strftime("%H:%M") for slot in found]


def test_a_row_makes_visits_until_they_no_longer_end_by_closing() -> None:
    assert [slot.start for slot in made()] == [at_local(MONDAY, time(9)) + timedelta(minutes=40 * n) for n in range(4)]
    assert all(slot.terminals == (1, 2) for slot in made())


def test_the_turnaround_may_reach_beyond_closing() -> None:
    assert made()[-1].visit.end == at_local(MONDAY, time(11, 30))
    assert made()[-1].occupied.end == at_local(MONDAY, time(11, 40))


def test_times_are_wall_clock_times_of_shanghai() -> None:
    assert made()[0].start == datetime(2026, 11, 30, 1, 0, tzinfo=UTC)


def test_staggered_terminals_start_one_after_the_other() -> None:
    found = made(Weekly(**{**vars(ROW), "stagger": 5}))
    assert [(slot.start - at_local(MONDAY, time(9)), slot.terminals) for slot in found[:4]] == [
        (timedelta(minutes=minutes), (terminal,)) for minutes, terminal in ((0, 1), (5, 2), (40, 1), (45, 2))
    ]


@pytest.mark.parametrize(("day", "weekday", "expected"), [(date(2026, 11, 29), 6, 0), (MONDAY, 0, 4), (date(2025, 12, 29), 0, 0), (date(2026, 12, 7), 0, 4)])
def test_a_row_runs_on_its_weekday_from_its_first_day(day: date, weekday: int, expected: int) -> None:
    assert day.weekday() == weekday
    assert len(made(day=day)) == expected


def test_a_row_runs_on_its_last_day_and_not_after() -> None:
    assert made(Weekly(**{**vars(ROW), "valid_to": MONDAY}))
    assert not made(Weekly(**{**vars(ROW), "valid_to": MONDAY - timedelta(days=1)}))


def test_a_day_off_has_no_visits() -> None:
    assert made(working=False) == []


def test_an_unpublished_year_is_provisional_on_weekdays_and_closed_at_the_weekend() -> None:
    assert all(slot.provisional for slot in made(working=None))
    sunday = Weekly(**{**vars(ROW), "weekday": 6})
    assert made(sunday, day=date(2026, 11, 29), working=None) == []


def test_a_make_up_day_runs_the_timetable_of_another_weekday() -> None:
    saturday = date(2026, 11, 28)
    assert made(day=saturday, said=Said(True, 0))
    assert made(day=saturday, said=Said(True)) == []


@pytest.mark.parametrize(
    ("start", "end", "left"),
    [
        (time(8), time(9), 4),  # touching edges are not an overlap
        (time(9, 30), time(9, 40), 4),
        (time(9, 29), time(9, 31), 3),
        (time(11, 30), time(12), 4),
        (time(0), time(23, 59), 0),
    ],
)
def test_a_closure_takes_what_it_overlaps(start: time, end: time, left: int) -> None:
    shut = Shut(Interval(at_local(MONDAY, start), at_local(MONDAY, end)))
    assert len(made(shut=(shut,))) == left


def test_a_closed_terminal_leaves_the_other_and_a_closed_ward_leaves_other_wards() -> None:
    whole = Interval(at_local(MONDAY, time()), at_local(MONDAY, time(23)))
    assert {slot.terminals for slot in made(shut=(Shut(whole, terminal_id=1),))} == {(2,)}
    assert made(shut=(Shut(whole, ward_id=1),)) == []
    assert len(made(shut=(Shut(whole, ward_id=2),))) == 4


five = st.integers(1, 24).map(lambda n: 5 * n)


@given(
    minutes=five, turnaround=five, stagger=st.integers(0, 6).map(lambda n: 5 * n), places=st.integers(1, 8), opens=st.integers(0, 20), span=st.integers(1, 60)
)
def test_no_terminal_is_ever_wanted_twice_at_once(minutes: int, turnaround: int, stagger: int, places: int, opens: int, span: int) -> None:
    closes = min(opens * 60 + span * 5, 23 * 60 + 55)
    row = Weekly("family_visit", 0, time(opens), time(closes // 60, closes % 60), minutes, turnaround, MONDAY, None, stagger, tuple(range(places)))
    if row.closes <= row.opens:
        return
    occupied: dict[int, set[int]] = {}
    for slot in made(row):
        assert slot.start >= at_local(MONDAY, row.opens)
        assert slot.visit.end <= at_local(MONDAY, row.closes)
        assert slot.start.minute % 5 == 0
        assert len(list(slot.visit.ticks())) == minutes // 5
        for terminal in slot.terminals:
            ticks = set(slot.occupied.ticks())
            assert occupied.setdefault(terminal, set()).isdisjoint(ticks)
            occupied[terminal] |= ticks
    assert sum(len(slot.terminals) for slot in made(row)) == len(list(starts(row)))


moments = st.integers(0, 200).map(lambda n: datetime(2026, 11, 30, tzinfo=UTC) + timedelta(minutes=n))


@given(a=moments, b=moments, c=moments, d=moments)
def test_overlap_is_the_same_both_ways_and_agrees_with_the_minutes(a: datetime, b: datetime, c: datetime, d: datetime) -> None:
    if a >= b or c >= d:
        return
    one, other = Interval(a, b), Interval(c, d)
    common = {n for n in range(200) if a <= datetime(2026, 11, 30, tzinfo=UTC) + timedelta(minutes=n) < b} & {
        n for n in range(200) if c <= datetime(2026, 11, 30, tzinfo=UTC) + timedelta(minutes=n) < d
    }
    assert one.overlaps(other) == other.overlaps(one) == bool(common)


def watch(start: int, end: int, lanes: int) -> Watch:
    return Watch(Interval(at_local(MONDAY, time(start)), at_local(MONDAY, time(end))), lanes)


def test_lanes_add_up_by_tick_under_the_uplink() -> None:
    lanes = lanes_by_tick(MONDAY, [watch(9, 12, 4), watch(10, 11, 3)], 6, 99)
    at = {hour: lanes[tick_of(at_local(MONDAY, time(hour)))] for hour in (8, 9, 10, 11, 12)}
    assert at == {8: 0, 9: 4, 10: 6, 11: 4, 12: 0}


def test_a_day_without_a_roster_counts_the_planned_lanes() -> None:
    assert set(lanes_by_tick(MONDAY, [watch(9, 12, 4)], 20, 5).values()) == {0, 4}
    assert set(lanes_by_tick(MONDAY + timedelta(days=1), [watch(9, 12, 4)], 20, 5).values()) == {5}
    assert set(lanes_by_tick(MONDAY, [], 3, 5).values()) == {3}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"terminals": ()}, "TEMPLATE_NO_TERMINAL"),
        ({"closes": time(8)}, "TEMPLATE_NOT_ORDERED"),
        ({"closes": time(9, 25)}, "TEMPLATE_TOO_SHORT"),
        ({"minutes": 32}, "TEMPLATE_NOT_FIVE"),
        ({"turnaround": 7}, "TEMPLATE_NOT_FIVE"),
        ({"opens": time(9, 1)}, "TEMPLATE_NOT_FIVE"),
        ({"valid_from": date(2026, 11, 1)}, "TEMPLATE_PAST"),
        ({"valid_to": date(2026, 11, 29)}, "TEMPLATE_DATES"),
    ],
)
def test_a_wrong_row_is_refused_by_name(changes: dict, code: str) -> None:  # type: ignore[type-arg]
    row = Weekly(**{**vars(ROW), "valid_from": MONDAY, **changes})
    assert [refusal.code for refusal in weekly_problems(row, [], MONDAY)] == [code]


@pytest.mark.parametrize(
    ("changes", "clash"),
    [
        ({}, True),
        ({"terminals": (3,)}, False),
        ({"weekday": 1}, False),
        ({"opens": time(11, 40), "closes": time(12, 30)}, False),
        ({"opens": time(11, 30), "closes": time(12)}, True),  # the turnaround after 11:00 lasts until 11:40
        ({"opens": time(11), "closes": time(12)}, True),
        ({"valid_from": date(2027, 1, 1)}, True),
        ({"valid_to": date(2025, 12, 31), "valid_from": date(2025, 1, 1)}, False),
    ],
)
def test_rows_clash_on_a_common_terminal_time_and_season(changes: dict, clash: bool) -> None:  # type: ignore[type-arg]
    other = Weekly(**{**vars(ROW), **changes})
    assert (clashes(ROW, other) is not None) is (clashes(other, ROW) is not None) is clash


def test_the_published_calendar_knows_make_up_days_and_says_when_it_does_not_know() -> None:
    assert published(date(2026, 10, 10)) is True  # a Saturday worked for the National Day holiday
    assert published(date(2026, 10, 1)) is False
    assert published(date(2027, 1, 4)) is None


def test_an_administrators_word_wins() -> None:
    assert is_working(date(2026, 10, 1), {date(2026, 10, 1): True}) is True
    assert is_working(date(2027, 1, 4), {date(2027, 1, 4): False}) is False


def test_an_unpublished_day_counts_as_monday_to_friday_for_deadlines() -> None:
    assert taken_as_working(date(2027, 1, 4), {}) is True
    assert taken_as_working(date(2027, 1, 3), {}) is False


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        (datetime(2026, 11, 27, 4, tzinfo=UTC), 1, datetime(2026, 11, 30, 4, tzinfo=UTC)),  # Friday noon -> Monday noon
        (datetime(2026, 11, 28, 4, tzinfo=UTC), 1, datetime(2026, 11, 30, 4, tzinfo=UTC)),
        (datetime(2026, 11, 24, 4, tzinfo=UTC), 3, datetime(2026, 11, 27, 4, tzinfo=UTC)),
        (datetime(2026, 9, 30, 4, tzinfo=UTC), 1, datetime(2026, 10, 8, 4, tzinfo=UTC)),  # over the National Day week
        (datetime(2026, 11, 24, 17, tzinfo=UTC), 1, datetime(2026, 11, 25, 17, tzinfo=UTC)),  # already the 25th in Shanghai
        (datetime(2026, 11, 24, 4, tzinfo=UTC), 0, datetime(2026, 11, 24, 4, tzinfo=UTC)),
        (datetime(2026, 12, 31, 4, tzinfo=UTC), 2, datetime(2027, 1, 4, 4, tzinfo=UTC)),
    ],
)
def test_workdays_are_counted_in_shanghai(start: datetime, days: int, expected: datetime) -> None:
    assert after_workdays(start, days, {}) == expected

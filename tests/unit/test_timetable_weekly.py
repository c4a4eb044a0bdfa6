"""Weekly rows: every n weeks, who is admitted, which rows get into each other's way, how many visits begin at once. Pure."""

from collections import Counter
from dataclasses import replace
from datetime import date, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visitation.kernel.interval import Interval, at_local
from visitation.timetable.rules import Slot, Watch, Weekly, admits, merged, monday, slots
from visitation.timetable.rules_weekly import clashes, crowds, first_common_day, fitting_stagger, occupied, row_crowds, weekly_problems

MONDAY = date(2026, 11, 30)
ROW = Weekly("family_visit", 0, time(9), time(11, 30), 30, 10, date(2026, 1, 1), terminals=(1, 2))
SLOT = Slot(7, "family_visit", at_local(MONDAY, time(9)), 30, 10, (1,))


def days(row: Weekly, first: date, number: int) -> list[date]:
    every = [first + timedelta(days=step) for step in range(number)]
    return [day for day in every if row.runs_on(day, day.weekday())]


# every n weeks


def test_every_other_week_is_counted_from_the_week_of_the_first_day() -> None:
    row = replace(ROW, every_weeks=2, valid_from=date(2026, 12, 3))  # a Thursday: its own week counts, though its Monday lies before
    assert days(row, date(2026, 11, 30), 43) == [date(2026, 12, 14), date(2026, 12, 28), date(2027, 1, 11)]


def test_every_other_week_goes_on_over_the_new_year_and_29_february() -> None:
    row = replace(ROW, weekday=1, every_weeks=2, valid_from=date(2028, 2, 1))
    assert days(row, date(2028, 2, 1), 60) == [date(2028, 2, 1) + timedelta(days=14 * step) for step in range(5)]
    assert date(2028, 2, 29) in days(row, date(2028, 2, 1), 60)


@settings(max_examples=30, deadline=None)
@given(first=st.dates(date(2024, 1, 1), date(2029, 1, 1)), weeks=st.integers(1, 8), weekday=st.integers(0, 6), length=st.integers(0, 400))
def test_a_row_runs_exactly_every_n_weeks_within_its_season(first: date, weeks: int, weekday: int, length: int) -> None:
    row = replace(ROW, weekday=weekday, every_weeks=weeks, valid_from=first, valid_to=first + timedelta(days=length))
    found = days(row, first - timedelta(days=30), length + 60)
    assert all(first <= day <= row.valid_to and day.weekday() == weekday for day in found)  # type: ignore[operator]
    assert all((later - day).days == 7 * weeks for day, later in pairwise(found))
    due = monday(first) + timedelta(days=weekday)
    due = due if due >= first else due + timedelta(days=7 * weeks)
    assert found[:1] == ([due] if due <= row.valid_to else [])  # type: ignore[operator]


# who is admitted


@pytest.mark.parametrize(
    ("wards", "levels", "ward", "level", "expected"),
    [
        ((), (), 1, "general", True),
        ((1, 2), (), 1, "general", True),
        ((2,), (), 1, "general", False),
        ((), ("lenient",), 1, "general", False),
        ((), ("lenient", "general"), 1, "general", True),
        ((1,), ("lenient",), 1, "general", False),
        ((2,), ("lenient",), None, None, True),
    ],
)
def test_a_slot_admits_its_wards_and_levels(wards: tuple[int, ...], levels: tuple[str, ...], ward: int | None, level: str | None, expected: bool) -> None:
    assert admits(replace(SLOT, wards=frozenset(wards), levels=frozenset(levels)), ward, level) is expected


def test_slots_of_two_rows_at_one_time_are_one_place_for_who_may_have_both() -> None:
    both = merged([replace(SLOT, wards=frozenset({1})), replace(SLOT, terminals=(2,)), replace(SLOT, minutes=20)])
    assert [(slot.minutes, slot.terminals) for slot in both] == [(30, (1, 2)), (20, (1,))]


def test_a_ward_has_family_visits_on_its_weekdays_only_and_legal_appointments_on_all() -> None:
    turns = {1: frozenset({2})}
    calls, legal = replace(ROW, kind="family_call", terminals=(3,)), replace(ROW, kind="lawyer_meeting", terminals=(4,))

    def kinds(ward: int | None) -> set[str]:
        return {slot.kind for slot in slots(7, MONDAY, [ROW, calls, legal], (), True, None, ward, turns)}

    assert kinds(1) == {"lawyer_meeting"}
    assert kinds(2) == kinds(None) == {"family_visit", "family_call", "lawyer_meeting"}


# rows in each other's way


def test_rows_of_alternate_weeks_share_a_terminal() -> None:
    even, odd = replace(ROW, every_weeks=2), replace(ROW, every_weeks=2, valid_from=date(2026, 1, 5))
    assert clashes(even, odd) is None
    assert clashes(even, ROW) is not None
    assert clashes(even, replace(odd, every_weeks=3)) is not None


def test_a_turnaround_over_midnight_is_in_the_way_of_the_next_day() -> None:
    late = replace(ROW, weekday=6, opens=time(23), closes=time(23, 55), minutes=55, turnaround=10, valid_from=MONDAY - timedelta(days=1))
    early = replace(ROW, weekday=0, opens=time(0), closes=time(1))
    found = clashes(late, early)
    assert found is not None
    assert (found.day, found.at) == (MONDAY, "00:00")
    assert clashes(early, late) is not None
    assert clashes(late, replace(early, opens=time(0, 5))) is None
    assert clashes(late, replace(early, weekday=1)) is None
    assert clashes(replace(late, every_weeks=2), replace(early, every_weeks=2, valid_from=MONDAY + timedelta(days=7))) is None


def test_a_clash_says_the_day_the_terminal_and_the_time() -> None:
    found = clashes(replace(ROW, opens=time(11), closes=time(12), valid_from=MONDAY), ROW)
    assert found is not None
    assert (found.day, found.terminal, found.at) == (MONDAY, 1, "11:00")


def test_an_overlap_is_refused_with_row_terminal_and_times() -> None:
    row = replace(ROW, valid_from=MONDAY)
    (refusal,) = weekly_problems(row, [replace(ROW, row_id=9)], MONDAY, {1: "一号"})
    assert refusal.code == "TEMPLATE_OVERLAPS"
    assert refusal.facts["row"] == 9
    assert (refusal.facts["terminal"], refusal.facts["opens"], refusal.facts["closes"], refusal.facts["at"]) == ("一号", "09:00", "11:30", "09:00")


@pytest.mark.parametrize(
    ("changes", "code"), [({"every_weeks": 0}, "TEMPLATE_WEEKS"), ({"kind": "party"}, "TEMPLATE_KIND"), ({"terminals": (1, 1)}, "TEMPLATE_TWICE")]
)
def test_more_wrong_rows_are_refused_by_name(changes: dict[str, object], code: str) -> None:
    row: Weekly = replace(ROW, valid_from=MONDAY, **changes)  # type: ignore[arg-type]
    assert code in [refusal.code for refusal in weekly_problems(row, [], MONDAY)]


rows = st.builds(
    lambda opens, span, minutes, turnaround, stagger, weeks, first, length, places: Weekly(
        "family_visit",
        0,
        time(opens // 12, opens % 12 * 5),
        time((opens + span) // 12, (opens + span) % 12 * 5),
        5 * minutes,
        5 * turnaround,
        date(2028, 1, 31) + timedelta(days=first),
        date(2028, 1, 31) + timedelta(days=first + length),
        5 * stagger,
        places,
        every_weeks=weeks,
    ),
    *(st.integers(0, 200), st.integers(1, 60), st.integers(1, 12), st.integers(0, 4), st.integers(0, 4), st.integers(1, 4), st.integers(0, 40)),
    *(st.integers(0, 60), st.sampled_from([(1,), (1, 2), (2, 3)])),
)


@settings(max_examples=30, deadline=None)
@given(one=rows, other=rows)
def test_rows_clash_exactly_when_some_day_wants_a_terminal_twice(one: Weekly, other: Weekly) -> None:
    """Compared with the days themselves, over a 29 February."""
    found = clashes(one, other)
    assert (clashes(other, one) is None) == (found is None)
    wanted = None
    for step in range(110):
        day = date(2028, 1, 31) + timedelta(days=step)
        if one.runs_on(day, 0) and other.runs_on(day, 0) and day.weekday() == 0 and _double(one, other):
            wanted = day
            break
    assert (found.day if found else None) == wanted
    assert first_common_day(one, other) == first_common_day(other, one)


def _double(one: Weekly, other: Weekly) -> bool:
    minutes = Counter((terminal, minute) for row in (one, other) for terminal, spans in occupied(row).items() for a, b in spans for minute in range(a, b, 5))
    return any(number > 1 for number in minutes.values())


# check-ins


def watch(start: time, end: time) -> Watch:
    return Watch(Interval(at_local(MONDAY, start), at_local(MONDAY, end)), 4)


def places(row: Weekly) -> list[Slot]:
    return slots(7, MONDAY, [row], (), True, None, None)


def test_more_starts_than_officers_at_one_moment_are_told() -> None:
    row = replace(ROW, terminals=(1, 2, 3))
    one = watch(time(8), time(12))
    assert [(crowd.starts, crowd.officers) for crowd in crowds(places(row), [one, one], 9)] == [(3, 2)] * 4
    assert crowds(places(row), [one, one, one], 9) == []
    assert crowds(places(row), [], 3) == []
    assert len(crowds(places(row), [], 2)) == 4


def test_an_officer_who_leaves_is_missed_from_that_moment_on() -> None:
    row = replace(ROW, terminals=(1, 2))
    found = crowds(places(row), [watch(time(8), time(12)), watch(time(8), time(9, 40))], 1)
    assert [crowd.at for crowd in found] == [at_local(MONDAY, wall) for wall in (time(9, 40), time(10, 20), time(11))]


def test_rows_of_a_day_are_counted_together() -> None:
    both = [*places(ROW), *places(replace(ROW, kind="family_call", terminals=(5,)))]
    assert {crowd.starts for crowd in crowds(both, [watch(time(8), time(12))] * 2, 1)} == {3}


@settings(max_examples=30, deadline=None)
@given(minutes=st.integers(1, 12), turnaround=st.integers(0, 4), number=st.integers(1, 10), officers=st.integers(1, 4))
def test_a_stagger_that_is_proposed_fits_and_no_smaller_one_does(minutes: int, turnaround: int, number: int, officers: int) -> None:
    row = replace(ROW, minutes=5 * minutes, turnaround=5 * turnaround, closes=time(16), terminals=tuple(range(number)))
    found = fitting_stagger(row, officers)
    for stagger in range(0, row.minutes + row.turnaround if found is None else found + 5, 5):
        fits = not list(row_crowds(replace(row, stagger=stagger), officers))
        assert fits is (stagger == found)

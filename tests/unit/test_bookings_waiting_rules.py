"""The waiting list and priority, value by value. Each test is named after its rule (product.md, rules.md §1 and §4)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from visitation.bookings.rules import change_refusals, correction_refusals, external_refusals, gives_way, party_change_refusals
from visitation.bookings.rules_waiting import Days, answer_by, rebook_refusals, wish_refusals
from visitation.kernel.interval import Interval, at_local

TODAY = date(2026, 11, 24)
WEEK = frozenset(range(5))
ALL = frozenset({"morning", "afternoon", "evening"})
DAYS = Days(TODAY, TODAY + timedelta(days=30), WEEK, ALL)
NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
START = at_local(date(2026, 11, 30), time(9))


@pytest.mark.parametrize(
    ("day", "clock", "wanted"),
    [
        (date(2026, 11, 30), time(0), True),
        (date(2026, 11, 30), time(11, 55), True),
        (date(2026, 11, 30), time(12), False),
        (date(2026, 11, 28), time(9), False),
        (date(2026, 12, 24), time(9), True),
        (date(2026, 12, 25), time(9), False),
        (date(2026, 11, 23), time(9), False),
    ],
)
def test_a_wish_is_for_its_days_weekdays_and_times(day: date, clock: time, wanted: bool) -> None:
    mornings = Days(TODAY, date(2026, 12, 24), WEEK, frozenset({"morning"}))
    assert mornings.want(at_local(day, clock)) is wanted


@pytest.mark.parametrize(
    ("days", "again", "codes"),
    [
        (DAYS, False, []),
        (Days(TODAY, TODAY, frozenset({1}), ALL), False, []),
        (Days(TODAY, TODAY, frozenset({0}), ALL), False, ["WISH_NO_DAYS"]),
        (Days(TODAY, TODAY - timedelta(days=1), WEEK, ALL), False, ["WISH_ORDER", "WISH_PAST"]),
        (Days(TODAY, TODAY + timedelta(days=93), WEEK, ALL), False, ["WISH_TOO_FAR"]),
        (Days(TODAY, TODAY, frozenset(), frozenset()), True, ["WISH_NO_WEEKDAY", "WISH_NO_PART", "WISH_TWICE"]),
        (Days(date(2028, 2, 29), date(2028, 2, 29), frozenset({1}), ALL), False, ["WISH_TOO_FAR"]),
    ],
)
def test_a_wish_is_refused_with_every_reason(days: Days, again: bool, codes: list[str]) -> None:
    assert [one.code for one in wish_refusals(days, TODAY, TODAY + timedelta(days=92), again)] == codes


def test_29_february_is_a_day_like_any_other() -> None:
    leap = date(2028, 2, 29)
    assert wish_refusals(Days(leap, leap, frozenset({leap.weekday()}), ALL), date(2028, 2, 1), date(2028, 5, 1), False) == []


@pytest.mark.parametrize(
    ("clock", "until"),
    [
        (time(9), time(11)),
        (time(20, 59), time(22, 59)),
        (time(3), time(10)),
        (time(7, 59), time(10)),
        (time(8), time(10)),
    ],
)
def test_an_offer_at_night_waits_for_the_morning(clock: time, until: time) -> None:
    assert answer_by(at_local(TODAY, clock), 120, START) == at_local(TODAY, until)


def test_an_offer_of_the_late_evening_ends_the_next_morning_and_never_after_the_visit() -> None:
    assert answer_by(at_local(TODAY, time(21)), 120, START) == at_local(TODAY + timedelta(days=1), time(10))
    assert answer_by(START - timedelta(hours=2), 120, START) == START - timedelta(hours=1)


@pytest.mark.parametrize(
    ("outcome", "returned", "days", "taken", "may"),
    [
        ("technical", True, 30, False, True),
        ("technical", False, 30, False, False),
        ("technical", True, 31, False, False),
        ("technical", True, 30, True, False),
        ("cancelled_by_prison", True, 1, False, True),
        ("no_show_inmate", True, 1, False, True),
        ("no_show_visitor", True, 1, False, False),
        ("cancelled_by_visitor", True, 1, False, False),
        (None, True, 1, False, False),
    ],
)
def test_priority_is_for_what_was_not_the_familys_doing(outcome: str | None, returned: bool, days: int, taken: bool, may: bool) -> None:
    found = rebook_refusals(outcome, returned, START, 30, taken, START + timedelta(days=days))
    assert [one.code for one in found] == ([] if may else ["REBOOK_NOT_POSSIBLE"])


@pytest.mark.parametrize(("minutes", "hit"), [(-60, False), (-59, True), (0, True), (59, True), (60, False)])
def test_legal_appointments_come_first_within_the_margin(minutes: int, hit: bool) -> None:
    """A visit at 09:00 to 09:30, an appointment of 30 minutes that begins `minutes` later, a margin of 30: half open on both sides."""
    begin = START + timedelta(minutes=minutes)
    visit, appointment = Interval(START, START + timedelta(minutes=30)), Interval(begin, begin + timedelta(minutes=30))
    assert gives_way(visit, appointment, 30) is hit


@pytest.mark.parametrize(
    ("state", "before", "codes"),
    [
        ("confirmed", timedelta(hours=24), []),
        ("confirmed", timedelta(hours=23, minutes=59), ["CHANGE_TOO_LATE"]),
        ("requested", timedelta(minutes=1), []),
        ("requested", timedelta(0), ["ALREADY_STARTED"]),
        ("confirmed", timedelta(days=-1), ["ALREADY_STARTED"]),
    ],
)
def test_the_time_changes_while_cancelling_is_free(state: str, before: timedelta, codes: list[str]) -> None:
    assert [one.code for one in change_refusals(state, START, 24, START - before)] == codes


@pytest.mark.parametrize(("before", "codes"), [(timedelta(minutes=31), []), (timedelta(minutes=30), ["PARTY_TOO_LATE"]), (timedelta(0), ["ALREADY_STARTED"])])
def test_the_party_changes_until_people_may_join(before: timedelta, codes: list[str]) -> None:
    assert [one.code for one in party_change_refusals("confirmed", START, 30, START - before)] == codes


@pytest.mark.parametrize(
    ("held_on", "note", "codes"),
    [
        (TODAY, "window", []),
        (TODAY + timedelta(days=1), "window", ["EXTERNAL_NOT_YET"]),
        (TODAY - timedelta(days=366), "window", []),
        (TODAY - timedelta(days=367), " ", ["EXTERNAL_TOO_OLD", "LEDGER_NOTE_MISSING"]),
    ],
)
def test_a_visit_held_elsewhere_has_a_day_and_a_place(held_on: date, note: str, codes: list[str]) -> None:
    assert [one.code for one in external_refusals(held_on, note, TODAY)] == codes


@pytest.mark.parametrize(
    ("month", "units", "note", "codes"),
    [
        (date(2026, 11, 1), 1, "x", []),
        (date(2026, 12, 1), -1, "x", []),
        (date(2026, 10, 1), 1, "x", ["CORRECTION_PAST"]),
        (date(2026, 11, 1), 0, "", ["CORRECTION_NOTHING", "LEDGER_NOTE_MISSING"]),
    ],
)
def test_a_correction_changes_a_month_that_is_not_over(month: date, units: int, note: str, codes: list[str]) -> None:
    assert [one.code for one in correction_refusals(month, units, note, date(2026, 11, 1))] == codes

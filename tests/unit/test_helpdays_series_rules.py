"""Series of legal-help days by rule: the days an RRULE gives, and everything that is refused, by name."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from consult.helpdays import rules_series as rules
from consult.helpdays.rules_series import Elsewhere, Ground, Pattern, Taken, Target

TODAY = date(2026, 11, 24)
WEDNESDAY = date(2026, 11, 25)
FOUR = {number: f"T{number}" for number in range(1, 5)}
RIGHT = Pattern((2,), 1, WEDNESDAY, None, time(14), time(16, 30), 2, (1, 2, 3, 4))


def codes(pattern: Pattern = RIGHT, ground: Ground | None = None) -> list[str]:
    return [refusal.code for refusal in rules.series_refusals(pattern, ground or Ground(FOUR, 20), TODAY)]


@pytest.mark.parametrize(
    ("weekdays", "every", "text"),
    [
        ((2,), 1, "FREQ=WEEKLY;BYDAY=WE"),
        ((4, 0, 4), 1, "FREQ=WEEKLY;BYDAY=MO,FR"),
        ((2, 6), 2, "FREQ=WEEKLY;INTERVAL=2;WKST=MO;BYDAY=WE,SU"),
    ],
)
def test_a_rule_is_written_and_read_back(weekdays: tuple[int, ...], every: int, text: str) -> None:
    assert rules.rule_text(weekdays, every) == text
    assert rules.read_rule(text) == (sorted(set(weekdays)), every)


@pytest.mark.parametrize("text", ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=WE;COUNT=3", "FREQ=MONTHLY;BYDAY=1WE"])
def test_other_rules_are_not_taken_for_weekly_ones(text: str) -> None:
    with pytest.raises(ValueError, match="weekly"):
        rules.read_rule(text)


@pytest.mark.parametrize("weekday", range(7))
@pytest.mark.parametrize("every", [1, 2, 3])
def test_the_days_of_a_rule_agree_with_counting(weekday: int, every: int) -> None:
    """Weeks are counted from the Monday of the week of the first day, over two years with a leap day in one and the turn of the year."""
    starts, last = date(2027, 12, 30), date(2029, 1, 10)
    monday = starts - timedelta(days=starts.weekday())
    days = [starts + timedelta(days=number) for number in range((last - starts).days + 1)]
    counted = [day for day in days if day.weekday() == weekday and (day - monday).days // 7 % every == 0]
    assert rules.occurrences(rules.rule_text([weekday], every), starts, None, starts - timedelta(days=40), last) == counted


def test_both_ends_are_included_and_nothing_beyond() -> None:
    last = WEDNESDAY + timedelta(weeks=2)
    every = [WEDNESDAY + timedelta(weeks=number) for number in range(3)]
    assert rules.occurrences("FREQ=WEEKLY;BYDAY=WE", WEDNESDAY, last, date.min, date.max) == every
    assert rules.occurrences("FREQ=WEEKLY;BYDAY=WE", WEDNESDAY, last, every[1], every[1]) == [every[1]]
    assert rules.occurrences("FREQ=WEEKLY;BYDAY=WE", WEDNESDAY, last, last + timedelta(days=1), date.max) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, None),
        ({"closes": time(14)}, "HELP_HOURS_ORDER"),
        ({"closes": time(9)}, "HELP_HOURS_ORDER"),
        ({"opens": time(23), "closes": time(0)}, "HELP_HOURS_ORDER"),
        ({"opens": time(23), "closes": time(0, 30)}, "HELP_HOURS_ORDER"),
        ({"opens": time(23), "closes": time(23, 55)}, None),
        ({"opens": time(14, 3)}, "HELP_HOURS_STEP"),
        ({"closes": time(14, 15)}, "HELP_HOURS_SHORT"),
        ({"closes": time(14, 20)}, None),
        ({"weekdays": ()}, "HELP_NO_WEEKDAY"),
        ({"weekdays": (7,)}, "HELP_NO_WEEKDAY"),
        ({"every_weeks": 0}, "HELP_WEEKS"),
        ({"every_weeks": 9}, "HELP_WEEKS"),
        ({"starts_on": TODAY - timedelta(days=1)}, "HELP_STARTS_PAST"),
        ({"starts_on": TODAY}, None),
        ({"ends_on": WEDNESDAY}, None),
        ({"ends_on": TODAY}, "HELP_ENDS_FIRST"),
        ({"weekdays": (0,), "ends_on": WEDNESDAY + timedelta(days=4)}, "HELP_NO_DAY"),
        ({"lawyers": 0, "terminals": ()}, "HELP_LAWYERS"),
        ({"terminals": (1, 2, 3)}, "HELP_TERMINALS"),
        ({"lawyers": 1}, "HELP_TERMINALS"),
        ({"terminals": (1, 2, 3, 3)}, "HELP_TERMINAL_TWICE"),
        ({"terminals": (1, 2, 3, 9)}, "HELP_TERMINAL_ELSEWHERE"),
    ],
)
def test_what_is_wrong_with_a_series(change: dict[str, object], code: str | None) -> None:
    found = codes(replace(RIGHT, **change))  # type: ignore[arg-type]
    assert (found[:1] == [code]) if code else found == []


def test_every_reason_is_told_at_once_with_its_numbers() -> None:
    wrong = replace(RIGHT, closes=time(13), weekdays=(), lawyers=3, terminals=(1, 1, 2))
    found = {refusal.code: refusal.facts for refusal in rules.series_refusals(wrong, Ground(FOUR, 20), TODAY)}
    assert found.keys() == {"HELP_HOURS_ORDER", "HELP_NO_WEEKDAY", "HELP_TERMINAL_TWICE", "HELP_TERMINALS"}
    assert found["HELP_TERMINALS"] == {"need": 6, "have": 2, "lawyers": 3}
    assert found["HELP_TERMINAL_TWICE"] == {"names": "T1"}


@pytest.mark.parametrize(
    ("taken", "clash"),
    [
        (Taken(WEDNESDAY, time(9), time(14), frozenset(FOUR)), False),
        (Taken(WEDNESDAY, time(9), time(14, 5), frozenset({4})), True),
        (Taken(WEDNESDAY, time(16, 30), time(17), frozenset(FOUR)), False),
        (Taken(WEDNESDAY, time(15), time(15, 30), frozenset({5})), False),
        (Taken(WEDNESDAY + timedelta(days=1), time(14), time(16), frozenset(FOUR)), False),
        (Taken(WEDNESDAY + timedelta(weeks=9), time(14), time(16), frozenset({1})), True),
    ],
)
def test_two_series_on_the_same_terminals(taken: Taken, clash: bool) -> None:
    assert codes(ground=Ground(FOUR, 20, (taken,))) == (["HELP_TERMINAL_TAKEN"] if clash else [])


def test_a_closed_day_has_to_be_decided() -> None:
    days = [WEDNESDAY, WEDNESDAY + timedelta(weeks=1)]
    assert [refusal.facts["day"] for refusal in rules.undecided(days, {})] == days
    assert [refusal.facts["day"] for refusal in rules.undecided(days, {days[0]: Elsewhere(None)})] == days[1:]
    assert rules.undecided(days, {days[0]: Elsewhere(None), days[1]: Elsewhere(TODAY)}) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, None),
        ({"day": TODAY - timedelta(days=1)}, "HELP_MOVED_PAST"),
        ({"closed": True}, "HELP_MOVED_CLOSED"),
        ({"closes": time(9)}, "HELP_HOURS_ORDER"),
        ({"taken": (Taken(WEDNESDAY, time(14), time(15), frozenset({2})),)}, "HELP_TERMINAL_TAKEN"),
    ],
)
def test_where_a_day_can_be_held(change: dict[str, object], code: str | None) -> None:
    target = replace(Target(WEDNESDAY, time(14), time(16), closed=False), **change)  # type: ignore[arg-type]
    assert [refusal.code for refusal in rules.target_refusals(target, (1, 2), FOUR, 20, TODAY)] == ([code] if code else [])


@pytest.mark.parametrize(
    ("state", "code"),
    [("planned", None), ("proposed", None), ("published", "HELP_DAY_PUBLISHED"), ("over", "HELP_DAY_OVER"), ("cancelled", "HELP_DAY_OVER")],
)
def test_a_published_day_is_taken_back_first(state: str, code: str | None) -> None:
    assert [refusal.code for refusal in rules.change_refusals(state)] == ([code] if code else [])

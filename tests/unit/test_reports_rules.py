"""The period and the sums of figures, by values."""

from datetime import UTC, date, datetime, timedelta

import pytest

from visitation.reports import rules
from visitation.reports.rules import Facts, Moves, Period, Tally

TODAY = date(2026, 11, 24)


def codes(first: date, last: date) -> list[str]:
    return [refusal.code for refusal in rules.refusals(first, last, TODAY)]


def test_a_period_begins_and_ends_at_midnight_in_shanghai() -> None:
    period = rules.month(date(2026, 11, 1))
    assert (period.first, period.last, period.days) == (date(2026, 11, 1), date(2026, 11, 30), 30)
    assert period.begin == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert period.end == datetime(2026, 11, 30, 16, tzinfo=UTC)


@pytest.mark.parametrize(("number", "first", "last"), [(1, (1, 1), (3, 31)), (2, (4, 1), (6, 30)), (3, (7, 1), (9, 30)), (4, (10, 1), (12, 31))])
def test_quarters(number: int, first: tuple[int, int], last: tuple[int, int]) -> None:
    assert rules.quarter(2024, number) == Period(date(2024, *first), date(2024, *last))


def test_years_and_the_last_months() -> None:
    assert rules.year(2024).days == 366
    assert rules.lately(TODAY, 6) == Period(date(2026, 6, 1), TODAY)
    assert rules.lately(date(2026, 2, 28), 3) == Period(date(2025, 12, 1), date(2026, 2, 28))
    assert rules.lately(TODAY, 1) == Period(date(2026, 11, 1), TODAY)


def test_a_period_is_cut_into_months_and_weeks() -> None:
    period = Period(date(2025, 12, 31), date(2026, 2, 1))
    assert period.buckets("month") == [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
    assert period.buckets("week") == [date(2025, 12, 29) + timedelta(days=7 * number) for number in range(5)]
    assert all(period.bucket_of(period.first + timedelta(days=n), step) in period.buckets(step) for n in range(period.days) for step in ("month", "week"))
    assert period.bucket_of(date(2026, 2, 1), "week") == date(2026, 1, 26)


@pytest.mark.parametrize(("days", "step"), [(378, "week"), (379, "month")])
def test_a_long_period_has_no_weeks(days: int, step: str) -> None:
    period = Period(TODAY - timedelta(days=days - 1), TODAY)
    assert period.step_for("week") == step
    assert period.step_for("month") == "month"


def test_what_a_period_may_be() -> None:
    assert codes(TODAY, TODAY) == []
    assert codes(TODAY, TODAY + timedelta(days=30)) == [], "it has begun"
    assert codes(TODAY + timedelta(days=1), TODAY + timedelta(days=1)) == ["FIGURES_FUTURE"]
    assert codes(TODAY, TODAY - timedelta(days=1)) == ["FIGURES_ORDER"]
    assert codes(TODAY + timedelta(days=2), TODAY + timedelta(days=1)) == ["FIGURES_ORDER", "FIGURES_FUTURE"]
    assert codes(TODAY - timedelta(days=rules.LONGEST - 1), TODAY) == []
    assert codes(TODAY - timedelta(days=rules.LONGEST), TODAY) == ["FIGURES_LONG"]
    assert codes(date(1999, 12, 31), date(2000, 1, 1)) == ["FIGURES_EARLY"]


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [
        ({}, 0.5, None),
        ({3: 1}, 0.9, 3),
        ({1: 1, 2: 1}, 0.5, 1),
        ({1: 1, 2: 1, 3: 1}, 0.5, 2),
        ({1: 9, 50: 1}, 0.9, 1),
        ({1: 89, 50: 11}, 0.9, 50),
        ({0: 5}, 0.5, 0),
        ({-1: 1, 4: 1}, 0.9, 4),
    ],
)
def test_quantiles_are_values_that_occurred(values: dict[int, int], share: float, found: int | None) -> None:
    assert rules.quantile(values, share) == found


def test_shares_have_one_decimal_and_nothing_of_nothing() -> None:
    assert (rules.ratio(26, 27), rules.ratio(49, 50), rules.ratio(0, 5), rules.ratio(0, 0)) == (96.3, 98.0, 0.0, None)


def tally(**counts: int) -> Tally:
    made = Tally()
    made.counts.update(counts)
    return made


def test_tallies_add_up_but_what_stands_at_the_end_does_so_over_prisons_only() -> None:
    one, two = tally(visits=2), tally(visits=3)
    one.stock["waiting"], two.stock["waiting"] = 5, 4
    one.people["officers"] |= {1, 2}
    two.people["officers"] |= {2, 3}
    one.spread["days"].update({4: 1})
    two.spread["days"].update({4: 1, 9: 1})
    after, beside = rules.one_after_another([one, two]), rules.together([one, two])
    assert (after.counts["visits"], after.stock["waiting"]) == (5, 4)
    assert (beside.counts["visits"], beside.stock["waiting"]) == (5, 9)
    assert rules.persons("officers")(after) == 3, "nobody counts twice"
    assert (rules.spread("days", 0.5)(after), rules.spread("days", 0.9)(after)) == (4, 9)
    assert rules.one_after_another([]).counts.total() == 0
    assert (one.counts["visits"], one.stock["waiting"]) == (2, 5), "what was added is left as it was"


def test_values_of_columns() -> None:
    made = tally(done=3, late=1, seconds=5400)
    made.people["officers"] |= {7, 8}
    made.spread["seconds"].update({5400: 1})
    assert rules.counted("done", "late")(made) == 4
    assert rules.share(("late",), ("done", "late"))(made) == 25.0
    assert rules.share(("late",), ("none",))(made) is None
    assert rules.scaled("seconds", 3600)(made) == 1.5
    assert (rules.average(("done",), "late")(made), rules.average(("done",), "none")(made)) == (3.0, None)
    assert (rules.for_each("done", "officers")(made), rules.for_each("done", "nobody")(made)) == (1.5, None)
    assert (rules.spread("seconds", 0.5, 3600)(made), rules.spread("nothing", 0.5, 3600)(made)) == (1.5, None)
    assert rules.standing("waiting")(made) == 0


def test_a_list_is_followed_month_by_month() -> None:
    months = [date(2026, 9, 1), date(2026, 10, 1), date(2026, 11, 1)]
    moves = Moves({1: 4}, [(1, months[0], 3), (2, months[2], 1)], [(1, months[0], "done", 1), (1, months[2], "left", 5)])
    facts = rules.flow([1, 2], months, moves, "waiting")
    assert [facts.at(1, month).stock["waiting"] for month in months] == [6, 6, 1]
    assert [facts.at(2, month).stock["waiting"] for month in months] == [0, 0, 1]
    assert facts.of_prison(1, months).stock["waiting"] == 1
    assert facts.of_bucket(months[2], [1, 2]).stock["waiting"] == 2
    assert facts.of_bucket(months[0], [1, 2]).counts == {"joined": 3, "done": 1}


def test_facts_of_nobody_are_zero() -> None:
    assert Facts().of_prison(9, [TODAY]).counts.total() == 0

"""A plan of the officers of a day, on values: what no plan breaks, how far it covers, whether it is fair."""

import random
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visitation.kernel.interval import Interval
from visitation.officers import rules
from visitation.officers.rules import Limits, Officer, Shift, Visit

NINE = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
LIMITS = Limits()


def span(first: int, last: int) -> Interval:
    """Minutes after nine."""
    return Interval(NINE + timedelta(minutes=first), NINE + timedelta(minutes=last))


def visit(number: int, start: int, minutes: int = 30, language: str = "zh") -> Visit:
    return Visit(number, span(start, start + minutes), language)


def officer(number: int, first: int = -30, last: int = 480, lanes: int = 2, spoken: tuple[str, ...] = ("zh",)) -> Officer:
    return Officer(number, (Shift(span(first, last), lanes),), frozenset(spoken))


def codes(one: Visit, who: Officer, *held: Visit) -> list[str]:
    return [refusal.code for refusal in rules.problems(one, who, held, LIMITS)]


@pytest.mark.parametrize(
    ("one", "who", "held", "found"),
    [
        (visit(1, 0), officer(1), (), []),
        (visit(1, 0), officer(1, first=5), (), ["OFFICER_NOT_ON_DUTY"]),
        (visit(1, 0), officer(1, last=29), (), ["OFFICER_NOT_ON_DUTY"]),
        (visit(1, 0), officer(1, first=0, last=30), (), []),
        (visit(1, 10), officer(1, lanes=1), (visit(2, 0),), ["OFFICER_LANES_FULL"]),
        (visit(1, 30), officer(1, lanes=1), (visit(2, 0),), []),
        (visit(1, 4), officer(1), (visit(2, 0),), ["OFFICER_CHECK_IN_CLOSE"]),
        (visit(1, 5), officer(1), (visit(2, 0),), []),
        (visit(1, 0), officer(1), (visit(2, 4),), ["OFFICER_CHECK_IN_CLOSE"]),
        (visit(1, 0, language="ug"), officer(1), (), ["OFFICER_LANGUAGE"]),
        (visit(1, 0, language="ug"), officer(1, spoken=("zh", "ug")), (), []),
        (visit(1, 0), officer(1), (visit(1, 0),), []),
        (visit(1, 120), officer(1), (visit(2, 0), visit(3, 30), visit(4, 60), visit(5, 90)), ["OFFICER_NO_BREAK"]),
        (visit(1, 130), officer(1), (visit(2, 0), visit(3, 30), visit(4, 60), visit(5, 90)), []),
        (visit(1, 60), officer(1), (visit(2, 0), visit(3, 30), visit(4, 90), visit(5, 120)), ["OFFICER_NO_BREAK"]),
        (visit(1, 0, language="ug"), officer(1, 5, 9), (visit(2, 1),), ["OFFICER_NOT_ON_DUTY", "OFFICER_CHECK_IN_CLOSE", "OFFICER_LANGUAGE"]),
    ],
)
def test_every_reason_against_an_officer(one: Visit, who: Officer, held: tuple[Visit, ...], found: list[str]) -> None:
    assert codes(one, who, *held) == found


def test_touching_edges_are_not_at_once() -> None:
    assert rules.busiest(visit(1, 30), [visit(2, 0), visit(3, 60)]) == 0
    assert rules.busiest(visit(1, 30), [visit(2, 15), visit(3, 45), visit(4, 50)]) == 2


def test_a_chief_sets_aside_with_a_reason_but_never_the_lanes() -> None:
    close, full = rules.problems(visit(1, 4), officer(1), [visit(2, 0)], LIMITS), rules.problems(visit(1, 10), officer(1, lanes=1), [visit(2, 0)], LIMITS)
    assert rules.is_set_aside([], "")
    assert rules.is_set_aside(close, "two short visits")
    assert not rules.is_set_aside(close, "  ")
    assert not rules.is_set_aside(full, "two short visits")


def broken(visits: list[Visit], officers: list[Officer], made: rules.Plan, limits: Limits = LIMITS) -> list[str]:
    """Rules that a plan breaks, found without the planner."""
    by_id = {one.booking_id: one for one in visits}
    found = []
    for who in officers:
        held = [by_id[number] for number, account in made.assigned.items() if account == who.account_id]
        for one in held:
            found += [refusal.code for refusal in rules.problems(one, who, held, limits) if refusal.code != "OFFICER_LANGUAGE"]
    return found


def shares(visits: list[Visit], officers: list[Officer], made: rules.Plan) -> list[float]:
    by_id = {one.booking_id: one for one in visits}
    return [sum(by_id[n].minutes for n, account in made.assigned.items() if account == who.account_id) / who.minutes for who in officers]


def test_an_ordinary_day_is_covered_and_fair() -> None:
    """rules.md §6: 53 visits on 8 terminals, 3 officers with up to 4 at once; starts staggered by five minutes."""
    visits = [visit(number, 40 * (number // 8) + 5 * (number % 8) + (110 if number >= 24 else 0)) for number in range(53)]
    officers = [officer(number, lanes=4) for number in (1, 2, 3)]
    made = rules.plan(visits, officers, LIMITS)
    assert not broken(visits, officers, made)
    assert len(made.assigned) + len(made.uncovered) == 53
    spread = shares(visits, officers, made)
    assert max(spread) - min(spread) < 0.05
    generous = rules.plan(visits, officers, Limits(stretch=timedelta(hours=8)))
    assert not generous.uncovered


def test_who_speaks_the_language_gets_the_visit_and_is_not_used_up_by_others() -> None:
    officers = [officer(1, lanes=1), officer(2, lanes=1, spoken=("zh", "ug"))]
    visits = [visit(1, 0), visit(2, 5, language="ug")]
    made = rules.plan(visits, officers, LIMITS)
    assert made.assigned == {1: 1, 2: 2}
    assert made.unspoken == []
    nobody = rules.plan([visit(3, 0, language="bo")], officers, LIMITS)
    assert (nobody.unspoken, nobody.uncovered) == ([3], [])


def test_a_visit_in_a_rare_language_is_placed_before_the_others() -> None:
    """In order of time, who speaks it would have got the visit before, because their share was smaller."""
    officers = [officer(1, lanes=1), officer(2, lanes=1, spoken=("zh", "ug"))]
    made = rules.plan([visit(1, -30), visit(2, 10), visit(3, 15, language="ug")], officers, LIMITS)
    assert (made.assigned, made.unspoken) == ({1: 1, 2: 1, 3: 2}, [])


def test_shares_are_evened_out_in_the_end() -> None:
    """The first visit could go to either; the later ones only to the first officer, so the first one goes to the second."""
    made = rules.plan([visit(1, 0), visit(2, 110), visit(3, 150)], [officer(1, 0, 200, lanes=1), officer(2, 0, 100, lanes=1)], LIMITS)
    assert made.assigned == {1: 2, 2: 1, 3: 1}


def test_room_is_made_by_moving_another_visit() -> None:
    """The first officer is the only one left at the end; what they hold can go to the second."""
    officers = [officer(1, lanes=1, last=60), officer(2, lanes=1, last=30)]
    visits = [visit(1, 0, 20), visit(2, 10, 40)]
    made = rules.plan(visits, officers, LIMITS)
    assert made.assigned == {1: 2, 2: 1}


def test_what_is_kept_stays_and_unknown_officers_are_left_alone() -> None:
    visits = [visit(1, 0), visit(2, 5), visit(3, 60)]
    made = rules.plan(visits, [officer(1), officer(2)], LIMITS, {1: 2, 3: 77})
    assert (made.assigned[1], made.assigned[3]) == (2, 77)


def test_without_officers_everything_is_uncovered() -> None:
    assert rules.plan([visit(1, 0), visit(2, 5)], [], LIMITS).uncovered == [1, 2]


some_visits = st.lists(st.tuples(st.integers(0, 60), st.sampled_from((10, 20, 30, 60)), st.sampled_from(("zh", "zh", "ug"))), max_size=14)
some_officers = st.lists(
    st.tuples(st.integers(-2, 20), st.integers(10, 80), st.integers(1, 4), st.sampled_from((("zh",), ("zh", "ug")))), min_size=1, max_size=4
)


@settings(max_examples=40, deadline=None)
@given(some_visits, some_officers)
def test_no_plan_breaks_a_rule(starts: list[tuple[int, int, str]], duty: list[tuple[int, int, int, tuple[str, ...]]]) -> None:
    visits = [visit(number, start * 5, minutes, language) for number, (start, minutes, language) in enumerate(starts)]
    officers = [officer(number, first * 5, (first + long) * 5, lanes, spoken) for number, (first, long, lanes, spoken) in enumerate(duty)]
    made = rules.plan(visits, officers, LIMITS)
    assert not broken(visits, officers, made)
    assert sorted([*made.assigned, *made.uncovered]) == sorted(one.booking_id for one in visits)
    assert rules.plan(list(reversed(visits)), list(reversed(officers)), LIMITS) == made


def test_coverage_is_as_good_as_any() -> None:
    """Against every possible plan of small days: nothing is left uncovered that could have been covered."""
    chance = random.Random(24)
    missed = possible = 0
    for _day in range(12):
        visits = [visit(number, chance.randrange(0, 12) * 5, chance.choice((20, 30))) for number in range(5)]
        officers = [officer(1, lanes=2), officer(2, chance.randrange(-6, 4) * 5, chance.randrange(8, 20) * 5, chance.choice((1, 2)))]
        best = max(len(made.assigned) for made in every_plan(visits, officers) if not broken(visits, officers, made))
        missed += best - len(rules.plan(visits, officers, LIMITS).assigned)
        possible += best
    assert missed == 0, (missed, possible)
    assert possible > 50


def every_plan(visits: list[Visit], officers: list[Officer]):  # type: ignore[no-untyped-def]
    for choice in product((0, *(who.account_id for who in officers)), repeat=len(visits)):
        yield rules.Plan(assigned={one.booking_id: account for one, account in zip(visits, choice, strict=True) if account})


def test_lanes_are_drawn_beside_each_other() -> None:
    assert rules.lanes_drawn([visit(1, 0), visit(2, 10), visit(3, 30), visit(4, 40)]) == {1: 0, 2: 1, 3: 0, 4: 1}


@pytest.mark.parametrize(
    ("away", "left"),
    [
        (span(0, 60), []),
        (span(-10, 20), [(20, 60)]),
        (span(20, 90), [(0, 20)]),
        (span(20, 30), [(0, 20), (30, 60)]),
        (span(60, 90), [(0, 60)]),
    ],
)
def test_an_absence_cuts_a_shift(away: Interval, left: list[tuple[int, int]]) -> None:
    assert [piece.interval for piece in rules.without(Shift(span(0, 60), 2), [away])] == [span(*one) for one in left]

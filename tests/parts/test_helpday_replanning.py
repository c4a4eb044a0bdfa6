"""The plan around what an officer put by hand, and planned again when a lawyer is gone; what stands against a place, and what may be done when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from consult.helpdays import rules_plan
from consult.helpdays.replanning import BY_HAND, NOT_DECLARED, SLIP_REASONS, DayFacts, again, propose, standing
from consult.helpdays.rules_plan import Place, hard, obstacles, places_of, planning_refusals, soft, taking_back_refusals, terminal_at
from consult.helpdays.seating import KEPT_APART, LAWYER_CONFLICT, NO_PLACE, NOT_AVAILABLE_THEN, ONE_A_DAY, Case, Escort, OnDuty, Seat

ESCORT = Escort(most=6, span=3)
HAN = frozenset({"zh"})
OPENS = datetime(2026, 12, 2, 6, 0, tzinfo=UTC)


def case(number: int, ward: int = 1, **values: object) -> Case:
    facts: dict[str, object] = {"inmate": number, "matter": "labour", "language": "zh", "urgency": 0, "waited": 0, "order": number}
    return Case(number, ward, **{**facts, **values})  # type: ignore[arg-type]


def lawyer(number: int, times: int = 4, matters: frozenset[str] = frozenset()) -> OnDuty:
    return OnDuty(number, matters, HAN, frozenset(range(times)))


def day(cases: list[Case], lawyers: list[OnDuty], **values: object) -> DayFacts:
    return DayFacts(4, tuple(cases), tuple(lawyers), ESCORT, **values)  # type: ignore[arg-type]


def test_every_obstacle_is_named_and_nothing_else() -> None:
    asked = {
        "on_duty": (True, False),
        "conflict": (False, True, None),
        "apart": (False, True),
        "twice": (False, True),
        "absent": ("", rules_plan.WARD_SHUT, rules_plan.ELSEWHERE, rules_plan.AWAY),
        "knows": (True, False),
        "speaks": (True, False),
    }
    for values in product(*asked.values()):
        at = dict(zip(asked, values, strict=True))
        found = set(obstacles(Place(**at)))  # type: ignore[arg-type]
        expected = {
            *([] if at["on_duty"] else [rules_plan.NOT_ON_DUTY]),
            *([rules_plan.CONFLICT] if at["conflict"] is True else [rules_plan.UNDECLARED] if at["conflict"] is None else []),
            *([rules_plan.APART] if at["apart"] else []),
            *([rules_plan.TWICE] if at["twice"] else []),
            *([at["absent"]] if at["absent"] else []),
            *([] if at["knows"] else [rules_plan.MATTER]),
            *([] if at["speaks"] else [rules_plan.LANGUAGE]),
        }
        assert found == expected
        assert set(hard(found)) == expected - {rules_plan.MATTER, rules_plan.LANGUAGE, rules_plan.UNDECLARED}
        assert set(soft(found)) == expected & {rules_plan.MATTER, rules_plan.LANGUAGE}


@pytest.mark.parametrize(("minutes", "length", "count"), [(20, 150, 7), (20, 140, 7), (20, 139, 6), (30, 150, 5), (60, 59, 0)])
def test_the_places_of_a_day(minutes: int, length: int, count: int) -> None:
    places = places_of(OPENS, OPENS + timedelta(minutes=length), minutes)
    assert len(places) == count
    assert all(one.end - one.start == timedelta(minutes=minutes) for one in places)
    assert [one.start for one in places] == [OPENS + timedelta(minutes=minutes * number) for number in range(count)]


def test_two_terminals_serve_by_turns_and_no_two_lawyers_share_one() -> None:
    terminals = [11, 12, 21, 22]
    assert [terminal_at(terminals, 1, time) for time in range(4)] == [11, 12, 11, 12]
    assert [terminal_at(terminals, 2, time) for time in range(4)] == [21, 22, 21, 22]
    assert terminal_at(terminals, 3, 0) is None


@pytest.mark.parametrize("state", ["planned", "proposed", "published", "over", "cancelled"])
@pytest.mark.parametrize("ahead", [-1, 0, 1, 30])
def test_when_a_plan_may_be_made_and_taken_back(state: str, ahead: int) -> None:
    now = OPENS - timedelta(hours=ahead)
    assert [one.code for one in planning_refusals(state, OPENS, now)] == [
        *([] if state in ("planned", "proposed") else ["PLAN_DAY_CLOSED"]),
        *(["PLAN_DAY_BEGUN"] if ahead <= 0 else []),
    ]
    assert [one.code for one in taking_back_refusals(state, OPENS, now)] == [
        *([] if state == "published" else ["PLAN_NOT_PUBLISHED"]),
        *([] if ahead == 30 else ["PLAN_TOO_LATE"]),
    ]


def test_what_was_put_by_hand_stays_and_the_rest_is_the_best_around_it() -> None:
    cases = [case(number, urgency=3 if number < 4 else 0) for number in range(6)]
    facts = day(cases, [lawyer(1)])
    kept = Seat(5, 1, 2)
    plan = propose(facts, [kept], left_out={0})
    assert kept in plan.seats
    assert {seat.case for seat in plan.seats} == {5, 1, 2, 3}
    assert plan.carried == {0: BY_HAND, 4: NO_PLACE}, "a place that somebody keeps is taken, not a hindrance of the inmate's"
    assert len({seat.time for seat in plan.seats}) == 4


def test_nobody_is_seated_beside_a_kept_place_who_must_not_be() -> None:
    cases = [case(1), case(2, inmate=1), case(3, apart=frozenset({1})), case(4)]
    plan = propose(day(cases, [lawyer(1)], apart_today=frozenset({4})), [Seat(1, 1, 0)])
    assert plan.carried == {2: ONE_A_DAY, 3: KEPT_APART, 4: KEPT_APART}


def test_a_lawyer_gone_the_others_stay_and_the_times_are_kept_where_they_can_be() -> None:
    cases = [case(number) for number in range(6)]
    staying = [Seat(0, 1, 0), Seat(1, 1, 3)]
    facts = day(cases, [lawyer(1), lawyer(2, times=1)])
    plan = again(facts, staying, {2: 1, 3: 2, 4: 0, 5: 3})
    assert set(staying) <= set(plan.seats)
    assert {seat.case: (seat.lawyer, seat.time) for seat in plan.seats if seat.case in (2, 3)} == {2: (1, 1), 3: (1, 2)}
    assert {seat.case: (seat.lawyer, seat.time) for seat in plan.seats if seat.case == 4} == {4: (2, 0)}
    assert plan.carried == {5: NO_PLACE}


def test_planning_again_gives_nothing_to_a_lawyer_who_has_not_answered() -> None:
    facts = day([case(1), case(2, barred=frozenset({1}))], [lawyer(1)], undeclared={1: frozenset({1})})
    assert again(facts, [], {1: 0, 2: 1}).carried == {1: NOT_DECLARED, 2: LAWYER_CONFLICT}
    answered = replace(facts, undeclared={})
    assert [seat.case for seat in again(answered, [], {1: 0, 2: 1}).seats] == [1]


def test_reasons_are_told_apart() -> None:
    never = case(1, times=frozenset[int]())
    assert propose(day([never], [lawyer(1)])).carried == {1: NOT_AVAILABLE_THEN}
    assert propose(day([case(1), case(2)], [lawyer(1, times=1)]), [Seat(1, 1, 0)]).carried == {2: NO_PLACE}
    for reason in (NO_PLACE, NOT_AVAILABLE_THEN, KEPT_APART, ONE_A_DAY, BY_HAND, NOT_DECLARED, LAWYER_CONFLICT):
        assert SLIP_REASONS[reason]


def test_a_seat_is_judged_beside_the_others() -> None:
    cases = [case(1), case(2, inmate=1), case(3, apart=frozenset({1}), matter="civil"), case(4, language="ug", barred=frozenset({1}))]
    facts = day(cases, [lawyer(1, matters=frozenset({"labour"}))], absent={1: {1: rules_plan.WARD_SHUT}}, undeclared={3: frozenset({1})})
    others = [Seat(1, 1, 0)]
    assert standing(facts, Seat(1, 1, 0), others) == ()
    assert standing(facts, Seat(1, 1, 1), others) == (rules_plan.WARD_SHUT,)
    assert standing(facts, Seat(2, 1, 1), others) == (rules_plan.TWICE,)
    assert standing(facts, Seat(3, 1, 1), others) == (rules_plan.APART, rules_plan.MATTER, rules_plan.UNDECLARED)
    assert standing(facts, Seat(4, 1, 1), others) == (rules_plan.CONFLICT, rules_plan.LANGUAGE)
    assert standing(facts, Seat(1, 9, 0), others) == (rules_plan.NOT_ON_DUTY,)

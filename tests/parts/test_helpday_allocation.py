"""The plan of a legal-help day: the day of the domain rules, the best choice against trying everything, reasons, turns between wards, trips."""

from collections import Counter
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from consult.helpdays.allocation import allocate, rank, worth
from consult.helpdays.seating import (
    KEPT_APART,
    LAWYER_CONFLICT,
    NO_LAWYER_FOR_LANGUAGE,
    NO_LAWYER_FOR_MATTER,
    NO_PLACE,
    NOT_AVAILABLE_THEN,
    ONE_A_DAY,
    Case,
    Escort,
    OnDuty,
    Plan,
    Seat,
    fewest_trips,
    trips,
)

ESCORT = Escort(most=6, span=3)
HAN = frozenset({"zh"})


def case(number: int, ward: int = 1, **values: object) -> Case:
    facts: dict[str, object] = {"inmate": number, "matter": "labour", "language": "zh", "urgency": 0, "waited": 0, "order": number}
    return Case(number, ward, **{**facts, **values})  # type: ignore[arg-type]


def lawyer(number: int, times: int = 7, matters: frozenset[str] = frozenset(), languages: frozenset[str] = HAN) -> OnDuty:
    return OnDuty(number, matters, languages, frozenset(range(times)))


def kept(plan: Plan, cases: list[Case], lawyers: list[OnDuty]) -> None:
    """What every plan owes, whatever the facts."""
    by_case, by_lawyer = {one.number: one for one in cases}, {one.number: one for one in lawyers}
    assert len({(seat.lawyer, seat.time) for seat in plan.seats}) == len(plan.seats), "one request to a place"
    assert {seat.case for seat in plan.seats} | set(plan.carried) == set(by_case), "nobody is forgotten"
    assert not {seat.case for seat in plan.seats} & set(plan.carried)
    for seat in plan.seats:
        one, duty = by_case[seat.case], by_lawyer[seat.lawyer]
        assert duty.takes(one)
        assert seat.time in duty.times
        assert one.may_come(seat.time)
    inmates = [by_case[seat.case].inmate for seat in plan.seats]
    assert len(set(inmates)) == len(inmates)
    assert all(not by_case[seat.case].apart & set(inmates) for seat in plan.seats)
    assert sorted(number for trip in plan.trips for number in trip.cases) == sorted(seat.case for seat in plan.seats)
    assert len(plan.trips) >= plan.fewest


def test_the_day_of_a_large_prison() -> None:
    """37 compete for 28 places of 4 lawyers (rules.md §6): 9 wait, each with a reason, and the wards come in as few trips as can be."""
    cases = [case(number, ward=number % 12, urgency=number % 3, waited=number % 2) for number in range(37)]
    lawyers = [lawyer(number) for number in range(4)]
    plan = allocate(cases, lawyers, ESCORT)
    kept(plan, cases, lawyers)
    assert len(plan.seats) == 28
    assert plan.carried == dict.fromkeys(plan.carried, NO_PLACE)
    assert len(plan.carried) == 9
    assert plan.trip_gap <= 0.1
    assert {one.urgency for one in cases if one.number in plan.carried} == {0}, "the least urgent wait"
    assert allocate(cases, lawyers, ESCORT) == plan, "the same facts, the same plan"


def test_wards_take_turns_when_all_else_is_equal() -> None:
    crowd = [case(number, ward=1) for number in range(10)]
    others = [case(10 + number, ward=2 + number) for number in range(4)]
    plan = allocate([*crowd, *others], [lawyer(1, times=6)], ESCORT)
    seated = Counter(1 if seat.case < 10 else 2 for seat in plan.seats)
    assert seated == {1: 2, 2: 4}, "each ward's first before any ward's second"


def test_who_waited_goes_before_who_came_early_and_urgency_before_both() -> None:
    assert [one.number for one in rank([case(1), case(2, waited=1), case(3, urgency=1)])] == [3, 2, 1]


def test_each_reason_for_waiting() -> None:
    lawyers = [lawyer(1, times=1, matters=frozenset({"labour"})), lawyer(2, times=1, matters=frozenset({"marriage"}), languages=frozenset({"zh", "ug"}))]
    cases = [
        case(1, urgency=3),
        case(2, matter="inheritance"),
        case(3, language="ug"),
        case(4, matter="marriage", barred=frozenset({2})),
        case(5, times=frozenset({5})),
        case(6),
        case(7, inmate=1),
        case(8, matter="marriage", apart=frozenset({1})),
    ]
    plan = allocate(cases, lawyers, ESCORT)
    kept(plan, cases, lawyers)
    assert plan.seats == (Seat(1, 1, 0),)
    assert plan.carried == {
        2: NO_LAWYER_FOR_MATTER,
        3: NO_LAWYER_FOR_LANGUAGE,
        4: LAWYER_CONFLICT,
        5: NOT_AVAILABLE_THEN,
        6: NO_PLACE,
        7: ONE_A_DAY,
        8: KEPT_APART,
    }


def test_nobody_on_duty_and_nobody_asking() -> None:
    assert allocate([], [lawyer(1)], ESCORT) == Plan(())
    plan = allocate([case(1)], [], ESCORT)
    assert (plan.seats, plan.carried) == ((), {1: NO_LAWYER_FOR_MATTER})


def test_trips_are_as_long_as_an_escort_may_take() -> None:
    cases = {number: case(number) for number in range(4)}
    row = [Seat(number, 1, time) for number, time in enumerate((0, 2, 3, 9))]
    assert [trip.cases for trip in trips(row, cases, Escort(6, 3))] == [(0, 1), (2,), (3,)], "over three times of the day at most"
    assert [trip.cases for trip in trips(row, cases, Escort(1, 10))] == [(0,), (1,), (2,), (3,)]
    assert fewest_trips(cases.values(), Escort(3, 9)) == 2


FEW = st.lists(
    st.builds(
        case,
        st.integers(0, 10**6),
        ward=st.integers(1, 3),
        matter=st.sampled_from(["labour", "marriage"]),
        language=st.sampled_from(["zh", "ug"]),
        urgency=st.integers(0, 3),
        waited=st.integers(0, 2),
        barred=st.frozensets(st.integers(1, 2), max_size=1),
        times=st.none() | st.frozensets(st.integers(0, 1), max_size=2),
    ),
    max_size=5,
    unique_by=lambda one: one.number,
)
DUTIES = st.lists(
    st.builds(OnDuty, st.integers(1, 2), st.frozensets(st.just("labour")), st.sampled_from([HAN, HAN | {"ug"}]), st.frozensets(st.integers(0, 1))), max_size=2
)


@settings(max_examples=60, deadline=None)
@given(FEW, DUTIES.filter(lambda row: len({one.number for one in row}) == len(row)))
def test_no_other_choice_is_worth_more(cases: list[Case], lawyers: list[OnDuty]) -> None:
    """Against trying every way to fill the places."""
    plan = allocate(cases, lawyers, ESCORT)
    kept(plan, cases, lawyers)
    value = worth(cases)
    places = [(one, time) for one in lawyers for time in one.times]
    row: list[Case | None] = [*cases, *([None] * len(places))]
    tried = (
        sum(value[one.number] for one, (duty, time) in zip(order, places, strict=False) if one and duty.takes(one) and one.may_come(time))
        for order in set(permutations(row, len(places)))
    )
    assert sum(value[seat.case] for seat in plan.seats) == max(tried, default=0.0)

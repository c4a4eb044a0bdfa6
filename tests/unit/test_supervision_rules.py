"""Who may join, how long it lasts, which broker, what it came to: every value at its edge."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from visitation.kernel.identity import Identity, Role, Zone
from visitation.supervision.rules import (
    Candidate,
    Course,
    Member,
    Standing,
    Visit,
    check_in_problems,
    choose,
    facts,
    family_problems,
    hard_end,
    is_alive,
    late_problems,
    legs_of,
    minutes_left,
    must_leave,
    opening_problems,
    outcome,
    phase,
    reason_code,
    same_prison,
    seat,
)

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LEAD = Member(1, 0, account_id=10)
OTHER = Member(2, 1, account_id=20)
CHILD = Member(3, 2, manager_id=20)
ORPHAN = Member(4, 2)


def codes(refusals: list) -> list[str]:  # type: ignore[type-arg]
    return [refusal.code for refusal in refusals]


def visit(**values: object) -> Visit:
    given: dict[str, object] = {"state": "confirmed", "starts_at": NOON, "ready_minutes": 30, "until": NOON + timedelta(minutes=37)}
    return Visit(**given | values)  # type: ignore[arg-type]


# -- time


@pytest.mark.parametrize(
    ("needed", "expected"),
    [
        (NOON + 7 * MINUTE, NOON + 7 * MINUTE),
        (NOON, NOON),
        (NOON - 3 * MINUTE, NOON),
        (NOON + 60 * MINUTE, NOON + 60 * MINUTE),
        (NOON + 600 * MINUTE, NOON + 60 * MINUTE),
    ],
)
def test_the_hard_end_is_never_before_the_booked_end_nor_for_ever(needed: datetime, expected: datetime) -> None:
    assert hard_end(NOON, needed) == expected


@pytest.mark.parametrize(("before", "expected"), [(0, 30), (600, 20), (1790, 0.5), (1800, 0.5), (5000, 0.5)])
def test_a_fresh_run_of_a_broker_gives_no_minute_twice(before: float, expected: float) -> None:
    assert minutes_left(30, before) == pytest.approx(expected)


def test_the_facts_are_the_terms_and_nothing_else() -> None:
    terms = {"record": True, "officer_sees": True, "officer_hears": False, "speak": False, "warn_at": [300, 60], "drops": {"x": 1}, "policy": "p1", "other": 1}
    terms["pause_without_recording"] = True
    made = facts("legal_consult", NOON, NOON + 20 * MINUTE, NOON + 25 * MINUTE, terms, 9)
    assert made["kind"] == "legal_consult"
    assert made["minutes"] == 20
    assert made["hard_end"] == (NOON + 25 * MINUTE).timestamp()
    assert (made["record"], made["officer_sees"], made["officer_hears"], made["speak"]) == (True, True, False, False)
    assert made["legs"] == 3
    assert "other" not in made


# -- seats


def test_everybody_with_an_account_has_a_leg_of_their_own() -> None:
    party = [LEAD, OTHER, CHILD]
    assert seat(10, 1, party).pid == "visitor:1"
    assert [member.visitor_id for member in seat(10, 1, party).carried] == [1]
    mine = seat(20, 2, party)
    assert mine.pid == "visitor:2"
    assert [member.visitor_id for member in mine.carried] == [2, 3]
    assert mine.persons == 2
    assert legs_of(party) == 2


def test_somebody_nobody_looks_after_is_carried_by_the_lead() -> None:
    assert [member.visitor_id for member in seat(10, 1, [LEAD, OTHER, ORPHAN]).carried] == [1, 4]
    assert [member.visitor_id for member in seat(20, 2, [LEAD, OTHER, ORPHAN]).carried] == [2]


def test_an_account_that_only_booked_sits_with_the_lead() -> None:
    assert seat(99, None, [LEAD, OTHER]).pid == "visitor:1"
    assert seat(99, 77, [LEAD]).pid == "visitor:1"


def test_who_failed_has_no_seat_and_who_is_late_has_one() -> None:
    assert seat(10, 1, [Member(1, 0, "failed", account_id=10)]) is None
    late = seat(20, 2, [LEAD, Member(2, 1, "absent", account_id=20)])
    assert (late.pid, late.admitted) == ("visitor:2", False), "they wait to be checked"
    assert seat(20, 2, [LEAD, Member(2, 1, "failed", account_id=20)]).pid == "visitor:1"
    assert [one.visitor_id for one in seat(10, 1, [LEAD, Member(2, 1, "absent", account_id=20)]).carried] == [1]


def test_after_the_check_in_only_who_came_late_is_decided_and_only_in_a_pause() -> None:
    stages = ("scheduled", "checking_in", "waiting", "live", "paused", "ended")
    for stage, identity, verdict in product(stages, ("unchecked", "absent", "confirmed", "failed"), ("confirmed", "failed", "absent")):
        late = identity in ("unchecked", "absent") and verdict != "absent"
        wanted = [] if late and stage in ("waiting", "paused") else ["PAUSE_FIRST"] if late else ["ALREADY_CHECKED_IN"]
        assert codes(late_problems(stage, identity, verdict)) == wanted, (stage, identity, verdict)


def test_a_leg_is_admitted_when_everybody_on_it_is_confirmed() -> None:
    assert not seat(20, 2, [LEAD, Member(2, 1, "confirmed", account_id=20), CHILD]).admitted
    assert seat(20, 2, [LEAD, Member(2, 1, "confirmed", account_id=20), Member(3, 2, "confirmed", manager_id=20)]).admitted


# -- doors


@pytest.mark.parametrize(
    ("changes", "now", "expected"),
    [
        ({}, NOON - 30 * MINUTE, []),
        ({}, NOON - 30 * MINUTE - timedelta(seconds=1), ["TOO_EARLY"]),
        ({}, NOON + 36 * MINUTE, []),
        ({}, NOON + 37 * MINUTE, ["SESSION_ENDED"]),
        ({"stage": "ended"}, NOON, ["SESSION_ENDED"]),
        ({"state": "ended"}, NOON, ["SESSION_ENDED"]),
        ({"inmate_suspended": True}, NOON, ["VISIT_RESTRICTED"]),
        ({"inmate_suspended": True}, NOON - 60 * MINUTE, ["TOO_EARLY", "VISIT_RESTRICTED"]),
        *[({"state": state}, NOON, ["VISIT_NOT_CONFIRMED"]) for state in ("held", "requested", "refused", "withdrawn", "cancelled", "expired")],
    ],
)
def test_when_a_visit_can_be_joined(changes: dict[str, object], now: datetime, expected: list[str]) -> None:
    assert codes(opening_problems(visit(**changes), now)) == expected


def test_a_family_is_asked_again_about_everything() -> None:
    assert codes(family_problems(visit(), seat(10, 1, [LEAD]), LEAD, NOON)) == []
    assert codes(family_problems(visit(), None, None, NOON)) == ["NOT_IN_PARTY"]
    failed = Member(2, 1, "failed", account_id=20)
    assert codes(family_problems(visit(), seat(20, 2, [LEAD, failed]), failed, NOON)) == ["NOT_IN_PARTY"]
    for member in (Member(1, 0, account_id=10, suspended=True), Member(1, 0, account_id=10, related=False)):
        assert codes(family_problems(visit(), seat(10, 1, [member]), member, NOON)) == ["VISIT_RESTRICTED"]


def test_who_must_leave() -> None:
    assert not must_leave(Standing())
    for bad in ({"account_open": False}, {"signed_in": False}, {"entitled": False}, {"restricted": True}):
        assert must_leave(Standing(**bad)), bad


@pytest.mark.parametrize(("own", "other", "expected"), [(1, 1, True), (1, 2, False), (None, 2, True)])
def test_prison_scope(own: int | None, other: int, expected: bool) -> None:
    who = Identity(1, frozenset({Role.OFFICER}), "x", Zone.PRISON, prison_id=own)
    assert same_prison(who, other) is expected


# -- brokers


def broker(number: int, age: float = 0, skew: int = 0, draining: bool = False, load: int = 0) -> Candidate:
    return Candidate(f"b{number}", NOON - timedelta(seconds=age), skew, draining, load)


def test_the_least_loaded_living_broker_is_chosen() -> None:
    assert choose([broker(1, load=3), broker(2, load=1), broker(3, load=1)], NOON) == "b2"
    assert choose([broker(1, load=9), broker(2, age=7), broker(3, skew=2001), broker(4, draining=True)], NOON) == "b1"
    assert choose([broker(1, skew=-2000)], NOON) == "b1"
    assert choose([broker(1, age=60)], NOON) is None
    assert choose([], NOON) is None


def test_a_broker_is_alive_for_six_seconds() -> None:
    assert is_alive(broker(1, age=6), NOON)
    assert not is_alive(broker(1, age=6.1), NOON)


# -- check-in and desk


def test_everybody_must_be_decided_and_the_lead_confirmed() -> None:
    confirmed = Member(1, 0, "confirmed")
    assert codes(check_in_problems([confirmed])) == []
    assert codes(check_in_problems([confirmed, Member(2, 1, "absent"), Member(3, 2, "failed")])) == []
    assert codes(check_in_problems([confirmed, Member(2, 1)])) == ["CHECK_IN_INCOMPLETE"]
    assert codes(check_in_problems([Member(1, 0, "absent"), Member(2, 1)])) == ["CHECK_IN_INCOMPLETE", "LEAD_FAILED"]


@pytest.mark.parametrize(
    ("state", "stage", "minutes", "expected"),
    [
        ("confirmed", "scheduled", -31, "later"),
        ("confirmed", "scheduled", -30, "ready"),
        ("confirmed", "scheduled", 10, "ready"),
        ("confirmed", "scheduled", 10.1, "late"),
        ("confirmed", "checking_in", 5, "checking_in"),
        ("confirmed", "checking_in", 11, "late"),
        ("confirmed", "waiting", 20, "waiting"),
        ("confirmed", "live", 20, "live"),
        ("confirmed", "paused", 20, "paused"),
        ("confirmed", "ended", 20, "ended"),
        ("ended", "scheduled", 20, "ended"),
    ],
)
def test_the_phase_of_a_visit(state: str, stage: str, minutes: float, expected: str) -> None:
    assert phase(state, stage, NOON, 30, NOON + timedelta(minutes=minutes)) == expected


# -- outcome


def course(**values: object) -> Course:
    given: dict[str, object] = {"broker_outcome": "", "cause": "", "was_live": True, "visitor_came": True, "terminal_came": True, "checked_in": True}
    return Course(**given | values)  # type: ignore[arg-type]


@pytest.mark.parametrize("said", ["completed", "abandoned"])
def test_a_pause_for_an_unregistered_person_that_nobody_lifted_is_the_officers_end(said: str) -> None:
    assert outcome(course(broker_outcome=said, was_live=True, paused_for="unregistered_person")) == "ended_by_officer"
    assert outcome(course(broker_outcome=said, was_live=True, paused_for="break")) != "ended_by_officer"
    assert outcome(course(broker_outcome="abandoned", was_live=True, paused_for="unregistered_person", line_lost=True)) == "technical", (
        "a line is no misconduct"
    )
    assert outcome(course(broker_outcome="technical", was_live=True, paused_for="unregistered_person")) == "technical"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"broker_outcome": "completed", "cause": "TIME_UP"}, "completed"),
        ({"broker_outcome": "technical", "cause": "TERMINAL_LOST"}, "technical"),
        ({"broker_outcome": "BROKER_LOST"}, "technical"),
        ({"broker_outcome": "abandoned", "line_lost": True}, "technical"),
        ({"broker_outcome": "abandoned", "line_lost": False}, "ended_by_visitor"),
        ({"broker_outcome": "ended_by_officer", "cause": "rule: 3 twice"}, "ended_by_officer"),
        ({"broker_outcome": "ended_by_officer", "cause": "unheard of"}, "ended_by_officer"),
        ({"broker_outcome": "ended_by_officer", "cause": "visitor_asked"}, "ended_by_visitor"),
        ({"broker_outcome": "ended_by_officer", "cause": "inmate_asked: tired"}, "ended_by_inmate"),
        ({"broker_outcome": "ended_by_officer", "cause": "emergency"}, "technical"),
        ({"broker_outcome": "failed_identity", "was_live": False}, "failed_identity"),
        ({"broker_outcome": "not_held", "was_live": False, "visitor_came": False}, "no_show_visitor"),
        ({"broker_outcome": "not_held", "was_live": False, "visitor_came": False, "broker_there": False}, "technical"),
        ({"broker_outcome": "not_held", "was_live": False, "terminal_came": False}, "no_show_inmate"),
        ({"broker_outcome": "not_held", "was_live": False, "terminal_came": False, "checked_in": False}, "technical"),
        ({"broker_outcome": "not_held", "was_live": False}, "technical"),
    ],
)
def test_what_it_came_to(values: dict[str, object], expected: str) -> None:
    assert outcome(course(**values)) == expected


def test_a_line_failure_never_counts_as_misconduct() -> None:
    guilty = {"ended_by_officer", "ended_by_visitor", "no_show_visitor", "failed_identity"}
    for live, terminal, checked in product((True, False), repeat=3):
        for said in ("technical", "BROKER_LOST", "abandoned"):
            made = course(broker_outcome=said, was_live=live, terminal_came=terminal, checked_in=checked, line_lost=True)
            assert outcome(made) not in guilty, made


def test_the_code_of_a_reason() -> None:
    assert reason_code("rule: number 3") == "rule"
    assert reason_code("TIME_UP") == "TIME_UP"

"""Who sees whom, lamps, kinship decisions, objections and suspensions, on values."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from visitation.kernel.identity import Identity, Role, Zone
from visitation.people.rules_staff import (
    NEUTRAL,
    PAPER_REASONS,
    STATUSES,
    ClaimState,
    answer_refusals,
    approval_refusals,
    lamp,
    objection_refusals,
    refusal_refusals,
    same_prison,
    sees_inmate,
    told_text,
)
from visitation.people.rules_suspensions import INMATE_CODES, VISITOR_CODES, SuspensionFacts, months_later, overlaps, stage, suspension_refusals

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)


@dataclass(frozen=True)
class Place:
    prison_id: int
    ward_id: int = 0


def who(*roles: Role, prison_id: int | None = 1, wards: tuple[int, ...] = ()) -> Identity:
    return Identity(7, frozenset(roles), "A", Zone.PRISON, prison_id=prison_id, ward_ids=frozenset(wards))


def test_who_belongs_to_no_prison_sees_all() -> None:
    assert same_prison(who(Role.OFFICER), Place(1))
    assert not same_prison(who(Role.OFFICER), Place(2))
    assert same_prison(who(Role.BUREAU, prison_id=None), Place(2))


def test_a_ward_officer_sees_only_their_wards() -> None:
    assert sees_inmate(who(Role.WARD_OFFICER, wards=(5,)), Place(1, 5))
    assert not sees_inmate(who(Role.WARD_OFFICER, wards=(5,)), Place(1, 6))
    assert not sees_inmate(who(Role.WARD_OFFICER, wards=(5,)), Place(2, 5))
    assert sees_inmate(who(Role.WARD_OFFICER, Role.DUTY_CHIEF, wards=(5,)), Place(1, 6))
    assert not sees_inmate(who(Role.AUDITOR), Place(1, 6))


@pytest.mark.parametrize(("left", "colour"), [(25, "green"), (24.001, "green"), (24, "yellow"), (0.1, "yellow"), (0, "yellow"), (-0.001, "red"), (-99, "red")])
def test_lamps_turn_yellow_a_day_before_and_red_once_overdue(left: float, colour: str) -> None:
    assert lamp(NOON + timedelta(hours=left), NOON) == colour


CLAIMS = list(product([None, *STATUSES], ["unasked", "accepted", "declined", "withdrawn"], ["unchecked", "none", "restricted"], [False, True], [False, True]))


def test_a_claim_is_approved_only_when_everything_is_in_order() -> None:
    for status, answer, restriction, asked, chief in CLAIMS:
        person = who(Role.DUTY_CHIEF if chief else Role.OFFICER)
        refused = approval_refusals(ClaimState(status, answer, restriction, asked), person)
        fit = status in ("held", "court", "hospital", "confined") and answer == "accepted" and restriction == "none" and (chief or not asked)
        assert (refused == []) == fit, (status, answer, restriction, asked, chief)


def test_a_refusal_has_a_reason_and_words() -> None:
    assert refusal_refusals(NEUTRAL, "not here") == []
    assert refusal_refusals(PAPER_REASONS[0], "blurred") == []
    assert [refusal.code for refusal in refusal_refusals("", " ")] == ["REFUSAL_REASON_NEEDED", "REFUSAL_TEXT_NEEDED"]
    assert [refusal.code for refusal in refusal_refusals("SUSPENSION_OTHER", "x")] == ["REFUSAL_REASON_NEEDED"]


def test_the_general_reason_keeps_the_officers_words_inside() -> None:
    assert told_text(NEUTRAL, "nobody here") == ""
    assert all(told_text(code, "blurred") == "blurred" for code in PAPER_REASONS)


@pytest.mark.parametrize(
    ("state", "present", "answer", "allowed"),
    [
        ("submitted", "unasked", "accepted", True),
        ("submitted", "unasked", "declined", True),
        ("submitted", "declined", "accepted", True),
        ("submitted", "accepted", "withdrawn", True),
        ("approved", "accepted", "withdrawn", True),
        ("approved", "accepted", "declined", False),
        ("approved", "withdrawn", "accepted", False),
        ("submitted", "unasked", "withdrawn", False),
        ("refused", "accepted", "withdrawn", False),
        ("withdrawn", "unasked", "accepted", False),
        ("submitted", "unasked", "nonsense", False),
    ],
)
def test_answers_are_recorded_while_they_mean_something(state: str, present: str, answer: str, allowed: bool) -> None:
    assert (answer_refusals(state, present, answer) == []) == allowed


def test_another_person_than_the_refuser_decides_on_an_objection() -> None:
    assert objection_refusals(3, 4, "because") == []
    assert objection_refusals(None, 4, "because") == []
    assert [refusal.code for refusal in objection_refusals(4, 4, " ")] == ["OBJECTION_OWN_REFUSAL", "OBJECTION_ANSWER_NEEDED"]


def suspension(**changes: object) -> SuspensionFacts:
    given: dict[str, object] = {
        "codes": VISITOR_CODES,
        "code": "misconduct",
        "starts_on": TODAY,
        "ends_on": date(2027, 2, 24),
        "note": "x",
        "most_months": 3,
        "others": (),
    }
    return SuspensionFacts(**given | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"ends_on": date(2027, 2, 25)}, ["SUSPENSION_LONG"]),
        ({"ends_on": None}, ["SUSPENSION_END"]),
        ({"ends_on": None, "most_months": None, "codes": INMATE_CODES, "code": "confinement"}, []),
        ({"starts_on": date(2026, 11, 23), "ends_on": date(2027, 2, 1)}, ["SUSPENSION_PAST"]),
        ({"ends_on": date(2026, 11, 23)}, ["SUSPENSION_ORDER"]),
        ({"code": "confinement"}, ["SUSPENSION_CODE"]),
        ({"note": " "}, ["SUSPENSION_NOTE"]),
        ({"others": ((date(2027, 2, 24), None),)}, ["SUSPENSION_OVERLAPS"]),
        ({"others": ((date(2027, 2, 25), None),)}, []),
        ({"others": ((date(2026, 1, 1), date(2026, 11, 24)),)}, ["SUSPENSION_OVERLAPS"]),
        ({"others": ((date(2026, 1, 1), date(2026, 11, 23)),)}, []),
        ({"code": "", "note": "", "ends_on": None, "starts_on": date(2020, 1, 1)}, ["SUSPENSION_CODE", "SUSPENSION_PAST", "SUSPENSION_NOTE", "SUSPENSION_END"]),
    ],
)
def test_suspensions(changes: dict[str, object], expected: list[str]) -> None:
    assert [refusal.code for refusal in suspension_refusals(suspension(**changes), TODAY)] == expected


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2026, 1, 31), 12, date(2027, 1, 31)),
    ],
)
def test_months_later_keeps_to_the_last_day(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later


def test_open_ends_overlap_everything_later() -> None:
    assert overlaps(date(2030, 1, 1), None, [(date(2026, 1, 1), None)])
    assert not overlaps(date(2026, 1, 1), date(2026, 1, 2), [(date(2026, 1, 3), None)])


def test_stages() -> None:
    day = timedelta(days=1)
    assert stage(TODAY, None, False, TODAY) == "current"
    assert stage(TODAY - day, TODAY, False, TODAY) == "current"
    assert stage(TODAY + day, None, False, TODAY) == "coming"
    assert stage(TODAY - day, TODAY - day, False, TODAY) == "over"
    assert stage(TODAY, None, True, TODAY) == "lifted"

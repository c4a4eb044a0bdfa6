"""Requests for legal help as pure decisions: every refusal, every role, every lamp."""

from datetime import UTC, date, datetime, timedelta

import pytest

from consult.requests import rules
from consult.requests.rules import Asked, Ground, Seen, Stop
from visitation.kernel.identity import STAFF, Identity, Role, Zone

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)
GOOD = {"matter": "labour", "summary": "讨薪", "consent": True}


def who(*roles: Role, prison: int | None = 1, wards: tuple[int, ...] = (7,)) -> Identity:
    return Identity(1, frozenset(roles), "甲", Zone.PRISON, prison_id=prison, ward_ids=frozenset(wards))


def ground(**values: object) -> Ground:
    given = {"matters": {"labour"}, "relations": {"parent"}, "places": {"441900"}, "relatives": {5}}
    return Ground(**given | values)  # type: ignore[arg-type]


def codes(asked: dict[str, object], **around: object) -> list[str]:
    return [refusal.code for refusal in rules.enter_refusals(Asked(**GOOD | asked), ground(**around))]  # type: ignore[arg-type]


@pytest.mark.parametrize("path", [None, "helpday", "legal_aid", "defence", "about_prison"])
@pytest.mark.parametrize("role", sorted(STAFF | {Role.TERMINAL, Role.FAMILY, Role.LAWYER}))
def test_who_sees_what(role: Role, path: str | None) -> None:
    about = path == "about_prison"
    here, wards = Seen(1, 7, path), Seen(1, 8, path)
    assert rules.may_see(who(role), here) is (role is Role.BUREAU or (role in (Role.LEGAL_OFFICE, Role.WARD_OFFICER) and not about))
    assert rules.may_see(who(role), wards) is (role is Role.BUREAU or (role is Role.LEGAL_OFFICE and not about))
    assert rules.may_see(who(role, prison=2), here) is False
    assert rules.may_see(who(role, prison=None), here) is (role is Role.BUREAU)
    assert rules.may_hand(who(role), here) is (role is Role.LEGAL_OFFICE or (role is Role.WARD_OFFICER and not about))
    assert rules.may_hand(who(role), wards) is (role is Role.LEGAL_OFFICE)
    assert rules.may_hand(who(role, prison=2), here) is False


@pytest.mark.parametrize("role", sorted(STAFF))
def test_who_opens_the_terminal(role: Role) -> None:
    room = role in (Role.OFFICER, Role.DUTY_CHIEF, Role.LEGAL_OFFICE)
    assert rules.may_open(who(role), 1, 7) is (room or role is Role.WARD_OFFICER)
    assert rules.may_open(who(role), 1, 8) is room
    assert rules.may_open(who(role, prison=2), 1, 7) is False
    assert rules.may_open(who(role, prison=None), 1, 7) is False


def test_what_is_right_is_entered() -> None:
    assert codes({}) == []
    assert codes({"secrecy": "lawyer", "summary": ""}) == [], "the letter comes at the terminal"
    assert codes({"secrecy": "lawyer"}, at_terminal=True, by_ward=False) == []
    assert codes({"secrecy": "prison"}, at_terminal=True, by_ward=False) == []
    assert codes({"secrecy": "prison"}, by_ward=False) == [], "by the legal office"
    assert codes({"concerned_relation": "parent", "concerned_place": "441900"}) == []
    assert codes({"family_part": "paper", "family_consent": True, "kinship_id": 5}) == []
    assert codes({"summary": "长" * 4000, "parties": "长" * 1000}) == []


@pytest.mark.parametrize(
    ("asked", "around", "expected"),
    [
        ({}, {"status": "released"}, ["HELP_INMATE_GONE"]),
        ({}, {"status": "transferred"}, ["HELP_INMATE_GONE"]),
        ({}, {"open_now": 3}, ["HELP_MANY"]),
        ({"matter": "x"}, {}, ["MATTER_UNKNOWN"]),
        ({"urgency": 4}, {}, ["HELP_CHOICE"]),
        ({"urgency": -1}, {}, ["HELP_CHOICE"]),
        ({"asks_for": "x"}, {}, ["HELP_CHOICE"]),
        ({"consent": False}, {}, ["HELP_CONSENT"]),
        ({"summary": " \n"}, {}, ["HELP_EMPTY"]),
        ({"summary": "长" * 4001}, {}, ["HELP_LONG"]),
        ({"parties": "长" * 1001}, {}, ["PARTIES_LONG"]),
        ({"secrecy": "prison"}, {}, ["HELP_NOT_BY_WARD"]),
        ({"secrecy": "lawyer"}, {}, ["HELP_LETTER_AT_TERMINAL"]),
        ({"secrecy": "lawyer", "summary": "", "parties": "甲"}, {}, ["HELP_LETTER_AT_TERMINAL"]),
        ({"secrecy": "lawyer", "summary": ""}, {"at_terminal": True, "by_ward": False}, ["HELP_EMPTY"]),
        ({"concerned_relation": "parent"}, {}, ["HELP_PLACE"]),
        ({"concerned_place": "441900"}, {}, ["HELP_RELATION"]),
        ({"concerned_relation": "x", "concerned_place": "x"}, {}, ["HELP_RELATION", "HELP_PLACE"]),
        ({"family_part": "paper"}, {}, ["FAMILY_CONSENT", "FAMILY_RELATIVE"]),
        ({"family_part": "money", "family_consent": True, "kinship_id": 5}, {}, ["HELP_CHOICE"]),
        ({"family_part": "call", "family_consent": True, "kinship_id": 6}, {}, ["FAMILY_RELATIVE"]),
        ({"family_part": "call", "family_consent": True, "kinship_id": 5, "secrecy": "lawyer", "summary": ""}, {}, []),
        ({"family_part": "call", "family_consent": True, "kinship_id": 5, "family_words": "1", "secrecy": "lawyer", "summary": ""}, {}, ["FAMILY_AT_TERMINAL"]),
        ({"family_part": "call", "family_consent": True, "kinship_id": 5, "secrecy": "prison"}, {"by_ward": False}, ["FAMILY_SECRET"]),
        ({"family_part": "call", "family_consent": True, "kinship_id": 5, "family_words": "长" * 401}, {}, ["FAMILY_LONG"]),
        ({"matter": "x", "summary": "", "consent": False}, {}, ["MATTER_UNKNOWN", "HELP_CONSENT", "HELP_EMPTY"]),
    ],
)
def test_every_refusal_of_a_new_request(asked: dict[str, object], around: dict[str, object], expected: list[str]) -> None:
    assert codes(asked, **around) == expected


def test_lamps() -> None:
    due = NOW + timedelta(days=2)
    assert rules.lamp("received", due, NOW) == "green"
    assert rules.lamp("received", due, due - timedelta(days=1)) == "yellow"
    assert rules.lamp("to_pass", due, due) == "yellow"
    assert rules.lamp("to_pass", due, due + timedelta(seconds=1)) == "red"
    assert [rules.lamp(state, due, due + timedelta(days=9)) for state in ("waiting", "seated", "postponed", *rules.CLOSED)] == [""] * 6
    assert rules.lamp("received", None, NOW) == ""


def stop(code: str, first: int = -1, last: int | None = 5) -> Stop:
    return Stop(code, TODAY + timedelta(days=first), None if last is None else TODAY + timedelta(days=last))


@pytest.mark.parametrize(
    ("asks", "stops", "path", "why", "until"),
    [
        ("advice", [], "helpday", "advice", None),
        ("legal_aid", [stop("confinement")], "legal_aid", "asked_legal_aid", None),
        ("defence", [stop("confinement")], "defence", "asked_defence", None),
        ("advice", [stop("prosecution")], "defence", "pending_case", None),
        ("advice", [stop("trial"), stop("confinement")], "defence", "pending_case", None),
        ("advice", [stop("confinement", 0, 0)], "postpone", "confinement", 1),
        ("advice", [stop("confinement", -3, 2), stop("isolation", -1, 6)], "postpone", "confinement", 7),
        ("advice", [stop("confinement", -3, None), stop("isolation", -1, 6)], "postpone", "confinement", None),
        ("advice", [stop("confinement", 1, 5), stop("investigation", -5, -1), stop("other")], "helpday", "advice", None),
    ],
)
def test_what_the_facts_suggest(asks: str, stops: list[Stop], path: str, why: str, until: int | None) -> None:
    found = rules.propose(asks, stops, TODAY)
    assert (found.path, found.why) == (path, why)
    assert found.until == (None if until is None else TODAY + timedelta(days=until))


def test_when_it_may_be_decided() -> None:
    for state in (*rules.OPEN, *rules.CLOSED):
        allowed = state in ("received", "waiting", "to_pass", "postponed")
        assert (rules.triage_refusals(state, "helpday") == []) is allowed
        assert (rules.postpone_refusals(state, "advice", "禁闭", TODAY + timedelta(days=1), TODAY) == []) is (state in ("received", "waiting", "postponed"))
        assert (rules.withdraw_refusals(state) == []) is (state in rules.OPEN and state != "seated")
    assert [one.code for one in rules.triage_refusals("received", "x")] == ["HELP_CHOICE"]
    assert [one.code for one in rules.withdraw_refusals("seated")] == ["HELP_SEATED"]
    for asks in ("legal_aid", "defence"):
        assert [one.code for one in rules.postpone_refusals("received", asks, "禁闭", TODAY + timedelta(days=1), TODAY)] == ["POSTPONE_LIMIT"]
    assert [one.code for one in rules.postpone_refusals("received", "advice", " ", TODAY, TODAY)] == ["POSTPONE_REASON", "POSTPONE_DAY"]
    assert [one.code for one in rules.postpone_refusals("received", "advice", "禁闭", None, TODAY)] == ["POSTPONE_DAY"]

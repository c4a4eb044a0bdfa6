"""Papers and deadlines of meetings with defenders; what stands against an arranged session, by value."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest

from consult.meetings.rules import PAPERS, is_late, lamp, paper_refusals
from visitation.bookings.rules_arranging import BUSY_CODES, KINDS, Case, Clash, reason_parts, refusals
from visitation.kernel.interval import Interval

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("papers", [set(some) for count in range(5) for some in combinations(PAPERS, count)])
def test_papers(papers: set[str]) -> None:
    codes = [one.code for one in paper_refusals(papers)]
    assert ("MEETING_PAPERS" in codes) is not ({"licence", "certificate"} <= papers)
    assert ("MEETING_MANDATE" in codes) is not bool({"mandate", "aid_letter"} & papers)


def test_the_lamp_of_48_hours() -> None:
    due = NOW + timedelta(hours=48)
    seen = [lamp(due, NOW + timedelta(hours=hours)) for hours in (0, 23, 24, 48)]
    assert seen == ["good", "good", "yellow", "yellow"]
    assert lamp(due, due + timedelta(seconds=1)) == "red"
    assert lamp(None, NOW) == "good"
    assert (is_late(due, due), is_late(due + MINUTE, due), is_late(due, None)) == (False, True, False)


def case(**values: object) -> Case:
    given = {"number": 3, "kind": "legal_consult", "visit": Interval(NOW + 60 * MINUTE, NOW + 80 * MINUTE), "inmate": "甲"}
    return Case(**given | values)  # type: ignore[arg-type]


ONE_BY_ONE = [
    ("ARRANGE_KIND", {"kind": "family_visit"}),
    ("ARRANGE_NOT_REMOTE", {"remote": False}),
    ("ARRANGE_NOT_FIVE", {"visit": Interval(NOW + 61 * MINUTE, NOW + 80 * MINUTE)}),
    ("ARRANGE_PAST", {"visit": Interval(NOW - 20 * MINUTE, NOW)}),
    ("ARRANGE_TOO_LONG", {"visit": Interval(NOW + 5 * MINUTE, NOW + 250 * MINUTE)}),
    ("ARRANGE_INMATE_NOT_HERE", {"status": "confined"}),
    ("ARRANGE_NO_ACCOUNT", {"reachable": False}),
    ("ARRANGE_TERMINAL_OUT", {"fit": False}),
    ("ARRANGE_CLOSED", {"shut": True}),
    ("ARRANGE_APART", {"apart": True}),
    ("ARRANGE_VISITOR_BARRED", {"barred": ("乙",)}),
    *((code, {"clashes": (Clash(what, "丙", "REF", NOW),)}) for what, code in BUSY_CODES.items()),
]


@pytest.mark.parametrize(("code", "changes"), ONE_BY_ONE, ids=[code for code, _changes in ONE_BY_ONE])
def test_each_reason_is_named_with_its_session(code: str, changes: dict[str, object]) -> None:
    (found,) = refusals(case(**changes), NOW)
    assert found.code == code
    assert (found.facts["number"], found.facts["inmate"]) == (3, "甲")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_stands_against_an_ordinary_one(kind: str) -> None:
    assert refusals(case(kind=kind), NOW) == []
    running = case(visit=Interval(NOW - 15 * MINUTE, NOW + 5 * MINUTE))
    assert refusals(running, NOW) == [], "a queue that moves up arranges what should have begun"


def test_everything_at_once() -> None:
    everything = case(remote=False, status="court", fit=False, clashes=(Clash("watch"), Clash("inmate", "", "R1", NOW)), barred=("乙", "丙"))
    assert [one.code for one in refusals(everything, NOW)] == [
        "ARRANGE_NOT_REMOTE",
        "ARRANGE_INMATE_NOT_HERE",
        "ARRANGE_TERMINAL_OUT",
        "ARRANGE_VISITOR_BARRED",
        "ARRANGE_VISITOR_BARRED",
        "ARRANGE_NO_OFFICER",
        "ARRANGE_INMATE_BUSY",
    ]


@pytest.mark.parametrize(
    ("reason", "kept"),
    [("REASON_OTHER", ("REASON_OTHER", "")), ("律师出庭", ("", "律师出庭")), ("", ("", "")), ("TWO WORDS", ("", "TWO WORDS")), ("X" * 41, ("", "X" * 41))],
)
def test_a_reason_is_a_code_or_words(reason: str, kept: tuple[str, str]) -> None:
    assert reason_parts(reason) == kept

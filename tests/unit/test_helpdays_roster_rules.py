"""The roster by rule: who can serve, who is proposed, and when one lawyer may take over from another."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from consult.helpdays import rules_roster as rules
from consult.helpdays.rules_roster import Day, Person, Swap
from visitation.kernel.interval import Interval

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
STARTS = NOW + timedelta(days=8)
DAY = Day("AAAA", "planned", date(2026, 12, 2), Interval(STARTS, STARTS + timedelta(hours=2)), 4)
BACK = replace(DAY, ref="BBBB", on=date(2026, 12, 9), interval=Interval(STARTS + timedelta(days=7), STARTS + timedelta(days=7, hours=2)))
ZHANG, LI = Person(1, "张律师"), Person(2, "李律师")
NOTICE = timedelta(hours=24)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, None),
        ({"serves": False}, None),
        ({"verified": False}, "DUTY_NOT_VERIFIED"),
        ({"away": True}, "DUTY_AWAY"),
        ({"here": True}, "DUTY_HERE"),
        ({"elsewhere": True}, "DUTY_ELSEWHERE"),
    ],
)
def test_who_can_be_asked(change: dict[str, bool], code: str | None) -> None:
    person = replace(LI, **change)
    found = rules.asking_refusals(DAY, 1, "", person, NOW)
    assert [refusal.code for refusal in found] == ([code] if code else [])
    assert rules.can_serve(person) is (change == {})


@pytest.mark.parametrize(
    ("day", "place", "holder", "code"),
    [
        (replace(DAY, state="cancelled"), 1, "", "DUTY_DAY_CANCELLED"),
        (replace(DAY, state="over"), 1, "", "DUTY_DAY_OVER"),
        (replace(DAY, interval=Interval(NOW - timedelta(hours=2), NOW)), 1, "", "DUTY_DAY_OVER"),
        (DAY, 0, "", "DUTY_PLACE"),
        (DAY, 5, "", "DUTY_PLACE"),
        (DAY, 2, "张律师", "DUTY_PLACE_TAKEN"),
    ],
)
def test_when_a_place_cannot_be_given(day: Day, place: int, holder: str, code: str) -> None:
    assert [refusal.code for refusal in rules.asking_refusals(day, place, holder, LI, NOW)] == [code]


def swap_codes(swap: Swap, asker: int = 1, now: datetime = NOW) -> list[str]:
    return [refusal.code for refusal in rules.swap_refusals(swap, asker, NOTICE, now)]


@pytest.mark.parametrize(
    ("swap", "codes"),
    [
        (Swap(DAY, LI), []),
        (Swap(DAY, replace(LI, serves=False)), []),
        (Swap(DAY, ZHANG), ["SWAP_SELF"]),
        (Swap(DAY, replace(LI, here=True)), ["SWAP_HOLE"]),
        (Swap(DAY, replace(LI, away=True)), ["DUTY_AWAY"]),
        (Swap(DAY, replace(LI, verified=False)), ["DUTY_NOT_VERIFIED"]),
        (Swap(DAY, replace(LI, elsewhere=True)), ["DUTY_ELSEWHERE"]),
        (Swap(DAY, replace(LI, away=True, here=True)), ["DUTY_AWAY", "SWAP_HOLE"]),
        (Swap(replace(DAY, state="cancelled"), LI), ["DUTY_DAY_CANCELLED"]),
        (Swap(replace(DAY, state="published"), LI), ["SWAP_PUBLISHED"]),
        (Swap(DAY, LI, BACK, ZHANG), []),
        (Swap(DAY, LI, BACK, replace(ZHANG, away=True)), ["SWAP_HOLE_BACK"]),
        (Swap(DAY, LI, BACK, replace(ZHANG, here=True)), ["SWAP_HOLE_BACK"]),
        (Swap(DAY, LI, BACK, replace(ZHANG, elsewhere=True)), ["SWAP_HOLE_BACK"]),
        (Swap(DAY, LI, DAY, ZHANG), ["SWAP_HOLE_BACK"]),
        (Swap(DAY, LI, BACK, ZHANG, back_is_theirs=False), ["SWAP_NOT_THEIRS"]),
        (Swap(DAY, LI, replace(BACK, state="over"), ZHANG), ["DUTY_DAY_OVER"]),
    ],
)
def test_a_swap_never_leaves_a_hole(swap: Swap, codes: list[str]) -> None:
    assert swap_codes(swap) == codes


def test_the_notice_ends_to_the_second() -> None:
    assert swap_codes(Swap(DAY, LI), now=STARTS - NOTICE) == []
    assert swap_codes(Swap(DAY, LI), now=STARTS - NOTICE + timedelta(seconds=1)) == ["SWAP_TOO_NEAR"]
    assert swap_codes(Swap(DAY, LI), now=STARTS + timedelta(hours=2)) == ["DUTY_DAY_OVER"], "one reason, not two"


MATTERS = ("labour", "marriage", "appeal")


def propose(places: list[int], people: list[Person], serving: list[Person] | None = None, languages: tuple[str, ...] = ("zh",)) -> dict[int, int]:
    return rules.proposal(places, people, serving or [], languages, MATTERS)


def test_what_is_missing_comes_before_who_has_served_least() -> None:
    zh, ug = frozenset({"zh"}), frozenset({"zh", "ug"})
    fresh, worn, speaks = Person(1, "a", languages=zh), Person(2, "b", languages=zh, lately=3), Person(3, "c", languages=ug, lately=9)
    assert propose([1, 2], [worn, fresh, speaks], languages=("zh", "ug")) == {1: 3, 2: 1}
    assert propose([1, 2], [worn, fresh, speaks]) == {1: 1, 2: 2}
    only, rest = Person(4, "d", languages=zh, matters=frozenset({"labour"})), Person(5, "e", languages=zh, matters=frozenset({"marriage", "appeal"}), lately=7)
    assert propose([1, 2], [only, rest]) == {1: 5, 2: 4}
    assert propose([2], [fresh, rest], serving=[only]) == {2: 1}, "who advises on everything covers what is left, and has served less"


def test_nobody_is_proposed_who_cannot_serve_and_nobody_twice() -> None:
    people = [replace(LI, away=True), replace(ZHANG, here=True), Person(3, "c", serves=False), Person(4, "d", elsewhere=True), Person(5, "e")]
    assert propose([1, 2, 3], people) == {1: 5}
    assert propose([], people) == {}


def test_holes() -> None:
    assert rules.holes(4, [1, 3]) == [2, 4]
    assert rules.holes(2, [2, 1]) == []

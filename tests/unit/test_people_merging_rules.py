"""Two records of one person: what looks alike, what forbids a merge, what needs a second person, which claim stays."""

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from visitation.kernel.identity import Identity, Role, Zone
from visitation.people import rules_merging as rules
from visitation.people.rules_merging import Person, Tie

ADMIN = Identity(1, frozenset({Role.ADMINISTRATOR}), "a", Zone.PRISON, prison_id=7)
BUREAU = Identity(2, frozenset({Role.BUREAU}), "b", Zone.PRISON)
ONE = Person("inmate", 1, frozenset({7}), "阿依古丽·买买提", date(1990, 2, 28), "65000071")
TWO = replace(ONE, id=2, number="65000017")
GUEST = Person("visitor", 1, frozenset({7}), "王芳", date(1985, 6, 15), "990101198506150018", "resident_id", "m")
AGAIN = replace(GUEST, id=2, number="E12345678", document="passport", mobile="n")


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("65000071", "65000071", False),
        ("65000071", "65000072", True),
        ("65000071", "65000017", True),
        ("65000071", "6500071", True),
        ("65000071", "650000711", True),
        ("65000071", "65000174", False),
        ("65000071", "65100072", False),
        ("12345", "12543", False),
        ("张三", "张山", True),
        ("张", "李", False),
        ("", "1", False),
        ("1234", "123456", False),
    ],
)
def test_one_slip_of_a_finger(one: str, other: str, near: bool) -> None:
    assert rules.near(one, other) is near
    assert rules.near(other, one) is near


def test_what_looks_like_one_person() -> None:
    assert rules.likeness(ONE, TWO) == ("SAME_NAME", "SAME_BIRTH", "NEAR_NUMBER")
    assert rules.likeness(ONE, replace(TWO, number="11111111")) == ("SAME_NAME", "SAME_BIRTH")
    assert rules.likeness(ONE, replace(TWO, number="11111111", birth_date=None)) == ("SAME_NAME",)
    assert rules.likeness(ONE, replace(TWO, name="阿依古丽")) == ("SAME_BIRTH", "NEAR_NUMBER")
    assert rules.likeness(GUEST, replace(AGAIN, birth_date=date(1985, 6, 16), mobile="m")) == ("SAME_NAME", "SAME_MOBILE")
    nothing = (
        replace(TWO, birth_date=date(1991, 2, 28), number="11111111"),
        replace(TWO, name="阿依古丽", number="11111111"),
        replace(TWO, name="阿依古丽", birth_date=date(1991, 2, 28)),
    )
    assert [rules.likeness(ONE, other) for other in nothing] == [(), (), ()]


def codes(keep: Person, gone: Person, who: Identity = ADMIN) -> list[str]:
    return [refusal.code for refusal in rules.refusals(keep, gone, who)]


def test_what_forbids_a_merge_is_said_at_once() -> None:
    assert codes(ONE, TWO) == []
    assert codes(ONE, ONE) == ["MERGE_SELF"]
    assert codes(ONE, replace(TWO, merged=True)) == codes(replace(ONE, merged=True), TWO) == ["MERGE_SIGNPOST"]
    assert codes(ONE, replace(TWO, prison_ids=frozenset({8})), BUREAU) == ["MERGE_PRISONS"]
    assert codes(replace(ONE, apart=frozenset({2})), TWO) == codes(ONE, replace(TWO, apart=frozenset({1}))) == ["MERGE_APART"]
    assert codes(replace(ONE, apart=frozenset({3})), TWO) == []
    elsewhere = replace(AGAIN, prison_ids=frozenset({7, 8}))
    assert (codes(GUEST, elsewhere), codes(GUEST, elsewhere, BUREAU)) == (["MERGE_BUREAU"], [])
    every = replace(TWO, merged=True, prison_ids=frozenset({8}), apart=frozenset({1}))
    assert codes(ONE, every) == ["MERGE_SIGNPOST", "MERGE_PRISONS", "MERGE_BUREAU", "MERGE_APART"]


def test_what_a_second_person_looks_at() -> None:
    assert rules.differences(ONE, TWO, []) == ()
    assert rules.differences(ONE, replace(TWO, birth_date=None), []) == ()
    assert rules.differences(ONE, replace(TWO, name="阿依", birth_date=date(1991, 1, 1)), []) == ("NAME", "BIRTH")
    assert rules.differences(GUEST, AGAIN, []) == ("DOCUMENT",)
    assert rules.differences(GUEST, replace(AGAIN, number=""), []) == ()
    assert rules.differences(replace(GUEST, account=True), replace(AGAIN, account=True, number=""), []) == ("ACCOUNTS",)
    assert rules.differences(replace(GUEST, account=True), replace(AGAIN, number=""), []) == ()


@pytest.mark.parametrize(("answer", "restriction"), list(product(("accepted", "declined", "withdrawn", "unasked"), ("none", "unchecked", "restricted"))))
def test_a_no_does_not_vanish_behind_an_approval(answer: str, restriction: str) -> None:
    good, other = Tie(1, "approved", "accepted", "none"), Tie(2, "refused", answer, restriction)
    silent = answer in ("declined", "withdrawn") or restriction == "restricted"
    assert rules.differences(ONE, TWO, [[good, other]]) == (("TIE",) if silent else ())
    assert rules.differences(ONE, TWO, [[replace(good, state="submitted"), other]]) == ()
    taken = rules.stricter(good, other)
    assert taken.get("inmate_answer") == (answer if answer in ("declined", "withdrawn") else None)
    assert taken.get("restriction") == ("restricted" if restriction == "restricted" else None)
    assert rules.stricter(Tie(1, "approved", "withdrawn", "restricted"), other) == {}


def test_the_approved_claim_stays_then_the_older() -> None:
    old, new = Tie(1, "submitted", "unasked", "none"), Tie(2, "approved", "accepted", "none")
    assert rules.winner(old, new) == rules.winner(new, old) == (new, old)
    assert rules.winner(replace(old, state="approved"), new)[0].id == 1
    assert rules.winner(new, replace(old, state="approved"))[0].id == 1


def test_who_asked_does_not_decide() -> None:
    assert [one.code for one in rules.decision_refusals("asked", 1, ADMIN)] == ["MERGE_OWN_REQUEST"]
    assert rules.decision_refusals("asked", 1, BUREAU) == []
    assert [one.code for one in rules.decision_refusals("done", 3, ADMIN)] == ["STATE_CHANGED"]


def test_who_sees_a_pair() -> None:
    far = replace(TWO, prison_ids=frozenset({8}))
    assert (rules.may_see(ADMIN, ONE, TWO), rules.may_see(ADMIN, ONE, far), rules.may_see(BUREAU, ONE, far)) == (True, False, True)

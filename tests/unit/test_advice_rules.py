"""Who reads a lawyer's notes, what is refused of them, and whom a referral's link opens for: by value."""

from datetime import UTC, date, datetime, timedelta

import pytest

from consult.notes import rules as notes
from consult.referrals import rules
from consult.referrals.rules import LinkFacts, Wanted
from visitation.kernel.errors import Refusal

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
TODAY = date(2026, 11, 25)
DAY = timedelta(days=1)


def codes(refusals: list[Refusal]) -> list[str]:
    return [one.code for one in refusals]


@pytest.mark.parametrize(("reader", "successors", "reads"), [(1, (), True), (2, (), False), (2, (3,), False), (2, (2,), True), (1, (2,), True)])
def test_the_author_and_a_successor_read_notes(reader: int, successors: tuple[int, ...], reads: bool) -> None:
    assert notes.may_read(1, reader, successors) is reads


def test_what_is_refused_of_what_a_lawyer_writes() -> None:
    assert codes(notes.note_refusals("记" * notes.LONGEST_NOTE)) == []
    assert codes(notes.note_refusals("记" * (notes.LONGEST_NOTE + 1))) == ["NOTE_LONG"]
    assert codes(notes.paper_refusals(" \n")) == ["PAPER_EMPTY"]
    assert codes(notes.paper_refusals("意" * (notes.LONGEST_PAPER + 1))) == ["PAPER_LONG"]
    assert codes(notes.follow_up_refusals("", None, TODAY)) == ["FOLLOW_UP_EMPTY", "FOLLOW_UP_DAY"]
    for due, fine in ((TODAY, True), (TODAY - DAY, False), (TODAY + notes.FURTHEST, True), (TODAY + notes.FURTHEST + DAY, False)):
        assert (codes(notes.follow_up_refusals("电话", due, TODAY)) == []) is fine
    assert codes(notes.again_refusals("advised")) == []
    assert codes(notes.again_refusals("seated")) == ["AGAIN_OPEN"]
    assert notes.is_stale(2, 1)
    assert not notes.is_stale(0, 0)
    assert not notes.Part(handles=False, wrote=False).may_see
    assert notes.Part(handles=False, wrote=True).may_see


def link(**values: object) -> LinkFacts:
    return LinkFacts(**{"expires_at": NOW + 14 * DAY, "withdrawn": False} | values)  # type: ignore[arg-type]


OPENED = link(opened_at=NOW, openings=(("mine", NOW),))


@pytest.mark.parametrize(
    ("facts", "browser", "after", "found"),
    [
        (None, "mine", 0 * DAY, "gone"),
        (link(), "", 0 * DAY, "fresh"),
        (link(), "any", 14 * DAY - timedelta(seconds=1), "fresh"),
        (link(), "any", 14 * DAY, "gone"),
        (link(withdrawn=True), "any", 0 * DAY, "gone"),
        (OPENED, "mine", 0 * DAY, "shown"),
        (OPENED, "mine", 7 * DAY - timedelta(seconds=1), "shown"),
        (OPENED, "mine", 7 * DAY, "gone"),
        (OPENED, "other", rules.GRACE - timedelta(seconds=1), "fresh"),
        (OPENED, "other", rules.GRACE, "gone"),
        (OPENED, "", DAY, "gone"),
        (link(opened_at=NOW, openings=(("mine", NOW), ("second", NOW))), "third", 0 * DAY, "gone"),
        (link(opened_at=NOW, openings=(("mine", NOW), ("second", NOW))), "second", DAY, "shown"),
        (link(withdrawn=True, opened_at=NOW, openings=(("mine", NOW),)), "mine", 0 * DAY, "gone"),
        (link(expires_at=NOW + DAY, opened_at=NOW, openings=(("mine", NOW),)), "mine", DAY, "gone"),
    ],
)
def test_for_whom_a_link_opens(facts: LinkFacts | None, browser: str, after: timedelta, found: str) -> None:
    assert rules.standing(facts, browser, NOW + after) == found


def test_another_link_now_and_then() -> None:
    last = NOW - rules.AGAIN_AFTER
    assert rules.may_send_again(False, True, 1, last, NOW)
    assert not rules.may_send_again(False, True, 1, last + timedelta(seconds=1), NOW)
    assert not rules.may_send_again(False, True, rules.MOST_LINKS, last, NOW)
    assert not rules.may_send_again(True, True, 1, last, NOW)
    assert not rules.may_send_again(False, False, 0, None, NOW)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("请带齐材料", []),
        ("王小明让我转告", ["王小明"]),
        ("王 小·明的父亲", ["王小明"]),
        ("青山监狱来信", ["青山监狱"]),
        ("GREEN  hill prison", ["Green Hill Prison"]),
        ("编号６５０００００１", ["65000001"]),
        ("小明", []),
    ],
)
def test_names_are_found_however_they_are_written(text: str, named: list[str]) -> None:
    assert rules.names_in(text, ["王小明", "青山监狱", "Green Hill Prison", "65000001", "", "王"]) == named


def test_what_a_referral_needs() -> None:
    fine = Wanted(1, True, "请带合同", True, "+8613800000000")
    assert codes(rules.refusals(fine, ["王小明"])) == []
    assert codes(rules.refusals(Wanted(1, True, "", False, ""), [])) == [], "only the inmate's paper"
    for telling in ("您在监狱里的儿子托我转告", "他服 刑期满后再办", "Ask for the PRISON's letter"):
        assert codes(rules.refusals(Wanted(1, True, telling, True, "+8613800000000"), ["王小明"])) == ["REFERRAL_NAMES"], telling
    once = rules.refusals(Wanted(1, True, "青山监狱来信", True, ""), ["青山监狱"])
    assert [refusal.facts for refusal in once] == [{"names": "青山监狱"}]
    worst = Wanted(0, False, "王小明" + "长" * 300, False, None)
    assert codes(rules.refusals(worst, ["王小明"])) == ["REFERRAL_PLACE", "REFERRAL_NONE", "REFERRAL_LONG", "REFERRAL_NAMES", "REFERRAL_MOBILE"]
    assert codes(rules.refusals(Wanted(9, True, "", False, "+8613800000000"), [])) == ["REFERRAL_MANY", "REFERRAL_CONSENT"]

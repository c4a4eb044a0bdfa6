"""The rules of a way to a visit, on values: every order of steps, what is told, what changed on paper."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from visitation.kernel.identity import Identity, Role, Zone
from visitation.movements import rules
from visitation.movements.rules import Line, Said, Told, Way

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
DAY = date(2026, 11, 24)
FRESH = Way(DAY, (), stands=True, over=False)
WALK = ("called", "left", "arrived", "returned")


def codes(way: Way, step: str, reason: str | None = "unwell", now: datetime = NOON) -> list[str]:
    return [refusal.code for refusal in rules.step_problems(way, step, reason, now)]


def walk(*steps: str, **values: bool) -> Way:
    return replace(FRESH, steps=steps, **values)


def test_only_one_order_of_the_four_steps_is_possible() -> None:
    """rules.md §5.22: called, left, arrived, returned."""
    possible = []
    for order in permutations(WALK):
        way = FRESH
        for step in order:
            if codes(way, step):
                break
            way = replace(way, steps=(*way.steps, step))
        else:
            possible.append(order)
    assert possible == [WALK]


@pytest.mark.parametrize("step", WALK)
def test_no_step_twice(step: str) -> None:
    way = walk(*WALK[: WALK.index(step) + 1])
    assert codes(way, step) == ["STEP_DONE"]


@pytest.mark.parametrize(
    ("steps", "refuses"), [((), True), (("called",), True), (("called", "left"), True), (("called", "left", "arrived"), False), (WALK, False)]
)
def test_a_refusal_is_until_the_arrival(steps: tuple[str, ...], refuses: bool) -> None:
    assert (codes(walk(*steps), "refused") == []) == refuses
    assert "REFUSAL_REASON_MISSING" in codes(walk(*steps), "refused", None)
    assert "REFUSAL_REASON_MISSING" in codes(walk(*steps), "refused", "because")


def test_who_refuses_on_the_way_is_taken_back_and_who_refuses_in_the_ward_is_there() -> None:
    assert codes(walk("called", "left", "refused"), "returned") == []
    assert codes(walk("called", "refused"), "returned") == ["STEP_ORDER"]
    assert "STEP_REFUSED" in codes(walk("called", "refused"), "left")
    assert "STEP_REFUSED" in codes(walk("called", "left", "refused"), "arrived")
    assert not walk("called", "refused").is_open
    assert walk("called", "left", "refused").is_open


def test_nobody_is_sent_to_a_visit_that_is_cancelled_or_over_but_whoever_is_on_the_way_comes_back() -> None:
    for gone in ({"stands": False}, {"over": True}):
        assert "VISIT_GONE" in codes(walk(**gone), "called")
        assert "VISIT_GONE" in codes(walk("called", **gone), "left")
        assert codes(walk("called", "left", **gone), "returned") == []
        assert codes(walk("called", "left", **gone), "arrived") == []
    assert codes(walk("called", "left"), "returned") == ["STEP_ORDER"]


def test_nobody_returns_out_of_a_running_visit() -> None:
    assert codes(walk("called", "left", "arrived", in_session=True), "returned") == ["STILL_IN_SESSION"]


def test_a_concern_is_acknowledged_before_the_return_closes() -> None:
    way = walk("called", "left", "arrived", over=True, concern=True)
    assert codes(way, "returned") == ["CONCERN_UNSEEN"]
    seen = replace(way, steps=(*way.steps, "concern_seen"))
    assert codes(seen, "returned") == []
    assert codes(FRESH, "concern_seen") == ["NO_CONCERN"]
    late = walk(*WALK, over=True, concern=True)
    assert (rules.place(late), late.is_open) == ("concern", True)
    assert codes(late, "concern_seen", now=NOON + timedelta(days=1)) == [], "a concern written later is acknowledged on any day"


def test_steps_belong_to_their_day() -> None:
    late_evening = datetime(2026, 11, 24, 15, 59, tzinfo=UTC)
    assert codes(FRESH, "called", now=late_evening) == []
    assert codes(FRESH, "called", now=late_evening + timedelta(minutes=1)) == ["STEP_OTHER_DAY"]
    assert codes(FRESH, "called", now=NOON - timedelta(days=1)) == ["STEP_OTHER_DAY"]


def test_an_unknown_step() -> None:
    assert codes(FRESH, "vanished") == ["STEP_UNKNOWN"]


@pytest.mark.parametrize(
    ("way", "place", "offered"),
    [
        (FRESH, "ward", ("called", "refused")),
        (walk("called"), "called", ("left", "refused")),
        (walk("called", "left"), "on_way", ("arrived", "refused")),
        (walk("called", "left", "arrived"), "arrived", ("returned",)),
        (walk("called", "left", "arrived", in_session=True), "in_session", ()),
        (walk("called", "left", "arrived", over=True), "fetch", ("returned",)),
        (walk("called", "left", "arrived", over=True, concern=True), "fetch", ("concern_seen",)),
        (walk(*WALK, over=True), "returned", ()),
        (walk("called", "left", stands=False), "recall", ("arrived", "returned")),
        (walk("called", "left", "refused", stands=False), "back", ("returned",)),
        (walk("refused", stands=False, over=True), "refused", ()),
        (walk(stands=False), "cancelled", ()),
        (walk(over=True), "over", ()),
    ],
)
def test_where_somebody_is_and_what_can_be_tapped(way: Way, place: str, offered: tuple[str, ...]) -> None:
    assert rules.place(way) == place
    assert rules.offered(way, NOON) == offered


def test_late_is_who_should_be_on_the_way_and_is_not() -> None:
    by = NOON
    assert not rules.is_late(FRESH, by, NOON)
    assert rules.is_late(FRESH, by, NOON + timedelta(seconds=1))
    assert rules.is_late(walk("called"), by, NOON + timedelta(seconds=1))
    for way in (walk("called", "left"), walk("refused"), walk(stands=False), walk(over=True)):
        assert not rules.is_late(way, by, NOON + timedelta(hours=1))


# -- taking back


def who(number: int = 7, roles: tuple[Role, ...] = (Role.WARD_OFFICER,), prison: int | None = 1, wards: tuple[int, ...] = (3,)) -> Identity:
    return Identity(number, frozenset(roles), "x", Zone.PRISON, prison, frozenset(wards))


@pytest.mark.parametrize(
    ("by", "after", "settled", "found"),
    [
        (7, 0, False, []),
        (7, 60, False, []),
        (7, 61, False, ["UNDO_TOO_LATE"]),
        (8, 5, False, ["UNDO_NOT_YOURS"]),
        (7, 5, True, ["UNDO_TOO_LATE"]),
        (8, 61, True, ["UNDO_NOT_YOURS", "UNDO_TOO_LATE"]),
    ],
)
def test_taking_back_is_for_oneself_and_within_a_minute(by: int, after: int, settled: bool, found: list[str]) -> None:
    assert [refusal.code for refusal in rules.undo_problems(by, NOON, settled, who(), NOON + timedelta(seconds=after))] == found


# -- who sees what


@pytest.mark.parametrize(
    ("person", "prison", "ward", "sees"),
    [
        (who(), 1, 3, True),
        (who(), 1, 4, False),
        (who(), 2, 3, False),
        (who(), 1, None, False),
        (who(roles=(Role.OFFICER,), wards=()), 1, 4, True),
        (who(roles=(Role.DUTY_CHIEF,), wards=()), 1, None, True),
        (who(roles=(Role.OFFICER,), wards=()), 2, 4, False),
        (who(roles=(Role.ADMINISTRATOR,), wards=()), 1, 4, False),
    ],
)
def test_wards_see_their_own_and_officers_their_prison(person: Identity, prison: int, ward: int | None, sees: bool) -> None:
    assert rules.sees(person, prison, ward) == sees


# -- what is told

TRUE = Told(NOON, NOON + timedelta(minutes=30), "family_visit", (1, 2), stands=True)
GONE = replace(TRUE, stands=False)
CHANGES = [
    replace(TRUE, starts_at=NOON + timedelta(hours=1)),
    replace(TRUE, ends_at=NOON + timedelta(hours=1)),
    replace(TRUE, kind="family_call"),
    replace(TRUE, visitors=(1, 3)),
]


def test_a_first_visit_is_told_and_an_answer_ends_the_question() -> None:
    assert rules.question(TRUE, None) == "visit"
    assert rules.question(GONE, None) is None
    for answer in ("accepted", "refused"):
        assert rules.question(TRUE, Said(TRUE.kept(), answer)) is None


@pytest.mark.parametrize("changed", CHANGES)
def test_every_change_is_told_anew(changed: Told) -> None:
    assert rules.question(changed, Said(TRUE.kept(), "accepted")) == "change"


def test_a_cancellation_is_told_once_to_whoever_expected_the_visit() -> None:
    assert rules.question(GONE, Said(TRUE.kept(), "accepted")) == "cancel"
    assert rules.question(GONE, Said(TRUE.kept(), "refused")) is None
    assert rules.question(GONE, Said(GONE.kept(), "heard")) is None
    assert rules.question(TRUE, Said(GONE.kept(), "heard")) == "visit"


@pytest.mark.parametrize(
    ("asked", "answer", "reason", "found"),
    [
        ("visit", "accepted", None, []),
        ("change", "refused", "unwilling", []),
        ("cancel", "heard", None, []),
        (None, "accepted", None, ["NOTHING_TO_TELL"]),
        ("visit", "heard", None, ["ANSWER_NOT_FITTING"]),
        ("cancel", "accepted", None, ["ANSWER_NOT_FITTING"]),
        ("visit", "refused", None, ["REFUSAL_REASON_MISSING"]),
        ("cancel", "refused", "nonsense", ["ANSWER_NOT_FITTING", "REFUSAL_REASON_MISSING"]),
    ],
)
def test_answers_fit_what_was_asked(asked: str | None, answer: str, reason: str | None, found: list[str]) -> None:
    assert [refusal.code for refusal in rules.answer_problems(asked, answer, reason)] == found


def test_a_fingerprint_names_what_was_told() -> None:
    marks = {rules.fingerprint(told.kept()) for told in (TRUE, GONE, *CHANGES)}
    assert len(marks) == 2 + len(CHANGES)
    assert rules.fingerprint(TRUE.kept()) == rules.fingerprint(dict(reversed(TRUE.kept().items())))


# -- paper

LINE = Line("AAAA2222", "11:45", "12:00", "12:30", "王试一", "…001", "一监区", "T1", "一号会见室")


def test_the_same_list_has_no_changes() -> None:
    assert rules.changes([LINE.kept()], [LINE]) == {}


@pytest.mark.parametrize(
    "changed", [replace(LINE, starts="13:00"), replace(LINE, terminal="T2"), replace(LINE, ward="二监区"), replace(LINE, apart=("张三 · 二监区 · 09:00",))]
)
def test_whatever_stands_on_the_paper_can_change(changed: Line) -> None:
    assert rules.changes([LINE.kept()], [changed]) == {LINE.ref: "changed"}


def test_new_cancelled_and_gone() -> None:
    other = replace(LINE, ref="BBBB2222")
    assert rules.changes([LINE.kept()], [LINE, other]) == {other.ref: "new"}
    assert rules.changes([LINE.kept()], [replace(LINE, cancelled=True)]) == {LINE.ref: "cancelled"}
    assert rules.changes([LINE.kept()], []) == {LINE.ref: "gone"}
    assert rules.changes([replace(LINE, cancelled=True).kept()], []) == {}
    assert rules.changes([], [replace(LINE, cancelled=True)]) == {}


def test_apart_all_day_and_only_when_both_move() -> None:
    """rules.md §5.16."""
    assert rules.pairs_today([(1, 2), (2, 3), (4, 5)], [1, 2, 3, 4]) == {1: [2], 2: [1, 3], 3: [2]}


def test_masks() -> None:
    assert rules.masked_name("王试一") == "王*"
    assert rules.masked_name("") == "*"
    assert rules.masked_number("65000123") == "…123"

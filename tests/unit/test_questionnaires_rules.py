"""What a questionnaire may look like, when it is open, what an answer needs, and how answers are counted."""

from datetime import date, timedelta

import pytest

from consult.questionnaires import rules
from consult.questionnaires.rules import Given, Item

TODAY, DAY = date(2026, 11, 25), timedelta(days=1)
ONE = Item("one", "办理是否方便", ("方便", "不方便"), required=True)
SEVERAL = Item("several", "希望改进什么", ("时间", "画质", "流程"))
SCALE = Item("scale", "总体评价")
TEXT = Item("text", "还有什么建议")
ITEMS = (ONE, SEVERAL, SCALE, TEXT)


def codes(found: list[rules.Refusal]) -> list[tuple[str, object]]:
    return [(refusal.code, refusal.facts.get("number")) for refusal in found]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        (ITEMS, []),
        ((), [("QUESTIONNAIRE_EMPTY", None)]),
        ((ONE,) * 20, []),
        ((ONE,) * 21, [("QUESTIONNAIRE_MANY", None)]),
        ((ONE, Item("one", " ", ("是", "否"))), [("ITEM_EMPTY", 2)]),
        ((Item("guess", "?"),), [("ITEM_EMPTY", 1)]),
        ((Item("one", "问", ("是",)),), [("ITEM_OPTIONS", 1)]),
        ((Item("several", "问", ("是", "是")),), [("ITEM_OPTIONS", 1)]),
        ((Item("several", "问", tuple("一二三四五六七八九十甲乙")),), []),
        ((Item("several", "问", tuple("一二三四五六七八九十甲乙丙")),), [("ITEM_OPTIONS", 1)]),
        ((Item("scale", "问" * 200), Item("text", "问" * 201)), [("ITEM_LONG", 2)]),
        ((Item("one", "问", ("是", "否" * 81)),), [("OPTION_LONG", 1)]),
    ],
)
def test_what_a_questionnaire_may_ask(items: tuple[Item, ...], expected: list[tuple[str, object]]) -> None:
    assert codes(rules.writing_refusals("public", "", "题", "", items)) == expected


def test_every_fault_of_its_head_is_named() -> None:
    found = rules.writing_refusals("nobody", "", "题" * 101, "文" * 1001, ITEMS)
    assert [refusal.code for refusal in found] == ["QUESTIONNAIRE_AUDIENCE", "QUESTIONNAIRE_LONG", "QUESTIONNAIRE_LONG"]
    assert codes(rules.writing_refusals("relatives", "visit", "题", "", ITEMS)) == []
    assert codes(rules.writing_refusals("public", "visit", "题", "", ITEMS)) == [("QUESTIONNAIRE_AUDIENCE", None)]


@pytest.mark.parametrize(
    ("opens", "closes", "expected"),
    [
        (TODAY, TODAY, []),
        (TODAY - DAY, TODAY, ["QUESTIONNAIRE_PAST"]),
        (TODAY + DAY, TODAY, ["QUESTIONNAIRE_PERIOD"]),
        (TODAY - DAY, TODAY - 2 * DAY, ["QUESTIONNAIRE_PAST", "QUESTIONNAIRE_PERIOD"]),
    ],
)
def test_from_when_to_when(opens: date, closes: date, expected: list[str]) -> None:
    assert [refusal.code for refusal in rules.period_refusals(opens, closes, TODAY)] == expected


@pytest.mark.parametrize(
    ("published", "closed", "today", "expected"),
    [
        (False, False, TODAY, "draft"),
        (True, False, TODAY - DAY, "planned"),
        (True, False, TODAY, "open"),
        (True, False, TODAY + DAY, "open"),
        (True, False, TODAY + 2 * DAY, "closed"),
        (True, True, TODAY, "closed"),
        (True, True, TODAY - DAY, "closed"),
    ],
)
def test_when_it_is_open(published: bool, closed: bool, today: date, expected: str) -> None:
    assert rules.state(published, TODAY, TODAY + DAY, closed, today) == expected


@pytest.mark.parametrize(
    ("given", "spoken", "expected"),
    [
        ({0: Given((0,))}, False, []),
        ({0: Given((0,)), 1: Given((0, 2)), 2: Given((5,)), 3: Given(text="谢谢")}, False, []),
        ({1: Given((0,))}, False, [("REPLY_MISSING", 1)]),
        ({}, True, [("REPLY_MISSING", 1)]),
        ({0: Given((2,))}, False, [("REPLY_CHOICE", 1)]),
        ({0: Given((0, 1))}, False, [("REPLY_CHOICE", 1)]),
        ({0: Given((0,)), 2: Given((0,))}, False, [("REPLY_CHOICE", 3)]),
        ({0: Given((0,)), 2: Given((6,))}, False, [("REPLY_CHOICE", 3)]),
        ({0: Given((0,)), 3: Given((0,))}, False, [("REPLY_CHOICE", 4)]),
        ({0: Given((0,), "方便")}, False, [("REPLY_CHOICE", 1)]),
        ({0: Given((0,)), 3: Given(text="字" * 2001)}, False, [("REPLY_LONG", 4)]),
    ],
)
def test_what_an_answer_needs(given: dict[int, Given], spoken: bool, expected: list[tuple[str, object]]) -> None:
    assert codes(rules.reply_refusals(ITEMS, given, spoken=spoken)) == expected


def test_an_empty_answer_is_none_and_words_are_not_asked_for_at_a_terminal() -> None:
    assert codes(rules.reply_refusals((SCALE,), {0: Given()})) == [("REPLY_EMPTY", None)]
    must = (SCALE, Item("text", "为什么", required=True))
    assert codes(rules.reply_refusals(must, {0: Given((3,))})) == [("REPLY_MISSING", 2)]
    assert codes(rules.reply_refusals(must, {0: Given((3,))}, spoken=True)) == []


def test_the_answers_of_fewer_than_five_are_not_split() -> None:
    four = rules.result(SCALE, 4, {5: 4}, [])
    assert (four.shown, four.counts, four.mean) == (False, (), None)
    assert rules.result(TEXT, 4, {0: 4}, ["甲", "乙"]).texts == ()
    five = rules.result(SCALE, 5, {1: 1, 4: 2, 5: 2}, [])
    assert (five.shown, five.counts, five.mean) == (True, (1, 0, 0, 2, 2), 3.8)
    assert [five.share(place) for place in range(5)] == [20.0, 0.0, 0.0, 40.0, 40.0]


def test_several_choices_are_shares_of_people_and_words_stand_in_no_order_of_time() -> None:
    found = rules.result(SEVERAL, 6, {0: 6, 2: 3}, [])
    assert found.counts == (6, 0, 3)
    assert [found.share(place) for place in range(3)] == [100.0, 0.0, 50.0]
    assert rules.result(TEXT, 5, {0: 5}, ["丙", "甲", "乙"]).texts == tuple(sorted("丙甲乙"))


def test_a_question_comes_out_of_store_as_it_went_in() -> None:
    assert [rules.unpacked(item.packed()) for item in ITEMS] == list(ITEMS)

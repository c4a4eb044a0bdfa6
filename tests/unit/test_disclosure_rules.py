"""What a text is found by, who may read it, and what is wrong with one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consult.disclosure import rules


def test_two_characters_are_found() -> None:
    assert rules.wanted_grams("减刑") <= rules.grams("关于办理减刑、假释案件的规定")
    assert not rules.wanted_grams("减刑") <= rules.grams("减轻处罚与刑罚执行"), "both characters, but not side by side"


@pytest.mark.parametrize(
    ("searched", "text", "found"),
    [
        ("减刑假释", "关于减刑假释的规定", True),
        ("刑", "减刑", True),
        ("探视 时间", "会见时间与探视规定", True),
        ("PDF", "下载pdf文件", True),
        ("12348", "拨打12348热线", True),
        ("123", "拨打12348热线", False),
        ("𠮷祥", "陈𠮷祥的规定", True),
        ("ＡＢＣ", "abc", True),
        ("会见，", "会见", True),
    ],
)
def test_a_search(searched: str, text: str, found: bool) -> None:
    assert (rules.wanted_grams(searched) <= rules.grams(text)) is found


@given(st.text(alphabet="会见减刑假释abc12 ，", min_size=2, max_size=30), st.data())
def test_every_part_of_a_text_finds_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    part = "".join(letter for letter in text[start : start + 4] if not letter.isascii())
    if part in text:
        assert rules.wanted_grams(part) <= rules.grams(text)


@pytest.mark.parametrize(
    ("audience", "relative", "inside", "may"),
    [
        ("public", False, False, True),
        ("relatives", False, False, False),
        ("relatives", True, False, True),
        ("inmates", True, False, False),
        ("inmates", False, True, True),
        ("relatives", False, True, True),
    ],
)
def test_who_may_read(audience: str, relative: bool, inside: bool, may: bool) -> None:
    assert rules.may_read(audience, relative=relative, inside=inside) is may


def test_what_is_wrong_with_an_article() -> None:
    assert rules.article_refusals("题", "文", "guide", "public") == []
    found = rules.article_refusals("题" * 101, "文" * 20_001, "poem", "public")
    assert [refusal.code for refusal in found] == ["ARTICLE_AUDIENCE", "ARTICLE_TITLE_LONG", "ARTICLE_LONG"]
    assert [refusal.code for refusal in rules.article_refusals("", " ", "guide", "public")] == ["ARTICLE_EMPTY"]


def test_an_excerpt_shows_where_it_was_found() -> None:
    body = "甲" * 100 + "减刑" + "乙" * 100
    part = rules.excerpt(body, ["减刑"])
    assert "减刑" in part
    assert part.startswith("…")
    assert part.endswith("…")
    assert rules.excerpt("短文", ["无"]) == "短文"

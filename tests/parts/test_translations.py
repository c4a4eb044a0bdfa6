"""Complete in both languages: every sentence has its Chinese, no two rooms contradict each other, nothing is left over."""

import re
from pathlib import Path

from visitation.web import translations

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


def test_every_sentence_has_its_chinese() -> None:
    found = translations.problems()
    assert not found, "\n".join(found[:40])


def test_placeholders_survive_translation() -> None:
    wrong = [
        f"{room}: {msgid!r}"
        for language in ("zh_Hans_CN", "en")
        for msgid, text, room in translations.known(language)
        if text and not set(PLACEHOLDER.findall(text)) <= set(PLACEHOLDER.findall(msgid)) | {"num"}
    ]
    assert not wrong, f"a placeholder that the sentence does not get: {wrong}"


def test_the_search_for_sentences_sees_all_kinds_of_files() -> None:
    suffixes = {Path(place.rsplit(":", 1)[0]).suffix for place in translations.wanted().values()}
    assert {".py", ".html"} <= suffixes


def test_chinese_text_is_chinese() -> None:
    """A sentence copied over in English would pass for a translation; names and codes may stay."""
    suspicious = [
        f"{room}: {msgid!r}" for msgid, text, room in translations.known("zh_Hans_CN") if len(msgid.split()) > 3 and not re.search(r"[\u4e00-\u9fff]", text)
    ]
    assert not suspicious, f"not translated: {suspicious}"

"""Names as people and keyboards really write them: a thousand kinds (300 of each test; FUZZ= says how many), all kept in one way or refused by name."""

import os
import unicodedata
from itertools import product

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from visitation.people.rules import LONGEST_NAME, LOOKALIKES, SEPARATOR, name_refusals, tidy_name
from visitation.web.forms import tidy

INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069"
INVISIBLE += "\ufeff\u00ad\u061c\u180e\u034f\u115f\u1160\u3164\uffa0\ufe0f\U000e0100"
"""Zero-width, marks of direction, fillers and selectors of a variant: nobody sees them, so they must not tell two people apart."""
SPACES = " \t\u00a0\u2002\u3000\u2009\r\n"
REAL = ["阿依古丽·买买提", "𠮷田", "李试", "བསྟན་འཛིན", "ئايگۈل مەمەت", "José Ñandú", "O'Neill-Smith", "Nguyễn Thị Ánh", "Åsa", "김철수", "Ж. Бекова"]
PIECES = st.one_of(
    st.sampled_from([*REAL, *LOOKALIKES, *INVISIBLE, *SPACES, SEPARATOR, ".", "．", "\u0301", "\u0308", "\u20e3", "💐", "<b>", "';--", "%00", "\x00", "=1+1"]),
    st.sampled_from(["长" * 40, "长" * 101]),
    st.text(max_size=6),
)
NAMES = st.lists(PIECES, max_size=8).map("".join)
MANY = settings(max_examples=int(os.environ.get("FUZZ", "60")), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@MANY
@given(NAMES)
@example("e\u200d\u0301")
@example("\u3164")
@example("买买提\u202e提买")
def test_a_kept_name_is_plain(typed: str) -> None:
    kept = tidy_name(typed)
    assert tidy_name(kept) == kept
    assert unicodedata.is_normalized("NFC", kept)
    assert kept == " ".join(kept.split())
    assert not set(kept) & set(LOOKALIKES + INVISIBLE)
    assert not any(unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") for letter in kept)
    if not name_refusals(kept):
        assert 1 <= len(kept) <= LONGEST_NAME
        assert any(letter.isalpha() for letter in kept)
        assert not set(kept) & set('<>&"=;%$@/\\{}[]()0123456789')


@pytest.mark.parametrize("name", REAL)
def test_what_nobody_sees_makes_no_other_name(name: str) -> None:
    kept = tidy_name(name)
    for letter in INVISIBLE:
        for place in range(len(name) + 1):
            assert tidy_name(name[:place] + letter + name[place:]) == kept


def test_every_dot_is_the_same_name() -> None:
    for dot, around, form in product([*LOOKALIKES, SEPARATOR, ".", "．"], ["", " ", "\u3000", "\u200b"], ("NFC", "NFD", "NFKC")):
        typed = unicodedata.normalize(form, f"阿依古丽{around}{dot}{around}买买提")
        if dot in typed or form != "NFKC":
            assert tidy_name(typed) == "阿依古丽·买买提", (dot, around, form)


@MANY
@given(NAMES)
@example("\u200b x")
@example("e\u200d\u0301")
def test_a_field_keeps_text_that_stays_as_it_is(typed: str) -> None:
    kept = tidy(typed)
    assert tidy(kept) == kept
    assert not any(unicodedata.category(letter) in ("Cc", "Cf") and letter not in "\n\t" for letter in kept)

"""Disclosure (狱务公开) and the inquiry desk: who may read an article, and how it is found. Pure. Source: rules.md §2."""

import re
import unicodedata
from collections.abc import Iterable, Mapping

from visitation.kernel.errors import Refusal

AUDIENCES = ("public", "relatives", "inmates")
"""public: everybody; relatives: who is signed in as a family; inmates: on the terminals and through the staff. Each item has one."""
KINDS = ("article", "guide")
TOPICS = ("visits", "sentence", "scoring", "rights", "legal", "health", "money", "release", "other")
"""What inmates look for things under, where they cannot type."""
LONGEST_TITLE, LONGEST_BODY = 100, 20_000
_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_PIECES = re.compile(rf"[{_HAN}]+|[a-z0-9]+")


def grams(text: str) -> set[str]:
    """What a text is found by: every two neighbouring Chinese characters (and each single one), and every word of letters or digits.

    Two characters are what people search for (减刑); an index of three-letter pieces finds none of them.
    """
    found: set[str] = set()
    for piece in _PIECES.findall(unicodedata.normalize("NFKC", text).casefold()):
        if piece[0].isascii():
            found.add(piece[:40])
        else:
            found.update(piece)
            found.update(piece[place : place + 2] for place in range(len(piece) - 1))
    return found


def wanted_grams(text: str) -> set[str]:
    """What must all be there for a search: pairs of Chinese characters, single ones only where one stands alone, words."""
    found: set[str] = set()
    for piece in _PIECES.findall(unicodedata.normalize("NFKC", text).casefold()):
        if piece[0].isascii() or len(piece) == 1:
            found.add(piece[:40])
        else:
            found.update(piece[place : place + 2] for place in range(len(piece) - 1))
    return found


def may_read(audience: str, *, relative: bool, inside: bool) -> bool:
    """inside: staff or a terminal, who see everything that is published."""
    return inside or audience == "public" or (audience == "relatives" and relative)


def article_refusals(title: str, body: str, kind: str, audience: str, topic: str = "other") -> list[Refusal]:
    found = []
    if not title.strip() or not body.strip():
        found.append(Refusal("ARTICLE_EMPTY"))
    if kind not in KINDS or audience not in AUDIENCES or topic not in TOPICS:
        found.append(Refusal("ARTICLE_AUDIENCE"))
    sizes: Mapping[str, tuple[str, int]] = {"ARTICLE_TITLE_LONG": (title, LONGEST_TITLE), "ARTICLE_LONG": (body, LONGEST_BODY)}
    found += [Refusal(code, {"has": len(text), "most": most}) for code, (text, most) in sizes.items() if len(text) > most]
    return found


def excerpt(body: str, words: Iterable[str], length: int = 90) -> str:
    """The part of a text around the first of these words; its beginning when none is there."""
    flat = " ".join(body.split())
    places = [place for word in words if word and (place := flat.casefold().find(word.casefold())) >= 0]
    start = max(0, min(places, default=0) - length // 3)
    part = flat[start : start + length]
    return f"{'…' if start else ''}{part}{'…' if start + length < len(flat) else ''}"

"""`python -m visitation.web.translations`: which sentences have no Chinese yet, or two different ones."""

import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
METHODS = [
    ("visitation/**.py", "python"),
    ("consult/**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("templates/**.txt", "jinja2"),
    ("static/js/**.js", "javascript"),
]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "_l": None, "t": None}
OPTIONS = {"templates/**.html": {"trimmed": "true"}}


@cache
def wanted() -> dict[str, str]:
    """Every msgid in the project (the singular one of a pair), and the place where it stands first."""
    found: dict[str, str] = {}
    for folder in ("visitation", "consult", "templates", "static/js"):
        methods = [(pattern.removeprefix(f"{folder}/"), method) for pattern, method in METHODS if pattern.startswith(folder)]
        options = {pattern.removeprefix(f"{folder}/"): value for pattern, value in OPTIONS.items()}
        for name, line, message, _comments, _context in extract_from_dir(str(ROOT / folder), methods, options, KEYWORDS):
            singular = message if isinstance(message, str) else next(iter(message), "")
            if singular:
                found.setdefault(singular, f"{folder}/{name}:{line}")
    return found


def known(language: str) -> Iterator[tuple[str, str, str]]:
    """(msgid, translation, room) of one language's catalogues; of a plural, its last form."""
    for part in sorted((ROOT / "translations" / language).glob("*.po")):
        with part.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and not message.fuzzy:
                    singular = message.id if isinstance(message.id, str) else message.id[0]
                    text = message.string if isinstance(message.string, str) else tuple(message.string or ("",))[-1]
                    yield singular, text, part.stem


def problems() -> list[str]:
    """One line for each missing sentence, each contradiction between rooms and each one that nothing uses any more."""
    translations: dict[str, tuple[str, str]] = {}
    found = []
    for msgid, text, room in known("zh_Hans_CN"):
        earlier = translations.setdefault(msgid, (text, room))
        if text and earlier[0] != text:
            found.append(f"two translations: {msgid!r} in {earlier[1]} and {room}")
    sentences = wanted()
    found += [f"missing: {msgid!r} at {place}" for msgid, place in sentences.items() if not translations.get(msgid, ("", ""))[0]]
    found += [f"unused: {msgid!r} in {room}" for msgid, (_text, room) in translations.items() if msgid not in sentences]
    return found


if __name__ == "__main__":
    lines = problems()
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.exit(1 if lines else 0)

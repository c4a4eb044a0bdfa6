"""Rows that carry their name in both languages (prisons, wards, levels): the one for the reader."""

from typing import Protocol

from flask_babel import get_locale


class NamedTwice(Protocol):
    name: str
    name_en: str


def local_name(row: NamedTwice) -> str:
    """The name in the reader's language; the Chinese one where there is no other."""
    return row.name_en if row.name_en and str(get_locale()).startswith("en") else row.name

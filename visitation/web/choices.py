"""Choices of a form's field from pairs of code and word."""

from collections.abc import Iterable, Mapping
from typing import Any

from wtforms.fields.choices import SelectChoice


def choices(words: Mapping[Any, Any] | Iterable[tuple[Any, Any]], first: Any = None) -> list[SelectChoice]:
    """One choice for each pair, in their order; `first` is the word of an empty choice before them."""
    pairs = words.items() if isinstance(words, Mapping) else words
    found = [SelectChoice(value=code, label=word) for code, word in pairs]
    return found if first is None else [SelectChoice(value="", label=first), *found]

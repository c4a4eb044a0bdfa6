"""From a refusal's name to a sentence in the reader's language. Each room brings its own sentences; the factory joins them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask import Flask, current_app
from flask_babel import gettext

from visitation.kernel.errors import Refusal
from visitation.web.i18n import show_day, show_moment


def install_sentences(app: Flask, *rooms: Mapping[str, Any]) -> None:
    """Each mapping: code -> lazy text with %(name)s for the refusal's facts. A code in two rooms is a mistake."""
    joined: dict[str, Any] = {}
    for room in rooms:
        twice = joined.keys() & room.keys()
        if twice:
            raise ValueError(f"two sentences for {sorted(twice)}")
        joined.update(room)
    app.extensions["sentences"] = joined
    app.jinja_env.globals["sentence"] = sentence


def sentence(refusal: Refusal) -> str:
    """The sentence of a refusal. An unknown code still tells what to do next, and its name."""
    text = current_app.extensions["sentences"].get(refusal.code)
    if text is None:
        return str(gettext("This is not possible now (%(code)s). Please telephone the prison.", code=refusal.code))
    filled: str = str(text) % {name: _shown(value) for name, value in refusal.facts.items()}
    return filled


def _shown(value: object) -> object:
    if isinstance(value, datetime):
        return show_moment(value)
    return show_day(value) if isinstance(value, date) else value

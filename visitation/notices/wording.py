"""A notice put into words, in the language of the moment: for the inbox, for a telephone, for a letter."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import format_datetime, get_locale, gettext

from visitation.kernel.errors import Refusal
from visitation.notices.models import Notice
from visitation.notices.texts import KINDS, Text
from visitation.web.sentences import sentence

PATTERN = {"zh": "M月d日 EEEE HH:mm", "en": "EEEE d MMMM, HH:mm"}


def text_of(notice: Notice) -> Text:
    return KINDS[notice.kind]


def title(notice: Notice) -> str:
    return str(text_of(notice).title)


def body(notice: Notice) -> str:
    """The sentence of the inbox, with the reason."""
    return _fill(text_of(notice).body, notice.facts, reason(notice.facts))


def discreet_body(notice: Notice) -> str:
    """The same sentence for a letter that others may read: the reason stays behind the sign-in."""
    hidden = str(gettext("The reason is on the page, after you have signed in.")) if reason(notice.facts) else ""
    return _fill(text_of(notice).body, notice.facts, hidden)


def short_message(notice: Notice) -> str:
    return short_text(notice.kind, notice.facts)


def short_text(kind: str, facts: Mapping[str, Any]) -> str:
    """The whole short message of a kind."""
    return _fill(KINDS[kind].sms, facts, "")


def reason(facts: Mapping[str, Any]) -> str:
    """The reason in words: what the officer wrote for the family, else the sentence of the code, else nothing."""
    if facts.get("reason_text"):
        return str(facts["reason_text"])
    code = str(facts.get("reason_code") or "")
    known = code in current_app.extensions["sentences"]
    return sentence(Refusal(code)) if known else ""


def when(facts: Mapping[str, Any]) -> str:
    """The visit's beginning in Shanghai, with its weekday."""
    if not facts.get("starts_at"):
        return ""
    return str(format_datetime(datetime.fromisoformat(str(facts["starts_at"])), PATTERN[get_locale().language]))


def _fill(text: Any, facts: Mapping[str, Any], why: str) -> str:
    values = defaultdict(str, {name: str(value) for name, value in facts.items()}, when=when(facts), reason=why)
    return " ".join((str(text) % values).split())

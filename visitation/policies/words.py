"""Words for the names inside policy values, so that a rule can be read without knowing its codes."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from visitation.web.code_words import RELATIONS

NAMES = {
    "family_visit": _l("Video visit"),
    "family_call": _l("Family call (sound only)"),
    "legal_consult": _l("Legal consultation"),
    "lawyer_meeting": _l("Meeting with a lawyer"),
    "mediation_session": _l("Mediation"),
    "officer": _l("Officer"),
    "terminal": _l("Terminal"),
    "outside": _l("Outside"),
    "takeover": _l("another officer is asked after"),
    "pause": _l("paused after"),
    "end": _l("ended after"),
    "count": _l("number"),
    "days": _l("within days"),
    **RELATIONS,
}


def lines(value: Any, levels: Mapping[str, str]) -> list[str]:
    """A value in lines of words. `levels`: names of the treatment levels by code."""
    if isinstance(value, dict):
        return [f"{_name(key, levels)}: {_plain(inner, levels)}" for key, inner in value.items()]
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [_relation(item, levels) for item in value]
    return [_plain(value, levels)]


def _plain(value: Any, levels: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    if isinstance(value, dict):
        return ", ".join(f"{_name(key, levels)} {_plain(inner, levels)}" for key, inner in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _relation(item: Mapping[str, Any], levels: Mapping[str, str]) -> str:
    word = _name(str(item.get("code", "")), levels)
    return str(gettext("%(name)s (needs approval)", name=word)) if item.get("needs_approval") else word


def _name(code: str, levels: Mapping[str, str]) -> str:
    return levels.get(code) or str(NAMES.get(code, code))

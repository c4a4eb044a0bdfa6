"""The sentences of the scripts as an ES module, in the language of the reader: what `t("…")` in static/js looks up."""

import json
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from babel.messages.extract import extract_from_dir
from flask import Blueprint, Response, request
from flask_babel import get_locale, gettext

from visitation.kernel.identity import Identity
from visitation.web.door import open_door

SCRIPTS = Path(__file__).parents[2] / "static" / "js"

blueprint = Blueprint("sentences", __name__)


@lru_cache(maxsize=1)
def msgids() -> tuple[str, ...]:
    """Every sentence that stands in a script, in alphabetical order."""
    found = extract_from_dir(str(SCRIPTS), [("**.js", "javascript")], {}, {"t": None})
    return tuple(sorted({message for _name, _line, message, _comments, _context in found if isinstance(message, str) and message}))


@lru_cache(maxsize=8)
def module(_language: str) -> tuple[str, str]:
    """The module's text and its fingerprint; to be called while that language is the request's."""
    text = f"export default {json.dumps({msgid: gettext(msgid) for msgid in msgids()}, ensure_ascii=False, sort_keys=True)};\n"
    return text, sha256(text.encode()).hexdigest()[:16]


@blueprint.get("/i18n/sentences.js")
@open_door
def sentences(_who: Identity | None) -> Response:
    """One address for both languages: the cookie decides, and the browser asks each time whether its copy still holds."""
    text, mark = module(str(get_locale()))
    answer = Response(text, mimetype="text/javascript")
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Vary"] = "Cookie"
    answer.set_etag(mark)
    answer.make_conditional(request)
    return answer

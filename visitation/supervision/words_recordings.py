"""Codes about recordings in words."""

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from visitation.supervision.words import AWAITS_WORDS

VERDICT_WORDS = {
    "agrees": _l("hash agrees"),
    "differs": _l("hash differs: the file was changed"),
    "missing": _l("the file is missing"),
    "not_here": _l("not here yet, or it arrived damaged"),
    "deleted": _l("deleted as decided"),
}
VERDICT_TONES = {"agrees": "good", "differs": "bad", "missing": "bad", "not_here": "wait", "deleted": "calm"}
GAP_WORDS = {
    "FAILED": _l("the recording failed"),
    "BROKER_LOST": _l("the video server stopped; at most one second before it is lost"),
    "GATE": _l("picture and sound were cut"),
    "LOST": _l("this side lost its connection"),
    "MUTED": _l("this side was muted"),
    "BEFORE": _l("nothing had come from this side yet"),
    "UNKNOWN": _l("nothing came from this side; no reason was reported"),
}
REQUEST_KIND_WORDS = {"export": _l("Export"), "deletion": _l("Deletion before its time"), "release": _l("Release from legal hold")}
REQUEST_STATE_WORDS = {
    "asked": _l("waits for the second person"),
    "approved": _l("approved"),
    "refused": _l("refused"),
    "withdrawn": _l("withdrawn"),
    "lapsed": _l("lapsed"),
    "done": _l("carried out"),
}
REQUEST_STATE_TONES = {"asked": "wait", "approved": "good", "refused": "bad", "done": "calm"}
REASON_WORDS = {
    "sample": _l("drawn as a sample"),
    "stirred": _l("warning, mark or mute during the visit"),
    "concern": _l("concern noted by the officer"),
    "ended_by_officer": _l("ended early by the officer"),
}


def leg_word(leg: str) -> str:
    """`terminal`, `outside1`, `outside2`: which side of the visit."""
    if leg == "terminal":
        return str(gettext("Terminal (inside)"))
    number = leg.removeprefix("outside")
    return str(gettext("Outside")) if number in ("", "1") else str(gettext("Outside %(number)s", number=number))


def gap_word(reason: str) -> Any:
    """A gap's reason; a closed gate says why it was closed."""
    code, _, detail = reason.partition(":")
    word = GAP_WORDS.get(code, reason)
    return f"{word} ({AWAITS_WORDS.get(detail, detail)})" if detail else word

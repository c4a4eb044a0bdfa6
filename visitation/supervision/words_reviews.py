"""States of a review in words."""

from typing import Any

from flask_babel import lazy_gettext as _l

from visitation.supervision.words import AWAITS_WORDS

VERDICT_WORDS = {
    "justified": _l("There was an emergency; ending the meeting was right"),
    "unjustified": _l("There was no emergency; the meeting should have gone on"),
}
STATE_WORDS = {"open": _l("to be reviewed"), "justified": _l("was right"), "unjustified": _l("was not right")}
STATE_TONES = {"open": "wait", "justified": "good", "unjustified": "bad"}
LAMP_WORDS = {"green": _l("in time"), "yellow": _l("due within a day"), "red": _l("overdue")}


def reason_words(reason: str) -> tuple[Any, str]:
    """(the code in words, what the officer wrote beside it) of `emergency: ...`."""
    code, _, text = reason.partition(":")
    return AWAITS_WORDS.get(code.strip(), code.strip()), text.strip()

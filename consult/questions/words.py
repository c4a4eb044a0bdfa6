"""Words for questions."""

from flask_babel import lazy_gettext as _l

from consult.matters import MATTERS as MATTERS
from visitation.web.code_words import LANGUAGES as LANGUAGES

STATES = {
    "received": _l("Has arrived"),
    "routed": _l("With a lawyer"),
    "answered": _l("Answer is being checked"),
    "delivered": _l("Answered"),
    "withdrawn": _l("Withdrawn"),
    "merged": _l("Merged with another"),
    "transferred": _l("Passed on"),
}
TONES = {"delivered": "good", "withdrawn": "calm", "merged": "calm", "transferred": "calm"}
FORMS = {"question": _l("Question"), "letter": _l("Letter")}
LEVELS = (_l("Firm"), _l("Prison legal office"), _l("Bureau supervision"), _l("Discipline office"))
LAMPS = {"green": _l("in time"), "yellow": _l("due within a day"), "red": _l("overdue")}
ACKNOWLEDGE = {"green": _l("to acknowledge"), "yellow": _l("to acknowledge within a day"), "red": _l("acknowledgement overdue")}
PILES = {
    "open": _l("Open"),
    "red": _l("Overdue"),
    "check": _l("Answers to check"),
    "extensions": _l("More time asked for"),
    "closed": _l("Closed questions"),
}
STARS = {5: _l("It helped me a lot"), 4: _l("It helped me"), 3: _l("It helped a little"), 2: _l("It hardly helped"), 1: _l("It did not help")}

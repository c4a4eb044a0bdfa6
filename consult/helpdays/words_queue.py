"""Words of the afternoon's queue."""

from flask_babel import lazy_gettext as _l

from consult.matters import MATTERS as MATTERS
from consult.notes.words import SEATS as SEATS
from consult.requests.words import SHORT_URGENCIES as SHORT_URGENCIES

NOT_COMING = {
    "unwilling": _l("Does not want to come"),
    "unwell": _l("Is unwell"),
    "elsewhere": _l("Is at court, in hospital or at another appointment"),
    "released": _l("Is no longer here"),
    "not_found": _l("The ward has not brought them"),
}
PLACES = {
    "": (_l("In the ward"), "calm"),
    "ward": (_l("In the ward"), "calm"),
    "called": (_l("Called in the ward"), "wait"),
    "on_way": (_l("On the way"), "wait"),
    "arrived": (_l("In the waiting room"), "good"),
    "in_session": (_l("At the terminal"), "good"),
    "refused": (_l("Has refused"), "bad"),
}
ELSEWHERE = (_l("On the way back"), "calm")
"""Any other place of the movement list."""


def place_word(place: str) -> tuple[object, str]:
    return PLACES.get(place, ELSEWHERE)

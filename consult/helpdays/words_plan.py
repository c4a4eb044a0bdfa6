"""Words for the plan of a legal-help day."""

from flask_babel import lazy_gettext as _l

from consult.helpdays import replanning, rules_plan, seating
from consult.matters import MATTERS as MATTERS
from consult.requests.words import SHORT_URGENCIES as SHORT_URGENCIES
from visitation.web.code_words import LANGUAGES as LANGUAGES

DAY_STATES = {
    "planned": _l("Not planned yet"),
    "proposed": _l("Plan to be looked at"),
    "published": _l("Published"),
    "over": _l("Over"),
    "cancelled": _l("Cancelled"),
}
DAY_TONES = {"planned": "wait", "proposed": "wait", "published": "good", "over": "calm", "cancelled": "bad"}
CARRIED = {
    seating.NO_PLACE: _l("All places are taken: those seated are more urgent, have waited longer, or come from a ward that has fewer places."),
    seating.NO_LAWYER_FOR_MATTER: _l("No lawyer on duty advises on this matter."),
    seating.NO_LAWYER_FOR_LANGUAGE: _l("No lawyer on duty who advises on this matter speaks the language."),
    seating.LAWYER_CONFLICT: _l("The lawyers who could take it have declared a conflict of interest."),
    seating.NOT_AVAILABLE_THEN: _l("The inmate cannot come at any time at which a fitting lawyer is there."),
    seating.KEPT_APART: _l("Somebody the inmate must be kept apart from is there on the same day."),
    seating.ONE_A_DAY: _l("Another request of the same inmate has a place on this day."),
    replanning.NOT_DECLARED: _l("The lawyers who could take it have not said whether there is a conflict of interest."),
    replanning.BY_HAND: _l("Left for another day by hand."),
}
"""Why a request is carried over, for the office."""
MARKS = {
    rules_plan.MATTER: _l("another matter"),
    rules_plan.LANGUAGE: _l("another language"),
    rules_plan.CONFLICT: _l("conflict of interest"),
    rules_plan.UNDECLARED: _l("conflict not answered"),
    rules_plan.NOT_ON_DUTY: _l("not free"),
    rules_plan.WARD_SHUT: _l("ward closed"),
    rules_plan.ELSEWHERE: _l("inmate elsewhere"),
    rules_plan.AWAY: _l("inmate cannot come"),
    rules_plan.APART: _l("kept apart"),
    rules_plan.TWICE: _l("second place"),
}
"""What stands against a place, in two or three words."""
SEATS = {
    "proposed": _l("proposed"),
    "published": _l("Published"),
    "called": _l("called"),
    "live": _l("speaking"),
    "dropped": _l("line broke"),
    "advised": _l("advised"),
    "missed": _l("missed"),
    "withdrawn": _l("given up"),
    "carried": _l("carried over"),
}

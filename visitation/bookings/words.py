"""Words for the codes of this room, in the reader's language."""

from datetime import date
from typing import Any

from babel.dates import format_skeleton
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from visitation.web.code_words import KINDS as KINDS
from visitation.web.code_words import LANGUAGES as LANGUAGES

STATES: dict[str, tuple[Any, str]] = {
    "held": (_l("Kept for you"), "wait"),
    "offered": (_l("Offered to you"), "wait"),
    "requested": (_l("Being examined"), "wait"),
    "confirmed": (_l("Confirmed"), "good"),
    "refused": (_l("Not approved"), "bad"),
    "withdrawn": (_l("Withdrawn"), "calm"),
    "cancelled": (_l("Cancelled"), "bad"),
    "expired": (_l("Expired"), "calm"),
    "ended": (_l("Ended"), "calm"),
}
OUTCOMES = {
    "completed": _l("Took place"),
    "ended_by_inmate": _l("Ended early by your relative"),
    "ended_by_visitor": _l("Ended early by you"),
    "ended_by_officer": _l("Ended early by the officer"),
    "no_show_visitor": _l("Nobody came"),
    "no_show_inmate": _l("Your relative could not come"),
    "no_show_lawyer": _l("The lawyer did not come"),
    "refused_by_inmate": _l("Did not take place"),
    "failed_identity": _l("The identity check failed"),
    "technical": _l("Cut short by the line"),
    "cancelled_by_inmate": _l("Did not take place"),
    "cancelled_by_visitor": _l("Cancelled by you"),
    "cancelled_by_lawyer": _l("Cancelled by the lawyer"),
    "cancelled_by_prison": _l("Cancelled by the prison"),
}
STAFF_OUTCOMES = OUTCOMES | {
    "ended_by_inmate": _l("Ended early by the inmate"),
    "ended_by_visitor": _l("Ended early by the visitor"),
    "no_show_visitor": _l("Visitor did not come"),
    "no_show_inmate": _l("Inmate did not come"),
    "refused_by_inmate": _l("Refused by the inmate"),
    "cancelled_by_inmate": _l("Cancelled by the inmate"),
    "cancelled_by_visitor": _l("Cancelled by the visitor"),
}
REVIEW_REASONS = {
    "REQUEST_ONLY": _l("This prison decides on every visit"),
    "FOREIGN_INMATE": _l("Foreign inmate"),
    "FOREIGN_DOCUMENT": _l("Document that is checked by hand"),
    "RELATION_ASKED": _l("Relation that needs approval"),
    "LANGUAGE": _l("No officer here is known to follow the language they will speak"),
}
FLAGS = {
    "CLOSURE": _l("A closure hits this visit"),
    "DAY_OFF": _l("The day has become a day without visits"),
    "TIMETABLE": _l("The timetable no longer has this time"),
    "TERMINAL_OUT": _l("The terminal has been taken out of service"),
    "TERMINAL_OFFLINE": _l("The terminal is off line"),
    "CAPACITY": _l("More visits than the officers on duty or the line can carry"),
    "INMATE_LEFT": _l("The inmate has been released or transferred"),
    "INMATE_AWAY": _l("The inmate is away (court or hospital) and may not be back in time"),
    "INMATE_CONFINED": _l("The inmate is in confinement"),
    "INMATE_SUSPENDED": _l("Visits of the inmate are suspended on this day"),
    "VISITOR_SUSPENDED": _l("Somebody of the party is suspended on this day"),
    "KINSHIP_ENDED": _l("Somebody of the party has no approved kinship any more"),
    "TIE_RESTRICTED": _l("The inmate no longer accepts somebody of the party, or a restriction was found"),
    "APPOINTMENT": _l("An appointment with a court or lawyer is at this time or near it"),
}
LEDGER = {
    "granted": _l("Granted by the level"),
    "used": _l("Used"),
    "returned": _l("Given back"),
    "adjusted": _l("Corrected"),
    "external": _l("Held elsewhere"),
}
OFFER_STATES: dict[str, tuple[Any, str]] = {
    "open": (_l("Places offered, no answer yet"), "wait"),
    "taken": (_l("A place was chosen"), "good"),
    "declined": (_l("The family wants none of the places"), "bad"),
    "expired": (_l("No answer in time"), "bad"),
    "withdrawn": (_l("Settled otherwise"), "calm"),
}
WISH_STATES: dict[str, tuple[Any, str]] = {
    "waiting": (_l("On the list"), "wait"),
    "offered": (_l("A place is offered"), "good"),
    "done": (_l("Booked"), "good"),
    "left": (_l("Left"), "calm"),
    "over": (_l("Over"), "calm"),
}
PARTS = {"morning": _l("Morning"), "afternoon": _l("Afternoon"), "evening": _l("Evening")}
WEEKDAYS = {
    0: _l("Monday"),
    1: _l("Tuesday"),
    2: _l("Wednesday"),
    3: _l("Thursday"),
    4: _l("Friday"),
    5: _l("Saturday"),
    6: _l("Sunday"),
}
PURSES = {"visit": KINDS["family_visit"], "call": KINDS["family_call"]}
APPOINTMENTS = {"court": _l("Court"), "lawyer": _l("Lawyer"), "police": _l("Police or procuratorate"), "hospital": _l("Hospital")}


def show_month(day: date) -> str:
    """2026年11月; November 2026."""
    return str(format_skeleton("yMMMM", day, locale=get_locale()))

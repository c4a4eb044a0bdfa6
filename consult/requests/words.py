"""Words for requests for legal help."""

from datetime import date

from flask_babel import lazy_gettext as _l

from consult.matters import MATTERS as MATTERS
from consult.requests.models import RequestSlip
from visitation.web.code_words import LANGUAGES as LANGUAGES
from visitation.web.code_words import RELATIONS as RELATIONS
from visitation.web.i18n import show_day

STATES = {
    "received": _l("To be decided on"),
    "waiting": _l("Waits for a legal-help day"),
    "seated": _l("Has a place on a day"),
    "to_pass": _l("To be passed on"),
    "postponed": _l("Postponed"),
    "advised": _l("Advised"),
    "passed": _l("Handed on"),
    "withdrawn": _l("Withdrawn"),
}
TONES = {"seated": "good", "advised": "good", "passed": "good", "postponed": "calm", "withdrawn": "calm"}
PATHS = {
    "helpday": _l("Legal-help day: a lawyer advises by video"),
    "legal_aid": _l("Application for legal aid: passed on within 24 hours"),
    "defence": _l("Meeting with the defender in a pending case: arranged within 48 hours"),
    "about_prison": _l("About this prison: goes to the bureau or the procuratorate"),
}
SHORT_PATHS = {"helpday": _l("Legal-help day"), "legal_aid": _l("Legal aid"), "defence": _l("Defence"), "about_prison": _l("About the prison")}
ASKS = {
    "advice": _l("Advice from a lawyer"),
    "legal_aid": _l("A lawyer paid by legal aid (an application)"),
    "defence": _l("A meeting with the defender in a pending case"),
}
URGENCIES = {
    0: _l("It can wait a few weeks"),
    1: _l("It should be soon: something gets worse"),
    2: _l("A time limit ends within two weeks"),
    3: _l("A time limit ends before the next legal-help day"),
}
SHORT_URGENCIES = {0: _l("can wait"), 1: _l("soon"), 2: _l("two weeks"), 3: _l("before the next day")}
SECRECY = {
    "open": _l("The officers may read it"),
    "lawyer": _l("For the lawyer only: officers see the matter and how urgent it is, nothing else"),
    "prison": _l("About this prison: the ward never sees it; it goes to the bureau or the procuratorate"),
}
FAMILY_PARTS = {"": _l("Nothing"), "paper": _l("A paper"), "call": _l("A call")}
CHANNELS = {"ward": _l("by the ward"), "office": _l("by the legal office"), "terminal": _l("at the terminal")}
PILES = {
    "decide": _l("To decide on"),
    "pass": _l("To pass on"),
    "waiting": _l("For legal-help days"),
    "postponed": _l("Postponed"),
    "closed": _l("Closed requests"),
}
LAMPS = {"green": _l("in time"), "yellow": _l("due within a day"), "red": _l("overdue")}
WHY = {
    "asked_legal_aid": _l("The inmate applies for legal aid."),
    "asked_defence": _l("The inmate asks for the defender."),
    "pending_case": _l("A case is pending: visits are suspended for it."),
    "confinement": _l("The inmate is in confinement or isolation."),
    "advice": _l("Nothing stands in the way of advice on a legal-help day."),
}
CARRIED = {
    "full": _l("all places of the day were taken"),
    "language": _l("no lawyer on duty spoke the language"),
    "matter": _l("no lawyer on duty advises on this matter"),
    "conflict": _l("the lawyers on duty could not take it"),
    "ward": _l("the ward could not bring you at a free time"),
    "lawyer": _l("a lawyer fell out"),
    "line": _l("the line broke"),
    "missed": _l("the consultation did not take place"),
    "cancelled": _l("the day was cancelled"),
    "moved": _l("the day was moved"),
    "one": _l("another request of yours has a place on that day"),
    "office": _l("the office has planned the day anew"),
    "inmate": _l("you do not take part on that day"),
    "SECOND_TALK": _l("you and the lawyer agreed on a second talk"),
}
"""Why a request was carried over or lost its place; unknown codes are shown as they are."""
STEPS = {
    "received": _l("Your request has arrived. The legal office decides where it goes."),
    "helpday": _l("Your request waits for a legal-help day. You are told the day and the time."),
    "legal_aid": _l("Your application for legal aid is passed on within 24 hours of when it arrived."),
    "defence": _l("A meeting with your defender is being arranged within 48 hours of when your request arrived."),
    "about_prison": _l("Your request goes to the office in charge, outside the ward."),
    "postponed": _l("Your request is postponed and comes back by itself on %(detail)s."),
    "returned": _l("The time of waiting is over: the legal office decides on your request again."),
    "passed": _l("Your request has been passed on to: %(detail)s"),
    "seated": _l("You speak with a lawyer by video: %(detail)s"),
    "unseated": _l("Your place on the legal-help day is no longer there (%(detail)s). You need not ask again: your request waits for another place."),
    "carried": _l("There was no place this time (%(detail)s). You need not ask again: your request goes before others next time."),
    "advised": _l("A lawyer has advised you. This request is closed."),
    "missed": _l("The consultation did not take place. You need not ask again: your request waits for another place."),
    "advice": _l("The lawyer has left written advice for you. It is handed to you with this slip."),
    "referral": _l("You, or the person concerned, were referred to: %(detail)s"),
    "letter": _l("Your letter to the lawyer has arrived. Nobody in the prison can read it."),
    "family_done": _l("Your relative has done what you asked for."),
    "released": _l("You have been released: this request is closed. A legal aid centre near your home can advise you."),
    "withdrawn": _l("You have withdrawn your request. You can make a new one at any time."),
}
CLOSED_FORM = _l("There is news of your letter of this number. Please ask the legal office; nobody else knows what it is about.")


def step_words(slip: RequestSlip) -> str:
    """A slip's sentence for the inmate."""
    detail = CARRIED.get(slip.detail, slip.detail) if slip.step in ("carried", "unseated") else slip.detail
    if slip.step == "postponed":
        detail = show_day(date.fromisoformat(slip.detail))
    return str(STEPS[slip.step]) % {"detail": detail} if slip.step in STEPS else slip.detail

"""Refusals of the live visit, in words."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "TOO_EARLY": _l("It is too early. This visit can be joined from %(opens_at)s on."),
    "SESSION_ENDED": _l("This visit is over."),
    "SESSION_NOT_RUNNING": _l("This visit is not running, so it cannot be extended."),
    "EXTENSION_TAKEN": _l("Somebody else needs the terminal, the inmate, a visitor or an officer right after this visit: it cannot be extended by so much."),
    "SESSION_NOT_ENDED": _l("This visit is not over yet; its outcome is written down afterwards."),
    "VISIT_NOT_CONFIRMED": _l("This visit is not confirmed, or has been cancelled."),
    "VISIT_RESTRICTED": _l("This visit cannot take place because of a restriction. Please telephone the prison."),
    "VISITOR_RESTRICTED": _l("This person may not visit today: a suspension, or the kinship is no longer approved."),
    "NOT_IN_PARTY": _l("You are not among the people of this visit."),
    "NOT_YOUR_PRISON": _l("This visit belongs to another prison, or your role may not supervise it."),
    "NO_BROKER": _l("Technical trouble at our side: no video server answers. You need not telephone; please stay on this page, it tries again."),
    "PAUSE_FIRST": _l("The visit is going on. Please pause it first; then the person who came late can be checked."),
    "ALREADY_CHECKED_IN": _l("The check-in of this visit is done."),
    "CHECK_IN_INCOMPLETE": _l("Decide about every person first: confirmed, not confirmed, or not here."),
    "LEAD_FAILED": _l("The lead visitor is not confirmed, so the visit cannot take place."),
    "REASON_MISSING": _l("Please choose the reason."),
    "RECORDING_DAMAGED": _l("This recording is damaged: what is stored is not what was recorded. It cannot be played; the auditors see why."),
    "NOT_YOUR_WATCH": _l("Another officer supervises this visit, so it is not yours to hand over."),
    "WARNING_UNCONFIRMED": _l("A warning has not been confirmed by both sides yet. Please wait for it, then hand the visit over."),
    "OFFER_GONE": _l("This visit is no longer offered: it was taken back, taken by somebody else, or is over."),
    "OFFER_NOT_YOURS": _l("This visit was offered to another officer."),
    "LANES_FULL": _l("You already supervise %(lanes)s visits, which is as many as you may. Hand one over first."),
    "OWN_END": _l("You ended this meeting yourself, so a second officer reviews it."),
    "NO_RECORDING": _l("This visit has no recording."),
    "RECORDING_HELD": _l("This recording is under legal hold. Nothing of it can be deleted until two people have released it."),
    "NOT_HELD": _l("This recording is not under legal hold, or the hold was lifted in the meantime."),
    "ALREADY_ASKED": _l("Somebody has asked for this already, and it is still open. Look at the requests."),
    "SAME_PERSON": _l("You asked for this yourself. Somebody else has to decide it."),
    "REQUEST_LAPSED": _l("This request has lapsed. It can be asked for again."),
    "NOT_YOUR_REQUEST": _l("Only the person who asked can do this."),
    "ALREADY_FETCHED": _l("This export has been fetched already. Each approval is good for one download; ask again if the file was lost."),
    "NO_TYPEFACE": _l(
        "The certificate cannot be drawn: the typeface (package fonts-noto-cjk) is not installed on this server. Nothing was spent; please tell the operator."
    ),
}

"""Refusals of this room in sentences."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "OFFICER_NOT_ON_DUTY": _l("Not on duty for the whole visit."),
    "OFFICER_LANES_FULL": _l("Watches %(lanes)s visits at that time already, which is the most."),
    "OFFICER_CHECK_IN_CLOSE": _l("Has another check-in less than %(minutes)s minutes before or after."),
    "OFFICER_NO_BREAK": _l("Would watch for more than %(minutes)s minutes without a break of %(rest)s minutes."),
    "OFFICER_LANGUAGE": _l("Does not speak the language of the visit."),
    "OFFICER_AWAY_ALREADY": _l("This officer has no duty left today, or is marked as not there."),
}

"""Words of the timetable."""

from flask_babel import lazy_gettext as _l

WEEKDAYS = (_l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday"), _l("Saturday"), _l("Sunday"))
KIND_WORDS = {
    "family_visit": _l("Video visit"),
    "family_call": _l("Family call (sound only)"),
    "legal_consult": _l("Legal consultation"),
    "lawyer_meeting": _l("Meeting with a lawyer"),
    "mediation_session": _l("Mediation"),
}

"""What stands against a meeting with the defender."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "MEETING_PAPERS": _l("A lawyer shows the practising licence and the certificate of the firm. Please tick both once you have seen them."),
    "MEETING_MANDATE": _l("A lawyer shows a mandate, or the letter of the legal-aid agency. Please tick which one you have seen."),
    "MEETING_LAWYER": _l("This lawyer is not verified any more. Please choose another one."),
    "MEETING_PLACE": _l("Please choose one of the times."),
    "MEETING_REASON": _l("Please write the reason; the lawyer reads it."),
}

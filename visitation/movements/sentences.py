"""Refusals of this room in sentences."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "NOTHING_TO_TELL": _l("There is nothing to tell about this visit: it has been answered already, or does not take place."),
    "ANSWER_NOT_FITTING": _l("This answer does not fit: a visit is accepted or refused, a cancellation is heard."),
    "REFUSAL_REASON_MISSING": _l("Please say why: one of the reasons. It stays in the prison."),
    "STEP_UNKNOWN": _l("There is no such step."),
    "STEP_DONE": _l("This step is recorded already."),
    "STEP_ORDER": _l("The steps go in their order: called, left, arrived, returned. Nothing was recorded."),
    "STEP_REFUSED": _l("The inmate has refused; if that was a mistake, take the refusal back within a minute."),
    "STEP_OTHER_DAY": _l("Steps are recorded on the day of the visit only."),
    "VISIT_GONE": _l("This visit is cancelled or over; nobody needs to go."),
    "STILL_IN_SESSION": _l("The visit is still going on. The return is recorded after its end."),
    "NO_CONCERN": _l("There is no concern to acknowledge for this visit."),
    "CONCERN_UNSEEN": _l("The officer of the visit is concerned for this person. Please acknowledge it first; then the return can be closed."),
    "UNDO_NOT_YOURS": _l("Only who recorded it can take it back."),
    "UNDO_TOO_LATE": _l("It is more than a minute ago, so it can no longer be taken back. Please write to the duty chief what really happened."),
    "PRINT_ONE_WARD": _l("Please choose one ward to print its list."),
    "FONT_MISSING": _l(
        "The paper cannot be made: this host lacks the typeface for Chinese (Debian package fonts-noto-cjk). Nothing was changed; please tell the operator."
    ),
}

"""What the queue refuses, and why its sessions are called off, in sentences."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "QUEUE_NOT_ON": _l("This legal-help day is not published, or it is over."),
    "QUEUE_ONE_CALLED": _l("Somebody is called to this lawyer already. Please begin or put back that case first."),
    "QUEUE_NO_TERMINAL": _l("Both terminals of this lawyer are taken. The next case can be called when one of them is free."),
    "QUEUE_TOO_EARLY": _l("Cases are called from half an hour before the legal-help day begins."),
    "QUEUE_MORE_OTHER": _l("Meanwhile other cases would move than you were shown. Nothing has changed; please look at them again."),
    "QUEUE_REASON": _l("Please say why the inmate does not come."),
    "HELP_INMATE_ABSENT": _l("The inmate could not come to this consultation."),
    "HELP_TIME_OVER": _l("The legal-help day ended before this consultation could begin."),
}

"""What notes, papers and follow-ups refuse, in sentences."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "NOTE_LONG": _l("The note has %(length)s characters; at most %(most)s can be kept. Please shorten it: nothing has been cut off."),
    "PAPER_EMPTY": _l("Please write what the inmate is to be handed."),
    "PAPER_LONG": _l("The paper has %(length)s characters; at most %(most)s fit on it."),
    "FOLLOW_UP_EMPTY": _l("Please write what is to be done."),
    "FOLLOW_UP_LONG": _l("What is to be done has %(length)s characters; at most %(most)s can be kept."),
    "FOLLOW_UP_DAY": _l("Please give a day from today on, within a year."),
    "AGAIN_OPEN": _l("This request is open still: it has its place on a legal-help day without asking."),
    "TAKE_OVER_REASON": _l("Please say why you take the case over."),
    "TAKE_OVER_NONE": _l("There are no notes of another lawyer to take over."),
    "DOCUMENTS_MANY": _l("%(most)s files of this case wait for the prison already. Please wait until they are checked."),
    "DOCUMENT_REASON": _l("Please say why the file goes back; the lawyer reads it."),
}

"""What the room of requests refuses, in sentences."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "HELP_INMATE_GONE": _l("This inmate is no longer in this prison. The request belongs to where the inmate is now."),
    "HELP_MANY": _l("This inmate has %(most)s open requests. As soon as one is closed or withdrawn the next can be entered."),
    "HELP_CHOICE": _l("Please choose from the lists."),
    "HELP_CONSENT": _l("Please read out the notice on personal data and tick it once the inmate agrees. Without it the request cannot be entered."),
    "HELP_EMPTY": _l("Please write what it is about."),
    "HELP_LONG": _l("The text has %(has)s characters; there is room for %(most)s. Please shorten it: the lawyer hears the rest."),
    "PARTIES_LONG": _l("The names have %(has)s characters; there is room for %(most)s."),
    "HELP_NOT_BY_WARD": _l("A request about this prison is not entered by the ward. The inmate writes it at the terminal, or the legal office enters it."),
    "HELP_LETTER_AT_TERMINAL": _l("For the lawyer only: the text is not typed here. Please empty both fields; the inmate writes the letter at the terminal."),
    "HELP_RELATION": _l("Please say how the person concerned is related to the inmate."),
    "HELP_PLACE": _l("We cannot tell which place is meant. Please write province, city and county, for example 广东省东莞市."),
    "FAMILY_SECRET": _l("In a request about this prison no relative is asked for anything."),
    "FAMILY_AT_TERMINAL": _l(
        "For the lawyer only: what the relative is asked for is not typed here. Please empty the field; the inmate writes it at the terminal."
    ),
    "PAPER_NONE": _l("Please add a photo or a PDF of the paper first."),
    "PAPERS_MANY": _l("At most %(most)s files can be sent. Please send further papers to the legal office by post."),
    "FAMILY_CONSENT": _l("A relative is told only if the inmate agrees. Please tick it, or ask the relative for nothing."),
    "FAMILY_RELATIVE": _l("Please choose a relative whose kinship is approved and whom the inmate accepts."),
    "FAMILY_LONG": _l("What the relative is asked for has %(has)s characters; there is room for %(most)s."),
    "HOLD_REASON": _l("Please say why it must be kept; it stands in the record."),
    "HOLD_OWN": _l("Whoever asked for it to be kept does not end that: somebody else of the office or the bureau does."),
    "HOLD_NOTHING": _l("What was written for this request has been deleted after its time already."),
    "HELP_NOT_NOW": _l("This request has gone on since you opened the page. Please look at how it stands now."),
    "HELP_ABOUT_PRISON": _l("The inmate has marked this letter as one about the prison: it is passed on, and never goes back to the prison or the ward."),
    "HELP_SEATED": _l(
        "It has a place on a legal-help day. The legal office gives the place up in the plan of the day; there the request can be taken back too."
    ),
    "POSTPONE_LIMIT": _l("Applications for legal aid and meetings of the defence have a time limit by law and are not postponed."),
    "POSTPONE_REASON": _l("Please give the reason; it stands in the record."),
    "POSTPONE_DAY": _l("Please choose a day ahead on which the request comes back."),
    "PASS_WHERE": _l("Please say where it was passed on to."),
    "HELP_CODE_DEAD": _l(
        "This code does not work: it was used, is older than 15 minutes, or was mistyped. What you wrote is still here. Please ask the officer for a new code."
    ),
    "HELP_NO_INMATE": _l("There is no inmate with this number whom you can enter a request for."),
}

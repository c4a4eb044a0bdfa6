"""What mediation refuses, in sentences."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "MEDIATION_EMPTY": _l("Please name the other side and say what the conflict is about."),
    "MEDIATION_CAUSE": _l("Please choose the cause from the list."),
    "MEDIATION_LONG": _l("The text has %(has)s characters; there is room for %(most)s."),
    "MEDIATION_RESULT": _l("Please choose how you spoke and what came of it."),
    "MEDIATION_NEXT": _l("Please say when the next talk is; it must lie ahead."),
    "MEDIATION_AGREEMENT": _l("Please write down what they agreed."),
    "MEDIATION_FOLLOW_UP": _l("Please choose a day ahead on which somebody asks whether the agreement is kept."),
    "MEDIATION_RELATIVE": _l("By video the inmate may speak to approved relatives who have an account. This person is not, or is no longer, one of them."),
    "MEDIATION_PLACE": _l("Please choose a time from the list."),
    "NUMBER_NOT_HERE": _l("There is no inmate with this number in your prison."),
}

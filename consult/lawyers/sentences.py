"""What the room of lawyers refuses, in sentences."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "LICENCE_SHAPE": _l("A practising licence has 17 digits."),
    "LICENCE_TAKEN": _l("A lawyer with this licence is already entered."),
    "FIRM_CLOSED": _l("This firm no longer takes part."),
    "FIRM_HAS_LAWYERS": _l("Lawyers of this firm still serve. Please end their service first."),
    "NO_LANGUAGE": _l("Please tick at least one language."),
    "MATTER_UNKNOWN": _l("Please choose the matters from the list."),
    "WEEKDAY_UNKNOWN": _l("Please choose the weekdays from the list."),
    "INVITATION_OVER": _l("This code does not work: it was used, is older than a week, or was mistyped. The legal office gives you another one."),
    "DAYS_ORDER": _l("The last day must not be before the first."),
}

"""Refusals of this room in sentences."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "TEMPLATE_NO_TERMINAL": _l("Choose at least one terminal."),
    "TEMPLATE_NO_WEEKDAY": _l("Choose at least one weekday."),
    "TEMPLATE_NOT_ORDERED": _l("The end must be later than the beginning."),
    "TEMPLATE_TOO_SHORT": _l("Not one visit fits between beginning and end."),
    "TEMPLATE_NOT_FIVE": _l("All times and lengths must be multiples of five minutes."),
    "TEMPLATE_PAST": _l("The first day must not lie in the past."),
    "TEMPLATE_DATES": _l("The last day must not be before the first one."),
    "TEMPLATE_OVERLAPS": _l("One of these terminals already has visits from %(opens)s to %(closes)s on that weekday."),
    "PLAN_CHANGED": _l("Since the list was shown, the visits concerned have changed. Nothing was saved. Please look at the new list and confirm again."),
    "CLOSURE_PAST": _l("The closure lies in the past."),
    "CLOSURE_NOT_ORDERED": _l("The end must be later than the beginning."),
    "DAY_PAST": _l("This day is past."),
    "DUTY_PAST": _l("This duty lies in the past."),
    "DUTY_NOT_ORDERED": _l("The end must be later than the beginning."),
    "DUTY_TWICE": _l("%(name)s is already on the roster in this time."),
}

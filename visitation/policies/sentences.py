"""Refusals of this room in sentences."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "POLICY_UNKNOWN_KEY": _l("There is no such rule."),
    "POLICY_WRONG_SHAPE": _l("This value is not possible for this rule. Please compare it with the present one."),
    "POLICY_PRIVILEGE": _l("A meeting with a lawyer is never heard, spoken into or recorded. The law does not allow a prison to change that."),
    "POLICY_NO_BASIS": _l("Please say what the rule rests on: the regulation, article and date."),
    "POLICY_NOT_FUTURE": _l("A new value must begin on a day to come: what held until now must stay as it was."),
    "POLICY_IN_FORCE": _l("This row has been in force; it stays in the record. Add a newer one instead."),
}

"""Sentences of refusals when two records of one person are to become one."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "MERGE_UNKNOWN": _l("One of the two cannot be found here. Please check the numbers or codes; nothing has been changed."),
    "MERGE_SELF": _l("Please name two different records."),
    "MERGE_SIGNPOST": _l("One of the two was merged before and is only a signpost now. Please open the record that stands."),
    "MERGE_PRISONS": _l("The two are entered in different prisons. A person who was moved is transferred, not merged."),
    "MERGE_BUREAU": _l("One of the two has to do with another prison as well. Only the bureau can merge them."),
    "MERGE_APART": _l("These two are kept apart from each other, so they are two people. If that is a mistake, please end it first on the inmate's page."),
    "MERGE_SAME_TIME": _l("Both have a visit at the same time: %(refs)s. Please move or cancel one of them first; nothing has been changed."),
    "MERGE_RUNNING": _l("A visit is under way or about to begin: %(refs)s. Please merge afterwards."),
    "MERGE_SECOND": _l("The two records differ, so a second person has to look at them. Please ask for it below."),
    "MERGE_NOTE": _l("Please write how you know that they are one person; the second person reads it."),
    "MERGE_OWN_REQUEST": _l("You asked for it yourself. Another person has to decide."),
    "NUMBER_MERGED": _l("This number belongs to a second record that was merged. The person stands under %(number)s now."),
}

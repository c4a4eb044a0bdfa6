"""What the plan of a legal-help day refuses, in sentences."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "PLAN_OTHER": _l("Somebody has changed this plan since you opened it; nothing of yours was saved. You see it as it stands now: please look again."),
    "PLAN_DAY_CLOSED": _l("This day is published, over or cancelled: its plan is not changed here any more."),
    "PLAN_DAY_BEGUN": _l("This day has begun. Cases are called and given up on the page of the queue."),
    "PLAN_NO_LAWYER": _l("No lawyer has agreed to serve on this day yet. Please fill the roster first."),
    "PLAN_NO_REQUEST": _l("No request waits for a legal-help day. There is nothing to plan."),
    "PLAN_NO_PLACE": _l("This place does not exist on the day. Please choose another one."),
    "PLAN_PLACE_TAKEN": _l("This place is no longer free. Please look at the plan as it stands now."),
    "PLAN_NO_TERMINAL": _l("The day has no terminal for this place. Please give it two terminals for each lawyer."),
    "PLAN_REQUEST_GONE": _l("This request no longer waits for a place: it was withdrawn, postponed or decided otherwise. Please plan again."),
    "PLAN_EMPTY": _l("The plan has no consultation at all. Please plan first."),
    "PLAN_SEAT_LOST": _l("Request %(ref)s is in the plan, but it no longer waits or its lawyer no longer serves. Please plan again."),
    "PLAN_NEW_REQUESTS": _l("%(count)s requests have come in since the plan was made. Please plan again, so that each has a place or a reason."),
    "PLAN_UNDECLARED_BY": _l("%(lawyer)s has not said whether there is a conflict of interest in %(count)s of the cases given to them."),
    "PLAN_MATTER": _l("%(lawyer)s does not advise on the matter of %(name)s (%(ref)s)."),
    "PLAN_LANGUAGE": _l("%(lawyer)s does not speak the language of %(name)s (%(ref)s)."),
    "PLAN_CONFLICT": _l("%(lawyer)s has declared a conflict of interest in the case of %(name)s (%(ref)s)."),
    "PLAN_UNDECLARED": _l("%(lawyer)s has not said whether there is a conflict of interest in the case of %(name)s (%(ref)s)."),
    "PLAN_NOT_ON_DUTY": _l("%(lawyer)s is not free at the time given to %(name)s (%(ref)s), or the terminal is not."),
    "PLAN_WARD_SHUT": _l("The ward of %(name)s (%(ref)s) is closed at this time."),
    "PLAN_ELSEWHERE": _l("%(name)s (%(ref)s) has another visit or appointment at this time."),
    "PLAN_AWAY": _l("%(name)s (%(ref)s) cannot be brought on this day: absent, in confinement or in isolation."),
    "PLAN_APART": _l("%(name)s (%(ref)s) must be kept apart from somebody who is there on the same day."),
    "PLAN_TWICE": _l("%(name)s (%(ref)s) has a place on this day already."),
    "PLAN_NOT_PUBLISHED": _l("This day is not published."),
    "PLAN_TOO_LATE": _l("A publication is taken back before the day itself. On the day, single consultations are given up."),
    "PLAN_NOTHING_TO_DO": _l("Every published case has a lawyer who serves: there is nothing to plan again."),
    "NAMES_CHANGED": _l("The names have changed since the page was opened. Please look at them again; your other answers are kept."),
    "HELP_DAY_CHANGED": _l("The plan of the legal-help day was changed."),
}

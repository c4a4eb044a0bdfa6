"""What lawyers and wards are told about legal-help days. As in texts.py the short message names nobody."""

from flask_babel import lazy_gettext as _l

from visitation.notices.text import Text

ROSTER: dict[str, Text] = {
    "help_ward_published": Text(
        _l("A legal-help day with inmates of your ward is published"),
        _l("The legal-help day %(ref)s, %(when)s, is published. Who is brought and when stands in the movement list; the slips are ready to be handed over."),
        _l("[Legal help] The day %(ref)s, %(when)s, is published. Please look at the movement list on the intranet."),
        "calendar-check",
        "good",
    ),
    "help_ward_changed": Text(
        _l("A legal-help day has changed for your ward"),
        _l("On the legal-help day %(ref)s, %(when)s, a consultation of your ward has moved, was added or falls away. Please look at the movement list again."),
        _l("[Legal help] The day %(ref)s, %(when)s, has changed. Please look at the movement list on the intranet again."),
        "calendar2-event",
        "wait",
    ),
    "help_ward_taken_back": Text(
        _l("The plan of a legal-help day is taken back"),
        _l("The plan of the legal-help day %(ref)s, %(when)s, is taken back and made anew. Nobody is brought until it is published again; you are told."),
        _l("[Legal help] The plan of %(ref)s, %(when)s, is taken back. You will be told when it is published again."),
        "calendar2-event",
        "wait",
    ),
    "help_duty_asked": Text(
        _l("Can you serve on a legal-help day?"),
        _l("The legal office asks you to serve on the legal-help day %(ref)s, %(when)s. Please say yes or no on the page of your days."),
        _l("[Legal help] You are asked for %(when)s (%(ref)s). Please sign in and say yes or no."),
        "calendar-plus",
        "wait",
    ),
    "help_duty_agreed": Text(
        _l("You serve on a legal-help day"),
        _l("As agreed by telephone, you serve on the legal-help day %(ref)s, %(when)s. If you cannot come after all, please say so on the page of your days."),
        _l("[Legal help] As agreed by telephone, you serve on %(when)s (%(ref)s). Please sign in if you cannot."),
        "calendar-check",
        "good",
    ),
    "help_duty_moved": Text(
        _l("A legal-help day has moved"),
        _l("The legal-help day %(ref)s now begins on %(when)s. Please say on the page of your days whether you can serve then."),
        _l("[Legal help] %(ref)s has moved: now %(when)s. Please sign in and say whether you can."),
        "calendar2-event",
        "wait",
    ),
    "help_duty_cancelled": Text(
        _l("You do not serve on a legal-help day"),
        _l("The legal-help day %(ref)s on %(when)s no longer needs you. %(reason)s You need not do anything."),
        _l("[Legal help] %(ref)s on %(when)s no longer needs you. You need not do anything."),
        "calendar-x",
        "calm",
    ),
    "help_duty_replaced": Text(
        _l("Another lawyer takes your place"),
        _l("The legal office has given your place on the legal-help day %(ref)s, %(when)s, to another lawyer. You need not do anything."),
        _l("[Legal help] Another lawyer takes your place on %(when)s (%(ref)s). You need not do anything."),
        "person-dash",
        "calm",
    ),
    "help_swap_asked": Text(
        _l("A colleague asks you to take over"),
        _l("A colleague asks whether you can take over the legal-help day %(ref)s, %(when)s. Please say yes or no on the page of your days."),
        _l("[Legal help] A colleague asks you to take over %(when)s (%(ref)s). Please sign in and say yes or no."),
        "arrow-left-right",
        "wait",
    ),
    "help_swap_accepted": Text(
        _l("A colleague takes over"),
        _l("Your colleague takes over the legal-help day %(ref)s, %(when)s. Your calendar has been brought up to date."),
        _l("[Legal help] Your colleague takes over %(when)s (%(ref)s)."),
        "arrow-left-right",
        "good",
    ),
    "help_swap_declined": Text(
        _l("A colleague cannot take over"),
        _l("Your colleague cannot take over the legal-help day %(ref)s, %(when)s. You serve on it as before, and can ask another one."),
        _l("[Legal help] Your colleague cannot take over %(when)s (%(ref)s). You serve as before."),
        "arrow-left-right",
        "bad",
    ),
}

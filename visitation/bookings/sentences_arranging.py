"""What stands against a session that staff arrange, in sentences for them: each names the session and what to look at."""

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "ARRANGE_KIND": _l("%(inmate)s, %(moment)s: this kind of session is not arranged by the staff."),
    "ARRANGE_NOT_REMOTE": _l("%(inmate)s, %(moment)s: this kind is not held by video here. A rule with its basis can allow it."),
    "ARRANGE_NOT_FIVE": _l("%(inmate)s, %(moment)s: begin and end on a multiple of five minutes."),
    "ARRANGE_PAST": _l("%(inmate)s, %(moment)s: this time is already past."),
    "ARRANGE_TOO_LONG": _l("%(inmate)s, %(moment)s: a session lasts at most four hours."),
    "ARRANGE_INMATE_NOT_HERE": _l("%(inmate)s, %(moment)s: the inmate is away, in confinement, or has left."),
    "ARRANGE_NO_ACCOUNT": _l("%(inmate)s, %(moment)s: whoever is to join from outside has no open account."),
    "ARRANGE_TERMINAL_OUT": _l("%(inmate)s, %(moment)s: the terminal is out of service or not of this prison."),
    "ARRANGE_CLOSED": _l("%(inmate)s, %(moment)s: the room or the terminal is closed then."),
    "ARRANGE_APART": _l("%(inmate)s, %(moment)s: somebody from whom this inmate is kept apart comes on the same day."),
    "ARRANGE_VISITOR_BARRED": _l("%(inmate)s, %(moment)s: %(name)s cannot take part; look at the kinship and at suspensions."),
    "ARRANGE_INMATE_BUSY": _l("%(inmate)s, %(moment)s: the inmate already has %(ref)s at %(since)s."),
    "ARRANGE_TERMINAL_BUSY": _l("%(inmate)s, %(moment)s: terminal %(name)s is taken by %(ref)s at %(since)s, turnaround included."),
    "ARRANGE_LAWYER_BUSY": _l("%(inmate)s, %(moment)s: lawyer %(name)s already has %(ref)s at %(since)s."),
    "ARRANGE_VISITOR_BUSY": _l("%(inmate)s, %(moment)s: %(name)s already has %(ref)s at %(since)s."),
    "ARRANGE_NO_OFFICER": _l("%(inmate)s, %(moment)s: no officer is free to supervise at this time."),
    "ARRANGE_NO_LINE": _l("%(inmate)s, %(moment)s: the prison's line carries no further session at this time."),
}

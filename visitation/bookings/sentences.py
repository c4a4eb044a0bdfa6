"""Refusals and reasons of this room in sentences. None of them reveals another person's data or a protection measure (rules.md §5.12)."""

from flask_babel import lazy_gettext as _l

_NOT_NOW = _l("Visits with this relative cannot be booked at present. Please telephone the prison if you have a question.")
_RESTRICTED = _l("%(name)s cannot take part at present because of a restriction. Please telephone the prison if you have a question.")

SENTENCES = {
    "SLOT_TAKEN": _l("Somebody has just taken this time. Please choose another one; the nearest free times are shown."),
    "STATE_CHANGED": _l("This has been decided or changed in the meantime. Please look at it again."),
    "SLOT_CLOSED": _l("The prison has closed this time in the meantime. Please choose another one."),
    "IN_THE_PAST": _l("This time is already past. Please choose a later one."),
    "NOTICE_TOO_SHORT": _l("A visit must be booked some days ahead: the first day possible now is %(day)s."),
    "NOT_RELEASED": _l("Times up to %(day)s can be booked now. Later ones are released on %(moment)s."),
    "REVIEW_NEEDS_TIME": _l("This visit must first be looked at by the prison, so it can be no earlier than %(day)s."),
    "LEVEL_WITHOUT_VISITS": _NOT_NOW,
    "QUOTA_USED": _l("The visits of this relative for %(month)s are used up. Please choose another month."),
    "INMATE_AWAY": _NOT_NOW,
    "INMATE_LEFT": _NOT_NOW,
    "INMATE_SUSPENDED": _l("Visits with this relative are not possible on this day. They can be booked again from %(day)s."),
    "INMATE_SUSPENDED_OPEN": _NOT_NOW,
    "INMATE_BUSY": _l("Your relative is not free at this time. Please choose another time."),
    "DAY_NOT_POSSIBLE": _l("This day is not possible for your relative. Please choose another day."),
    "VISITOR_NOT_APPROVED": _l("The relation of %(name)s to this relative is not approved yet."),
    "PARTICIPANT_RESTRICTED": _RESTRICTED,
    "VISITOR_SUSPENDED": _l("%(name)s cannot visit on this day, and can again from %(day)s."),
    "VISITOR_SUSPENDED_OPEN": _RESTRICTED,
    "VISITOR_BUSY": _l("%(name)s already has another visit at this time."),
    "VISITOR_TWICE": _l("The same person is named twice."),
    "VISITOR_CODE_UNKNOWN": _l("No approved visitor of this relative has the code %(code)s. Please compare it with the person it belongs to."),
    "TOO_MANY_VISITORS": _l("At most %(most)s people can take part, you included."),
    "NO_ADULT": _l("At least one adult must take part."),
    "CHILD_WITHOUT_GUARDIAN": _l("%(name)s is under %(age)s and needs an adult who takes part."),
    "NOTICE_NOT_ACCEPTED": _l("Please read the notice about supervision and recording and accept it."),
    "NOTICE_CHANGED": _l("The notice has changed since you opened this page. Please read it again and accept it."),
    "ALREADY_STARTED": _l("The visit has begun, so it cannot be cancelled here any more."),
    "CHANGE_TOO_LATE": _l("The time can be changed until %(hours)s hours before the visit. If you cannot come, please cancel or telephone the prison."),
    "PARTY_TOO_LATE": _l("Who takes part can be changed until %(minutes)s minutes before the visit. Please telephone the prison."),
    "EXTENSION_NOT_FIVE": _l("A visit can be extended by 5, 10, 15 … minutes."),
    "DECISION_REASON_MISSING": _l("Please give a reason."),
    "CANCELLED_LATE": _l("It was cancelled late, so it counts as one of the month's visits."),
    "NOT_ANSWERED_IN_TIME": _l("The prison could not decide in time. We are sorry. You can book another time at once."),
    "REASON_VISITORS": _l("Not everybody named can take part."),
    "REASON_DOCUMENTS": _l("A document has to be renewed or shown again."),
    "REASON_NOT_POSSIBLE": _l("The visit is not possible at this time."),
    "REASON_CLOSED": _l("The prison has to close its visiting rooms at this time."),
    "REASON_EQUIPMENT": _l("The equipment is not available at this time."),
    "REASON_OTHER": _l("The prison gives the reason in its own words."),
    "OUTCOME_NO_SHOW_INMATE": _l("Your relative could not come. The visit does not count, and you can book again."),
    "OUTCOME_REFUSED_BY_INMATE": _l("The visit could not take place. It does not count, and you can book again."),
    "OUTCOME_CANCELLED_BY_INMATE": _l("The visit could not take place. It does not count, and you can book again."),
    "OUTCOME_CANCELLED_BY_PRISON": _l("The prison had to cancel the visit. It does not count, and you can book again."),
}
DECISION_REASONS = ("REASON_VISITORS", "REASON_DOCUMENTS", "REASON_NOT_POSSIBLE", "REASON_OTHER")
CALL_OFF_REASONS = ("REASON_CLOSED", "REASON_EQUIPMENT", "REASON_NOT_POSSIBLE", "REASON_OTHER")

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
    "TEMPLATE_OVERLAPS": _l("%(terminal)s already has visits from %(opens)s to %(closes)s on that weekday: on %(day)s the one at %(at)s is in the way."),
    "TEMPLATE_WEEKS": _l("Every how many weeks must be a number from 1 to 8."),
    "TEMPLATE_KIND": _l("There is no such kind of visit."),
    "TEMPLATE_TWICE": _l("A terminal is named twice."),
    "PLAN_CHANGED": _l(
        "Since the list was shown, what you want or the visits concerned have changed. Nothing was saved. Please look at the new list and confirm again."
    ),
    "CLOSURE_PAST": _l("The closure lies in the past."),
    "CLOSURE_EXISTS": _l("Exactly this is closed already; it is in the list of closures. Nothing was saved a second time."),
    "CLOSURE_NOT_ORDERED": _l("The end must be later than the beginning."),
    "DAY_PAST": _l("This day is past."),
    "DUTY_PAST": _l("This duty lies in the past."),
    "DUTY_NOT_ORDERED": _l("The end must be later than the beginning."),
    "DUTY_TWICE": _l("%(name)s is already on the roster in this time on %(day)s."),
    "DUTY_UNTIL": _l("The last day must not be before the first, nor after %(day)s."),
    "WARD_RELEASE": _l("The release of a ward is a multiple of five minutes, at most twelve hours after the prison's."),
    "YEAR_COLUMNS": _l("The first row must name the columns: date, working day, and if you like as weekday and note."),
    "YEAR_BAD_DAY": _l("Row %(row)s: “%(text)s” is no day of the calendar."),
    "YEAR_BAD_WORKING": _l("Row %(row)s: whether it is a working day must be yes or no, not “%(text)s”."),
    "YEAR_BAD_WEEKDAY": _l("Row %(row)s: “%(text)s” is no weekday."),
    "YEAR_WEEKDAY_OFF": _l("Row %(row)s: a day without visits cannot follow the timetable of a weekday."),
    "YEAR_NOTE_LONG": _l("Row %(row)s: the note has more than %(most)s characters."),
    "YEAR_OTHER": _l("Row %(row)s: %(day)s is not in %(year)s."),
    "YEAR_DOUBLED": _l("Row %(row)s: %(day)s stands in row %(first)s already."),
    "YEAR_GAP": _l("After row %(row)s days are missing: %(first)s to %(last)s."),
    "YEAR_MORE": _l("There are %(rest)s more rows that are wrong."),
    "YEAR_FILE_LONG": _l("The file is too large for a year's calendar."),
    "YEAR_FILE_UNREADABLE": _l("The file cannot be read. Please bring an .xlsx workbook or a .csv table."),
    "YEAR_FILE_EMPTY": _l("The file is empty."),
    "YEAR_AGAIN": _l("What was read from the file was lost on the way. Nothing was saved. Please bring the file again."),
}

"""Words of the timetable."""

from flask_babel import lazy_gettext as _l

from visitation.web.code_words import KINDS

WEEKDAYS = (_l("Monday"), _l("Tuesday"), _l("Wednesday"), _l("Thursday"), _l("Friday"), _l("Saturday"), _l("Sunday"))
KIND_WORDS = KINDS

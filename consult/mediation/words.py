"""Words for mediation."""

from flask_babel import lazy_gettext as _l

from visitation.bookings.words import STAFF_OUTCOMES
from visitation.web.code_words import RELATIONS as RELATIONS

OUTCOMES = STAFF_OUTCOMES
CAUSES = {
    "divorce": _l("Divorce"),
    "children": _l("Care of the children"),
    "support": _l("Support of parents or children"),
    "property": _l("Money and property"),
    "housing": _l("House and land"),
    "neglect": _l("No contact any more"),
    "other": _l("Something else"),
}
STATES = {"open": _l("Under way"), "agreed": _l("Agreed"), "failed": _l("Not agreed"), "withdrawn": _l("Withdrawn")}
TONES = {"open": "wait", "agreed": "good", "failed": "bad", "withdrawn": "calm"}
MEANS = {"phone": _l("By telephone"), "video": _l("By video")}
RESULTS = {
    "not_reached": _l("Nobody answered"),
    "again": _l("Spoken; a further talk is needed"),
    "agreed": _l("They agree"),
    "declined": _l("The other side does not want to"),
}
STORED = RESULTS | {"planned": _l("Session arranged"), "called_off": _l("Called off by the office")}
LAMPS = {"green": _l("in time"), "yellow": _l("due within a day"), "red": _l("overdue")}

"""Words for the states of a lawyer."""

from flask_babel import lazy_gettext as _l

from consult.lawyers.forms import WEEKDAYS as WEEKDAYS
from consult.matters import MATTERS as MATTERS
from visitation.web.code_words import LANGUAGES as LANGUAGES

STATES = {"submitted": _l("Waits for verification"), "verified": _l("Verified"), "refused": _l("Not verified"), "ended": _l("Service ended")}
TONES = {"submitted": "wait", "verified": "good", "refused": "bad", "ended": "calm"}

"""Words for days, duties and the rule of a series."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from consult.helpdays.models import HelpSeries
from consult.helpdays.rules_series import read_rule
from consult.lawyers.forms import WEEKDAYS as WEEKDAYS
from visitation.web.code_words import LANGUAGES as LANGUAGES
from visitation.web.local_names import local_name as place  # noqa: F401 - a prison in the reader's language, for the pages

DAY_STATES = {"planned": _l("Being prepared"), "proposed": _l("Plan proposed"), "published": _l("Published"), "over": _l("Over"), "cancelled": _l("Not held")}
DAY_TONES = {"planned": "calm", "proposed": "wait", "published": "good", "over": "calm", "cancelled": "bad"}
DUTY_STATES = {"asked": _l("Has been asked"), "agreed": _l("Has agreed"), "declined": _l("Declined"), "dropped": _l("Fell out"), "replaced": _l("Replaced")}
DUTY_TONES = {"asked": "wait", "agreed": "good", "declined": "bad", "dropped": "bad", "replaced": "calm"}
REASONS = {"AWAY_THEN": _l("away on the new date"), "DAY_CANCELLED": _l("the day is not held"), "FEWER_LAWYERS": _l("fewer lawyers are needed")}
REASONS |= {"AWAY_NOTED": _l("has noted to be away then"), "SERVICE_ENDED": _l("serves here no more")}
"""Why a duty fell away by itself; anything else was typed by a person."""


def reason(text: str) -> Any:
    return REASONS.get(text, text)


def weekdays(days: Sequence[int]) -> str:
    return str(gettext(", ")).join(str(WEEKDAYS[day]) for day in sorted(days))


def rule(row: HelpSeries) -> str:
    """The rule of a series in words."""
    days, every = read_rule(row.rrule)
    if every == 1:
        return str(gettext("Every week on %(days)s", days=weekdays(days)))
    return str(gettext("Every %(count)d weeks on %(days)s", count=every, days=weekdays(days)))

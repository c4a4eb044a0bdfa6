"""Shape of what is typed about series, days and the roster."""

from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, HiddenField, IntegerField, SelectField, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from consult.helpdays.rules_series import MOST_LAWYERS, MOST_WEEKS, Elsewhere, Pattern, Target
from consult.lawyers.forms import WEEKDAYS, Boxes
from visitation.web.choices import choices
from visitation.web.forms import REQUIRED, Form

NEEDED = InputRequired(REQUIRED)
TIME_FORMATS = ["%H:%M", "%H:%M:%S"]


class SeriesForm(Form):
    """A weekly series, in two steps: look at the days, then save."""

    weekdays = Boxes(_l("Weekdays"), choices=choices(WEEKDAYS), coerce=int, validators=[Optional()])
    every_weeks = IntegerField(_l("Every so many weeks"), [NEEDED, NumberRange(1, MOST_WEEKS)], default=1)
    starts_on = DateField(_l("First day"), [NEEDED])
    ends_on = DateField(_l("Last day"), [Optional()])
    opens = TimeField(_l("Begins at"), [NEEDED], format=TIME_FORMATS, default=time(14))
    closes = TimeField(_l("Ends at"), [NEEDED], format=TIME_FORMATS, default=time(16, 30))
    lawyers = IntegerField(_l("Lawyers on duty"), [NEEDED, NumberRange(1, MOST_LAWYERS)], default=4)
    terminals = Boxes(_l("Terminals"), coerce=int, validators=[Optional()])
    reason = StringField(_l("Reason that lawyers are told"), [Length(max=200)])

    def pattern(self) -> Pattern:
        weekdays, terminals = tuple(self.weekdays.data or ()), tuple(self.terminals.data or ())
        return Pattern(weekdays, self.every_weeks.data, self.starts_on.data, self.ends_on.data, self.opens.data, self.closes.data, self.lawyers.data, terminals)


def decided(typed: Mapping[str, str], closed: Iterable[date]) -> dict[date, Elsewhere]:
    """What was chosen for each closed day: `deal-2026-12-31` is out or move, `to-2026-12-31` the other day. What was not chosen is left away."""
    found = {}
    for day in closed:
        deal, to = typed.get(f"deal-{day}", ""), _day(typed.get(f"to-{day}", ""))
        if deal == "out":
            found[day] = Elsewhere(None)
        elif deal == "move" and to is not None:
            found[day] = Elsewhere(to)
    return found


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if 2000 <= found.year < 3000 else None


class EndForm(Form):
    ids = "end-"
    last = DateField(_l("Last day"), [NEEDED])
    reason = StringField(_l("Reason that lawyers are told"), [NEEDED, Length(max=200)])


class MoveForm(Form):
    day = DateField(_l("Day"), [NEEDED])
    opens = TimeField(_l("Begins at"), [NEEDED], format=TIME_FORMATS)
    closes = TimeField(_l("Ends at"), [NEEDED], format=TIME_FORMATS)
    reason = StringField(_l("Reason"), [NEEDED, Length(max=200)])

    def target(self) -> Target:
        return Target(self.day.data, self.opens.data, self.closes.data, closed=False)


class ReasonForm(Form):
    """One act with its reason: cancelling a day, dropping out."""

    ids = "act-"
    reason = StringField(_l("Reason"), [NEEDED, Length(max=200)])


class AskForm(Form):
    """Lawyers for the empty places: `place-1` and so on hold a lawyer's id."""

    ids = "ask-"
    agreed = BooleanField(_l("They have agreed by telephone already"))


def placed(typed: Mapping[str, str]) -> dict[int, int]:
    """Place -> lawyer's id of what was chosen."""
    numbers = {name.removeprefix("place-"): value for name, value in typed.items() if name.startswith("place-")}
    return {int(place): int(value) for place, value in numbers.items() if _is_number(place) and _is_number(value)}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


class SubstituteForm(Form):
    ids = "substitute-"
    lawyer = SelectField(_l("Substitute"), coerce=int)
    agreed = BooleanField(_l("Has agreed by telephone already"))


class AnswerForm(Form):
    """Two buttons: yes, no."""

    reason = StringField(_l("If no: a word for the legal office"), [Length(max=200)])


class SwapForm(Form):
    colleague = SelectField(_l("Colleague"), coerce=int)
    back = SelectField(_l("Day in exchange"), coerce=int)


class DropForm(Form):
    ids = "drop-"
    reason = TextAreaField(_l("Why you cannot come"), [NEEDED, Length(max=200)], render_kw={"rows": "2"})


class ActForm(Form):
    """A button: nothing is typed."""


def filled(form: SeriesForm, row: Any, weekdays: Iterable[int], every_weeks: int) -> None:
    """Show a series as it stands."""
    form.weekdays.data, form.every_weeks.data = list(weekdays), every_weeks
    for name in ("ends_on", "opens", "closes", "lawyers", "terminals"):
        form[name].data = getattr(row, name)


class NewsForm(Form):
    """The news that was read: up to this notice."""

    up_to = IntegerField(widget=HiddenInput(), validators=[InputRequired(), NumberRange(0, 2**31 - 1)])


class MoreForm(Form):
    """More time for a running talk. seen: fingerprint of the cases that were shown to move."""

    minutes = IntegerField(widget=HiddenInput(), validators=[InputRequired(), NumberRange(5, 20)])
    seen = HiddenField(validators=[InputRequired(), Length(max=64)])

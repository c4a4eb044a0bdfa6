"""What is sent from the plan's pages."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from visitation.web.forms import Form


class PlanForm(Form):
    """A button of the plan. version: of the plan that was looked at."""

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired(), NumberRange(0, 2**31 - 1)])


class MoveForm(PlanForm):
    """Another place for a request. to: `<lawyer's id>-<time>`."""

    to = HiddenField(validators=[Optional(), Length(max=30)])
    anyway = BooleanField(_l("I have seen what speaks against the matter or the language, and place it there all the same."))

    def place(self) -> tuple[int, int] | None:
        """(lawyer, time), or None for something else than a place."""
        lawyer, dash, time = (self.to.data or "").partition("-")
        whole = dash and all(part.isascii() and part.isdigit() and len(part) < 10 for part in (lawyer, time))
        return (int(lawyer), int(time)) if whole else None


class FillForm(MoveForm):
    """An offer that is accepted. request: reference of who gets the place."""

    request = HiddenField(validators=[InputRequired(), Length(max=12)])


class DeclareForm(Form):
    """A lawyer's answers; the cases are read from the request itself."""

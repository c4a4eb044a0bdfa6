"""Forms about recordings: shape and type of what is typed, no law."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length

from visitation.supervision.words import RESULT_WORDS
from visitation.web.choices import choices
from visitation.web.forms import REQUIRED, Form


class ListeningForm(Form):
    result = RadioField(_l("Result of the re-listening"), choices=choices(RESULT_WORDS), validators=[InputRequired(REQUIRED)])
    text = TextAreaField(_l("What was heard, with the times"), validators=[InputRequired(REQUIRED), Length(max=4000)])


class HoldForm(Form):
    reason = StringField(_l("Reason of the hold, with the case number"), validators=[InputRequired(REQUIRED), Length(max=200)])


class AskForm(Form):
    """What one person asks for and another one decides."""

    reason = TextAreaField(_l("Reason, with the number of the case or the letter"), validators=[InputRequired(REQUIRED), Length(max=1000)])


class AskExportForm(AskForm):
    recipient = StringField(_l("Who receives it (office and person)"), validators=[InputRequired(REQUIRED), Length(max=200)])


class DecisionForm(Form):
    text = TextAreaField(_l("Reason of the decision"), validators=[InputRequired(REQUIRED), Length(max=1000)])
    decision = HiddenField(validators=[AnyOf(("approve", "refuse"))])


class PressForm(Form):
    """Nothing but the tokens: a button."""


class HandOverForm(Form):
    account = SelectField(_l("Officer"), coerce=int, validators=[InputRequired(REQUIRED)])

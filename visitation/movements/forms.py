"""Shape of what is tapped on the wards' pages."""

from wtforms import HiddenField, RadioField
from wtforms.validators import AnyOf, Length, Optional

from visitation.movements.rules import ANSWERS, REASONS, STEPS
from visitation.movements.words import REASONS as REASON_WORDS
from visitation.web.choices import choices
from visitation.web.forms import Form


class StepForm(Form):
    """One tap. `reason`: of a refusal."""

    step = HiddenField(validators=[AnyOf(STEPS)])
    reason = HiddenField(validators=[Optional(), AnyOf(REASONS)])


class AnswerForm(Form):
    """What an inmate said. `seen`: fingerprint of what they were told."""

    answer = HiddenField(validators=[AnyOf(ANSWERS)])
    reason = RadioField(choices=choices(REASON_WORDS), validators=[Optional()])
    seen = HiddenField(validators=[Length(max=16)])

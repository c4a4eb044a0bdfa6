"""Shape of what is typed in this room; what a value may be is said by rules.DEFAULTS."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from visitation.web.forms import REQUIRED, Form


class PolicyForm(Form):
    """A future value."""

    value = TextAreaField(_l("Value (JSON)"), validators=[InputRequired(REQUIRED), Length(max=4000)])
    effective_from = DateField(_l("In force from"), validators=[InputRequired(REQUIRED)])
    basis = TextAreaField(_l("Basis: regulation, article, date"), validators=[InputRequired(REQUIRED), Length(max=1000)])
    scope = RadioField(_l("For"), choices=[])


class ActForm(Form):
    """Only a button."""

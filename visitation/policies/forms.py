"""Shape of what is typed in this room. The fields of the value itself are added for each rule by editors.py."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from visitation.web.forms import REQUIRED, Form


class PolicyForm(Form):
    """A future value."""

    effective_from = DateField(_l("In force from"), validators=[InputRequired(REQUIRED)])
    basis = TextAreaField(_l("Basis: regulation, article, date"), validators=[InputRequired(REQUIRED), Length(max=1000)])
    scope = RadioField(_l("For"), choices=[])

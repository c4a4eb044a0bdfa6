"""Shape of what is typed on the pages of the officers of the day."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from visitation.web.forms import REQUIRED, Form


class AssignForm(Form):
    """`officer`: the account that was tapped."""

    officer = HiddenField(validators=[InputRequired(REQUIRED), Length(max=12)])
    reason = StringField(_l("Reason, if a rule is set aside"), validators=[Length(max=200)])


class ActForm(Form):
    """Only a button; `day`: which day the page shows."""

    day = HiddenField(validators=[Length(max=10)])

"""What the auditor may search for."""

from flask_babel import lazy_gettext as _l
from wtforms import DateField, Form, IntegerField, StringField
from wtforms.validators import Length, NumberRange, Optional

from visitation.web.addresses import LARGEST_ID


class SearchForm(Form):  # type: ignore[misc]
    """Read from the address, so that a search can be kept; it changes nothing and needs no token."""

    actor = StringField(_l("Who (name)"), validators=[Optional(), Length(max=120)])
    act = StringField(_l("Act"), validators=[Optional(), Length(max=60)])
    subject_type = StringField(_l("Kind of thing"), validators=[Optional(), Length(max=40)])
    subject_id = StringField(_l("Its number"), validators=[Optional(), Length(max=40)])
    first_day = DateField(_l("From"), validators=[Optional()])
    last_day = DateField(_l("Until"), validators=[Optional()])
    before_id = IntegerField(validators=[Optional(), NumberRange(0, LARGEST_ID)])

"""Shape of what is typed to make two records of one person one."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from visitation.people.forms_staff import choices
from visitation.web.forms import REQUIRED, Form

KINDS = {"inmate": _l("Inmate"), "visitor": _l("Visitor")}


class TwoForm(Form):
    """Two records by hand. Sent by POST: a number never stands in an address."""

    kind = RadioField(_l("Kind of person"), [InputRequired(REQUIRED)], choices=choices(KINDS), default="inmate")
    keep = StringField(_l("Record that stays"), [InputRequired(REQUIRED), Length(max=60)], render_kw={"autocomplete": "off"})
    gone = StringField(_l("Record that goes"), [InputRequired(REQUIRED), Length(max=60)], render_kw={"autocomplete": "off"})


class MergeForm(Form):
    """Buttons: merge, ask, apart, approve, decline. `seen`: the fingerprint of the plan that was shown."""

    seen = HiddenField(validators=[Length(max=64)])
    note = TextAreaField(_l("How do you know that they are one person?"), [Length(max=400)])

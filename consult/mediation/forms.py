"""Shape of what is typed about mediation."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from wtforms import DateField, DateTimeLocalField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from consult.arranging import chosen
from consult.mediation import words
from consult.mediation.rules import Tried
from consult.mediation.service import Opened
from visitation.kernel.interval import LOCAL
from visitation.people.rules import tidy_number
from visitation.web.choices import choices
from visitation.web.forms import REQUIRED, Form

MOST_TYPED = 100_000


class OpenForm(Form):
    number = StringField(_l("Inmate number"), [InputRequired(REQUIRED), Length(max=40)], render_kw={"autocomplete": "off"})
    other_name = StringField(_l("Name of the other side"), [InputRequired(REQUIRED), Length(max=100)])
    other_relation = SelectField(_l("Relation"), choices=choices(words.RELATIONS))
    other_phone = StringField(_l("Telephone of the other side"), [Length(max=30)])
    cause = SelectField(_l("What the conflict is about"), choices=choices(words.CAUSES))
    summary = TextAreaField(_l("What happened, and what the inmate wishes"), [InputRequired(REQUIRED), Length(max=MOST_TYPED)], render_kw={"rows": "6"})

    def opened(self) -> Opened:
        texts = (self.other_name, self.other_relation, self.other_phone, self.cause, self.summary)
        return Opened(tidy_number(self.number.data or ""), *(field.data or "" for field in texts))


class AttemptForm(Form):
    means = RadioField(_l("How"), [InputRequired(REQUIRED)], choices=choices(words.MEANS), default="phone")
    result = RadioField(_l("What came of it"), [InputRequired(REQUIRED)], choices=choices(words.RESULTS))
    note = TextAreaField(_l("What was said"), [Length(max=4000)])
    next_at = DateTimeLocalField(_l("Next talk"), [Optional()], format="%Y-%m-%dT%H:%M")
    agreement = TextAreaField(_l("What they agreed"), [Length(max=MOST_TYPED)], render_kw={"rows": "5"})
    follow_up_on = DateField(_l("Ask again on"), [Optional()])

    def tried(self) -> Tried:
        planned = self.next_at.data.replace(tzinfo=LOCAL) if self.next_at.data else None
        return Tried(self.means.data, self.result.data, self.note.data or "", planned, self.agreement.data or "", self.follow_up_on.data)


class PlaceForm(Form):
    """A time and terminal from the list of free ones. Whether they are still free is asked when the session is arranged."""

    kinship = HiddenField()
    place = RadioField(_l("When and where"), validate_choice=False)

    def chosen(self) -> tuple[int, int, datetime]:
        """Number of the kinship, number of the terminal, start. Raises Refused(MEDIATION_PLACE)."""
        return chosen(self.kinship.data, self.place.data, "MEDIATION_PLACE")


class FollowUpForm(Form):
    """Two buttons: kept, broken."""

    ids = "follow-"
    note = StringField(_l("What was found"), [InputRequired(REQUIRED), Length(max=400)])

"""Shape of what is typed about meetings."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, StringField
from wtforms.validators import Length, Optional

from consult.arranging import chosen
from consult.lawyers.forms import Boxes
from consult.meetings.service import Wanted
from consult.meetings.words import PAPERS
from visitation.web.choices import choices
from visitation.web.forms import Form


class MeetingForm(Form):
    """A time and terminal from the list of free ones, and the papers."""

    lawyer = HiddenField()
    place = RadioField(_l("When and where"), validate_choice=False)
    papers = Boxes(_l("Papers that the lawyer has shown"), choices=choices(PAPERS), validators=[Optional()])

    def wanted(self) -> Wanted:
        """Raises Refused(MEETING_PLACE)."""
        return Wanted(*chosen(self.lawyer.data, self.place.data, "MEETING_PLACE"), self.papers.data or [])


class CallOffForm(Form):
    ids = "off-"
    reason = StringField(_l("Reason for the lawyer"), [Length(max=200)])

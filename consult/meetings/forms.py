"""Shape of what is typed about meetings."""

from datetime import UTC, datetime

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, StringField
from wtforms.validators import Length, Optional

from consult.lawyers.forms import Boxes
from consult.meetings.service import Wanted
from consult.meetings.words import PAPERS
from visitation.kernel.errors import Refused
from visitation.web.choices import choices
from visitation.web.forms import Form

LARGEST = 2**31 - 1
"""Of a row's number."""


class MeetingForm(Form):
    """A time and terminal from the list of free ones, and the papers."""

    lawyer = HiddenField()
    place = RadioField(_l("When and where"), validate_choice=False)
    papers = Boxes(_l("Papers that the lawyer has shown"), choices=choices(PAPERS), validators=[Optional()])

    def wanted(self) -> Wanted:
        """Raises Refused(MEETING_PLACE)."""
        terminal, _, start = str(self.place.data or "").partition("@")
        try:
            moment, numbers = datetime.fromisoformat(start), (int(str(self.lawyer.data)), int(terminal))
        except ValueError as error:
            raise Refused("MEETING_PLACE") from error
        if moment.tzinfo is None or not 0 < min(numbers) <= max(numbers) <= LARGEST:
            raise Refused("MEETING_PLACE")
        return Wanted(*numbers, moment.astimezone(UTC), self.papers.data or [])


class CallOffForm(Form):
    ids = "off-"
    reason = StringField(_l("Reason for the lawyer"), [Length(max=200)])

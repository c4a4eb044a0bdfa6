"""Shape and type of what the staff type in this room, besides decisions."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, DateTimeLocalField, HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from visitation.bookings.sentences import CALL_OFF_REASONS, SENTENCES
from visitation.bookings.words import APPOINTMENTS, PURSES
from visitation.web.choices import choices
from visitation.web.forms import REQUIRED, Form

REASONS = choices([(code, SENTENCES[code]) for code in CALL_OFF_REASONS], "—")
ACTS = {
    "move": _l("Move them: show me where to"),
    "offer": _l("Offer three other times to choose from"),
    "cancel": _l("Cancel them"),
    "keep": _l("Leave them as they are"),
}


class ExternalForm(Form):
    """A visit that was held on another channel."""

    ids = "external-"
    purse = SelectField(_l("What"), choices=choices(PURSES))
    held_on = DateField(_l("Held on"), validators=[InputRequired(REQUIRED)])
    note = StringField(_l("Where, and who came"), validators=[InputRequired(REQUIRED), Length(max=200)])


class CorrectionForm(Form):
    """More or less for a month."""

    ids = "correction-"
    purse = SelectField(_l("What"), choices=choices(PURSES))
    month = SelectField(_l("Month"), choices=[])
    units = IntegerField(_l("How many more (below zero: fewer)"), validators=[InputRequired(REQUIRED), NumberRange(-31, 31)])
    note = StringField(_l("Reason"), validators=[InputRequired(REQUIRED), Length(max=200)])


class AppointmentForm(Form):
    """An appointment of an inmate that is no visit."""

    number = StringField(_l("Inmate number"), validators=[InputRequired(REQUIRED), Length(max=40)])
    kind = SelectField(_l("With"), choices=choices(APPOINTMENTS))
    starts_at = DateTimeLocalField(_l("From"), validators=[InputRequired(REQUIRED)])
    ends_at = DateTimeLocalField(_l("Until"), validators=[InputRequired(REQUIRED)])
    note = StringField(_l("Note for the staff"), validators=[Length(max=200)])


class WorkForm(Form):
    """What is to be done with the chosen visits of the work list."""

    act = RadioField(
        _l("With the chosen visits"),
        choices=choices(ACTS),
        validators=[InputRequired(REQUIRED)],
    )
    first = DateField(_l("Move to a day from"), validators=[Optional()])
    last = DateField(_l("until"), validators=[Optional()])
    reason = SelectField(_l("Reason for the families"), choices=REASONS)
    text = TextAreaField(_l("In your own words, for the families"), validators=[Length(max=500)])


class MoveForm(Form):
    """The plan that was shown. `seen` is its name."""

    seen = HiddenField(validators=[InputRequired(), Length(max=64)])
    first = DateField(_l("Move to a day from"), validators=[InputRequired(REQUIRED)])
    last = DateField(_l("until"), validators=[InputRequired(REQUIRED)])
    reason = SelectField(_l("Reason for the families"), choices=REASONS)
    text = TextAreaField(_l("In your own words, for the families"), validators=[Length(max=500)])


class CallForm(Form):
    """A telephone call that reached the family."""

    note = StringField(_l("With whom, and what was said"), validators=[InputRequired(REQUIRED), Length(max=200)])


class BookingsFileForm(Form):
    """A file of bookings from elsewhere."""

    prison = SelectField(_l("Prison"), choices=[], coerce=int)
    file = FileField(_l("File (.xlsx or .csv)"), [FileRequired(_l("Please choose a file."))], render_kw={"accept": ".xlsx,.csv"})

"""Shape and type of what is typed in this room."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, HiddenField, RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from visitation.bookings.sentences import CALL_OFF_REASONS, DECISION_REASONS, SENTENCES
from visitation.bookings.words import KINDS, LANGUAGES, PARTS, WEEKDAYS
from visitation.web.choices import choices
from visitation.web.forms import REQUIRED, Form


def as_code(value: Any) -> Any:
    """A visitor code as it is kept: capitals, without the spaces of reading aloud."""
    return "".join(value.split()).upper() if isinstance(value, str) else value


class TimeForm(Form):
    """A chosen time. Each time is a button of this form."""

    start = HiddenField(validators=[InputRequired(), Length(max=32)])

    @property
    def moment(self) -> datetime | None:
        """The start, aware; None for nonsense."""
        try:
            found = datetime.fromisoformat(self.start.data or "")
        except ValueError:
            return None
        return found if found.tzinfo is not None else None


class HoldForm(TimeForm):
    """The chosen time of a new visit."""

    kinship = HiddenField(validators=[InputRequired(), Length(max=12)])
    kind = HiddenField(validators=[AnyOf(("family_visit", "family_call"))])


class PartyForm(Form):
    """Who comes along, and in which language."""

    companions = SelectMultipleField(_l("Who of your family comes along?"), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False))
    code_1 = StringField(
        _l("Visitor code of another approved relative"),
        filters=[as_code],
        validators=[Optional(), Length(max=12), Regexp(r"[0-9A-Z]*\Z", message=_l("A visitor code has only letters and digits."))],
    )
    code_2 = StringField(
        _l("Visitor code of one more"),
        filters=[as_code],
        validators=[Optional(), Length(max=12), Regexp(r"[0-9A-Z]*\Z", message=_l("A visitor code has only letters and digits."))],
    )
    language = SelectField(_l("Language you will speak"), choices=choices(LANGUAGES))

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of everybody who comes along, in order."""
        return (*(self.companions.data or ()), *(code for code in (self.code_1.data, self.code_2.data) if code))


class ConfirmForm(PartyForm):
    """The party of a new visit, and that the notice was read."""

    accept = BooleanField(_l("We have read this notice and accept it."))
    terms_seen = HiddenField(validators=[Length(max=20)])


class ChangePartyForm(PartyForm):
    """Other people for a visit that keeps its time."""


class ChangeTimeForm(TimeForm):
    """Another time for a visit. `terms_seen`: which notice was shown."""

    terms_seen = HiddenField(validators=[Length(max=20)])


class AnswerForm(Form):
    """One of the places that are kept, or none. Each is a button of this form."""

    place = HiddenField(validators=[Length(max=12)])
    decline = HiddenField(validators=[Length(max=1)])


class RebookForm(Form):
    """The place of a visit that is booked again, and that the notice was read."""

    place = HiddenField(validators=[InputRequired(), Length(max=12)])
    accept = BooleanField(_l("We have read this notice and accept it."))
    terms_seen = HiddenField(validators=[Length(max=20)])


class WishForm(Form):
    """What somebody waits for."""

    kinship = SelectField(_l("Whom"), choices=[])
    kind = SelectField(_l("What"), choices=choices([(code, KINDS[code]) for code in ("family_visit", "family_call")]))
    first = DateField(_l("From"), validators=[InputRequired(REQUIRED)])
    last = DateField(_l("Until"), validators=[InputRequired(REQUIRED)])
    weekdays = SelectMultipleField(
        _l("On which weekdays"), coerce=int, choices=choices(WEEKDAYS), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )
    parts = SelectMultipleField(_l("At what time of day"), choices=choices(PARTS), option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False))


class CancelForm(Form):
    """Only a button: the page says what follows."""


class DecisionForm(Form):
    """An officer's decision on a request."""

    decision = RadioField(_l("Decision"), choices=choices([("approve", _l("Approve")), ("refuse", _l("Refuse"))]), validators=[InputRequired(REQUIRED)])
    reason = SelectField(_l("Reason, if you refuse"), choices=choices([(code, SENTENCES[code]) for code in DECISION_REASONS], "—"))
    text = TextAreaField(_l("In your own words, for the family"), validators=[Length(max=500)])
    note = TextAreaField(_l("Note for colleagues; the family never sees it"), validators=[Length(max=1000)])


class CallOffForm(Form):
    """The prison cancels a visit."""

    ids = "call-off-"
    reason = SelectField(_l("Reason"), choices=choices([(code, SENTENCES[code]) for code in CALL_OFF_REASONS], "—"), validators=[InputRequired(REQUIRED)])
    text = TextAreaField(_l("In your own words, for the family"), validators=[Length(max=500)])

"""Shape of what the staff type about people and places."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, DateField, HiddenField, IntegerField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from visitation.people import labels_staff as labels
from visitation.people.models import Inmate
from visitation.web.forms import REQUIRED, Form
from visitation.web.local_names import local_name

CODE = Regexp(r"[A-Za-z0-9][A-Za-z0-9_-]{0,19}\Z", message=_l("One to twenty letters, digits or hyphens."))


def name_field(label: Any, most: int = 60) -> StringField:
    return StringField(label, [InputRequired(REQUIRED), Length(max=most)])


def choices(words: Mapping[str, Any], first: Any = None) -> list[SelectChoice]:
    """Codes with their words, in the order of the mapping; `first`: what stands for nothing chosen."""
    return ([SelectChoice("", first)] if first is not None else []) + [SelectChoice(code, word) for code, word in words.items()]


class InmateForm(Form):
    ward = SelectField(_l("Ward"), coerce=int)
    number = StringField(_l("Inmate number"), [InputRequired(REQUIRED), Length(max=40)], render_kw={"autocomplete": "off"})
    name = StringField(_l("Name"), [InputRequired(REQUIRED), Length(max=100)], render_kw={"autocomplete": "off"})
    birth_date = DateField(_l("Date of birth"), [Optional()])
    level = SelectField(_l("Treatment level"))
    status = SelectField(_l("Status"), choices=choices(labels.STATUSES))
    language = SelectField(_l("Language"), choices=choices(labels.LANGUAGES))
    foreign = BooleanField(_l("Foreign national"))
    staff_note = TextAreaField(_l("Note for the staff"), [Length(max=2000)])
    version = HiddenField()

    def offer(self, wards: Any, levels: Any, inmate: Inmate | None = None) -> None:
        """The wards of one prison and all levels; of a known inmate also what was true when the page was made."""
        self.ward.choices = [(ward.id, local_name(ward)) for ward in wards]
        self.level.choices = [(level.code, local_name(level)) for level in levels]
        if inmate is not None and not self.is_submitted():
            self.version.data = inmate.updated_at.isoformat()


class ApartForm(Form):
    other = StringField(_l("Number of the other inmate"), [InputRequired(REQUIRED), Length(max=40)], render_kw={"autocomplete": "off"})
    note = StringField(_l("Note for the staff"), [Length(max=200)])


class ImportForm(Form):
    prison = SelectField(_l("Prison"), coerce=int)
    file = FileField(_l("File (.xlsx or .csv)"), [FileRequired(_l("Please choose a file."))], render_kw={"accept": ".xlsx,.csv"})


class PrisonForm(Form):
    name = name_field(_l("Name in Chinese"), 100)
    name_en = name_field(_l("Name in English"), 100)
    province = name_field(_l("Province"), 40)
    phone = StringField(_l("Telephone for families"), [InputRequired(REQUIRED), Regexp(r"[0-9+() -]{5,30}\Z", message=_l("Digits, spaces and hyphens."))])
    address = StringField(_l("Address"), [Length(max=200)])
    inmate_number_pattern = StringField(_l("Pattern of inmate numbers"), [InputRequired(REQUIRED), Length(max=80)])
    uplink_sessions = IntegerField(_l("Sessions the line carries at once"), [InputRequired(REQUIRED), NumberRange(1, 500)])


class NewPrisonForm(PrisonForm):
    code = StringField(_l("Code"), [InputRequired(REQUIRED), CODE])


class WardForm(Form):
    ids = "ward-"
    name = name_field(_l("Name in Chinese"))
    name_en = name_field(_l("Name in English"))


class LevelForm(Form):
    code = StringField(_l("Code"), [InputRequired(REQUIRED), CODE])
    name = name_field(_l("Name in Chinese"), 40)
    name_en = name_field(_l("Name in English"), 40)
    rank = IntegerField(_l("Place in the order"), [InputRequired(REQUIRED), NumberRange(0, 100)])


class TerminalForm(Form):
    name = name_field(_l("Terminal name"), 40)
    room = StringField(_l("Room"), [Length(max=60)])
    in_service = BooleanField(_l("In service"), default=True)


class RestrictionForm(Form):
    result = RadioField(
        _l("Result of the check"),
        [InputRequired(REQUIRED)],
        choices=choices({"none": _l("No restriction found"), "restricted": _l("A restriction stands against contact")}),
    )
    restriction_note = StringField(_l("Note for the staff"), [Length(max=500)])


class DecisionForm(Form):
    """Two buttons, `approve` and `refuse`; the reason belongs to the second."""

    reason_code = SelectField(_l("Reason of a refusal"), choices=choices(labels.REASONS, _l("Choose a reason")), validators=[Optional()])
    reason_text = TextAreaField(_l("In your words"), [Length(max=500)])
    note = TextAreaField(_l("Note for the staff"), [Length(max=1000)])


class AnswerForm(Form):
    """Buttons: accepted, declined, withdrawn."""

    answer = HiddenField()


class SuspensionForm(Form):
    code = SelectField(_l("Reason"))
    starts_on = DateField(_l("First day"), [InputRequired(REQUIRED)])
    ends_on = DateField(_l("Last day"), [Optional()])
    note = TextAreaField(_l("What happened (for the staff)"), [InputRequired(REQUIRED), Length(max=2000)])


class ObjectionForm(Form):
    """Two buttons, `grant` and `uphold`."""

    answer = TextAreaField(_l("Answer to the family"), [InputRequired(REQUIRED), Length(max=1000)])


class PersonForm(Form):
    """Sent by POST: a number never stands in an address."""

    kind = RadioField(_l("Kind of person"), [InputRequired(REQUIRED)], choices=choices({"inmate": _l("Inmate"), "visitor": _l("Visitor")}), default="inmate")
    words = StringField(
        _l("Inmate number, visitor code or number of the document"), [InputRequired(REQUIRED), Length(max=60)], render_kw={"autocomplete": "off"}
    )


class DaysForm(PlainForm):  # type: ignore[misc]
    """Read from the address; changes nothing and needs no token."""

    first_day = DateField(_l("From"), [Optional()])
    last_day = DateField(_l("Until"), [Optional()])

"""Shape of what is typed about requests."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from consult.directory import places
from consult.requests import words
from consult.requests.rules import Asked
from visitation.web.choices import choices
from visitation.web.forms import REQUIRED, Form

MOST_TYPED = 200_000
"""Far above what is accepted: whoever types too much is told how much, and keeps it all."""
CONSENT = _l("The inmate has heard the notice and agrees")


class FindForm(Form):
    number = StringField(_l("Inmate number"), [InputRequired(REQUIRED), Length(max=40)], render_kw={"autocomplete": "off"})


class WriteForm(Form):
    """What an inmate writes: at the terminal alone, at the ward in an officer's hands."""

    matter = RadioField(_l("What is it about?"), [InputRequired(REQUIRED)], choices=choices(words.MATTERS))
    asks_for = RadioField(_l("What is asked for?"), [InputRequired(REQUIRED)], choices=choices(words.ASKS), default="advice")
    urgency = RadioField(_l("How urgent is it?"), [InputRequired(REQUIRED)], choices=choices(words.URGENCIES), coerce=int, default=0)
    language = SelectField(_l("Language of the advice"), choices=choices(words.LANGUAGES))
    secrecy = RadioField(_l("Who may read it?"), [InputRequired(REQUIRED)], choices=choices(words.SECRECY), default="open")
    summary = TextAreaField(_l("What the request is about"), [Length(max=MOST_TYPED)], render_kw={"rows": "8"})
    parties = TextAreaField(_l("People and firms concerned, a name on each line"), [Length(max=MOST_TYPED)], render_kw={"rows": "3"})
    concerned_relation = SelectField(_l("Whom does it concern?"), choices=choices(words.RELATIONS, first=_l("The inmate")))
    concerned_place = StringField(_l("Where that person lives (province, city, county)"), [Length(max=60)])
    consent = BooleanField(CONSENT)

    def asked(self, **more: Any) -> Asked:
        """What was typed; a place that is understood becomes its code."""
        typed = (self.concerned_place.data or "").strip()
        found = places.meant(typed) if typed else None
        return Asked(
            matter=self.matter.data or "",
            summary=self.summary.data or "",
            parties=self.parties.data or "",
            urgency=self.urgency.data,
            language=self.language.data or "zh",
            asks_for=self.asks_for.data or "",
            secrecy=self.secrecy.data or "",
            concerned_relation=self.concerned_relation.data or "",
            concerned_place=found.code if found else typed,
            consent=bool(self.consent.data),
            **more,
        )


class EnterForm(WriteForm):
    """As an officer fills it in, with the part of a relative. relatives: choices of kinship id and words."""

    family_part = RadioField(_l("Is a relative asked for something?"), choices=choices(words.FAMILY_PARTS), default="", validators=[Optional()])
    kinship = SelectField(_l("Which relative"), validators=[Optional()])
    family_words = StringField(_l("What for, in a sentence the relative reads"), [Length(max=MOST_TYPED)])
    family_consent = BooleanField(_l("The inmate agrees that this relative is told"))

    def __init__(self, by_ward: bool, relatives: list[tuple[str, str]]) -> None:
        super().__init__()
        self.kinship.choices = choices(relatives, first=_l("Please choose"))
        if by_ward:
            self.secrecy.choices = choices([(code, word) for code, word in words.SECRECY.items() if code != "prison"])

    def whole(self) -> Asked:
        chosen = int(self.kinship.data) if (self.kinship.data or "").isdigit() else None
        part = self.family_part.data or ""
        return self.asked(family_part=part, family_words=self.family_words.data or "", family_consent=bool(self.family_consent.data), kinship_id=chosen)


class OpenForm(Form):
    """The terminal's first step."""

    code = StringField(_l("Code from the officer"), [InputRequired(REQUIRED), Length(max=20)], render_kw={"inputmode": "numeric", "autocomplete": "off"})


class TerminalForm(OpenForm, WriteForm):
    """A new request."""

    consent = BooleanField(_l("I have read the notice and agree"))

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.summary.flags.required = True  # at the terminal nothing is left for later


class LetterForm(OpenForm):
    """Only the letter of a request that stands already; `letter` tells its answer from a new request's."""

    letter = HiddenField(default="1")

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.summary.flags.required = True

    summary = TextAreaField(_l("What the request is about"), [Length(max=MOST_TYPED)], render_kw={"rows": "10"})
    parties = TextAreaField(_l("People and firms concerned, a name on each line"), [Length(max=MOST_TYPED)], render_kw={"rows": "3"})

    family_words = StringField(_l("What you ask your relative for"), [Length(max=MOST_TYPED)])

    def asked(self) -> Asked:
        return Asked("", self.summary.data or "", self.parties.data or "", family_words=self.family_words.data or "")


class CodeForm(Form):
    """request: the reference of one that waits for its letter; empty: a new one."""

    request = SelectField(_l("What is written"), validators=[Optional()])


class TriageForm(Form):
    path = RadioField(_l("Where it goes"), [InputRequired(REQUIRED)], choices=choices(words.PATHS))


class PostponeForm(Form):
    ids = "postpone-"
    until = DateField(_l("Comes back on"), [Optional()])
    reason = StringField(_l("Reason"), [Length(max=400)])


class HoldForm(Form):
    ids = "hold-"
    reason = StringField(_l("Why it must be kept"), [Length(max=200)])


class PassForm(Form):
    ids = "pass-"
    institution = SelectField(_l("From the directory"), validators=[Optional()])
    where = StringField(_l("Or somewhere else"), [Length(max=120)])


class PapersForm(Form):
    """Files for the lawyer, staged before. uids: of uploads, separated by commas."""

    papers = HiddenField()

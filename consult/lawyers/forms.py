"""Shape of what is typed about firms and lawyers."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, PasswordField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import EqualTo, InputRequired, Length, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from consult.lawyers.models import Lawyer
from consult.lawyers.rules import tidy_licence
from consult.lawyers.service import Profile
from consult.matters import MATTERS
from visitation.web.choices import choices
from visitation.web.code_words import LANGUAGES
from visitation.web.forms import REQUIRED, Form

WEEKDAYS = {0: _l("Monday"), 1: _l("Tuesday"), 2: _l("Wednesday"), 3: _l("Thursday"), 4: _l("Friday"), 5: _l("Saturday"), 6: _l("Sunday")}
LOGIN = Regexp(r"[A-Za-z0-9][A-Za-z0-9._-]{2,59}\Z", message=_l("Three to sixty letters, digits, dots or hyphens."))


class Boxes(SelectMultipleField):  # type: ignore[misc]
    """Several choices as tick boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class FirmForm(Form):
    name = StringField(_l("Name of the firm"), [InputRequired(REQUIRED), Length(max=120)])
    phone = StringField(_l("Office telephone"), [Length(max=40)])
    address = StringField(_l("Address"), [Length(max=200)])
    matters = Boxes(_l("Written questions about"), choices=choices(MATTERS), validators=[Optional()])


class ProfileForm(Form):
    name = StringField(_l("Name"), [InputRequired(REQUIRED), Length(max=100)])
    licence = StringField(_l("Number of the practising licence"), [InputRequired(REQUIRED), Length(max=30)], render_kw={"inputmode": "numeric"})
    matters = Boxes(_l("Advises on"), choices=choices(MATTERS), validators=[Optional()])
    languages = Boxes(_l("Languages"), choices=choices(LANGUAGES), validators=[Optional()], default=lambda: ["zh"])
    weekdays = Boxes(_l("Can serve on"), choices=choices(WEEKDAYS), coerce=int, validators=[Optional()])

    def profile(self) -> Profile:
        return Profile(self.name.data, tidy_licence(self.licence.data or ""), self.matters.data or [], self.languages.data or [], self.weekdays.data or [])


class EnterForm(ProfileForm):
    firm = SelectField(_l("Firm"), coerce=int)
    login = StringField(_l("Login name"), [InputRequired(REQUIRED), LOGIN], render_kw={"autocomplete": "off"})


class JoinForm(ProfileForm):
    code = StringField(_l("Code of the invitation"), [InputRequired(REQUIRED), Length(max=40)], render_kw={"autocomplete": "off"})
    login = StringField(_l("Login name"), [InputRequired(REQUIRED), LOGIN], render_kw={"autocomplete": "username"})
    new = PasswordField(_l("New password"), [InputRequired(REQUIRED)], render_kw={"autocomplete": "new-password"})
    again = PasswordField(
        _l("New password once more"),
        [InputRequired(REQUIRED), EqualTo("new", message=_l("The two passwords differ."))],
        render_kw={"autocomplete": "new-password"},
    )


class InviteForm(Form):
    ids = "invite-"
    firm = SelectField(_l("Firm"), coerce=int)
    name = StringField(_l("Name of the lawyer"), [InputRequired(REQUIRED), Length(max=100)])


class VerifyForm(Form):
    """Buttons: verify, refuse, end."""

    text = TextAreaField(_l("What the licence was compared with, or the reason"), [InputRequired(REQUIRED), Length(max=200)])


class AwayForm(Form):
    ids = "away-"
    first = DateField(_l("First day"), [InputRequired(REQUIRED)])
    last = DateField(_l("Last day"), [InputRequired(REQUIRED)])


def shown(form: Any, lawyer: Lawyer) -> None:
    """Show a profile as it stands."""
    for name in ("name", "licence", "matters", "languages", "weekdays"):
        form[name].data = getattr(lawyer, name)

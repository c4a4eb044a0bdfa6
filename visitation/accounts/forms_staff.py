"""Shape of what the staff type: sign-in, second factor, accounts, pairing."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from visitation.accounts.rules_staff import LONGEST_PASSWORD
from visitation.web.code_words import LANGUAGES
from visitation.web.forms import REQUIRED, Form
from visitation.web.local_names import local_name
from visitation.web.roles import ROLE_NAMES


class Boxes(SelectMultipleField):  # type: ignore[misc]
    """Several choices as tick boxes: nobody has to know about holding a key while clicking."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class SignInForm(Form):
    login = StringField(_l("Login name"), [InputRequired(REQUIRED), Length(max=60)], render_kw={"autocomplete": "username", "autofocus": True})
    password = PasswordField(_l("Password"), [InputRequired(REQUIRED), Length(max=LONGEST_PASSWORD * 4)], render_kw={"autocomplete": "current-password"})


class CodeForm(Form):
    code = StringField(
        _l("Six-digit code"),
        [InputRequired(REQUIRED), Regexp(r"[0-9 ]{6,8}\Z", message=_l("The code has six digits."))],
        render_kw={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True, "maxlength": "8"},
    )


class NewPasswordForm(Form):
    new = PasswordField(_l("New password"), [InputRequired(REQUIRED)], render_kw={"autocomplete": "new-password"})
    again = PasswordField(
        _l("New password once more"),
        [InputRequired(REQUIRED), EqualTo("new", message=_l("The two passwords differ."))],
        render_kw={"autocomplete": "new-password"},
    )


class OwnPasswordForm(NewPasswordForm):
    old = PasswordField(_l("Present password"), [InputRequired(REQUIRED)], render_kw={"autocomplete": "current-password"})


class StaffForm(Form):
    """roles, wards and prisons are filled with what the person may choose."""

    name = StringField(_l("Name"), [InputRequired(REQUIRED), Length(max=100)])
    roles = Boxes(_l("Roles"), validators=[Optional()])
    wards = Boxes(_l("Wards"), coerce=int, validators=[Optional()])
    spoken = Boxes(_l("Languages in which this person can follow a visit"), validators=[Optional()], default=lambda: ["zh"])

    def offer(self, roles: Any, wards: Any) -> None:
        self.roles.choices = [(role.value, ROLE_NAMES[role]) for role in ROLE_NAMES if role in roles]
        self.wards.choices = [(ward.id, local_name(ward)) for ward in wards]
        self.spoken.choices = [(code, word) for code, word in LANGUAGES.items() if code != "other"]


class NewStaffForm(StaffForm):
    login = StringField(
        _l("Login name"),
        [InputRequired(REQUIRED), Regexp(r"[A-Za-z0-9][A-Za-z0-9._-]{2,59}\Z", message=_l("Three to sixty letters, digits, dots or hyphens."))],
        render_kw={"autocomplete": "off"},
    )
    prison = SelectField(_l("Prison"), coerce=int, validators=[Optional()])


class PairForm(Form):
    code = StringField(
        _l("Code on the terminal's screen"),
        [InputRequired(REQUIRED), Regexp(r"[A-Za-z0-9 -]{8,12}\Z", message=_l("The code has eight letters and digits."))],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "maxlength": "12"},
    )

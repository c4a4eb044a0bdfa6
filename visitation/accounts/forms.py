"""Shape of what families and clerks type."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, EmailField, PasswordField, RadioField, SelectField, StringField, TelField, TextAreaField
from wtforms.validators import Email, EqualTo, InputRequired, Length, Optional, Regexp, ValidationError

from visitation.accounts import rules
from visitation.web.forms import REQUIRED, Form
from visitation.web.i18n import LANGUAGES
from visitation.web.person_fields import DOCUMENTS, PersonFields


class MobileField(TelField):  # type: ignore[misc]
    """A mainland mobile number; `e164` is its canonical form once it was found right, what was typed stays on the page."""

    e164: str = ""

    def __init__(self, label: Any, validators: Any = (), **options: Any) -> None:
        options.setdefault("render_kw", {"autocomplete": "tel-national", "inputmode": "tel", "maxlength": "20"})
        super().__init__(label, validators, **options)

    def post_validate(self, form: Any, validation_stopped: bool) -> None:
        if validation_stopped or not self.data:
            return
        number = rules.mobile_number(self.data)
        if number is None:
            raise ValidationError(_l("This is not a mobile number of the mainland. Please type its 11 digits."))
        self.e164 = number


class MobileForm(Form):
    mobile = MobileField(_l("Mobile number"), [InputRequired(REQUIRED)])


class CodeForm(Form):
    code = StringField(
        _l("Code from the message"),
        [InputRequired(REQUIRED), Regexp(r"[0-9 ]{6,8}\Z", message=_l("The code has six digits."))],
        render_kw={"inputmode": "numeric", "autocomplete": "one-time-code", "maxlength": "8", "class": "code-input"},
    )


class PasswordSignInForm(MobileForm):
    password = PasswordField(_l("Password"), [InputRequired(REQUIRED), Length(max=512)], render_kw={"autocomplete": "current-password"})


class DetailsForm(PersonFields):
    email = EmailField(_l("E-mail"), [Optional(), Length(max=200), Email(_l("This is not an e-mail address."))], render_kw={"autocomplete": "email"})
    password = PasswordField(_l("Password"), [Optional(), Length(max=512)], render_kw={"autocomplete": "new-password"})
    again = PasswordField(_l("Password once more"), [EqualTo("password", _l("The two passwords differ."))], render_kw={"autocomplete": "new-password"})
    agree = BooleanField(
        _l("I agree that my name, document and photo are kept and compared so that visits can be examined and supervised."), [InputRequired(REQUIRED)]
    )


class ContactForm(Form):
    email = EmailField(_l("E-mail"), [Optional(), Length(max=200), Email(_l("This is not an e-mail address."))], render_kw={"autocomplete": "email"})
    language = RadioField(_l("Language of messages and pages"), [InputRequired(REQUIRED)], choices=lambda: list(LANGUAGES.items()))
    large_type = BooleanField(_l("Large type"))


class PasswordForm(Form):
    old = PasswordField(_l("Present password"), [Optional(), Length(max=512)], render_kw={"autocomplete": "current-password"})
    new = PasswordField(_l("New password"), [Optional(), Length(max=512)], render_kw={"autocomplete": "new-password"})
    again = PasswordField(_l("New password once more"), [EqualTo("new", _l("The two passwords differ."))], render_kw={"autocomplete": "new-password"})
    drop = BooleanField(_l("Remove the password; I sign in by codes only"))


class CloseForm(Form):
    sure = BooleanField(_l("Yes, close my account"), [InputRequired(_l("Please confirm that you want to close the account."))])


class LostForm(PersonFields):
    prison = SelectField(_l("Prison that knows you"), [InputRequired(REQUIRED)], coerce=int)
    old_mobile = MobileField(_l("Earlier mobile number"), [Optional()])


class FindForm(Form):
    kind = SelectField(_l("Document"), [InputRequired(REQUIRED)], choices=lambda: list(DOCUMENTS.items()))
    number = StringField(_l("Number of the person's document"), [InputRequired(REQUIRED), Length(max=40)], render_kw={"autocomplete": "off"})


class ReasonForm(Form):
    reason = TextAreaField(_l("Reason, for the record"), [InputRequired(REQUIRED), Length(max=400)], render_kw={"rows": "3"})


class NewPersonForm(Form):
    mobile = MobileField(_l("Mobile number of the person"), [Optional()])

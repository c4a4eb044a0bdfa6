"""Shape of what is typed for a referral."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, SelectMultipleField, TelField, TextAreaField
from wtforms.validators import Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from consult.referrals.service import Referring
from visitation.accounts.rules import mobile_number
from visitation.web.choices import choices
from visitation.web.code_words import RELATIONS
from visitation.web.forms import Form

WRITTEN_IN = {"zh_Hans_CN": _l("Chinese"), "en": _l("English")}
MOST_TYPED = 20_000


class ReferForm(Form):
    ids = "refer-"
    place = HiddenField(validators=[Length(max=6)])
    institutions = SelectMultipleField(_l("Where to"), coerce=int, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), validate_choice=False)
    relation = SelectField(_l("Who is referred"), choices=choices(RELATIONS, _l("The inmate, or somebody else")), validators=[Optional()])
    sentence = TextAreaField(_l("Your word to the person"), [Length(max=MOST_TYPED)], render_kw={"rows": "3"})
    mobile = TelField(_l("Mobile number of the person"), [Length(max=40)], render_kw={"autocomplete": "off", "inputmode": "tel"})
    language = SelectField(_l("Language of the message"), choices=choices(WRITTEN_IN))
    consent = BooleanField(_l("I have asked: the inmate agrees that this person is written to."))

    def wanted(self) -> Referring:
        """What was typed; a number that is none is None."""
        typed = (self.mobile.data or "").strip()
        mobile: Any = mobile_number(typed) if typed else ""
        return Referring(
            self.institutions.data or [],
            self.place.data or "",
            self.relation.data or "",
            self.sentence.data or "",
            bool(self.consent.data),
            mobile,
            self.language.data,
        )

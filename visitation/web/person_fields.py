"""The fields in which a person says who they are: asked at registration, for a companion, and when a number was lost."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from visitation.web.forms import REQUIRED, Form

DOCUMENTS = {
    "resident_id": _l("Resident identity card"),
    "hmt_permit": _l("Residence permit for Hong Kong, Macau and Taiwan residents"),
    "hm_travel": _l("Travel permit of Hong Kong and Macau residents"),
    "tw_travel": _l("Travel permit of Taiwan residents"),
    "passport": _l("Passport"),
}


def document_word(kind: str) -> Any:
    """A kind of document in the reader's language."""
    return DOCUMENTS.get(kind, kind)


class PersonFields(Form):
    """Who somebody is, with the uids of two staged pictures. What is right and wrong with it says people.rules.judge."""

    face = HiddenField(validators=[Length(max=64)])
    document = HiddenField(validators=[Length(max=64)])
    name = StringField(_l("Name as on the document"), [InputRequired(REQUIRED), Length(max=200)], render_kw={"autocomplete": "name"})
    document_kind = SelectField(_l("Document"), [InputRequired(REQUIRED)], choices=lambda: list(DOCUMENTS.items()))
    document_number = StringField(
        _l("Number of the document"),
        [InputRequired(REQUIRED), Length(max=40)],
        render_kw={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"},
    )
    birth_date = DateField(_l("Date of birth"), [Optional()], render_kw={"autocomplete": "bday"})

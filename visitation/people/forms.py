"""Shape of what a family types about people."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from visitation.people.models import Prison, Visitor
from visitation.people.words import PROOFS, RELATIONS
from visitation.web.forms import REQUIRED, Form


class ClaimForm(Form):
    """A kinship claim. `proofs`: uids of staged files, comma-separated. `needing`: codes of relations that must be described."""

    needing: frozenset[str] = frozenset()

    person = RadioField(_l("For whom"), coerce=int, validators=[InputRequired(REQUIRED)])
    prison = SelectField(_l("Prison"), [InputRequired(REQUIRED)], coerce=int)
    inmate_name = StringField(_l("Name of the relative"), [InputRequired(REQUIRED), Length(max=200)], render_kw={"autocomplete": "off"})
    inmate_number = StringField(
        _l("Number of the relative"), [InputRequired(REQUIRED), Length(max=40)], render_kw={"autocomplete": "off", "inputmode": "numeric"}
    )
    relation = SelectField(_l("The relative is my"), validators=[InputRequired(REQUIRED)])
    relation_note = StringField(_l("Describe the relation"), [Optional(), Length(max=200)])
    proof_kind = SelectField(_l("Document that proves it"), [InputRequired(REQUIRED)], choices=lambda: list(PROOFS.items()))
    proofs = HiddenField(validators=[Length(max=400)])

    def offer(self, people: Iterable[Visitor], prisons: Iterable[Prison], relations: Sequence[Mapping[str, Any]]) -> None:
        english = str(get_locale()).startswith("en")
        self.needing = frozenset(row["code"] for row in relations if row["needs_approval"])
        self.person.choices = [(person.id, person.name) for person in people]
        self.prison.choices = [(prison.id, prison.name_en if english else prison.name) for prison in prisons]
        self.relation.choices = [("", _l("Please choose")), *((row["code"], RELATIONS.get(row["code"], row["code"])) for row in relations)]


class WithdrawForm(Form):
    """A button: nothing is typed."""


class ObjectionForm(Form):
    text = TextAreaField(_l("Why do you object?"), [InputRequired(REQUIRED), Length(min=5, max=2000)], render_kw={"rows": "6"})

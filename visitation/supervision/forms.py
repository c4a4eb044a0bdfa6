"""Forms of the officer's pages: shape and type of what is typed, no law."""

from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length, Optional, Regexp

from visitation.supervision.rules import ABSENT, CONFIRMED, FAILED, WRITTEN_OUTCOMES
from visitation.supervision.words import IDENTITY_REASON_WORDS, OUTCOME_WORDS
from visitation.web.choices import choices
from visitation.web.forms import REQUIRED, Form

MINUTES = (5, 10, 15)
NOT_HELD = ("no_show_visitor", "no_show_lawyer", "no_show_inmate", "refused_by_inmate", "technical")


class VerdictForm(Form):
    """One person at check-in. `leg`: the participant whose camera shows them; the page fills it in."""

    verdict = HiddenField(validators=[AnyOf((CONFIRMED, FAILED, ABSENT))])
    reason = SelectField(_l("Why the identity is not confirmed"), choices=choices(IDENTITY_REASON_WORDS, _l("Choose a reason")), validators=[Optional()])
    leg = HiddenField(validators=[Length(max=40)])


class FinishForm(Form):
    """Nothing but the tokens: the check-in is done."""


class ExtendForm(Form):
    minutes = IntegerField(_l("Minutes"), validators=[InputRequired(REQUIRED), AnyOf(MINUTES)])


class AttentionForm(Form):
    present = HiddenField(validators=[AnyOf(("yes", "no"))])


class HandoverForm(Form):
    """To whom a watch is offered: an account's number, or nobody by name."""

    to = HiddenField(validators=[Optional(), Regexp(r"^[0-9]{1,9}$")])


def missed(codes: Iterable[str], lawyer: bool) -> list[tuple[str, Any]]:
    """Outcomes to choose from: either a visitor or a lawyer was awaited."""
    other = "no_show_visitor" if lawyer else "no_show_lawyer"
    return choices([(code, OUTCOME_WORDS[code]) for code in codes if code != other])


class NotHeldForm(Form):
    """A visit that ends before it began. lawyer: it is a lawyer who was to come."""

    def __init__(self, *args: Any, lawyer: bool = False, **values: Any) -> None:
        super().__init__(*args, **values)
        self.outcome.choices = missed(NOT_HELD, lawyer)

    outcome = SelectField(_l("What happened"), validators=[InputRequired(REQUIRED)])
    note = StringField(_l("Note"), validators=[Length(max=200)])


class OutcomeForm(Form):
    """What the officer writes down after a visit. lawyer: it was a lawyer who came."""

    def __init__(self, *args: Any, lawyer: bool = False, **values: Any) -> None:
        super().__init__(*args, **values)
        self.outcome.choices = missed(WRITTEN_OUTCOMES, lawyer)

    outcome = SelectField(_l("How the visit went"), validators=[InputRequired(REQUIRED)])
    note = TextAreaField(_l("Officer's note (staff only)"), validators=[Length(max=2000)])
    inmate_note = TextAreaField(_l("Note for the inmate"), validators=[Length(max=500)])
    concern = BooleanField(_l("Concern for this person: bad news, upset; the ward acknowledges before the return closes"))

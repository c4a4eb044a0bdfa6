"""Equipment that needs somebody: families whose test failed or is missing, with their telephone number, and terminals that failed their morning test."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.kernel.identity import Identity, Role
from visitation.live import due, morning
from visitation.live.forms import HelpForm
from visitation.live.models import EquipmentDue
from visitation.live.words import DUE_TONES, DUE_WORDS, ahead_words, cause_words
from visitation.store.transaction import perform, reader
from visitation.web.door import door
from visitation.web.request import now, see

blueprint = Blueprint("equipment", __name__)
HELPERS = (Role.OFFICER, Role.DUTY_CHIEF)


@blueprint.get("/equipment")
@door(*HELPERS)
def index(who: Identity) -> ResponseReturnValue:
    """The nearest visit first."""
    return _page(who, {})


def _page(who: Identity, wrong: dict[int, HelpForm]) -> ResponseReturnValue:
    rows = due.to_help(reader(), who.prison_id, now())
    for row in rows:
        see("booking", row.booking_id)
    shown = {"rows": rows, "terminals": morning.lame(reader(), who.prison_id, now()), "numbers": due.telephones(reader(), rows)}
    words = {"due_words": DUE_WORDS, "due_tones": DUE_TONES, "ahead_words": ahead_words, "cause_words": cause_words}
    forms = {row.id: wrong.get(row.id) or HelpForm(formdata=None) for row in rows}
    return render_template("prison/live/equipment.html", forms=forms, **shown, **words), 422 if wrong else 200


@blueprint.post("/equipment/<int:due_id>/helped")
@door(*HELPERS, subject=due.due_by_id, check=due.is_ours)
def helped(who: Identity, row: EquipmentDue) -> ResponseReturnValue:
    """Spoken with the family: the task is done."""
    form = HelpForm()
    if not form.validate_on_submit():
        return _page(who, {row.id: form})
    perform(lambda session: due.help_family(session, who, row.id, form.note.data or "", now()))
    flash(gettext("Noted. If the next test fails as well, the visit appears here again."))
    return redirect(url_for("equipment.index"))

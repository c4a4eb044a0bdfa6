"""A questionnaire at the terminal: large buttons, nothing to type. Who answers is not asked."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consult.questionnaires import queries, service
from consult.questionnaires.forms import form_for
from consult.questionnaires.models import Questionnaire
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.live.queries import is_calm
from visitation.store.transaction import perform, reader
from visitation.web.door import door
from visitation.web.limits import limiter
from visitation.web.request import now

blueprint = Blueprint("kiosk_surveys", __name__, url_prefix="/kiosk/questionnaires")


def may_answer_inside(who: Identity, row: Questionnaire) -> bool:
    """For inmates, published, of this prison or of all."""
    return row.audience == "inmates" and row.published_id is not None and row.prison_id in (None, who.prison_id)


@blueprint.route("/<ref>", methods=["GET", "POST"])
@limiter.limit("60/hour", methods=["POST"])
@door(Role.TERMINAL, subject=queries.by_ref, check=may_answer_inside)
def show(who: Identity, row: Questionnaire) -> ResponseReturnValue:
    """Answer it; the terminal goes back to the beginning, for the next person."""
    version, row_id = queries.answered_version(row, request.form.get("number", "")), row.id
    items, number = queries.items_of(version), version.number
    form = form_for(items, spoken=True)(number=str(number))
    if form.validate_on_submit():
        try:
            given, key = form.given(items), form.request_key.data
            perform(lambda session: service.reply_inside(session, who, row_id, number, given, "terminal", now(), key))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("Thank you. Your answers have arrived; they carry no name."))
            return redirect(url_for("kiosk_reading.index"))
    if request.method == "GET" and not is_calm(reader(), who.account_id, now()):
        return redirect(url_for("kiosk.index"))
    return render_template("prison/questionnaires/kiosk.html", row=row, version=version, form=form, words_left=any(one.kind == "text" for one in items))

"""The ward officer's page: what the inmates of the own wards say of the people who want to visit them."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.people import labels_staff, queries_desk, rules_staff, service_desk
from visitation.people.forms_staff import AnswerForm
from visitation.people.models import Kinship
from visitation.store.transaction import perform, reader
from visitation.web.door import door
from visitation.web.request import now, see

blueprint = Blueprint("answers", __name__, url_prefix="/answers")
SAID = ("accepted", "declined", "withdrawn")


def own_ward(who: Identity, claim: Kinship) -> bool:
    return claim.inmate is not None and rules_staff.sees_inmate(who, claim.inmate)


@blueprint.get("")
@door(Role.WARD_OFFICER)
def index(who: Identity) -> str:
    """Who is still to be asked, and who may be asked again because an answer can be withdrawn at any time."""
    waiting, answered = queries_desk.unanswered(reader(), who), queries_desk.answered(reader(), who)
    for claim in (*waiting, *answered):
        see("inmate", claim.inmate_id)
    lamps = {claim.id: rules_staff.lamp(claim.due_at, now()) for claim in waiting}
    return render_template("prison/people/answers.html", waiting=waiting, answered=answered, lamps=lamps, form=AnswerForm(), words=labels_staff)


@blueprint.post("/<ref>")
@door(Role.WARD_OFFICER, subject=queries_desk.claim_by_ref, check=own_ward)
def answer(who: Identity, claim: Kinship) -> ResponseReturnValue:
    """Record one answer. The family is never told which it was."""
    form, kinship_id, name = AnswerForm(), claim.id, claim.inmate_name
    said = form.answer.data or ""
    if not form.validate_on_submit() or said not in SAID:
        raise Refused("ANSWER_NOT_NOW")
    perform(lambda session: service_desk.record_answer(session, who, kinship_id, said, now()))
    flash(gettext("Recorded for %(name)s: %(answer)s.", name=name, answer=labels_staff.ANSWERS[said]))
    return redirect(url_for("answers.index"))

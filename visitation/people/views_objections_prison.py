"""Objections (申诉): the queue by due time, and a decision by another person than the refuser."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.people import labels_staff, queries_desk, queries_suspensions, rules_staff, service_objections
from visitation.people.forms_staff import ObjectionForm
from visitation.people.models import Objection
from visitation.store.transaction import perform, reader
from visitation.web.door import door
from visitation.web.request import now, see

blueprint = Blueprint("objections", __name__, url_prefix="/objections")
DECIDERS = (Role.DUTY_CHIEF, Role.BUREAU)


def own_objection(who: Identity, objection: Objection) -> bool:
    return rules_staff.same_prison(who, objection)


@blueprint.get("")
@door(*DECIDERS)
def index(who: Identity) -> str:
    """Open objections, the most urgent first; or decided ones."""
    state = "decided" if request.args.get("state") == "decided" else "open"
    rows = queries_suspensions.objections(reader(), who, state)
    lamps = {row.id: rules_staff.lamp(row.due_at, now()) for row in rows}
    return render_template("prison/people/objections.html", rows=rows, lamps=lamps, state=state, who=who, words=labels_staff)


@blueprint.route("/<ref>", methods=["GET", "POST"])
@door(*DECIDERS, subject=queries_suspensions.objection_by_ref, check=own_objection)
def show(who: Identity, objection: Objection) -> ResponseReturnValue:
    """What was decided, what the family says, and the decision on it."""
    form, objection_id = ObjectionForm(), objection.id
    if form.validate_on_submit():
        granted = _granted(request.form.get("decision", ""))
        try:
            perform(lambda session: service_objections.decide_objection(session, who, objection_id, granted, form.answer.data, now()))
        except Refused as refused:
            if refused.status == 409:
                raise
            form.refuse(refused)
        else:
            flash(gettext("The objection is decided. The family is being told."))
            return redirect(url_for("objections.index"))
    return _page(who, objection, form)


def _granted(decision: str) -> bool:
    if decision not in ("grant", "uphold"):
        abort(400)
    return decision == "grant"


def _page(who: Identity, objection: Objection, form: ObjectionForm) -> str:
    session = reader()
    subject = queries_suspensions.subject_of(session, objection)
    refuser = service_objections.decider_of(objection, subject)
    see("objection", objection.id)
    see(objection.subject_type, objection.subject_id)
    return render_template(
        "prison/people/objection.html",
        row=objection,
        subject=subject,
        refuser=refuser,
        mine=refuser == who.account_id,
        staff=queries_desk.names_of_staff(session, [refuser, objection.decided_by]),
        deadline=rules_staff.lamp(objection.due_at, now()),
        form=form,
        words=labels_staff,
    )

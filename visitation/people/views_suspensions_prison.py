"""Suspensions of inmates and visitors: what holds, what comes, setting and lifting."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day
from visitation.people import labels_staff, queries_desk, queries_staff, queries_suspensions, rules_staff, rules_suspensions, service_suspensions
from visitation.people.forms_staff import SuspensionForm, choices
from visitation.people.models import Inmate, Kinship, Suspension
from visitation.people.service_suspensions import Wanted
from visitation.people.views_inmates_prison import own_inmate
from visitation.people.views_kinship_prison import own_claim
from visitation.policies.queries import value
from visitation.store.transaction import perform, reader
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.request import now, see

blueprint = Blueprint("suspensions", __name__)
SETTERS = (Role.OFFICER, Role.DUTY_CHIEF)


def own_suspension(who: Identity, suspension: Suspension) -> bool:
    return rules_staff.same_prison(who, suspension)


@blueprint.get("/suspensions")
@door(*SETTERS)
def index(who: Identity) -> str:
    """What holds or begins later; or what is over."""
    past, today = request.args.get("past") == "1", local_day(now())
    rows = queries_suspensions.suspension_list(reader(), who, today, past)
    stages = {row.id: rules_suspensions.stage(row.starts_on, row.ends_on, row.lifted_at is not None, today) for row, _inmate, _visitor in rows}
    return render_template("prison/people/suspensions.html", rows=rows, stages=stages, past=past, words=labels_staff)


@blueprint.get("/suspensions/<ref>")
@door(*SETTERS, subject=queries_suspensions.suspension_by_ref, check=own_suspension)
def show(_who: Identity, suspension: Suspension) -> str:
    """One suspension, the visits it touches, and the button that lifts it."""
    session = reader()
    inmate = queries_staff.inmate_by_id(session, suspension.inmate_id) if suspension.inmate_id is not None else None
    visitor = queries_suspensions.visitor_by_id(session, suspension.visitor_id)
    see("inmate" if inmate else "visitor", suspension.inmate_id or suspension.visitor_id)
    return render_template(
        "prison/people/suspension.html",
        row=suspension,
        inmate=inmate,
        visitor=visitor,
        stage=rules_suspensions.stage(suspension.starts_on, suspension.ends_on, suspension.lifted_at is not None, local_day(now())),
        hit=queries_suspensions.bookings_hit(session, suspension),
        staff=queries_desk.names_of_staff(session, [suspension.decided_by]),
        act=ActForm(),
        words=labels_staff,
    )


@blueprint.post("/suspensions/<ref>/lift")
@door(*SETTERS, subject=queries_suspensions.suspension_by_ref, check=own_suspension)
def lift(who: Identity, suspension: Suspension) -> ResponseReturnValue:
    suspension_id, ref = suspension.id, suspension.ref
    if ActForm().validate_on_submit():
        perform(lambda session: service_suspensions.lift(session, who, suspension_id, now()))
        flash(gettext("The suspension is lifted. Visits can be booked again from now on."))
    return redirect(url_for("suspensions.show", ref=ref))


@blueprint.route("/inmates/<int:inmate_id>/suspend", methods=["GET", "POST"])
@door(*SETTERS, subject=queries_staff.inmate_by_id, check=own_inmate)
def inmate(who: Identity, subject: Inmate) -> ResponseReturnValue:
    """No visits of an inmate from one day to another."""
    form, inmate_id = _form(rules_suspensions.INMATE_CODES, labels_staff.INMATE_SUSPENSIONS), subject.id
    see("inmate", inmate_id)
    return _set(form, subject.name, None, lambda session: service_suspensions.suspend_inmate(session, who, inmate_id, _wanted(form), now()))


@blueprint.route("/kinship/<ref>/suspend", methods=["GET", "POST"])
@door(*SETTERS, subject=queries_desk.claim_by_ref, check=own_claim)
def visitor(who: Identity, claim: Kinship) -> ResponseReturnValue:
    """No visits by a person in this prison, for at most the months of the policy."""
    form = _form(rules_suspensions.VISITOR_CODES, labels_staff.VISITOR_SUSPENSIONS)
    prison_id, visitor_id = claim.prison_id, claim.visitor_id
    see("visitor", visitor_id)
    most = value(reader(), "suspension_max_months", prison_id, local_day(now()))
    return _set(form, claim.visitor.name, most, lambda session: service_suspensions.suspend_visitor(session, who, prison_id, visitor_id, _wanted(form), now()))


def _form(codes: tuple[str, ...], words: dict[str, Any]) -> SuspensionForm:
    form = SuspensionForm(data={"starts_on": local_day(now())})
    form.code.choices = choices({code: words[code] for code in codes})
    return form


def _wanted(form: SuspensionForm) -> Wanted:
    return Wanted(form.code.data, form.starts_on.data, form.ends_on.data, form.note.data)


def _set(form: SuspensionForm, name: str, most: int | None, work: Callable[[Session], Suspension]) -> ResponseReturnValue:
    if form.validate_on_submit():
        try:
            ref = perform(lambda session: work(session).ref)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The suspension is set. The families concerned are being told."))
            return redirect(url_for("suspensions.show", ref=ref))
    return render_template("prison/people/suspension_form.html", form=form, name=name, most=most)

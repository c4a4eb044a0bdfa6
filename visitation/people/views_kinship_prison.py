"""The kinship desk: the queue by due time, a claim with its papers, and the decision."""

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.people import labels_staff, queries_desk, queries_suspensions, rules_staff, service_desk
from visitation.people.forms_staff import DecisionForm, RestrictionForm
from visitation.people.models import Kinship
from visitation.people.papers import paper
from visitation.store.transaction import perform, reader
from visitation.web.door import door
from visitation.web.request import now, see

blueprint = Blueprint("kinship", __name__, url_prefix="/kinship")
DESK = (Role.OFFICER, Role.DUTY_CHIEF)


def own_claim(who: Identity, claim: Kinship) -> bool:
    return rules_staff.same_prison(who, claim)


@blueprint.get("")
@door(*DESK)
def index(who: Identity) -> str:
    """What waits, the most urgent first; or what has been decided."""
    state = request.args.get("state", "submitted")
    state = state if state in labels_staff.CLAIM_STATES else "submitted"
    claims = queries_desk.queue(reader(), who, state)
    lamps = {claim.id: rules_staff.lamp(claim.due_at, now()) for claim in claims}
    see("kinship_queue", who.prison_id or 0)
    counts = queries_desk.counts(reader(), who, now())
    return render_template("prison/people/kinship_queue.html", claims=claims, lamps=lamps, state=state, counts=counts, words=labels_staff)


@blueprint.get("/<ref>")
@door(*DESK, subject=queries_desk.claim_by_ref, check=own_claim)
def show(who: Identity, claim: Kinship) -> str:
    return _page(who, claim, RestrictionForm(), DecisionForm())


@blueprint.post("/<ref>/restriction")
@door(*DESK, subject=queries_desk.claim_by_ref, check=own_claim)
def restriction(who: Identity, claim: Kinship) -> ResponseReturnValue:
    """Record what the check for contact restrictions said."""
    form, kinship_id, ref = RestrictionForm(), claim.id, claim.ref
    if form.validate_on_submit():
        found, note = form.result.data == "restricted", form.restriction_note.data or ""
        perform(lambda session: service_desk.record_restriction(session, who, kinship_id, found, note, now()))
        flash(gettext("The check is recorded."))
        return redirect(url_for("kinship.show", ref=ref))
    return _page(who, claim, form, DecisionForm(formdata=None))


@blueprint.post("/<ref>/decision")
@door(*DESK, subject=queries_desk.claim_by_ref, check=own_claim)
def decide(who: Identity, claim: Kinship) -> ResponseReturnValue:
    """Approve or refuse; whoever is second is told that the claim has been decided."""
    form, kinship_id = DecisionForm(), claim.id
    if form.validate_on_submit():
        try:
            _decide(who, kinship_id, form, request.form.get("decision", ""))
        except Refused as refused:
            if refused.status == 409:
                raise
            form.refuse(refused)
        else:
            return redirect(url_for("kinship.index"))
    fresh = queries_desk.claim_by_ref(reader(), g.subject.ref)
    return _page(who, fresh or claim, RestrictionForm(formdata=None), form)


def _decide(who: Identity, kinship_id: int, form: DecisionForm, decision: str) -> None:
    code, text, note = form.reason_code.data or "", form.reason_text.data or "", form.note.data or ""
    if decision == "approve":
        perform(lambda session: service_desk.approve(session, who, kinship_id, note, now()))
        flash(gettext("The claim is approved. The family is being told."))
    elif decision == "refuse":
        perform(lambda session: service_desk.refuse_claim(session, who, kinship_id, code, text, note, now()))
        flash(gettext("The claim is refused. The family is being told the reason and how to object."))
    else:
        abort(400)


@blueprint.get("/<ref>/files/<uid>")
@door(*DESK, subject=queries_desk.claim_by_ref, check=own_claim)
def file(_who: Identity, claim: Kinship, uid: str) -> Response:
    """A paper or picture of this claim, and of no other."""
    upload = queries_desk.file_of_claim(reader(), claim, uid)
    if upload is None:
        abort(404)
    see("upload", upload.id)
    return paper(reader(), upload)


def _page(who: Identity, claim: Kinship, check: RestrictionForm, decision: DecisionForm) -> str:
    session = reader()
    see("kinship", claim.id)
    see("visitor", claim.visitor_id)
    if claim.inmate_id is not None:
        see("inmate", claim.inmate_id)
    state = service_desk.state_of(session, claim, now())
    return render_template(
        "prison/people/kinship_claim.html",
        claim=claim,
        papers=queries_desk.papers_of(session, claim),
        pictures=queries_desk.pictures_of(session, claim.visitor),
        earlier=queries_desk.earlier_claims(session, claim),
        suspensions=queries_suspensions.current_of(session, None, claim.visitor_id, claim.prison_id, now()),
        staff=queries_desk.names_of_staff(session, [claim.inmate_answer_by, claim.decided_by]),
        deadline=rules_staff.lamp(claim.due_at, now()),
        needs_approval=state.needs_approval,
        hindrances=rules_staff.approval_refusals(state, who) if claim.state == "submitted" else [],
        check=check,
        decision=decision,
        words=labels_staff,
        neutral=rules_staff.NEUTRAL,
    )

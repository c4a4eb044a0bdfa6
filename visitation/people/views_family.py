"""My relatives: claims of kinship with their state and reason, people I look after, my visitor code, objections."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.bookings.models import Booking
from visitation.bookings.queries import booking_by_ref
from visitation.bookings.rules import is_mine
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day
from visitation.people import queries, rules, service
from visitation.people.forms import ClaimForm, ObjectionForm, WithdrawForm
from visitation.people.models import Kinship, Objection, Suspension, Visitor
from visitation.people.service import Claim, Pictures, Subject
from visitation.policies.queries import value
from visitation.store.transaction import perform, perform_again, reader
from visitation.uploads import queries as uploads
from visitation.uploads.models import Upload
from visitation.uploads.rules import split_uids
from visitation.web.browser import file_owner
from visitation.web.door import door
from visitation.web.limits import limiter
from visitation.web.local_names import local_name
from visitation.web.person_fields import PersonFields
from visitation.web.request import now, see
from visitation.web.sentences import sentence

blueprint = Blueprint("people", __name__)


@blueprint.get("/relatives")
@door(Role.FAMILY)
def index(who: Identity) -> str:
    """Whom I may visit, what is being examined, whom I look after."""
    people = queries.people_of(reader(), who)
    for person in people:
        see("visitor", person.id)
    ids = [person.id for person in people]
    return render_template(
        "family/people/index.html",
        people=people,
        me=people[0],
        claims=queries.claims_of(reader(), ids),
        suspensions=queries.suspensions_of(reader(), ids),
        local_name=local_name,
        companions=people[1:],
    )


@blueprint.route("/relatives/new", methods=["GET", "POST"])
@limiter.limit("600/hour", methods=["POST"])
@door(Role.FAMILY)
def claim(who: Identity) -> ResponseReturnValue:
    """Name a relative and prove it. The page answers the same for whoever is named."""
    form = _claim_form(who)
    if form.validate_on_submit():
        try:
            made = _claim(who, form)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("Your request is with the prison. You will be told the decision."))
            return redirect(url_for("people.kinship", ref=made.ref))
    return render_template("family/people/claim.html", form=form, files=_files(who, form.proofs.data or ""))


def _claim_form(who: Identity) -> ClaimForm:
    session, moment = reader(), now()
    prisons = queries.open_prisons(session)
    form = ClaimForm()
    chosen = form.prison.data if request.method == "POST" else None
    relations: dict[str, Any] = {}
    for prison in prisons:
        if chosen in (None, prison.id):
            relations |= {row["code"]: row for row in value(session, "relations", prison.id, local_day(moment))}
    form.offer(queries.people_of(session, who), prisons, list(relations.values()))
    if request.method == "GET":
        form.person.data = who.visitor_id
        form.proofs.data = ",".join(row.uid for row in uploads.waiting(session, *file_owner(who), "proof")[-rules.MOST_PROOFS :])
    return form


def _claim(who: Identity, form: ClaimForm) -> Kinship:
    claim = Claim(
        visitor_id=form.person.data,
        prison_id=form.prison.data,
        inmate_name=form.inmate_name.data,
        inmate_number=form.inmate_number.data,
        relation=form.relation.data,
        relation_note=form.relation_note.data or "",
        proof_kind=form.proof_kind.data,
        proofs=split_uids(form.proofs.data or "", rules.MOST_PROOFS + 1),
    )
    key, moment = form.request_key.data, now()
    return perform_again(lambda session: service.claim_kinship(session, who, claim, key, moment))


def _files(who: Identity, uids: str) -> Sequence[Upload]:
    return uploads.chosen(reader(), split_uids(uids, rules.MOST_PROOFS), *file_owner(who))


def is_my_claim(who: Identity, kinship: Kinship) -> bool:
    """One's own, or that of a person one looks after."""
    return kinship.visitor_id == who.visitor_id or kinship.visitor.manager_id == who.account_id


@blueprint.get("/relatives/<ref>")
@door(Role.FAMILY, subject=queries.kinship_by_ref, check=is_my_claim)
def kinship(who: Identity, kinship: Kinship) -> str:
    """One claim: what was said, where it stands, and why."""
    see("kinship", kinship.id)
    proofs = uploads.by_ids(reader(), [proof.upload_id for proof in kinship.proofs])
    objection = queries.objection_to(reader(), who.account_id, "kinship", kinship.id)
    return render_template("family/people/kinship.html", kinship=kinship, proofs=proofs, objection=objection, form=WithdrawForm())


@blueprint.post("/relatives/<ref>/withdraw")
@door(Role.FAMILY, subject=queries.kinship_by_ref, check=is_my_claim)
def withdraw(who: Identity, kinship: Kinship) -> ResponseReturnValue:
    """Take a claim or an approved kinship back."""
    if WithdrawForm().validate_on_submit():
        moment = now()
        perform(lambda session: service.withdraw(session, who, kinship.id, moment))
        flash(gettext("The request is withdrawn."))
    return redirect(url_for("people.kinship", ref=kinship.ref))


@blueprint.route("/companions/new", methods=["GET", "POST"])
@limiter.limit("600/hour", methods=["POST"])
@door(Role.FAMILY)
def companion(who: Identity) -> ResponseReturnValue:
    """A child, or an old person without a telephone: added here, then named in a claim of their own."""
    form = PersonFields()
    if request.method == "GET":
        form.face.data, form.document.data = (_latest(who, purpose) for purpose in ("face", "document"))
    if form.validate_on_submit():
        try:
            person, warnings = _add(who, form)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("%(name)s is added. Please also prove how this person is related.", name=person.name))
            for warning in warnings:
                flash(sentence(warning), "warning")
            return redirect(url_for("people.claim"))
    shown = {purpose: _files(who, getattr(form, purpose).data or "") for purpose in ("face", "document")}
    return render_template("family/people/companion.html", form=form, pictures=shown)


def _latest(who: Identity, purpose: str) -> str:
    found = uploads.waiting(reader(), *file_owner(who), purpose)
    return found[-1].uid if found else ""


def _add(who: Identity, form: PersonFields) -> tuple[Visitor, Sequence[Any]]:
    person = rules.Person(form.name.data, form.document_kind.data, form.document_number.data, form.birth_date.data)
    pictures = Pictures(form.face.data or "", form.document.data or "", *file_owner(who))
    key, moment = form.request_key.data, now()
    return perform_again(lambda session: service.add_companion(session, who, person, pictures, key, moment))


def is_my_suspension(who: Identity, suspension: Suspension) -> bool:
    return suspension.visitor_id is not None and suspension.visitor_id == who.visitor_id


@blueprint.route("/relatives/<ref>/object", methods=["GET", "POST"])
@limiter.limit("300/hour", methods=["POST"])
@door(Role.FAMILY, subject=queries.kinship_by_ref, check=is_my_claim)
def object_to_kinship(who: Identity, kinship: Kinship) -> ResponseReturnValue:
    """Object to a claim that was not approved."""
    subject = Subject("kinship", kinship.id, kinship.prison_id, kinship.state, kinship.decided_by)
    return _object(who, subject, gettext("Request %(ref)s", ref=kinship.ref), kinship.reason_text, kinship.reason_code)


@blueprint.route("/suspensions/<ref>/object", methods=["GET", "POST"])
@limiter.limit("300/hour", methods=["POST"])
@door(Role.FAMILY, subject=queries.suspension_by_ref, check=is_my_suspension)
def object_to_suspension(who: Identity, suspension: Suspension) -> ResponseReturnValue:
    """Object to being suspended from visits."""
    state = "refused" if suspension.lifted_at is None else "lifted"
    subject = Subject("suspension", suspension.id, suspension.prison_id, state, suspension.decided_by)
    return _object(who, subject, gettext("Suspension %(ref)s", ref=suspension.ref), "", suspension.code)


@blueprint.route("/visits/<ref>/object", methods=["GET", "POST"])
@limiter.limit("300/hour", methods=["POST"])
@door(Role.FAMILY, subject=booking_by_ref, check=is_mine)
def object_to_visit(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Object to a visit that was not approved."""
    subject = Subject("booking", booking.id, booking.prison_id, booking.state, booking.decided_by)
    return _object(who, subject, gettext("Visit %(ref)s", ref=booking.ref), booking.reason_text, booking.reason_code)


def _object(who: Identity, subject: Subject, title: str, reason: str, code: str | None) -> ResponseReturnValue:
    earlier = queries.objection_to(reader(), who.account_id, subject.kind, subject.id)
    if earlier is not None:
        return redirect(url_for("people.objection", ref=earlier.ref))
    form = ObjectionForm()
    if form.validate_on_submit():
        text, moment = form.text.data, now()
        try:
            made = perform_again(lambda session: service.object_to(session, who, subject, text, moment))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("Your objection has arrived. A person who did not take the first decision examines it."))
            return redirect(url_for("people.objection", ref=made.ref))
    return render_template("family/people/object.html", form=form, title=title, reason=reason, code=code)


def is_my_objection(who: Identity, objection: Objection) -> bool:
    return objection.account_id == who.account_id


@blueprint.get("/objections/<ref>")
@door(Role.FAMILY, subject=queries.objection_by_ref, check=is_my_objection)
def objection(_who: Identity, objection: Objection) -> str:
    """How far an objection is, and its answer."""
    see("objection", objection.id)
    return render_template("family/people/objection.html", objection=objection)

"""The lawyer refers the person concerned: from a case to the nearest institutions that fit, in the family zone."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consult.directory import places
from consult.directory import words as directory_words
from consult.directory.places import Place
from consult.lawyers.models import Lawyer
from consult.notes.queries import request_by_ref
from consult.notes.views_family import is_in_family_zone, own_case
from consult.referrals import queries, rules, service, words
from consult.referrals.forms import ReferForm
from consult.requests.models import HelpRequest
from visitation.accounts.rules import masked_mobile
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.store.transaction import perform, reader
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.limits import limiter
from visitation.web.request import now, see

blueprint = Blueprint("referrals", __name__, url_prefix="/lawyer/cases")


@blueprint.route("/<ref>/referral", methods=["GET", "POST"])
@limiter.limit("30/hour", methods=["POST"])
@door(Role.LAWYER, subject=request_by_ref, check=is_in_family_zone)
def make(who: Identity, asked: HelpRequest) -> ResponseReturnValue:
    """The nearest institutions of each kind that fits; choose, add a word, and send."""
    lawyer, case = own_case(who, asked)
    form, lawyer_id, request_id, ref = ReferForm(), lawyer.id, case.request.id, asked.ref
    here = _place(asked, form)
    if not form.is_submitted():
        form.relation.data, form.place.data = asked.concerned_relation, here.code if here else ""
    if form.validate_on_submit():
        try:
            made = perform(lambda session: service.refer(session, who, session.get_one(Lawyer, lawyer_id), request_id, form.wanted(), now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            sent = gettext("The referral is made. The link has gone out, and the inmate gets a paper.")
            flash(sent if made.links_sent else gettext("The referral is made. The inmate gets a paper; nobody was written to."))
            return redirect(url_for("referrals.make", ref=ref))
    return _page(request_by_ref(reader(), ref) or asked, form, here)


def _place(asked: HelpRequest, form: ReferForm) -> Place | None:
    """Where the person lives: as the form or the address says, else as the request does."""
    typed = request.args.get("place", "")[:60].strip()
    return places.place(form.place.data or "") or (places.meant(typed) if typed else places.place(asked.concerned_place))


def _page(asked: HelpRequest, form: ReferForm, here: Place | None) -> str:
    session, typed = reader(), request.args.get("place", "")[:60].strip()
    see("help_request", asked.ref)
    offers = queries.offers(session, asked.matter, here.code) if here else []
    form.institutions.choices = [(found.row.id, found.row.name) for offer in offers for found in offer.found]
    return render_template(
        "family/referrals/make.html",
        row=asked,
        form=form,
        here=here,
        typed=here.path if here else typed,
        offered=places.find(typed) if typed and here is None else [],
        offers=offers,
        made=queries.of_request(session, asked.id),
        words=words,
        kinds=directory_words,
        masked=masked_mobile,
        rules=rules,
        act=ActForm(formdata=None),
        now=now(),
    )


@blueprint.post("/<ref>/referral/<referral_ref>/withdraw")
@door(Role.LAWYER, subject=request_by_ref, check=is_in_family_zone)
def withdraw(who: Identity, asked: HelpRequest, referral_ref: str) -> ResponseReturnValue:
    """Take a referral back: its links open no more."""
    lawyer, _case = own_case(who, asked, handles=False)
    found, lawyer_id, ref = queries.by_ref(reader(), referral_ref), lawyer.id, asked.ref
    if found is None or found.request_id != asked.id or found.lawyer_id != lawyer.id:
        abort(404)
    referral_id = found.id
    if ActForm().validate_on_submit():
        perform(lambda session: service.withdraw(session, who, session.get_one(Lawyer, lawyer_id), referral_id, now()))
        flash(gettext("The referral is taken back. Its link does not open any more."))
    return redirect(url_for("referrals.make", ref=ref))

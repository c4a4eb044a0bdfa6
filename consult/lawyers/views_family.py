"""The lawyer's own pages in the family zone: registering with an invitation, profile, days away."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consult.lawyers import queries, service, words
from consult.lawyers.forms import AwayForm, JoinForm, ProfileForm, shown
from consult.lawyers.models import Lawyer
from consult.lawyers.service import Credentials
from visitation.accounts import passwords, rules_staff
from visitation.kernel.errors import Refused, refuse
from visitation.kernel.identity import Identity, Role
from visitation.store.transaction import perform, perform_again, reader
from visitation.web.acting import acted
from visitation.web.door import door, open_door
from visitation.web.forms import ActForm
from visitation.web.limits import limiter
from visitation.web.request import now

blueprint = Blueprint("lawyer", __name__, url_prefix="/lawyer")


@blueprint.route("/join", methods=["GET", "POST"])
@limiter.limit("30/hour", methods=["POST"])
@open_door
def join(_who: Identity | None) -> ResponseReturnValue:
    """Register with the code of an invitation."""
    form = JoinForm()
    if form.validate_on_submit():
        try:
            refuse(rules_staff.password_refusals(form.new.data, form.login.data, form.name.data))
            credentials = Credentials(form.login.data, passwords.hash_password(form.new.data), once=False)
            perform_again(lambda session: service.join(session, form.code.data, form.profile(), credentials, now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("You are registered. Please sign in and set up the second factor; an officer now verifies your licence."))
            return redirect(url_for("clerk_sign_in.start"))
    return render_template("family/lawyers/join.html", form=form)


@blueprint.route("/me", methods=["GET", "POST"])
@door(Role.LAWYER)
def me(who: Identity) -> ResponseReturnValue:
    """Profile, and whether the licence is verified."""
    row = _own(who)
    form, lawyer_id = ProfileForm(), row.id
    if not form.is_submitted():
        shown(form, row)
    if acted(form, lambda session: service.change_profile(session, who, lawyer_id, form.profile(), now())):
        flash(gettext("The changes are saved."))
        return redirect(url_for("lawyer.me"))
    return render_template("family/lawyers/me.html", row=row, form=form, away=AwayForm(formdata=None), act=ActForm(formdata=None), words=words)


@blueprint.post("/me/away")
@door(Role.LAWYER)
def away(who: Identity) -> ResponseReturnValue:
    row = _own(who)
    form, lawyer_id = AwayForm(), row.id
    if acted(form, lambda session: service.stay_away(session, who, lawyer_id, form.first.data, form.last.data, now())):
        flash(gettext("The days are noted."))
        return redirect(url_for("lawyer.me"))
    profile = ProfileForm(formdata=None)
    shown(profile, row)
    return render_template("family/lawyers/me.html", row=row, form=profile, away=form, act=ActForm(formdata=None), words=words)


@blueprint.post("/me/away/<int:away_id>/remove")
@door(Role.LAWYER)
def back(who: Identity, away_id: int) -> ResponseReturnValue:
    lawyer_id = _own(who).id
    if ActForm().validate_on_submit():
        perform(lambda session: service.be_back(session, who, lawyer_id, away_id, now()))
    return redirect(url_for("lawyer.me"))


def _own(who: Identity) -> Lawyer:
    row = queries.lawyer_of(reader(), who)
    if row is None:
        abort(404)
    return row

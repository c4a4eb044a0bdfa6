"""A staff member's own account: where one is signed in, and the password."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.accounts import passwords, queries_staff, service_sign_in
from visitation.accounts.forms_staff import OwnPasswordForm
from visitation.accounts.rules_staff import STAFF_ROLES
from visitation.accounts.views_prison import address, set_password
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity
from visitation.store.transaction import perform, reader
from visitation.web import login
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.request import now

blueprint = Blueprint("own_account", __name__, url_prefix="/account")


@blueprint.get("")
@door(*STAFF_ROLES)
def show(who: Identity) -> str:
    """Where one is signed in."""
    rows = queries_staff.living_sign_ins(reader(), who.account_id, now())
    account = queries_staff.staff_account(reader(), who.account_id)
    here = login.sign_in().sign_in_id
    return render_template("prison/accounts/own.html", rows=rows, account=account, here=here, form=ActForm(), who=who)


@blueprint.post("/sign-ins/<int:sign_in_id>/end")
@door(*STAFF_ROLES)
def end(who: Identity, sign_in_id: int) -> ResponseReturnValue:
    """End one of one's sign-ins, on a computer left open for example."""
    if ActForm().validate_on_submit():
        perform(lambda session: service_sign_in.end_sign_in(session, who.account_id, sign_in_id, now()))
        flash(gettext("That sign-in has ended."))
    return redirect(url_for("own_account.show"))


@blueprint.post("/sign-out-everywhere")
@door(*STAFF_ROLES)
def end_others(who: Identity) -> ResponseReturnValue:
    """End every sign-in but this one."""
    if ActForm().validate_on_submit():
        here = login.sign_in().sign_in_id
        perform(lambda session: service_sign_in.end_sign_ins_noted(session, who, now(), here))
        flash(gettext("You are signed out everywhere else."))
    return redirect(url_for("own_account.show"))


@blueprint.route("/password", methods=["GET", "POST"])
@door(*STAFF_ROLES)
def password(who: Identity) -> ResponseReturnValue:
    """Change one's password, knowing the present one."""
    form = OwnPasswordForm()
    if form.validate_on_submit():
        try:
            _change(who, form.old.data, form.new.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("Your password is changed. You are signed out everywhere else."))
            return redirect(url_for("own_account.show"))
    return render_template("prison/accounts/password.html", form=form)


def _change(who: Identity, old: str, new: str) -> None:
    account = queries_staff.staff_account(reader(), who.account_id)
    if account is None:
        raise Refused("PASSWORD_OLD_WRONG")
    subject = service_sign_in.password_subject(account.login or "")
    perform(lambda session: service_sign_in.reserve_try(session, subject, address(), now()))
    if not passwords.verify_password(account.password_hash, old):
        raise Refused("PASSWORD_OLD_WRONG")
    set_password(account, login.sign_in().sign_in_id, new)

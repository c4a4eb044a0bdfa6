"""Keeping the staff's accounts: an administrator for the own prison, the bureau for all."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from visitation.accounts import passwords, queries_staff, rules_staff, service_staff
from visitation.accounts.forms_staff import NewStaffForm, StaffForm
from visitation.accounts.models import Account
from visitation.accounts.rules_staff import StaffFacts
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.store.transaction import perform, reader
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.local_names import local_name
from visitation.web.request import now

blueprint = Blueprint("staff", __name__, url_prefix="/staff")
KEEPERS = (Role.ADMINISTRATOR, Role.BUREAU, Role.OPERATOR)


def keeps(who: Identity, account: Account) -> bool:
    return rules_staff.may_manage(who, account.prison_id, queries_staff.roles_of(account))


@blueprint.get("")
@door(*KEEPERS)
def index(who: Identity) -> str:
    """The accounts of the prison, open or closed."""
    words, closed = request.args.get("q", "").strip()[:60], request.args.get("closed") == "1"
    lines = queries_staff.staff_list(reader(), who, words, closed)
    return render_template("prison/accounts/staff.html", lines=lines, words=words, closed=closed, keeps=keeps, local_name=local_name)


@blueprint.route("/new", methods=["GET", "POST"])
@door(*KEEPERS)
def create(who: Identity) -> ResponseReturnValue:
    """A new account. Its one-time password is shown on the next page and never again."""
    form = NewStaffForm()
    form.offer(rules_staff.grantable(who), queries_staff.wards_for(reader(), who, None))
    form.prison.choices = ([] if who.prison_id is not None else [(0, gettext("all prisons"))]) + [
        (prison.id, local_name(prison)) for prison in queries_staff.prisons_for(reader(), who)
    ]
    if form.validate_on_submit():
        plain = passwords.one_time_password()
        try:
            account = _create(who, form, plain)
        except Refused as refused:
            form.refuse(refused)
        else:
            return _shown_once(account, plain, created=True)
    return render_template("prison/accounts/staff_form.html", form=form, account=None)


def _shown_once(account: Account, plain: str, *, created: bool) -> str:
    family_origin = current_app.extensions["settings"].family_origin
    return render_template("prison/accounts/one_time.html", account=account, password=plain, created=created, family_origin=family_origin)


def _create(who: Identity, form: NewStaffForm, plain: str) -> Account:
    hashed = passwords.hash_password(plain)

    def work(session: Session) -> Account:
        facts = _facts(session, form, form.login.data, form.prison.data or None)
        return service_staff.create_staff(session, who, facts, hashed, now())

    return perform(work)


def _facts(session: Session, form: StaffForm, login: str, prison_id: int | None) -> StaffFacts:
    chosen = form.wards.data if Role.WARD_OFFICER in form.roles.data else []
    return service_staff.staff_facts(session, login, form.name.data, form.roles.data, prison_id, chosen, form.spoken.data or ())


@blueprint.route("/<int:account_id>", methods=["GET", "POST"])
@door(*KEEPERS, subject=queries_staff.staff_account, check=keeps)
def edit(who: Identity, account: Account) -> ResponseReturnValue:
    """Name, roles and wards of an account; and the buttons that close it or open a lost door."""
    now_is = {"name": account.name, "roles": queries_staff.roles_of(account), "wards": [row.ward_id for row in account.wards], "spoken": account.spoken}
    form = StaffForm(data=now_is)
    form.offer(rules_staff.grantable(who), queries_staff.wards_for(reader(), who, account.prison_id))
    if form.validate_on_submit():
        account_id, login, prison_id = account.id, account.login or "", account.prison_id
        try:
            perform(lambda session: service_staff.change_staff(session, who, account_id, _facts(session, form, login, prison_id), now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The account is changed. The new roles count at once."))
            return redirect(url_for("staff.edit", account_id=account_id))
    rows = queries_staff.living_sign_ins(reader(), account.id, now())
    return render_template("prison/accounts/staff_form.html", form=form, account=account, rows=rows, act=ActForm(), mine=account.id == who.account_id)


@blueprint.post("/<int:account_id>/close")
@door(*KEEPERS, subject=queries_staff.staff_account, check=keeps)
def close(who: Identity, account: Account) -> ResponseReturnValue:
    """Close an account: its sign-ins end at once."""
    if ActForm().validate_on_submit():
        account_id, name = account.id, account.name
        perform(lambda session: service_staff.close_staff(session, who, account_id, now()))
        flash(gettext("The account of %(name)s is closed. Its sign-ins have ended.", name=name))
    return redirect(url_for("staff.index"))


@blueprint.post("/<int:account_id>/password")
@door(*KEEPERS, subject=queries_staff.staff_account, check=keeps)
def reset_password(who: Identity, account: Account) -> ResponseReturnValue:
    """A one-time password, shown once."""
    if not ActForm().validate_on_submit():
        return redirect(url_for("staff.edit", account_id=account.id))
    plain = passwords.one_time_password()
    hashed, account_id = passwords.hash_password(plain), account.id
    perform(lambda session: service_staff.reset_password(session, who, account_id, hashed, now()))
    return _shown_once(account, plain, created=False)


@blueprint.post("/<int:account_id>/second-factor")
@door(*KEEPERS, subject=queries_staff.staff_account, check=keeps)
def reset_second_factor(who: Identity, account: Account) -> ResponseReturnValue:
    """Forget the authenticator: the next sign-in enrols a new one."""
    if ActForm().validate_on_submit():
        account_id = account.id
        perform(lambda session: service_staff.reset_second_factor(session, who, account_id, now()))
        flash(gettext("The second factor is forgotten. The next sign-in sets up a new one."))
    return redirect(url_for("staff.edit", account_id=account.id))

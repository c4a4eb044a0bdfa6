"""The staff's way in: password, second factor, a password of one's own; and the way out."""

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.accounts import passwords, queries, queries_staff, rules_staff, second_factor, service_sign_in
from visitation.accounts.forms_staff import CodeForm, NewPasswordForm, SignInForm
from visitation.accounts.models import Account, SignIn
from visitation.accounts.presence import note_presence
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Zone
from visitation.store.transaction import perform, reader
from visitation.web import login
from visitation.web.door import open_door
from visitation.web.forms import ActForm
from visitation.web.pages import safe_next
from visitation.web.request import now

blueprint = Blueprint("accounts", __name__)
blueprint.after_app_request(note_presence)
ZONE = Zone.PRISON.value
STEPS = {"code": "accounts.code", "enrol": "accounts.enrol", "password": "accounts.first_password"}


def address() -> str:
    return (request.remote_addr or "")[:45]


def agent() -> str:
    return request.user_agent.string[:200]


@blueprint.route("/sign-in", methods=["GET", "POST"])
@open_door
def sign_in(who: Identity | None) -> ResponseReturnValue:
    """The first step: login name and password."""
    if who is not None:
        return redirect("/")
    form = SignInForm()
    if form.validate_on_submit():
        try:
            _enter(_verified(form.login.data, form.password.data))
        except Refused as refused:
            form.refuse(refused)
        else:
            cookie["next"] = safe_next(request.args.get("next", "/"))
            return _onward()
    return render_template("prison/accounts/sign_in.html", form=form, next=request.args.get("next", "/"))


def _verified(name: str, password: str) -> Account:
    """The account, when the password is its own. The try is written down first."""
    perform(lambda session: service_sign_in.reserve_try(session, service_sign_in.password_subject(name), address(), now()))
    account = queries_staff.by_login(reader(), name)
    if not passwords.verify_password(account.password_hash if account else None, password) or account is None:
        raise Refused("SIGN_IN_WRONG")
    return account


def _enter(account: Account) -> None:
    token = perform(lambda session: service_sign_in.password_given(session, account.id, address(), agent(), now()))
    _begin(token)


def _begin(token: str) -> None:
    wanted = cookie.get("next", "/")
    found = queries.resolve(reader(), token, ZONE, now())
    if found is None:
        raise Refused("SIGN_IN_TOO_SLOW")
    login.begin(found)
    cookie["next"] = wanted
    g.sign_in = found


def _row() -> SignIn | None:
    """The sign-in of this browser, complete or not."""
    found = login.sign_in()
    return queries_staff.sign_in_row(reader(), found.sign_in_id) if found is not None else None


def _step(row: SignIn) -> str | None:
    return rules_staff.next_step(row.account.totp_secret is not None, row.second_factor_at is not None, row.account.must_change_password)


def _onward() -> ResponseReturnValue:
    """To the next step of this browser's sign-in, or to the page that was wanted."""
    row = _row()
    if row is None:
        return redirect(url_for("accounts.sign_in"))
    step = _step(row)
    return redirect(url_for(STEPS[step])) if step else redirect(safe_next(cookie.pop("next", "/")))


def _waiting(step: str) -> SignIn | None:
    """The sign-in, if this is what it waits for and it has not waited too long."""
    row = _row()
    if row is None or _step(row) != step:
        return None
    too_late = row.second_factor_at is None and now() - row.created_at > rules_staff.UNFINISHED
    return None if too_late else row


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@open_door
def code(_who: Identity | None) -> ResponseReturnValue:
    """The second step: the code of this moment."""
    row = _waiting("code")
    return _restart() if row is None else _second_factor(row, "prison/accounts/code.html")


@blueprint.route("/sign-in/enrol", methods=["GET", "POST"])
@open_door
def enrol(_who: Identity | None) -> ResponseReturnValue:
    """The second step at the first sign-in: take the secret into an authenticator and confirm it by a code."""
    row = _waiting("enrol")
    if row is None or row.account.totp_pending is None:
        return _restart()
    return _second_factor(row, "prison/accounts/enrol.html", secret=second_factor.grouped(row.account.totp_pending))


def _second_factor(row: SignIn, template: str, **shown: Any) -> ResponseReturnValue:
    form = CodeForm()
    if form.validate_on_submit():
        try:
            perform(lambda session: service_sign_in.reserve_code_try(session, row.account_id, address(), now()))
            _begin(perform(lambda session: service_sign_in.code_given(session, row.id, form.code.data, address(), agent(), now())))
        except Refused as refused:
            form.refuse(refused)
        else:
            return _onward()
    return render_template(template, form=form, out=ActForm(), **shown)


@blueprint.get("/sign-in/qr.svg")
@open_door
def qr(_who: Identity | None) -> ResponseReturnValue:
    """The QR code of the enrolment that this browser is in the middle of."""
    row = _waiting("enrol")
    if row is None or row.account.totp_pending is None:
        return "", 404
    return second_factor.qr_svg(row.account.totp_pending, row.account.login or ""), {"Content-Type": "image/svg+xml"}


@blueprint.route("/sign-in/password", methods=["GET", "POST"])
@open_door
def first_password(_who: Identity | None) -> ResponseReturnValue:
    """The last step after a one-time password: one of one's own."""
    row = _waiting("password")
    if row is None:
        return _restart()
    form = NewPasswordForm()
    if form.validate_on_submit():
        try:
            set_password(row.account, row.id, form.new.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("Your password is set."))
            return _onward()
    return render_template("prison/accounts/first_password.html", form=form, out=ActForm())


def set_password(account: Account, sign_in_id: int, plain: str) -> None:
    """Give the account a password of its own; the other sign-ins end. Raises Refused."""
    refusals = rules_staff.password_refusals(plain, account.login or "", account.name)
    if refusals:
        raise Refused(refusals)
    if passwords.verify_password(account.password_hash, plain):
        raise Refused("PASSWORD_SAME")
    hashed = passwords.hash_password(plain)
    perform(lambda session: service_sign_in.change_password(session, account.id, sign_in_id, plain, hashed, now()))


def _restart() -> ResponseReturnValue:
    """Whoever comes to a step that is not theirs goes on where they are; a sign-in that waited too long begins again."""
    row = _row()
    if row is not None and _step(row) is None:
        return redirect("/")
    if row is not None and now() - row.created_at <= rules_staff.UNFINISHED:
        return _onward()
    login.end()
    return redirect(url_for("accounts.sign_in"))


@blueprint.post("/sign-out")
@open_door
def sign_out(_who: Identity | None) -> ResponseReturnValue:
    """End this browser's sign-in, complete or not."""
    found = login.sign_in()
    if found is not None:
        perform(lambda session: service_sign_in.end_sign_in(session, found.account_id, found.sign_in_id, now()))
    login.end()
    flash(gettext("You are signed out."))
    return redirect(url_for("accounts.sign_in"))

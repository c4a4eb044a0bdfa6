"""The way in for clerks and lawyers: password, second factor, a password of one's own; each step of the sign-in that still lacks something."""

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from visitation.accounts import entry, passwords, queries, rules_staff, second_factor, service_sign_in
from visitation.accounts.forms_staff import CodeForm, NewPasswordForm, SignInForm
from visitation.accounts.models import Account, SignIn
from visitation.accounts.service_family import ZONE
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity
from visitation.store.transaction import perform, reader
from visitation.web import login
from visitation.web.door import open_door
from visitation.web.forms import ActForm
from visitation.web.limits import limiter
from visitation.web.request import now

blueprint = Blueprint("clerk_sign_in", __name__, url_prefix="/clerk/sign-in")


@blueprint.route("", methods=["GET", "POST"])
@limiter.limit("60/minute", methods=["POST"])
@open_door
def start(who: Identity | None) -> ResponseReturnValue:
    """Login name and password."""
    if who is not None:
        return redirect("/")
    form = SignInForm()
    if form.validate_on_submit():
        try:
            account = _verified(form.login.data, form.password.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            browser, moment, account_id = entry.this_browser(), now(), account.id
            token = perform(lambda session: service_sign_in.password_given(session, account_id, browser.address, browser.agent, moment, ZONE))
            return entry.come_in(token, url_for("clerk_sign_in.step"))
    return render_template("family/accounts/clerk_sign_in.html", form=form)


def _verified(name: str, password: str) -> Account:
    browser, moment = entry.this_browser(), now()
    subject = service_sign_in.password_subject(name)
    perform(lambda session: service_sign_in.reserve_try(session, subject, browser.address, moment))
    account = queries.professional_by_login(reader(), name)
    if not passwords.verify_password(account.password_hash if account else None, password) or account is None:
        raise Refused("SIGN_IN_WRONG")
    return account


def _home() -> str:
    """Where this kind of account begins; the composition root says so under `extensions["homes"]`."""
    found = login.sign_in()
    row = queries.sign_in_row(reader(), found.sign_in_id) if found is not None else None
    return url_for(current_app.extensions["homes"][row.account.kind]) if row is not None else url_for("clerk_sign_in.start")


def _unfinished() -> tuple[SignIn, str] | None:
    """This browser's sign-in of that kind and what it waits for; None when it waits for nothing, or has waited too long."""
    found = login.sign_in()
    row = queries.sign_in_row(reader(), found.sign_in_id) if found is not None else None
    if row is None or row.account.kind not in queries.PROFESSIONS:
        return None
    step = rules_staff.next_step(row.account.totp_secret is not None, row.second_factor_at is not None, row.account.must_change_password)
    too_late = row.second_factor_at is None and now() - row.created_at > rules_staff.UNFINISHED
    return None if step is None or too_late else (row, step)


@blueprint.route("/step", methods=["GET", "POST"])
@limiter.limit("60/minute", methods=["POST"])
@open_door
def step(who: Identity | None) -> ResponseReturnValue:
    """Whatever is missing next: the code of this moment (with the secret to enrol at first), then a password of one's own."""
    waiting = _unfinished()
    if waiting is None:
        if who is None:
            login.end()
        return redirect(_home() if who is not None else url_for("clerk_sign_in.start"))
    row, name = waiting
    return _password(row) if name == "password" else _code(row, name)


def _code(row: SignIn, name: str) -> ResponseReturnValue:
    form = CodeForm()
    if form.validate_on_submit():
        browser, moment, typed = entry.this_browser(), now(), form.code.data
        account_id, sign_in_id = row.account_id, row.id
        try:
            perform(lambda session: service_sign_in.reserve_code_try(session, account_id, browser.address, moment))
            token = perform(lambda session: service_sign_in.code_given(session, sign_in_id, typed, browser.address, browser.agent, moment, ZONE))
        except Refused as refused:
            form.refuse(refused)
        else:
            return entry.come_in(token, url_for("clerk_sign_in.step"))
    pending = row.account.totp_pending if name == "enrol" else None
    return render_template("family/accounts/clerk_factor.html", form=form, secret=second_factor.grouped(pending) if pending else "")


def _password(row: SignIn) -> ResponseReturnValue:
    form = NewPasswordForm()
    if form.validate_on_submit():
        account, moment, plain = row.account, now(), form.new.data
        refusals = rules_staff.password_refusals(plain, account.login or "", account.name)
        if not refusals:
            hashed, account_id, sign_in_id = passwords.hash_password(plain), account.id, row.id
            perform(lambda session: service_sign_in.change_password(session, account_id, sign_in_id, plain, hashed, moment))
            return redirect(_home())
        form.refuse(Refused(refusals))
    return render_template("family/accounts/clerk_password.html", form=form)


@blueprint.get("/qr.svg")
@open_door
def qr(_who: Identity | None) -> ResponseReturnValue:
    """The QR code of the enrolment that this browser is in the middle of."""
    waiting = _unfinished()
    if waiting is None or waiting[1] != "enrol" or waiting[0].account.totp_pending is None:
        return "", 404
    account = waiting[0].account
    return second_factor.qr_svg(account.totp_pending, account.login or ""), {"Content-Type": "image/svg+xml"}


@blueprint.post("/leave")
@open_door
def leave(_who: Identity | None) -> ResponseReturnValue:
    """Give up an unfinished sign-in."""
    found = login.sign_in()
    if ActForm().validate_on_submit() and found is not None:
        moment = now()
        perform(lambda session: service_sign_in.end_sign_in(session, found.account_id, found.sign_in_id, moment))
        login.end()
    return redirect(url_for("clerk_sign_in.start"))

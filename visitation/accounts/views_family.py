"""The family's way in: a code to the telephone, or a password; and the way out."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.accounts import entry, passwords, queries, rules
from visitation.accounts import service_family as service
from visitation.accounts.forms import CodeForm, MobileForm, PasswordSignInForm
from visitation.accounts.presence import note_presence
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity
from visitation.store.transaction import perform, reader
from visitation.web import login
from visitation.web.door import open_door
from visitation.web.forms import ActForm
from visitation.web.limits import limiter
from visitation.web.pages import safe_next
from visitation.web.request import now

blueprint = Blueprint("accounts", __name__)
blueprint.after_app_request(note_presence)


@blueprint.route("/sign-in", methods=["GET", "POST"])
@limiter.limit("60/minute", methods=["POST"])
@open_door
def sign_in(who: Identity | None) -> ResponseReturnValue:
    """Ask for a code. The answer is the same whether the number has an account."""
    target = safe_next(request.args.get("next", "/"))
    if who is not None:
        return redirect(target)
    form = MobileForm()
    if form.validate_on_submit():
        mobile = form.mobile.e164
        try:
            _send(mobile)
        except Refused as refused:
            form.refuse(refused)
        else:
            entry.remember_asked(mobile, target)
            return redirect(url_for("accounts.code"))
    return render_template("family/accounts/sign_in.html", form=form, target=target)


def _send(mobile: str) -> None:
    browser, language, moment = entry.this_browser(), entry.language(), now()
    perform(lambda session: service.ask_code(session, mobile, browser, language, moment))


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
@limiter.limit("60/minute", methods=["POST"])
@open_door
def code(_who: Identity | None) -> ResponseReturnValue:
    """Enter the code: sign in, or go on to the registration."""
    waiting = entry.asked()
    if waiting is None:
        return redirect(url_for("accounts.sign_in"))
    mobile, target = waiting
    form = CodeForm()
    if form.validate_on_submit():
        browser, moment = entry.this_browser(), now()
        entered = perform(lambda session: service.enter_code(session, mobile, form.code.data, browser, moment))
        if entered.token is not None:
            return entry.come_in(entered.token, target)
        if entered.refusal is None:
            entry.confirm(mobile, moment)
            return redirect(url_for("registration.start"))
        form.refuse(Refused(entered.refusal))
    return render_template("family/accounts/code.html", form=form, again=ActForm(), mobile=rules.masked_mobile(mobile), pause=_pause(), target=target)


def _pause() -> int:
    return int(rules.RESEND_AFTER.total_seconds())


@blueprint.post("/sign-in/code/again")
@limiter.limit("60/minute")
@open_door
def resend(_who: Identity | None) -> ResponseReturnValue:
    """Another code to the same number."""
    waiting = entry.asked()
    form = ActForm()
    if waiting is None or not form.validate_on_submit():
        return redirect(url_for("accounts.sign_in"))
    try:
        _send(waiting[0])
    except Refused as refused:
        form.refuse(refused)
        mobile = rules.masked_mobile(waiting[0])
        shown = {"form": CodeForm(formdata=None), "again": form, "mobile": mobile, "pause": _pause(), "target": waiting[1]}
        return render_template("family/accounts/code.html", **shown), refused.status
    flash(gettext("A new code is on its way."))
    return redirect(url_for("accounts.code"))


@blueprint.route("/sign-in/password", methods=["GET", "POST"])
@limiter.limit("60/minute", methods=["POST"])
@open_door
def password(who: Identity | None) -> ResponseReturnValue:
    """The other way in, for who has chosen a password."""
    target = safe_next(request.args.get("next", "/"))
    if who is not None:
        return redirect(target)
    form = PasswordSignInForm()
    if form.validate_on_submit():
        try:
            return entry.come_in(_verified(form.mobile.e164, form.password.data), target)
        except Refused as refused:
            form.refuse(refused)
    return render_template("family/accounts/password.html", form=form, target=target)


def _verified(mobile: str, typed: str) -> str:
    """The token of a new sign-in, when the password is right. The try is written down first; an unknown number takes as long as a known one."""
    browser, moment = entry.this_browser(), now()
    perform(lambda session: service.reserve_password_try(session, mobile, browser, moment))
    account = queries.by_mobile(reader(), mobile)
    right = passwords.verify_password(account.password_hash if account else None, typed)
    if account is None or not right:
        if account is not None:
            account_id = account.id
            perform(lambda session: service.password_wrong(session, account_id, moment))
        raise Refused("PASSWORD_NOT_RIGHT")
    account_id = account.id
    return perform(lambda session: service.password_right(session, account_id, mobile, browser, moment))


@blueprint.post("/sign-out")
@open_door
def sign_out(_who: Identity | None) -> ResponseReturnValue:
    """End this browser's sign-in, complete or not."""
    found = login.sign_in()
    if found is not None:
        moment = now()
        perform(lambda session: service.sign_out(session, found.sign_in_id, moment))
    login.end()
    flash(gettext("You are signed out."))
    return redirect(url_for("accounts.sign_in"))

"""The account page: contact, language, password, where one is signed in, another number, closing."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext

from visitation.accounts import entry, passwords, queries, rules
from visitation.accounts import service_account as service
from visitation.accounts.forms import CloseForm, CodeForm, ContactForm, MobileForm, PasswordForm
from visitation.accounts.models import Account
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.people import queries as people
from visitation.people.rules import masked
from visitation.store.transaction import perform, reader
from visitation.web import login
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.limits import limiter
from visitation.web.pages import YEAR
from visitation.web.request import now, see
from visitation.web.zone import FAMILY

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("")
@door(Role.FAMILY)
def show(who: Identity) -> str:
    """Everything about the account, with numbers masked."""
    account = _account(who)
    visitor = people.visitor_of(reader(), who)
    see("visitor", visitor.id)
    return render_template(
        "family/accounts/account.html",
        account=account,
        visitor=visitor,
        number=masked(visitor.document_number or ""),
        mobile=rules.masked_mobile(account.mobile) if account.mobile else "",
        sign_ins=[(row, *rules.device_words(row.agent)) for row in queries.family_sign_ins(reader(), account.id, now())],
        here_id=login.sign_in().sign_in_id,
        act=ActForm(),
    )


@blueprint.route("/contact", methods=["GET", "POST"])
@door(Role.FAMILY)
def contact(who: Identity) -> ResponseReturnValue:
    """E-mail, language, large type."""
    account = _account(who)
    form = ContactForm(email=account.email or "", language=account.language, large_type=account.large_type)
    if form.validate_on_submit():
        email, language, large = form.email.data, form.language.data, form.large_type.data
        moment = now()
        perform(lambda session: service.set_contact(session, who, email, language, large, moment))
        with force_locale(language):
            flash(gettext("Your details are kept."))
        answer = redirect(url_for("account.show"))
        for name, value in ((FAMILY.language_cookie, language), (FAMILY.type_cookie, "large" if large else "normal")):
            answer.set_cookie(name, value, max_age=YEAR, secure=True, httponly=True, samesite="Lax", path="/")
        return answer
    return render_template("family/accounts/contact.html", form=form)


@blueprint.route("/password", methods=["GET", "POST"])
@limiter.limit("100/hour", methods=["POST"])
@door(Role.FAMILY, check=rules.acts_for_self)
def password(who: Identity) -> ResponseReturnValue:
    """Choose a password, change it, or remove it."""
    account = _account(who)
    form = PasswordForm()
    form.new.flags.required = form.again.flags.required = account.password_hash is None
    if form.validate_on_submit():
        try:
            _set_password(who, account, form)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(
                gettext("Your password is removed. Other sign-ins were ended.")
                if form.drop.data
                else gettext("Your password is set. Other sign-ins were ended.")
            )
            return redirect(url_for("account.show"))
    return render_template("family/accounts/set_password.html", form=form, has_password=account.password_hash is not None)


def _set_password(who: Identity, account: Account, form: PasswordForm) -> None:
    if account.password_hash is not None and not passwords.verify_password(account.password_hash, form.old.data or ""):
        raise Refused("OLD_PASSWORD_NOT_RIGHT")
    plain = "" if form.drop.data else form.new.data or ""
    if not form.drop.data and (refusals := rules.password_refusals(plain, (account.name, (account.mobile or "")[-8:]))):
        raise Refused(refusals)
    hashed = passwords.hash_password(plain) if plain else None
    here, moment = login.sign_in().sign_in_id, now()
    perform(lambda session: service.set_password(session, who, hashed, here, moment))


@blueprint.post("/sign-ins/<int:sign_in_id>/end")
@door(Role.FAMILY, check=rules.acts_for_self)
def revoke(who: Identity, sign_in_id: int) -> ResponseReturnValue:
    """End the sign-in of another telephone."""
    moment = now()
    perform(lambda session: service.revoke(session, who, sign_in_id, moment))
    flash(gettext("That sign-in is ended."))
    return redirect(url_for("account.show"))


@blueprint.route("/mobile", methods=["GET", "POST"])
@limiter.limit("300/hour", methods=["POST"])
@door(Role.FAMILY, check=rules.acts_for_self)
def mobile(who: Identity) -> ResponseReturnValue:
    """Another number: a code goes to the new one. Never by a clerk, whose hand alone would take the account over: a lost number goes to an officer."""
    form = MobileForm()
    if form.validate_on_submit():
        wanted, browser, language, moment = form.mobile.e164, entry.this_browser(), entry.language(), now()
        try:
            perform(lambda session: service.ask_mobile_code(session, wanted, browser, language, moment))
        except Refused as refused:
            form.refuse(refused)
        else:
            cookie["new_mobile"] = {"mobile": wanted, "for": who.account_id}
            return redirect(url_for("account.mobile_code"))
    return render_template("family/accounts/mobile.html", form=form)


@blueprint.route("/mobile/code", methods=["GET", "POST"])
@limiter.limit("300/hour", methods=["POST"])
@door(Role.FAMILY, check=rules.acts_for_self)
def mobile_code(who: Identity) -> ResponseReturnValue:
    kept: dict[str, Any] = cookie.get("new_mobile") or {}
    if kept.get("for") != who.account_id:
        return redirect(url_for("account.mobile"))
    form = CodeForm()
    if form.validate_on_submit():
        try:
            _change_mobile(who, kept["mobile"], form.code.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            cookie.pop("new_mobile", None)
            flash(gettext("From now on codes and messages go to the new number."))
            return redirect(url_for("account.show"))
    return render_template("family/accounts/mobile_code.html", form=form, mobile=rules.masked_mobile(kept["mobile"]))


def _change_mobile(who: Identity, wanted: str, typed: str) -> None:
    browser, here, moment = entry.this_browser(), login.sign_in().sign_in_id, now()
    refusal = perform(lambda session: service.change_mobile(session, who, wanted, typed, browser, here, moment))
    if refusal is not None:
        raise Refused(refusal)


@blueprint.route("/close", methods=["GET", "POST"])
@door(Role.FAMILY, check=rules.acts_for_self)
def close(who: Identity) -> ResponseReturnValue:
    """Close the account, after a question."""
    form = CloseForm()
    if form.validate_on_submit():
        moment = now()
        try:
            perform(lambda session: service.close(session, who, moment))
        except Refused as refused:
            form.refuse(refused)
        else:
            login.end()
            flash(gettext("Your account is closed. What the law asks to be kept stays on record; nobody can sign in to it."))
            return redirect(url_for("accounts.sign_in"))
    return render_template("family/accounts/close.html", form=form)


def _account(who: Identity) -> Account:
    account = queries.account(reader(), who.account_id)
    if account is None:
        abort(404)
    return account

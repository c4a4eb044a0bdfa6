"""A justice station's clerk: signs in with password and second factor, registers people, and acts for the one at the counter."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.accounts import entry, queries
from visitation.accounts import service_clerk as service
from visitation.accounts.forms import CodeForm, FindForm, NewPersonForm, ReasonForm
from visitation.accounts.models import Account
from visitation.kernel.errors import NotFound, Refused
from visitation.kernel.identity import Identity, Role
from visitation.people.models import Visitor
from visitation.people.rules import masked
from visitation.store.transaction import perform, reader
from visitation.web import login
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.limits import limiter
from visitation.web.request import now, see

blueprint = Blueprint("clerk", __name__, url_prefix="/clerk")


def not_assisting(who: Identity, _subject: object = None) -> bool:
    """The counter is free: one person at a time."""
    return who.clerk_id is None


@blueprint.route("", methods=["GET", "POST"])
@limiter.limit("600/hour", methods=["POST"])
@door(Role.CLERK)
def home(who: Identity) -> ResponseReturnValue:
    """The counter: whom to help. While somebody is assisted, what can be done for them."""
    if who.clerk_id is not None:
        return render_template("family/accounts/clerk_assisting.html", act=ActForm())
    form = FindForm()
    if form.validate_on_submit():
        kind, typed, moment = form.kind.data, form.number.data, now()
        visitor_id = perform(lambda session: service.find_person(session, who, kind, typed, moment))
        if visitor_id is not None:
            cookie["at_counter"] = visitor_id
            return redirect(url_for("clerk.person"))
        form.refuse(Refused("NOT_REGISTERED"))
    return render_template("family/accounts/clerk_home.html", form=form)


@blueprint.route("/person", methods=["GET", "POST"])
@door(Role.CLERK, check=not_assisting)
def person(who: Identity) -> ResponseReturnValue:
    """The person found: begin by a code to their telephone, or by their document and a reason."""
    visitor, account = _at_counter()
    form = ReasonForm()
    if form.validate_on_submit():
        reason, sign_in_id, moment = form.reason.data, login.sign_in().sign_in_id, now()
        try:
            perform(lambda session: service.begin_by_reason(session, who, sign_in_id, visitor.id, reason, moment))
        except Refused as refused:
            form.refuse(refused)
        else:
            return _begun()
    return _person_page(visitor, account, form, ActForm(formdata=None))


@blueprint.post("/person/code")
@limiter.limit("600/hour")
@door(Role.CLERK, check=not_assisting)
def send_code(_who: Identity) -> ResponseReturnValue:
    """A code to the telephone of the person at the counter."""
    visitor, account = _at_counter()
    form = ActForm()
    if form.validate_on_submit():
        browser, moment = entry.this_browser(), now()
        try:
            perform(lambda session: service.ask_person(session, visitor.id, browser, moment))
        except Refused as refused:
            form.refuse(refused)
            return _person_page(visitor, account, ReasonForm(formdata=None), form), refused.status
    return redirect(url_for("clerk.code"))


@blueprint.route("/code", methods=["GET", "POST"])
@limiter.limit("600/hour", methods=["POST"])
@door(Role.CLERK, check=not_assisting)
def code(who: Identity) -> ResponseReturnValue:
    """The person reads the code out; the clerk types it."""
    visitor, account = _at_counter()
    form = CodeForm()
    if form.validate_on_submit():
        typed, browser, sign_in_id, moment = form.code.data, entry.this_browser(), login.sign_in().sign_in_id, now()
        refusal = perform(lambda session: service.begin_by_code(session, who, sign_in_id, visitor.id, typed, browser, moment))
        if refusal is None:
            return _begun()
        form.refuse(Refused(refusal))
    return render_template("family/accounts/clerk_code.html", form=form, visitor=visitor, mobile=service.shown_mobile(account))


@blueprint.post("/end")
@door(Role.CLERK)
def end(who: Identity) -> ResponseReturnValue:
    """The person leaves; the counter is free."""
    if ActForm().validate_on_submit():
        sign_in_id, moment = login.sign_in().sign_in_id, now()
        perform(lambda session: service.end(session, who, sign_in_id, moment))
        cookie.pop("at_counter", None)
        flash(gettext("The help has ended. The next person can come."))
    return redirect(url_for("clerk.home"))


@blueprint.route("/register", methods=["GET", "POST"])
@limiter.limit("600/hour", methods=["POST"])
@door(Role.CLERK, check=not_assisting)
def register(_who: Identity) -> ResponseReturnValue:
    """Somebody new: with a telephone, whose code confirms it, or without one."""
    form = NewPersonForm()
    if form.validate_on_submit():
        if not form.mobile.data:
            entry.confirm(None, now())
            return redirect(url_for("registration.start"))
        try:
            service_code(form.mobile.e164)
        except Refused as refused:
            form.refuse(refused)
        else:
            cookie["new_person"] = form.mobile.e164
            return redirect(url_for("clerk.register_code"))
    return render_template("family/accounts/clerk_register.html", form=form)


def service_code(mobile: str) -> None:
    browser, language, moment = entry.this_browser(), entry.language(), now()
    perform(lambda session: service.ask_new_person(session, mobile, browser, language, moment))


@blueprint.route("/register/code", methods=["GET", "POST"])
@limiter.limit("600/hour", methods=["POST"])
@door(Role.CLERK, check=not_assisting)
def register_code(_who: Identity) -> ResponseReturnValue:
    """The new person's code confirms the telephone."""
    mobile = cookie.get("new_person")
    if mobile is None:
        return redirect(url_for("clerk.register"))
    form = CodeForm()
    if form.validate_on_submit():
        typed, browser, moment = form.code.data, entry.this_browser(), now()
        refusal = perform(lambda session: service.new_person_code(session, mobile, typed, browser, moment))
        if refusal is None:
            cookie.pop("new_person", None)
            entry.confirm(mobile, moment)
            return redirect(url_for("registration.start"))
        form.refuse(Refused(refusal))
    return render_template("family/accounts/clerk_code.html", form=form, visitor=None, mobile=service.masked_mobile(mobile))


def _at_counter() -> tuple[Visitor, Account]:
    """The person that was found, with their account. Raises NotFound when nobody is at the counter."""
    visitor_id = cookie.get("at_counter")
    visitor = service.person(reader(), visitor_id) if visitor_id else None
    account = queries.account_standing_for(reader(), visitor.id) if visitor else None
    if visitor is None or account is None:
        raise NotFound
    see("visitor", visitor.id)
    return visitor, account


def _person_page(visitor: Visitor, account: Account, form: ReasonForm, act: ActForm) -> str:
    number = masked(visitor.document_number or "")
    return render_template("family/accounts/clerk_person.html", form=form, act=act, visitor=visitor, number=number, mobile=service.shown_mobile(account))


def _begun() -> ResponseReturnValue:
    cookie.pop("at_counter", None)
    return redirect(url_for("clerk.home"))

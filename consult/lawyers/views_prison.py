"""Firms and lawyers for the legal office: entering, inviting, verifying, ending."""

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consult.lawyers import queries, rules, service, words
from consult.lawyers.forms import EnterForm, FirmForm, InviteForm, VerifyForm
from consult.lawyers.models import Firm, Lawyer
from consult.lawyers.service import Credentials
from visitation.accounts import passwords
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.store.transaction import perform, perform_again, reader
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.request import now

blueprint = Blueprint("lawyers", __name__, url_prefix="/lawyers")
KEEPERS = (Role.LEGAL_OFFICE, Role.BUREAU)


def is_shared(_who: Identity, _thing: Firm | Lawyer) -> bool:
    """Firms and lawyers serve all prisons."""
    return True


@blueprint.get("")
@door(*KEEPERS)
def index(_who: Identity) -> str:
    """Lawyers by state; those who wait first."""
    state = request.args.get("state", "verified")
    state = state if state in rules.STATES else "verified"
    session = reader()
    waiting = queries.lawyers(session, "submitted")
    rows = waiting if state == "submitted" else queries.lawyers(session, state)
    return render_template("prison/lawyers/index.html", rows=rows, waiting=waiting, state=state, firms=queries.firms(session), words=words)


@blueprint.route("/new", methods=["GET", "POST"])
@door(*KEEPERS)
def create(who: Identity) -> ResponseReturnValue:
    """Enter a lawyer; the one-time password is shown once."""
    form = EnterForm()
    form.firm.choices = [(firm.id, firm.name) for firm in queries.firms(reader())]
    if form.validate_on_submit():
        plain = passwords.one_time_password()
        credentials = Credentials(form.login.data, passwords.hash_password(plain), once=True)
        key = form.request_key.data
        try:
            lawyer = perform_again(lambda session: service.enter(session, who, form.firm.data, form.profile(), credentials, now(), key))
        except Refused as refused:
            form.refuse(refused)
        else:
            if lawyer.account.password_hash == credentials.password_hash:
                return _shown_once(lawyer, plain)
            flash(gettext("The lawyer is entered already. The one-time password was shown that one time; if nobody has read it, make another one here."))
            return redirect(url_for("lawyers.show", ref=lawyer.ref))
    return render_template("prison/lawyers/enter.html", form=form)


def _shown_once(lawyer: Lawyer, plain: str) -> str:
    login = lawyer.account.login
    return render_template("prison/lawyers/once.html", lawyer=lawyer, login=login, password=plain, address=_family("clerk/sign-in"))


@blueprint.route("/invite", methods=["GET", "POST"])
@door(*KEEPERS)
def invite(who: Identity) -> ResponseReturnValue:
    """A code with which a lawyer registers; shown once."""
    form = InviteForm()
    form.firm.choices = [(firm.id, firm.name) for firm in queries.firms(reader())]
    if form.validate_on_submit():
        code = perform(lambda session: service.invite(session, who, form.firm.data, form.name.data, now()))
        return render_template("prison/lawyers/invited.html", name=form.name.data, code=code, address=_family("lawyer/join"), days=rules.INVITED_DAYS)
    return render_template("prison/lawyers/invite.html", form=form)


def _family(path: str) -> str:
    return f"{current_app.extensions['settings'].family_origin.split(',')[0]}/{path}"


@blueprint.route("/firms/new", methods=["GET", "POST"])
@door(*KEEPERS)
def new_firm(who: Identity) -> ResponseReturnValue:
    return _firm(who, FirmForm(), None)


@blueprint.route("/firms/<ref>", methods=["GET", "POST"])
@door(*KEEPERS, subject=queries.open_firm_by_ref, check=is_shared)
def firm(who: Identity, row: Firm) -> ResponseReturnValue:
    return _firm(who, FirmForm(obj=row), row)


def _firm(who: Identity, form: FirmForm, row: Firm | None) -> ResponseReturnValue:
    """A new firm, or changes of one."""
    firm_id = row.id if row else None
    if form.validate_on_submit():
        said = (form.name.data, form.phone.data or "", form.address.data or "", form.matters.data or [])
        try:
            perform_again(lambda session: service.save_firm(session, who, firm_id, *said, now(), form.request_key.data))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The firm is saved."))
            return redirect(url_for("lawyers.index"))
    return render_template("prison/lawyers/firm.html", form=form, row=row, act=ActForm(formdata=None))


@blueprint.post("/firms/<ref>/close")
@door(*KEEPERS, subject=queries.open_firm_by_ref, check=is_shared)
def close(who: Identity, row: Firm) -> ResponseReturnValue:
    firm_id, ref = row.id, row.ref
    if ActForm().validate_on_submit():
        try:
            perform(lambda session: service.close_firm(session, who, firm_id, now()))
        except Refused as refused:
            form = FirmForm(formdata=None, obj=row)
            form.refuse(refused)
            return render_template("prison/lawyers/firm.html", form=form, row=queries.open_firm_by_ref(reader(), ref), act=ActForm(formdata=None)), 422
        flash(gettext("The firm is closed."))
    return redirect(url_for("lawyers.index"))


@blueprint.route("/<ref>", methods=["GET", "POST"])
@door(*KEEPERS, subject=queries.lawyer_by_ref, check=is_shared)
def show(who: Identity, row: Lawyer) -> ResponseReturnValue:
    """One lawyer: verify, refuse, or end."""
    form, lawyer_id, ref = VerifyForm(), row.id, row.ref
    acts = {"verify": service.verify, "refuse": service.refuse_lawyer, "end": service.end}
    if form.validate_on_submit():
        act = acts.get(request.form.get("act", ""))
        if act is None:
            abort(400)
        perform(lambda session: act(session, who, lawyer_id, form.text.data, now()))
        flash(gettext("It is decided. The lawyer sees it at the next sign-in."))
        return redirect(url_for("lawyers.show", ref=ref))
    if row.state == "verified":
        form.text.label.text = gettext("Why the service ends")
    renews = rules.waits_for_password(row.account.must_change_password, row.account.closed_at is not None)
    return render_template("prison/lawyers/show.html", row=row, form=form, words=words, act=ActForm(formdata=None), renews=renews)


@blueprint.post("/<ref>/password")
@door(*KEEPERS, subject=queries.lawyer_by_ref, check=is_shared)
def renew_password(who: Identity, row: Lawyer) -> ResponseReturnValue:
    """Another one-time password, shown once, for who has not signed in with the first."""
    if not ActForm().validate_on_submit():
        return redirect(url_for("lawyers.show", ref=row.ref))
    plain, lawyer_id = passwords.one_time_password(), row.id
    hashed = passwords.hash_password(plain)
    perform(lambda session: service.renew_password(session, who, lawyer_id, hashed, now()))
    return _shown_once(row, plain)

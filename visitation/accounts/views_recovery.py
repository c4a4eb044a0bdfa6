"""The number has changed and the old telephone is gone: prove who one is, and an officer decides."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from visitation.accounts import entry, queries, service_family
from visitation.accounts import service_recovery as service
from visitation.accounts.forms import CodeForm, LostForm, MobileForm
from visitation.accounts.models import MobileChange
from visitation.kernel.errors import NotFound, Refused
from visitation.kernel.identity import Identity
from visitation.people.queries import open_prisons
from visitation.people.rules import Person
from visitation.people.service import Pictures
from visitation.store.transaction import perform, reader
from visitation.uploads import queries as uploads
from visitation.web.browser import file_owner
from visitation.web.door import open_door
from visitation.web.limits import limiter
from visitation.web.request import now

blueprint = Blueprint("recovery", __name__, url_prefix="/recover")


@blueprint.route("", methods=["GET", "POST"])
@limiter.limit("300/hour", methods=["POST"])
@open_door
def start(who: Identity | None) -> ResponseReturnValue:
    """First the new number, confirmed by a code."""
    if who is not None:
        return redirect("/")
    form = MobileForm()
    if form.validate_on_submit():
        mobile, browser, language, moment = form.mobile.e164, entry.this_browser(), entry.language(), now()
        try:
            perform(lambda session: service_family.ask_recovery_code(session, mobile, browser, language, moment))
        except Refused as refused:
            form.refuse(refused)
        else:
            cookie["recover"] = {"mobile": mobile, "right": False}
            return redirect(url_for("recovery.code"))
    return render_template("family/accounts/recover.html", form=form)


@blueprint.route("/code", methods=["GET", "POST"])
@limiter.limit("300/hour", methods=["POST"])
@open_door
def code(_who: Identity | None) -> ResponseReturnValue:
    kept = cookie.get("recover")
    if kept is None:
        return redirect(url_for("recovery.start"))
    form = CodeForm()
    if form.validate_on_submit():
        browser, moment, mobile, typed = entry.this_browser(), now(), kept["mobile"], form.code.data
        refusal = perform(lambda session: service_family.take_recovery_code(session, mobile, typed, browser, moment))
        if refusal is None:
            cookie["recover"] = {"mobile": mobile, "right": True}
            return redirect(url_for("recovery.details"))
        form.refuse(Refused(refusal))
    return render_template("family/accounts/recover_code.html", form=form)


@blueprint.route("/details", methods=["GET", "POST"])
@limiter.limit("300/hour", methods=["POST"])
@open_door
def details(_who: Identity | None) -> ResponseReturnValue:
    """Who one is: document, photos, the earlier number. The answer is the same whether such a person is known here."""
    kept = cookie.get("recover")
    if kept is None or not kept["right"]:
        return redirect(url_for("recovery.start"))
    form = LostForm()
    english = str(get_locale()).startswith("en")
    form.prison.choices = [(prison.id, prison.name_en if english else prison.name) for prison in open_prisons(reader())]
    if request.method == "GET":
        form.face.data, form.document.data = (_latest(purpose) for purpose in ("face", "document"))
    if form.validate_on_submit():
        try:
            made = _ask(form, kept["mobile"])
        except Refused as refused:
            form.refuse(refused)
        else:
            cookie.pop("recover")
            return redirect(url_for("recovery.state", ref=made.ref))
    key, _account = file_owner(None)
    shown = {purpose: uploads.chosen(reader(), [getattr(form, purpose).data or ""], key, None) for purpose in ("face", "document")}
    return render_template("family/accounts/recover_details.html", form=form, pictures=shown)


def _latest(purpose: str) -> str:
    found = uploads.waiting(reader(), *file_owner(None), purpose)
    return found[-1].uid if found else ""


def _ask(form: LostForm, mobile: str) -> MobileChange:
    key, _account = file_owner(None)
    lost = service.Lost(
        person=Person(form.name.data, form.document_kind.data, form.document_number.data, form.birth_date.data),
        mobile=mobile,
        old_mobile=form.old_mobile.e164 or None,
        prison_id=form.prison.data,
        language=entry.language(),
        pictures=Pictures(form.face.data or "", form.document.data or "", key, None),
    )
    moment = now()
    return perform(lambda session: service.ask(session, lost, moment))


@blueprint.get("/<ref>")
@open_door
def state(_who: Identity | None, ref: str) -> str:
    """How far the request is; nothing about anybody."""
    found = queries.mobile_change_by_ref(reader(), ref)
    if found is None:
        raise NotFound
    return render_template("family/accounts/recover_state.html", change=found)

"""Registration in steps on a telephone: the number is confirmed; then two photos; then the words. A clerk does the same for somebody at the counter."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from visitation.accounts import entry, passwords, rules, service_clerk, service_registration
from visitation.accounts.forms import DetailsForm
from visitation.accounts.service_registration import Applicant, Registered
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.people.rules import Person
from visitation.people.service import Pictures
from visitation.store.transaction import perform, perform_again, reader
from visitation.uploads import queries as uploads
from visitation.uploads import rules as upload_rules
from visitation.uploads import service as upload_service
from visitation.uploads.models import Upload
from visitation.web import login
from visitation.web.browser import file_owner, recognise
from visitation.web.door import open_door
from visitation.web.forms import ActForm
from visitation.web.limits import limiter
from visitation.web.request import now
from visitation.web.sentences import sentence

blueprint = Blueprint("registration", __name__, url_prefix="/register")
PHOTOS = {"face": "registration.document", "document": "registration.details"}


@dataclass(frozen=True)
class Step:
    """Who is registering: a number that was confirmed in this browser, and the clerk if there is one."""

    mobile: str | None
    clerk: Identity | None


def _step(who: Identity | None) -> Step | None:
    """None: this browser may not register anybody now."""
    allowed, mobile = entry.confirmed(now())
    is_clerk = who is not None and who.has(Role.CLERK) and who.clerk_id is None
    if not allowed or (who is not None and not is_clerk) or (mobile is None and not is_clerk):
        return None
    return Step(mobile, who if is_clerk else None)


def _away(who: Identity | None) -> ResponseReturnValue:
    if who is None:
        return redirect(url_for("accounts.sign_in"))
    return redirect(url_for("clerk.home") if who.has(Role.CLERK) else "/")


@blueprint.get("")
@open_door
def start(who: Identity | None) -> ResponseReturnValue:
    """On to the first step that is missing."""
    if _step(who) is None:
        return _away(who)
    missing = next((purpose for purpose in PHOTOS if _waiting(who, purpose) is None), "details")
    return redirect(url_for(f"registration.{missing}"))


@blueprint.route("/face", methods=["GET", "POST"])
@limiter.limit("600/hour", methods=["POST"])
@open_door
def face(who: Identity | None) -> ResponseReturnValue:
    """The photo of the face, by the camera."""
    return _photo(who, "face")


@blueprint.route("/document", methods=["GET", "POST"])
@limiter.limit("600/hour", methods=["POST"])
@open_door
def document(who: Identity | None) -> ResponseReturnValue:
    """The photo of the document."""
    return _photo(who, "document")


def _photo(who: Identity | None, purpose: str) -> ResponseReturnValue:
    """One picture, and on. With a script it is here before the button is pressed; without one the button brings it."""
    if _step(who) is None:
        return _away(who)
    form = ActForm()
    if form.validate_on_submit():
        given = request.files.get("file")
        try:
            if given is not None and given.filename:
                _stage(who, purpose, given.filename, given.stream.read(upload_rules.LARGEST + 1))
                return redirect(url_for(f"registration.{purpose}"))
        except Refused as refused:
            form.refuse(refused)
        else:
            if _waiting(who, purpose) is not None:
                return redirect(url_for(PHOTOS[purpose]))
            form.refuse(Refused("FACE_NEEDED" if purpose == "face" else "DOCUMENT_PHOTO_NEEDED"))
    return _photo_page(who, purpose, form)


def _photo_page(who: Identity | None, purpose: str, form: ActForm) -> str:
    chosen = _waiting(who, purpose)
    return render_template("family/accounts/register_photo.html", form=form, purpose=purpose, files=[chosen] if chosen else [])


def _stage(who: Identity | None, purpose: str, name: str, data: bytes) -> None:
    key, account_id = file_owner(who)
    moment = now()
    perform(lambda session: upload_service.stage(session, key, account_id, purpose, name, data, moment))


def _waiting(who: Identity | None, purpose: str) -> Upload | None:
    """The latest picture of this browser that no form has taken."""
    found = uploads.waiting(reader(), *file_owner(who), purpose)
    return found[-1] if found else None


@blueprint.route("/details", methods=["GET", "POST"])
@limiter.limit("300/hour", methods=["POST"])
@open_door
def details(who: Identity | None) -> ResponseReturnValue:
    """Name, document, e-mail, password; and the account is there."""
    step = _step(who)
    if step is None:
        return _away(who)
    form = DetailsForm()
    pictures = {purpose: _waiting(who, purpose) for purpose in PHOTOS}
    if form.validate_on_submit():
        try:
            return _arrive(step, _register(step, form))
        except Refused as refused:
            form.refuse(refused)
    elif form.face.data is None or request.method == "GET":
        form.face.data, form.document.data = (picture.uid if picture else "" for picture in pictures.values())
    return render_template("family/accounts/register_details.html", form=form, step=step, pictures=pictures)


def _register(step: Step, form: DetailsForm) -> Registered:
    typed = form.password.data or ""
    if typed and (refusals := rules.password_refusals(typed, (form.name.data, (step.mobile or "")[-8:]))):
        raise Refused(refusals)
    key, account_id = file_owner(step.clerk)
    applicant = Applicant(
        person=Person(form.name.data, form.document_kind.data, form.document_number.data, form.birth_date.data),
        mobile=step.mobile,
        email=form.email.data or None,
        language=entry.language(),
        password_hash=passwords.hash_password(typed) if typed else None,
        pictures=Pictures(form.face.data or "", form.document.data or "", key, account_id),
    )
    moment, request_key = now(), form.request_key.data
    return perform_again(lambda session: service_registration.register(session, applicant, step.clerk, request_key, moment))


def _arrive(step: Step, made: Registered) -> Response:
    """The new person is signed in, or assisted by the clerk who registered them."""
    moment, browser = now(), entry.this_browser()
    if step.clerk is not None:
        clerk, sign_in_id = step.clerk, login.sign_in().sign_in_id
        perform(lambda session: service_clerk.begin_after_registration(session, clerk, sign_in_id, made.visitor_id, moment))
        entry.registered()
        answer = redirect("/")
    else:
        answer = entry.come_in(perform(lambda session: service_registration.let_in(session, made.account_id, browser, moment)), "/")
    flash(gettext("You are registered. Now tell us whom you would like to visit."))
    for warning in made.warnings:
        flash(sentence(warning), "warning")
    return answer


@blueprint.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """A photo beyond the application's limit, without script: the step again, with the reason."""
    purpose = (request.endpoint or "").rpartition(".")[2]
    who = recognise()
    if purpose not in PHOTOS or _step(who) is None:
        return _away(who)
    form = ActForm(formdata=None)
    form.refuse(Refused(upload_rules.size_refusals(purpose, upload_rules.LARGEST + 1, 0)))
    return _photo_page(who, purpose, form), 413

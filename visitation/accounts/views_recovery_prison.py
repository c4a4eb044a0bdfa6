"""Requests of people who lost the number of their account: the pictures beside each other, and the decision."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from visitation.accounts import queries
from visitation.accounts import service_recovery as service
from visitation.accounts.models import MobileChange
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.people.models import Visitor
from visitation.store.transaction import perform, reader
from visitation.uploads import queries as uploads
from visitation.web.door import door
from visitation.web.forms import REQUIRED, ActForm, Form
from visitation.web.person_fields import document_word
from visitation.web.request import now, see

blueprint = Blueprint("mobile_changes", __name__, url_prefix="/mobile-changes")
DESK = (Role.OFFICER, Role.DUTY_CHIEF, Role.ADMINISTRATOR)


class RefuseForm(Form):
    reason = TextAreaField(_l("Reason, and what the person can do"), [InputRequired(REQUIRED), Length(max=400)], render_kw={"rows": "3"})


def is_here(who: Identity, change: MobileChange) -> bool:
    """The request names this person's prison."""
    return who.prison_id is None or who.prison_id == change.prison_id


@blueprint.get("")
@door(*DESK)
def index(who: Identity) -> str:
    """What waits, oldest first."""
    return render_template("prison/accounts/mobile_changes.html", changes=queries.open_mobile_changes(reader(), who.prison_id))


@blueprint.get("/<ref>")
@door(*DESK, subject=queries.mobile_change_by_ref, check=is_here)
def show(_who: Identity, change: MobileChange) -> str:
    """One request beside what was kept at the registration."""
    return _page(change, RefuseForm(), ActForm())


@blueprint.post("/<ref>/approve")
@door(*DESK, subject=queries.mobile_change_by_ref, check=is_here)
def approve(who: Identity, change: MobileChange) -> ResponseReturnValue:
    form, moment = ActForm(), now()
    if form.validate_on_submit():
        try:
            perform(lambda session: service.approve(session, who, change.id, moment))
        except Refused as refused:
            if refused.status == 409:
                raise
            form.refuse(refused)
            return _page(change, RefuseForm(formdata=None), form), refused.status
        flash(gettext("The account has the new number."))
    return redirect(url_for("mobile_changes.index"))


@blueprint.post("/<ref>/refuse")
@door(*DESK, subject=queries.mobile_change_by_ref, check=is_here)
def refuse(who: Identity, change: MobileChange) -> ResponseReturnValue:
    form, moment = RefuseForm(), now()
    if not form.validate_on_submit():
        return _page(change, form, ActForm(formdata=None))
    reason = form.reason.data
    perform(lambda session: service.refuse_change(session, who, change.id, reason, moment))
    flash(gettext("The request is refused; the person finds the reason on their page."))
    return redirect(url_for("mobile_changes.index"))


@blueprint.get("/<ref>/picture/<which>")
@door(*DESK, subject=queries.mobile_change_by_ref, check=is_here)
def picture(_who: Identity, change: MobileChange, which: str) -> Response:
    """A picture of the request, or of the person as registered."""
    visitor = reader().get(Visitor, change.visitor_id) if change.visitor_id else None
    ids = {"face": change.face_id, "document": change.document_id}
    if visitor is not None:
        ids |= {"registered-face": visitor.photo_id or 0, "registered-document": visitor.document_photo_id or 0}
    upload = uploads.by_ids(reader(), [ids.get(which, 0)]).get(ids.get(which, 0))
    if upload is None:
        abort(404)
    see("upload", upload.id)
    answer = Response(uploads.content(reader(), upload), mimetype=upload.media_type)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _page(change: MobileChange, form: RefuseForm, act: ActForm) -> str:
    visitor = reader().get(Visitor, change.visitor_id) if change.visitor_id else None
    see("mobile_change", change.id)
    if visitor is not None:
        see("visitor", visitor.id)
    return render_template("prison/accounts/mobile_change.html", change=change, visitor=visitor, form=form, act=act, document_word=document_word)

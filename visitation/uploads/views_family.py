"""Files from a family's browser: staged by script or on a page of their own, shown only to whom they belong."""

from typing import Any

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity
from visitation.store.transaction import perform, reader
from visitation.uploads import queries, rules, service
from visitation.uploads.content import cleaned
from visitation.uploads.forms import StageForm
from visitation.uploads.models import Upload
from visitation.uploads.pages import shown_file
from visitation.web.browser import file_owner, recognise
from visitation.web.door import open_door
from visitation.web.limits import limiter
from visitation.web.pages import safe_next
from visitation.web.request import now, see
from visitation.web.sentences import sentence

blueprint = Blueprint("uploads", __name__, url_prefix="/uploads")
FAMILY_PURPOSES = ("face", "document", "proof", "legal_paper")


@blueprint.post("")
@limiter.limit("600/hour")
@open_door
def stage(who: Identity | None) -> ResponseReturnValue:
    """Take one file from a script; answers with its uid and address, or with the reasons against it."""
    try:
        upload = _stage(who, request.form.get("purpose", ""))
    except Refused as refused:
        return jsonify(reasons=[sentence(refusal) for refusal in refused.refusals], codes=list(refused.codes)), refused.status
    return jsonify(_described(upload)), 201


@blueprint.route("/new/<purpose>", methods=["GET", "POST"])
@limiter.limit("600/hour", methods=["POST"])
@open_door
def step(who: Identity | None, purpose: str) -> ResponseReturnValue:
    """The same without script: choose, send, see, go on."""
    if purpose not in FAMILY_PURPOSES:
        abort(404)
    form, back = StageForm(), safe_next(request.args.get("next", "/"))
    if form.validate_on_submit():
        try:
            _stage(who, purpose)
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("uploads.step", purpose=purpose, next=back))
    return render_template("family/uploads/step.html", form=form, purpose=purpose, back=back, files=queries.waiting(reader(), *file_owner(who), purpose))


@blueprint.get("/<uid>")
@open_door
def show(who: Identity | None, uid: str) -> Response:
    """The file itself, to its owner: a photo on the page, a PDF only as a download."""
    upload = _own(who, uid)
    see("upload", upload.id)
    return shown_file(upload, queries.content(reader(), upload), upload.uid[:8])


@blueprint.post("/<uid>/remove")
@open_door
def remove(who: Identity | None, uid: str) -> ResponseReturnValue:
    """Take back a file that no form has taken yet."""
    key, account_id = file_owner(who)
    perform(lambda session: service.discard(session, uid, key, account_id))
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return "", 204
    return redirect(safe_next(request.form.get("next", "/")))


def _stage(who: Identity | None, purpose: str) -> Upload:
    if purpose not in FAMILY_PURPOSES:
        raise Refused("FILE_PURPOSE")
    given = request.files.get("file")
    data = given.stream.read(rules.LARGEST + 1) if given else b""
    name = (given.filename or "") if given else ""
    key, account_id = file_owner(who)
    moment, looked = now(), cleaned(data) if data and len(data) <= rules.LARGEST else None
    return perform(lambda session: service.stage(session, key, account_id, purpose, name, data, moment, looked))


def _own(who: Identity | None, uid: str) -> Upload:
    found = queries.by_uid(reader(), uid)
    key, account_id = file_owner(who)
    if found is None or not rules.belongs_to(found.owner_id, found.owner_key, account_id, key):
        abort(404)
    return found


def _described(upload: Upload) -> dict[str, Any]:
    return {
        "uid": upload.uid,
        "url": url_for("uploads.show", uid=upload.uid),
        "name": upload.file_name,
        "image": upload.media_type in rules.IMAGES,
        "size": upload.size,
    }


@blueprint.errorhandler(RequestEntityTooLarge)
def _too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """A request beyond the application's limit: the same words as for a file beyond ours."""
    refused = Refused(rules.size_refusals("proof", rules.LARGEST + 1, 0))
    purpose = (request.view_args or {}).get("purpose", "")
    if request.endpoint != "uploads.step" or purpose not in FAMILY_PURPOSES:
        return jsonify(reasons=[sentence(refusal) for refusal in refused.refusals], codes=list(refused.codes)), 413
    form = StageForm(formdata=None)
    form.refuse(refused)
    files = queries.waiting(reader(), *file_owner(recognise()), purpose)
    return render_template("family/uploads/step.html", form=form, purpose=purpose, back=safe_next(request.args.get("next", "/")), files=files), 413

"""Acts on recordings that need two people: ask, decide, withdraw, fetch the export once."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.store.transaction import perform, reader
from visitation.supervision import certificate_pdf, exports, recordings, words_recordings
from visitation.supervision.certificate import certify
from visitation.supervision.forms_recordings import AskExportForm, AskForm, DecisionForm, PressForm
from visitation.supervision.models import LiveSession
from visitation.supervision.models_recordings import RecordingRequest
from visitation.supervision.package import Package, events_as
from visitation.supervision.queries import events_of, session_by_ref
from visitation.supervision.rules import OFFICERS, READERS
from visitation.supervision.rules_recordings import APPROVED, ASKED, DELETION, EXPORT, OPEN_STATES, REQUEST_KINDS
from visitation.supervision.views_recordings import data_dir, ours
from visitation.web.door import door
from visitation.web.paper import need_face
from visitation.web.request import now, see

blueprint = Blueprint("recording_requests", __name__)


def our_request(who: Identity, row: RecordingRequest) -> bool:
    return ours(who, row.session)


@blueprint.get("/recordings/requests")
@door(*READERS)
def index(who: Identity) -> ResponseReturnValue:
    """What waits for a second person or is to be fetched, then what was."""
    rows = exports.requests(reader(), who.prison_id)
    for row in rows:
        see("booking", row.session.booking_id)
    shown = {"open": [row for row in rows if row.state in OPEN_STATES], "past": [row for row in rows if row.state not in OPEN_STATES]}
    return render_template("prison/recordings/requests.html", **shown, **_names(reader(), rows), words=words_recordings)


@blueprint.route("/recordings/<ref>/ask/<kind>", methods=["GET", "POST"])
@door(*OFFICERS, subject=session_by_ref, check=ours)
def ask(who: Identity, live: LiveSession, kind: str) -> ResponseReturnValue:
    """Ask for an export, a deletion or a release, with a reason."""
    if kind not in REQUEST_KINDS:
        abort(404)
    form = AskExportForm() if kind == EXPORT else AskForm()
    if form.validate_on_submit():
        recipient = form.recipient.data if isinstance(form, AskExportForm) else ""
        try:
            row = perform(lambda session: exports.ask(session, who, session.get_one(LiveSession, live.id), kind, form.reason.data, recipient, now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The request is written down. Somebody else has to decide it."))
            return redirect(url_for("recording_requests.show", request_ref=row.ref))
    see("booking", live.booking_id)
    return render_template("prison/recordings/ask.html", form=form, kind=kind, live=live, booking=live.booking, words=words_recordings), _status(form)


@blueprint.get("/recordings/requests/<request_ref>")
@door(*READERS, subject=exports.request_by_ref, check=our_request)
def show(who: Identity, row: RecordingRequest) -> ResponseReturnValue:
    """One request, its course, and what can be done with it now."""
    return _page(who, row, DecisionForm(formdata=None))


def _page(who: Identity, row: RecordingRequest, form: DecisionForm, press: PressForm | None = None) -> ResponseReturnValue:
    see("booking", row.session.booking_id)
    mine = row.asked_by == who.account_id
    pressed = press or PressForm(formdata=None)
    page = render_template(
        "prison/recordings/request.html",
        row=row,
        booking=row.session.booking,
        form=form,
        press=pressed,
        may_decide=row.state == ASKED and not mine and who.has(Role.DUTY_CHIEF),
        may_withdraw=row.state in OPEN_STATES and mine and not (row.kind == DELETION and row.state == APPROVED),
        may_fetch=row.kind == EXPORT and row.state == APPROVED and mine and now() < row.lapses_at,
        mine=mine,
        words=words_recordings,
        **_names(reader(), [row]),
    )
    return page, _status(form) if _status(form) != 200 else _status(pressed)


@blueprint.post("/recordings/requests/<request_ref>/decide")
@door(Role.DUTY_CHIEF, subject=exports.request_by_ref, check=our_request)
def decide(who: Identity, row: RecordingRequest) -> ResponseReturnValue:
    """The second person's decision. An approved deletion is carried out at once, a release too."""
    form = DecisionForm()
    number, approve = row.id, form.decision.data == "approve"
    if not form.validate_on_submit():
        return _page(who, row, form)
    try:
        perform(lambda session: exports.decide(session, who, number, approve, form.text.data, now()))
    except Refused as refused:
        form.refuse(refused)
        return _page(who, _again(number), form)
    if approve and row.kind == DELETION:
        perform(lambda session: recordings.deletions(data_dir(), recordings.copies())(session, now()))
    flash(gettext("The decision is written down."))
    return redirect(url_for("recording_requests.show", request_ref=row.ref))


@blueprint.post("/recordings/requests/<request_ref>/withdraw")
@door(*OFFICERS, subject=exports.request_by_ref, check=our_request)
def withdraw(who: Identity, row: RecordingRequest) -> ResponseReturnValue:
    """Take one's own request back."""
    form, number, ref = PressForm(), row.id, row.ref
    if form.validate_on_submit():
        try:
            perform(lambda session: exports.withdraw(session, who, number, now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The request is withdrawn."))
            return redirect(url_for("recording_requests.show", request_ref=ref))
    return _page(who, _again(number), DecisionForm(formdata=None), form)


@blueprint.post("/recordings/requests/<request_ref>/fetch")
@door(*OFFICERS, subject=exports.request_by_ref, check=our_request)
def fetch(who: Identity, row: RecordingRequest) -> ResponseReturnValue:
    """The package, once. Every stored byte is checked first, so that a damaged recording does not spend the request without saying so."""
    form, number = PressForm(), row.id
    if not form.validate_on_submit():
        return _page(who, row, DecisionForm(formdata=None), form)
    try:
        need_face()
        perform(lambda session: exports.fetch(session, who, number, now()))
    except Refused as refused:
        form.refuse(refused)
        return _page(who, _again(number), DecisionForm(formdata=None), form)
    return _handed_over(who, _again(number))


def _again(number: int) -> RecordingRequest:
    return reader().get_one(RecordingRequest, number, populate_existing=True)


def _handed_over(who: Identity, row: RecordingRequest) -> Response:
    """The answer is made piece by piece after this request's reading is over: the package knows plain values only."""
    session, sid, kept, folder = reader(), row.session.sid, recordings.copies(), data_dir()
    certificate = certify(session, row.session, folder, now())
    people = _names(session, [row])["people"]
    approved = people.get(row.decided_by or 0, ""), row.decided_at or now()
    grant = certificate_pdf.Grant(row.ref, row.reason, row.recipient, people.get(row.asked_by, ""), row.asked_at, *approved)
    described = {
        "request": {"ref": grant.ref, "reason": grant.reason, "recipient": grant.recipient, "asked_by": grant.asked_by, "approved_by": grant.approved_by},
        "visit": {"ref": certificate.visit.ref, "session": sid, "kind": certificate.visit.kind},
        "events": events_as(events_of(session, row.session_id)),
    }
    package = Package(
        certificate,
        opened=lambda piece: kept.open(recordings.stored_path(folder, sid, piece.file), piece.sha256),
        described=described,
        paper=lambda given: certificate_pdf.draw(certificate, grant, given),
    )
    headers = {"Content-Disposition": f'attachment; filename="recording-{certificate.visit.ref}-{grant.ref}.zip"', "Cache-Control": "no-store"}
    see("recording", row.session_id)
    return Response(stream_with_context(_sent(package, who, row.id)), mimetype="application/zip", headers=headers)


def _sent(package: Package, who: Identity, number: int) -> Iterator[bytes]:
    """The pieces; behind the last one the package's hash is written down. A broken download stays spent and without a hash, which is what happened."""
    try:
        yield from package.blocks()
    except Exception:
        current_app.logger.exception("export %s broke off", number)
        raise
    perform(lambda session: exports.left_the_house(session, who, number, package.sha256, package.size, now()))


def _names(session: Session, rows: list[RecordingRequest]) -> dict[str, Any]:
    ids = [number for row in rows for number in (row.asked_by, row.decided_by) if number is not None]
    return {"people": exports.names_of(session, ids)}


def _status(form: Any) -> int:
    if any(refusal.code == "STATE_CHANGED" for refusal in form.refusals):
        return 409
    return 422 if form.refusals or form.errors else 200

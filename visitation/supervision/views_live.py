"""The officer at a live visit: check-in, console, outcome."""

from typing import Any

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.bookings.models import Booking
from visitation.kernel.errors import NotFound, Refused
from visitation.kernel.identity import Identity
from visitation.people.models import Visitor
from visitation.store.transaction import perform, reader
from visitation.supervision import checkin, outside, push, service, views_wall, words
from visitation.supervision.checkin import Verdict
from visitation.supervision.forms import AttentionForm, ExtendForm, FinishForm, NotHeldForm, OutcomeForm, VerdictForm
from visitation.supervision.queries import booking_by_ref, session_of, warnings_of
from visitation.supervision.rules import OFFICERS, comes_late, same_prison
from visitation.uploads.models import Upload
from visitation.uploads.queries import content
from visitation.web.door import door
from visitation.web.request import now, see

blueprint = Blueprint("supervision", __name__)
ALONE = 0
"""No visitor: the key of the form for whoever joins with the booking's account."""
PHOTOS = {"face": "photo_id", "document": "document_photo_id"}


def ours(who: Identity, booking: Booking) -> bool:
    """The visit is of this officer's prison."""
    return same_prison(who, booking.prison_id)


@blueprint.get("/visits/<ref>/check-in")
@door(*OFFICERS, subject=booking_by_ref, check=ours)
def check_in(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Everybody of the party beside the camera picture of the leg that carries them."""
    return _check_in_page(who, booking)


def _check_in_page(_who: Identity, booking: Booking, wrong: dict[int, VerdictForm] | None = None, refused: Refused | None = None) -> ResponseReturnValue:
    """`wrong`: forms by visitor; by ALONE, of whoever joins with the booking's account."""
    live = session_of(reader(), booking.id)
    if live is not None and live.ended_at is not None:
        return redirect(url_for("supervision.console", ref=booking.ref))
    see("booking", booking.id)
    for person in booking.party:
        see("visitor", person.visitor_id)
    alone = outside.of_booking(reader(), booking)
    if alone is not None:
        see("account", alone.account_id)
    forms = {person.visitor_id: (wrong or {}).get(person.visitor_id) or VerdictForm(formdata=None) for person in booking.party}
    page = render_template(
        "prison/supervision/check_in.html",
        booking=booking,
        live=live,
        forms=forms,
        late={person.visitor_id for person in booking.party if comes_late(person.identity, live is not None and live.checked_in_at is not None)},
        alone=alone,
        pid=outside.pid_of(booking),
        alone_form=(wrong or {}).get(ALONE) or VerdictForm(formdata=None),
        alone_late=comes_late(live.outside, checked_in=live.checked_in_at is not None) if alone is not None and live is not None else False,
        finish=FinishForm(formdata=None),
        not_held=NotHeldForm(formdata=None, lawyer=booking.lawyer is not None),
        refusals=refused.refusals if refused else (),
        words=words,
    )
    return page, refused.status if refused else 200


@blueprint.post("/visits/<ref>/check-in/<int:visitor_id>")
@door(*OFFICERS, subject=booking_by_ref, check=ours)
def decide(who: Identity, booking: Booking, visitor_id: int) -> ResponseReturnValue:
    """Tick one person."""
    form = VerdictForm()
    if not form.validate_on_submit():
        return _check_in_page(who, booking, {visitor_id: form})
    verdict = Verdict(visitor_id, form.verdict.data, form.reason.data or "", form.leg.data or f"visitor:{visitor_id}")
    try:
        perform(lambda session: checkin.decide(session, who, booking, verdict, now()))
    except Refused as refused:
        form.refuse(refused)
        return _check_in_page(who, booking, {visitor_id: form}, refused)
    push.to_brokers()
    return redirect(url_for("supervision.check_in", ref=booking.ref))


@blueprint.post("/visits/<ref>/check-in/outside")
@door(*OFFICERS, subject=booking_by_ref, check=ours)
def decide_outside(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Tick the lawyer, or the mediator, who joins with the booking's account."""
    form = VerdictForm()
    if not form.validate_on_submit():
        return _check_in_page(who, booking, {ALONE: form})
    verdict = Verdict(0, form.verdict.data, form.reason.data or "", form.leg.data or "")
    try:
        perform(lambda session: checkin.decide_outside(session, who, booking, verdict, now()))
    except Refused as refused:
        form.refuse(refused)
        return _check_in_page(who, booking, {ALONE: form}, refused)
    push.to_brokers()
    return redirect(url_for("supervision.check_in", ref=booking.ref))


@blueprint.post("/visits/<ref>/check-in/finish")
@door(*OFFICERS, subject=booking_by_ref, check=ours)
def finish(who: Identity, booking: Booking) -> ResponseReturnValue:
    """The check-in is done: on to supervision, which starts the visit."""
    form = FinishForm()
    if not form.validate_on_submit():
        abort(400)
    try:
        perform(lambda session: checkin.finish(session, who, booking, now()))
    except Refused as refused:
        return _check_in_page(who, booking, refused=refused)
    push.to_brokers()
    return redirect(url_for("supervision.console", ref=booking.ref))


@blueprint.post("/visits/<ref>/not-held")
@door(*OFFICERS, subject=booking_by_ref, check=ours)
def not_held(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Nobody came, the inmate refused, or the technology failed before the visit began."""
    form = NotHeldForm(lawyer=booking.lawyer is not None)
    if not form.validate_on_submit():
        abort(400)
    try:
        perform(lambda session: service.end_by_command(session, who, booking, form.outcome.data, form.note.data or "not held", now()))
    except Refused as refused:
        return _check_in_page(who, booking, refused=refused)
    push.to_brokers()
    flash(gettext("The visit is closed. Please write down how it went."))
    return redirect(url_for("supervision.console", ref=booking.ref))


@blueprint.get("/visits/<ref>/people/<int:visitor_id>/<kind>")
@door(*OFFICERS, subject=booking_by_ref, check=ours)
def photo(_who: Identity, booking: Booking, visitor_id: int, kind: str) -> ResponseReturnValue:
    """The registered face photo or the document's photo of somebody in the party."""
    if kind not in PHOTOS or visitor_id not in {person.visitor_id for person in booking.party}:
        raise NotFound
    visitor = reader().get_one(Visitor, visitor_id)
    number = getattr(visitor, PHOTOS[kind])
    upload = reader().get(Upload, number) if number else None
    if upload is None or not upload.media_type.startswith("image/"):
        raise NotFound
    see(f"visitor_{kind}", visitor_id)
    return Response(content(reader(), upload), mimetype=upload.media_type)


# -- console


@blueprint.get("/visits/<ref>/console")
@door(*OFFICERS, subject=booking_by_ref, check=ours)
def console(who: Identity, booking: Booking) -> ResponseReturnValue:
    """The wall with this visit on it; after its end, write down what came of it."""
    return _console_page(who, booking, ExtendForm(formdata=None), None)


def _console_page(who: Identity, booking: Booking, extending: ExtendForm, outcome: OutcomeForm | None, status: int = 200) -> ResponseReturnValue:
    live = session_of(reader(), booking.id)
    if live is None or live.ended_at is None:
        return views_wall.page(who, booking, extending), status
    see("booking", booking.id)
    see("inmate", booking.inmate_id)
    lawyer = booking.lawyer is not None
    typed = {"outcome": booking.outcome, "note": live.officer_note, "inmate_note": booking.inmate_note, "concern": live.concern}
    form = outcome or OutcomeForm(formdata=None, lawyer=lawyer, **typed)
    warnings = warnings_of(reader(), live.id)
    return render_template("prison/supervision/outcome.html", booking=booking, live=live, form=form, words=words, warnings=warnings), status


@blueprint.post("/visits/<ref>/token")
@door(*OFFICERS, subject=booking_by_ref, check=ours)
def token(who: Identity, booking: Booking) -> ResponseReturnValue:
    """A fresh token for check-in or supervision, as JSON; asked for at every connection."""
    asked = request.get_json(silent=True)
    asked = asked if isinstance(asked, dict) else {}
    purpose = asked.get("purpose")
    if purpose not in ("check_in", "supervise"):
        abort(400)
    take = asked.get("take", True) is True
    grant: dict[str, Any] = perform(lambda session: service.officer_token(session, who, booking, purpose, now(), take))
    see("booking", booking.id)
    return jsonify(grant)


@blueprint.get("/visits/<ref>/state.json")
@door(*OFFICERS, subject=booking_by_ref, check=ours)
def state(_who: Identity, booking: Booking) -> ResponseReturnValue:
    """What the application knows of the session; asking it also keeps the sign-in of a watching officer alive."""
    live = session_of(reader(), booking.id)
    return jsonify(stage=live.stage if live else "scheduled", ended=live is not None and live.ended_at is not None)


@blueprint.post("/visits/<ref>/attention")
@door(*OFFICERS, subject=booking_by_ref, check=ours)
def attention(who: Identity, booking: Booking) -> ResponseReturnValue:
    """The console reports that nobody answers its question any more (`present=no`), or that somebody is back (`yes`)."""
    form = AttentionForm()
    if not form.validate_on_submit():
        abort(400)
    perform(lambda session: service.attention(session, who, booking, form.present.data == "yes", now()))
    return jsonify(ok=True)


@blueprint.post("/visits/<ref>/extend")
@door(*OFFICERS, subject=booking_by_ref, check=ours)
def extend(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Claim the extra time, then tell the broker."""
    form = ExtendForm()
    if not form.validate_on_submit():
        return _console_page(who, booking, form, None)
    try:
        perform(lambda session: service.extend(session, who, booking, form.minutes.data, now()))
    except Refused as refused:
        if request.accept_mimetypes.best == "application/json":
            raise
        form.refuse(refused)
        return _console_page(who, booking, form, None, refused.status)
    push.to_brokers()
    said = gettext("The visit has %(minutes)d more minutes.", minutes=form.minutes.data)
    if request.accept_mimetypes.best == "application/json":
        return jsonify(ok=True, said=said)
    flash(said)
    return redirect(url_for("supervision.console", ref=booking.ref))


@blueprint.post("/visits/<ref>/outcome")
@door(*OFFICERS, subject=booking_by_ref, check=ours)
def outcome(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Write down how the visit went."""
    form = OutcomeForm(lawyer=booking.lawyer is not None)
    if form.validate_on_submit():
        told = {"outcome": form.outcome.data, "note": form.note.data or "", "inmate_note": form.inmate_note.data or "", "concern": form.concern.data}
        try:
            perform(lambda session: service.write_outcome(session, who, booking, told, now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The outcome is written down."))
            return redirect(url_for("desk.index"))
    return _console_page(who, booking, ExtendForm(formdata=None), form)

"""The wall: an officer's sessions on one page, and the handover between officers."""

from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.bookings.models import Booking
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity
from visitation.store.transaction import perform, reader
from visitation.supervision import handover, words
from visitation.supervision.desk import Row
from visitation.supervision.forms import ExtendForm, HandoverForm
from visitation.supervision.models import LiveSession
from visitation.supervision.models_handover import Handover
from visitation.supervision.queries import booking_by_ref
from visitation.supervision.rules import OFFICERS, same_prison
from visitation.supervision.wall import Sight, Wall, next_officers, wall
from visitation.web.door import door
from visitation.web.i18n import show_clock
from visitation.web.request import now, see

blueprint = Blueprint("wall", __name__)


def ours(who: Identity, booking: Booking) -> bool:
    """The visit is of this officer's prison."""
    return same_prison(who, booking.prison_id)


@blueprint.get("/wall")
@door(*OFFICERS)
def index(who: Identity) -> ResponseReturnValue:
    """Every session of this officer on one page; new ones appear by themselves."""
    return page(who, None, ExtendForm(formdata=None)), 200


def page(who: Identity, focus: Booking | None, extending: ExtendForm) -> str:
    """The page itself; `focus`: a visit that was opened by its reference."""
    shown = wall(reader(), who, now(), focus)
    for sight in shown.mine:
        see("booking", sight.booking.id)
        see("inmate", sight.booking.inmate_id)
    told = {"wall": shown, "state": as_json(shown), "officers": next_officers(reader(), who, now())}
    return render_template("prison/supervision/wall.html", focus=focus, extending=extending, words=words, **told)


@blueprint.get("/wall/sessions.json")
@door(*OFFICERS)
def sessions(who: Identity) -> ResponseReturnValue:
    """What has changed: asked every two seconds by the page. Asked by a person at the console, it also keeps their sign-in alive."""
    named = booking_by_ref(reader(), request.args.get("focus", "")[:12])
    focus = named if named is not None and ours(who, named) and named.state == "confirmed" else None
    kept = frozenset(request.args.get("kept", "")[:400].split(","))
    return jsonify(as_json(wall(reader(), who, now(), focus, kept)))


@blueprint.post("/visits/<ref>/handover")
@door(*OFFICERS, subject=booking_by_ref, check=ours)
def offer(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Offer the watch: to one officer, or to whoever is on duty."""
    form = HandoverForm()
    if not form.validate_on_submit():
        raise Refused("OFFER_NOT_YOURS")
    to_id = int(form.to.data) if form.to.data else None
    if to_id is not None and to_id not in {account.id for account in next_officers(reader(), who, now())}:
        raise Refused("OFFER_NOT_YOURS")
    perform(lambda session: handover.offer(session, who, booking, to_id, now()))
    return jsonify(ok=True)


@blueprint.post("/visits/<ref>/handover/accept")
@door(*OFFICERS, subject=booking_by_ref, check=ours)
def accept(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Take it over: the page then joins, and the broker lets the other officer go."""
    perform(lambda session: handover.accept(session, who, booking, now()))
    see("booking", booking.id)
    see("inmate", booking.inmate_id)
    return jsonify(ok=True)


@blueprint.post("/visits/<ref>/handover/withdraw")
@door(*OFFICERS, subject=booking_by_ref, check=ours)
def withdraw(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Keep the watch after all."""
    perform(lambda session: handover.withdraw(session, who, booking, now()))
    return jsonify(ok=True)


# -- as the page's script reads it


def as_json(shown: Wall) -> dict[str, Any]:
    return {
        "lanes": shown.lanes,
        "mine": [_mine(sight) for sight in shown.mine],
        "others": [_brief(sight) | {"officer": sight.officer, "watched": sight.watched} for sight in shown.others],
        "offers": [_offer(made, name) for made, name in shown.offers],
        "arriving": [_arriving(row) for row in shown.arriving],
        "unwritten": [_unwritten(live) for live in shown.unwritten],
    }


def _brief(sight: Sight) -> dict[str, Any]:
    booking = sight.booking
    return {
        "ref": booking.ref,
        "inmate": booking.inmate.name,
        "terminal": booking.terminal.name,
        "kind": booking.kind,
        "kindWords": str(words.KIND_WORDS.get(booking.kind, booking.kind)),
        "time": f"{show_clock(booking.starts_at)}–{show_clock(booking.ends_at)}",
        "stage": sight.stage,
        "stageWords": str(words.PHASE_WORDS.get(sight.stage, sight.stage)),
        "sides": [{name: one.get(name) for name in ("role", "state", "quality")} for one in (sight.live.participants if sight.live else [])],
    }


def _mine(sight: Sight) -> dict[str, Any]:
    ref, live = sight.booking.ref, sight.live
    addresses = {
        "token": url_for("supervision.token", ref=ref),
        "checkIn": url_for("supervision.check_in", ref=ref),
        "console": url_for("supervision.console", ref=ref),
        "state": url_for("supervision.state", ref=ref),
        "extend": url_for("supervision.extend", ref=ref),
        "attention": url_for("supervision.attention", ref=ref),
        "offer": url_for("wall.offer", ref=ref),
        "withdraw": url_for("wall.withdraw", ref=ref),
    }
    return _brief(sight) | {
        "people": [person.visitor.name for person in sight.booking.party if person.identity not in ("failed", "absent")] or sight.alone,
        "checkedIn": live is not None and live.checked_in_at is not None,
        "ended": live is not None and live.ended_at is not None,
        "actions": sorted(sight.actions),
        "hears": sight.hears,
        "officer": sight.officer,
        "offered": sight.offer is not None,
        "urls": addresses,
    }


def _offer(made: Handover, name: str) -> dict[str, Any]:
    booking, carried = made.session.booking, made.carried
    return {
        "ref": booking.ref,
        "inmate": booking.inmate.name,
        "terminal": booking.terminal.name,
        "from": name,
        "tasks": [str(words.TASK_WORDS.get(kind, kind)) for kind in carried.get("tasks", [])],
        "warnings": [gettext("rule %(number)s", number=one.get("rule")) for one in carried.get("warnings", [])],
        "recording": str(words.CARRIED_RECORDING.get(carried.get("recording", ""), "")),
        "accept": url_for("wall.accept", ref=booking.ref),
    }


def _arriving(row: Row) -> dict[str, Any]:
    booking = row.booking
    return {
        "ref": booking.ref,
        "inmate": booking.inmate.name,
        "terminal": booking.terminal.name,
        "time": show_clock(booking.starts_at),
        "phase": row.phase,
        "phaseWords": str(words.PHASE_WORDS[row.phase]),
        "tone": words.PHASE_TONES.get(row.phase, "calm"),
        "url": url_for("supervision.check_in", ref=booking.ref),
    }


def _unwritten(live: LiveSession) -> dict[str, Any]:
    booking = live.booking
    return {"ref": booking.ref, "inmate": booking.inmate.name, "time": show_clock(booking.starts_at), "url": url_for("supervision.console", ref=booking.ref)}

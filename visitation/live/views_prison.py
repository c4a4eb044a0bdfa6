"""The terminal in the visiting room: a page that shows whose visit is next and joins by itself."""

from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from visitation.bookings.models import Booking
from visitation.bookings.queries import booking_by_ref
from visitation.kernel.identity import Identity, Role
from visitation.live import morning, queries, rules, service
from visitation.live.forms import figures_from
from visitation.store.transaction import perform, reader
from visitation.supervision import service as supervision
from visitation.timetable.models import Terminal
from visitation.web.door import door, open_door
from visitation.web.i18n import show_clock
from visitation.web.request import now

blueprint = Blueprint("kiosk", __name__)
PAIRING = "devices.pair"


@blueprint.get("/kiosk")
@open_door
def index(who: Identity | None) -> ResponseReturnValue:
    """The page that the kiosk browser opens. A device that is not paired yet goes to the page that shows its code."""
    if who is None or not who.has(Role.TERMINAL):
        return redirect(url_for(PAIRING))
    return render_template("prison/live/kiosk.html", terminal=reader().get(Terminal, who.account_id))


@blueprint.get("/kiosk/state.json")
@door(Role.TERMINAL)
def state(who: Identity) -> ResponseReturnValue:
    """What to show now, and whether to join; asked about once a second."""
    session, moment = reader(), now()
    turns = queries.turns_of(session, who.account_id, moment)
    chosen = rules.current_turn((turn for turn, _booking in turns), moment)
    later = sorted((turn for turn, _booking in turns if chosen is not None and turn.starts_at > chosen.starts_at), key=lambda turn: turn.starts_at)
    bookings = {turn.ref: booking for turn, booking in turns}
    terminal = session.get_one(Terminal, who.account_id)
    return {
        "now": moment.timestamp(),
        "test": morning.is_due(session, terminal, [turn for turn, _booking in turns], moment),
        "calm": rules.is_calm(chosen, moment),
        "turn": _shown(chosen, bookings[chosen.ref]) if chosen else None,
        "later": [_shown(turn, bookings[turn.ref]) for turn in later[:3]],
    }


def _shown(turn: rules.Turn, booking: Booking) -> dict[str, Any]:
    return {
        "ref": turn.ref,
        "stage": turn.stage,
        "join": rules.comes_in(turn),
        "kind": booking.kind,
        "name": rules.masked_name(booking.inmate.name),
        "number": rules.number_tail(booking.inmate.number),
        "starts": show_clock(booking.starts_at),
        "starts_at": booking.starts_at.timestamp(),
    }


@blueprint.post("/kiosk/alive")
@door(Role.TERMINAL)
def alive(who: Identity) -> ResponseReturnValue:
    """The terminal's heartbeat: it is in working order."""
    perform(lambda session: service.beat(session, who.account_id, now()))
    return {"now": now().timestamp()}


@blueprint.post("/kiosk/test/token")
@door(Role.TERMINAL)
def test_token(who: Identity) -> ResponseReturnValue:
    """A ticket for the terminal's echo with itself."""
    return perform(lambda session: supervision.test_token(session, who, now()))


@blueprint.post("/kiosk/test/result")
@door(Role.TERMINAL)
def test_result(who: Identity) -> ResponseReturnValue:
    """What the terminal measured of itself this morning."""
    figures = figures_from(request.get_json(silent=True), video=True, alone=True)
    verdict = perform(lambda session: morning.keep(session, who, figures, now()))
    return {"verdict": verdict.word, "score": verdict.score, "causes": list(verdict.causes)}


@blueprint.post("/kiosk/token")
@door(Role.TERMINAL)
def token(who: Identity) -> ResponseReturnValue:
    """A ticket for the visit that this terminal is booked for."""
    sent = request.get_json(silent=True)
    booking = booking_by_ref(reader(), str(sent.get("ref", ""))[:12]) if isinstance(sent, dict) else None
    if booking is None or booking.terminal_id != who.account_id:
        abort(404)
    return perform(lambda session: supervision.participant_token(session, who, booking, now()))

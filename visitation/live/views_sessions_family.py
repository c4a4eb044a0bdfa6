"""A lawyer's sessions by video: those to come with the way into their rooms, and what was."""

from datetime import datetime, timedelta

from flask import Blueprint, current_app, render_template

from visitation.bookings.models import Booking
from visitation.kernel.errors import Refusal
from visitation.kernel.identity import Identity, Role
from visitation.live import queries
from visitation.live.words import SESSION_STATES
from visitation.store.transaction import reader
from visitation.web.code_words import KINDS
from visitation.web.door import door
from visitation.web.request import now, see
from visitation.web.sentences import sentence

blueprint = Blueprint("sessions", __name__)


@blueprint.get("/sessions")
@door(Role.LAWYER)
def index(who: Identity) -> str:
    """The nearest first; each leads to its room and to the test of camera and microphone."""
    rows = queries.sessions_of_account(reader(), who.account_id, now())
    for row in rows:
        see("booking", row.ref)
    coming = [row for row in rows if row.state == "confirmed"]
    past = [row for row in rows if row.state != "confirmed"][::-1]
    tests = queries.last_tests(reader(), [row.id for row in coming])
    why = {row.id: reason_of(row) for row in past if row.state == "cancelled"}
    shown = {"coming": coming, "past": past, "why": why, "open": {row.id for row in coming if is_open(row, now())}, "tests": tests}
    return render_template("family/live/sessions.html", kinds=KINDS, states=SESSION_STATES, now=now(), opens_at=opens_at, **shown)


def reason_of(row: Booking) -> str:
    """Why it does not take place: as it was written, else the sentence of its code, else nothing."""
    known = row.reason_code is not None and row.reason_code in current_app.extensions["sentences"]
    return row.reason_text or (sentence(Refusal(row.reason_code or "")) if known else "")


def opens_at(row: Booking) -> datetime:
    """From when one may come in and wait."""
    return row.starts_at - timedelta(minutes=int(row.terms.get("ready_minutes", 30)))


def is_open(row: Booking, moment: datetime) -> bool:
    return opens_at(row) <= moment

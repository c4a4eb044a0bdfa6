"""The family's live pages: the test of their device, and the room of the visit."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from visitation.bookings.models import Booking
from visitation.bookings.queries import booking_by_ref
from visitation.bookings.rules import is_mine
from visitation.kernel.identity import Identity, Role
from visitation.live import due, queries, rules, service
from visitation.live.forms import figures_from
from visitation.live.sentences import CAUSES, VERDICTS
from visitation.live.words import DUE_TONES, DUE_WORDS, NEXT_TEST, ahead_words
from visitation.store.transaction import perform, reader
from visitation.supervision import queries as supervision_queries
from visitation.supervision import service as supervision
from visitation.web.door import door
from visitation.web.i18n import show_moment
from visitation.web.limits import limiter
from visitation.web.request import now

blueprint = Blueprint("live", __name__)
TOKENS = "60/minute"
TESTS = "20/minute"
WHO = (Role.FAMILY, Role.LAWYER)


def ways_back(who: Identity, booking: Booking) -> dict[str, str]:
    """Where the links of these pages lead: to the visit's own page, or to a lawyer's list of sessions."""
    if who.has(Role.LAWYER):
        return {"page_url": url_for("sessions.index"), "home_url": url_for("sessions.index")}
    return {"page_url": url_for("bookings.show", ref=booking.ref), "home_url": url_for("home.index")}


@blueprint.app_template_global("next_test")
def next_test(booking: Booking) -> str:
    """When the device is to be tested next, for the visit's own page; empty when every test is passed or over."""
    found = due.next_due(reader(), booking, now())
    if found is None:
        return ""
    window, state = found
    return str(NEXT_TEST[state] % {"opens": show_moment(window.opens_at), "closes": show_moment(window.closes_at)})


@blueprint.get("/visits/<ref>/test", endpoint="test")
@door(*WHO, subject=booking_by_ref, check=is_mine)
def equipment(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Camera, microphone, sound, and a few seconds of echo through the broker."""
    last = queries.last_test(reader(), booking.id)
    shown = {"dues": due.dues_of(reader(), booking), "due_words": DUE_WORDS, "due_tones": DUE_TONES, "ahead_words": ahead_words, "causes": CAUSES}
    return render_template("family/live/test.html", booking=booking, last=last, verdicts=VERDICTS, quietest=rules.QUIETEST, **shown, **ways_back(who, booking))


@blueprint.post("/visits/<ref>/test/token", endpoint="test_token")
@door(*WHO, subject=booking_by_ref, check=is_mine)
@limiter.limit(TESTS)
def equipment_token(who: Identity, _booking: Booking) -> ResponseReturnValue:
    """A ticket for an echo: one's own picture and sound come back to oneself only."""
    return perform(lambda session: supervision.test_token(session, who, now()))


@blueprint.post("/visits/<ref>/test/result", endpoint="test_result")
@door(*WHO, subject=booking_by_ref, check=is_mine)
@limiter.limit(TESTS)
def equipment_result(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Keep what was measured and answer with the verdict in words."""
    figures = figures_from(request.get_json(silent=True), video=booking.kind != "family_call")
    verdict = perform(lambda session: service.record_test(session, who, booking, figures, now()))
    title, text = VERDICTS[verdict.word]
    told = {"verdict": verdict.word, "score": verdict.score, "title": str(title), "text": str(text)}
    return {**told, "causes": [str(CAUSES[code]) for code in verdict.causes]}


@blueprint.get("/visits/<ref>/room")
@door(*WHO, subject=booking_by_ref, check=is_mine)
def room(who: Identity, booking: Booking) -> ResponseReturnValue:
    """The room of the visit: wait, be checked in, talk. After the end: what happens next."""
    session = reader()
    live = supervision_queries.session_of(session, booking.id)
    if booking.state == "ended" or (live is not None and live.stage == "ended"):
        ended = {"technical": booking.outcome == "technical", "lawyer": who.has(Role.LAWYER), **ways_back(who, booking)}
        return render_template("family/live/after.html", booking=booking, live=live, **ended)
    visit = supervision_queries.visit_of(session, booking, now())
    opens_at = booking.starts_at - timedelta(minutes=visit.ready_minutes)
    terms = supervision_queries.terms_of(session, booking)
    page = {"open": now() >= opens_at, "opens_at": opens_at, "terms": terms, "last": queries.last_test(session, booking.id), **_times(booking, opens_at)}
    page |= ways_back(who, booking)
    return render_template("family/live/room.html", booking=booking, confirmed=booking.state == "confirmed", lawyer=who.has(Role.LAWYER), **page)


def _times(booking: Booking, opens_at: datetime) -> dict[str, Any]:
    return {"starts_epoch": booking.starts_at.timestamp(), "opens_epoch": opens_at.timestamp(), "now_epoch": now().timestamp()}


@blueprint.post("/visits/<ref>/room/token")
@door(*WHO, subject=booking_by_ref, check=is_mine)
@limiter.limit(TOKENS)
def token(who: Identity, booking: Booking) -> ResponseReturnValue:
    """A fresh ticket for the visit, at every connection."""
    return perform(lambda session: supervision.participant_token(session, who, booking, now()))

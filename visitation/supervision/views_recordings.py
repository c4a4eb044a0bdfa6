"""Recordings: the list, playback with the legs side by side, re-listening, legal hold."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.http import parse_range_header

from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import LOCAL
from visitation.store.transaction import perform, reader
from visitation.supervision import recordings, words
from visitation.supervision.blockfile import BlockFile
from visitation.supervision.forms import HoldForm, ListeningForm
from visitation.supervision.models import LiveSession, Segment
from visitation.supervision.playback import RecordingDamaged
from visitation.supervision.queries import events_of, listenings_of, participant_names, recorded_sessions, segment_counts, segments_of, session_by_ref
from visitation.supervision.rules import OFFICERS, READERS, same_prison
from visitation.web.door import door
from visitation.web.request import now, see

blueprint = Blueprint("recordings", __name__)
PART = 2 * 1024 * 1024
"""Most bytes of one answer: a player that has enough stops reading, and must not hold a thread meanwhile; it asks for the next part when it needs it."""


@blueprint.app_template_filter("clock_seconds")
def clock_seconds(moment: datetime) -> str:
    """Hours, minutes and seconds in Shanghai."""
    return moment.astimezone(LOCAL).strftime("%H:%M:%S")


def ours(who: Identity, live: LiveSession) -> bool:
    return same_prison(who, live.booking.prison_id)


def segment_of(session: Session, ref: str, number: int) -> Segment | None:
    """A segment of this visit by its id."""
    row = session.get(Segment, number)
    return row if row is not None and row.session.booking.ref == ref else None


def our_segment(who: Identity, segment: Segment) -> bool:
    return ours(who, segment.session)


@blueprint.get("/recordings")
@door(*READERS)
def index(who: Identity) -> ResponseReturnValue:
    """Visits that were recorded, the newest first."""
    rows = recorded_sessions(reader(), who.prison_id)
    ids = [row.id for row in rows]
    for row in rows:
        see("booking", row.booking_id)
    return render_template(
        "prison/supervision/recordings.html",
        rows=rows,
        segments=segment_counts(reader(), ids),
        listenings=listenings_of(reader(), ids),
        words=words,
    )


@blueprint.get("/recordings/<ref>")
@door(*READERS, subject=session_by_ref, check=ours)
def show(who: Identity, live: LiveSession) -> ResponseReturnValue:
    """The record of a visit: playback, time line, results, hold."""
    return _page(who, live, ListeningForm(formdata=None))


def _page(who: Identity, live: LiveSession, form: ListeningForm, status: int = 200) -> ResponseReturnValue:
    see("recording", live.id)
    segments = segments_of(reader(), live.id)
    held = next((row for row in segments if row.legal_hold), None)
    page = render_template(
        "prison/supervision/recording.html",
        live=live,
        booking=live.booking,
        segments=segments,
        playable=_playable(live, segments),
        names=participant_names(reader(), live),
        events=events_of(reader(), live.id),
        listenings=listenings_of(reader(), [live.id]).get(live.id, []),
        form=form,
        hold=HoldForm(formdata=None, reason=held.hold_reason if held else ""),
        held=held,
        may_listen=who.has(*OFFICERS),
        may_hold=who.has(Role.DUTY_CHIEF),
        words=words,
    )
    return page, status


def _playable(live: LiveSession, segments: list[Segment]) -> dict[str, Any]:
    """What the player needs: each leg's segments with their place on the common clock, and the events to mark."""
    stored = [row for row in segments if row.state == "stored"]
    begin = min((row.starts_at for row in stored), default=live.opened_at)
    legs: dict[str, list[dict[str, Any]]] = {}
    for row in stored:
        address = url_for("recordings.segment", ref=live.booking.ref, number=row.id)
        legs.setdefault(row.leg, []).append({"at": (row.starts_at - begin).total_seconds(), "seconds": row.seconds, "src": address})
    return {"begin": begin.timestamp(), "legs": legs}


@blueprint.get("/recordings/<ref>/<int:number>.webm")
@door(*READERS, subject=segment_of, check=our_segment)
def segment(_who: Identity, row: Segment) -> ResponseReturnValue:
    """A playable copy of one segment, by range. The stored bytes are checked against their hash when the copy is made."""
    if row.state != "stored":
        abort(404)
    data_dir = current_app.extensions["settings"].data_dir
    try:
        copy = recordings.copies().open(recordings.stored_path(data_dir, row.session.sid, row.file), row.sha256)
    except RecordingDamaged as problem:
        current_app.logger.error("recording %s of %s is damaged: %s", row.file, row.session.sid, problem)
        raise Refused("RECORDING_DAMAGED") from problem
    wanted = parse_range_header(request.headers.get("Range"))
    first, last = wanted.range_for_length(copy.size) or (0, 0) if wanted else (0, copy.size)
    if last <= first:
        copy.close()
        return Response(status=416, headers={"Content-Range": f"bytes */{copy.size}"})
    if first == 0:
        see("recording_segment", row.id)
    return _part(copy, first, min(last, first + PART) if wanted else last, partial=wanted is not None)


def _part(copy: BlockFile, first: int, last: int, *, partial: bool) -> Response:
    headers = {"Accept-Ranges": "bytes", "Content-Length": str(last - first)}
    if partial:
        headers["Content-Range"] = f"bytes {first}-{last - 1}/{copy.size}"
    answer = Response(_blocks(copy, first, last), status=206 if partial else 200, headers=headers, mimetype="video/webm")
    answer.call_on_close(copy.close)
    return answer


def _blocks(copy: BlockFile, first: int, last: int) -> Iterator[bytes]:
    copy.seek(first)
    while first < last:
        block = copy.read(min(65536, last - first))
        if not block:
            return
        first += len(block)
        yield block


@blueprint.post("/recordings/<ref>/listening")
@door(*OFFICERS, subject=session_by_ref, check=ours)
def listening(who: Identity, live: LiveSession) -> ResponseReturnValue:
    """The written result of a re-listening."""
    form = ListeningForm()
    if not form.validate_on_submit():
        return _page(who, live, form)
    perform(lambda session: recordings.listen(session, who, live, form.result.data, form.text.data, now()))
    flash(gettext("The result of the re-listening is written down."))
    return redirect(url_for("recordings.show", ref=live.booking.ref))


@blueprint.post("/recordings/<ref>/hold")
@door(Role.DUTY_CHIEF, subject=session_by_ref, check=ours)
def hold(who: Identity, live: LiveSession) -> ResponseReturnValue:
    """Keep a recording beyond its retention, or let it go."""
    form = HoldForm()
    if not form.validate_on_submit():
        abort(400)
    perform(lambda session: recordings.hold(session, who, live, form.reason.data or "", now()))
    flash(gettext("The recording is held.") if form.reason.data else gettext("The hold is lifted."))
    return redirect(url_for("recordings.show", ref=live.booking.ref))

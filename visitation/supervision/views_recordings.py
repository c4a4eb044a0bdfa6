"""Recordings: the list, playback with the legs side by side under a chart of what happened, re-listening, legal hold, certificate."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
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
from visitation.supervision import certificate_pdf, exports, holds, recordings, relistening, words, words_recordings
from visitation.supervision.blockfile import BlockFile
from visitation.supervision.certificate import certify
from visitation.supervision.forms_recordings import HoldForm, ListeningForm
from visitation.supervision.models import LiveSession, Segment
from visitation.supervision.models_recordings import Relistening
from visitation.supervision.playback import RecordingDamaged
from visitation.supervision.queries import events_of, listenings_of, participant_names, recorded_sessions, segment_counts, segments_of, session_by_ref
from visitation.supervision.rules import OFFICERS, READERS, same_prison
from visitation.supervision.timeline import Chart, chart
from visitation.web.door import door
from visitation.web.request import now, see

blueprint = Blueprint("recordings", __name__)
PART = 2 * 1024 * 1024
"""Most bytes of one answer: a player that has enough stops reading, and must not hold a thread meanwhile; it asks for the next part when it needs it."""
PAGE = 50
UNSHOWN = ("quality", "coverage", "session_opened", "segment", "shown", "forgotten")


@blueprint.app_template_filter("clock_seconds")
def clock_seconds(moment: datetime) -> str:
    """Hours, minutes and seconds in Shanghai."""
    return moment.astimezone(LOCAL).strftime("%H:%M:%S")


@blueprint.app_template_filter("length_of")
def length_of(seconds: float) -> str:
    """A length as minutes and seconds: 12:05."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def ours(who: Identity, live: LiveSession) -> bool:
    return same_prison(who, live.booking.prison_id)


def segment_of(session: Session, ref: str, number: int) -> Segment | None:
    """A segment of this visit by its id."""
    row = session.get(Segment, number)
    return row if row is not None and row.session.booking.ref == ref else None


def our_segment(who: Identity, segment: Segment) -> bool:
    return ours(who, segment.session)


def data_dir() -> Path:
    folder: Path = current_app.extensions["settings"].data_dir
    return folder


@blueprint.get("/recordings")
@door(*READERS)
def index(who: Identity) -> ResponseReturnValue:
    """Visits that were recorded, the newest first, a page at a time."""
    rows = recorded_sessions(reader(), who.prison_id, _before(), PAGE)
    ids = [row.id for row in rows]
    for row in rows:
        see("booking", row.booking_id)
    return render_template(
        "prison/recordings/index.html",
        rows=rows,
        older=rows[-1].opened_at.isoformat() if len(rows) == PAGE else "",
        segments=segment_counts(reader(), ids),
        listenings=listenings_of(reader(), ids),
        words=words,
    )


def _before() -> datetime | None:
    try:
        found = datetime.fromisoformat(request.args.get("before", ""))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


@blueprint.get("/recordings/<ref>")
@door(*READERS, subject=session_by_ref, check=ours)
def show(who: Identity, live: LiveSession) -> ResponseReturnValue:
    """The record of a visit: playback, time line, results, holds, requests."""
    return _page(who, live, ListeningForm(formdata=None), HoldForm(formdata=None))


def _page(who: Identity, live: LiveSession, form: ListeningForm, hold: HoldForm, status: int = 200) -> ResponseReturnValue:
    see("recording", live.id)
    session = reader()
    segments, events = segments_of(session, live.id), events_of(session, live.id)
    line = chart(segments, events)
    page = render_template(
        "prison/recordings/show.html",
        live=live,
        booking=live.booking,
        segments=segments,
        chart=line,
        playable=_playable(live, segments, line) if line else None,
        names=participant_names(session, live),
        events=[event for event in events if event.type not in UNSHOWN],
        listenings=listenings_of(session, [live.id]).get(live.id, []),
        listeners=exports.names_of(session, [row.account_id for row in listenings_of(session, [live.id]).get(live.id, [])]),
        duty=session.get(Relistening, live.id),
        holds=holds.open_holds(session, live.id),
        requests=exports.requests_of(session, live.id),
        form=form,
        hold=hold,
        may_listen=who.has(*OFFICERS),
        may_ask=who.has(*OFFICERS),
        may_hold=who.has(Role.DUTY_CHIEF),
        own_visit=who.account_id == live.officer_id,
        words=words,
        more_words=words_recordings,
    )
    return page, status


def _playable(live: LiveSession, segments: list[Segment], line: Chart) -> dict[str, Any]:
    """What the player needs: each leg's segments with their place on the common clock, and the marks to jump to."""
    legs: dict[str, list[dict[str, Any]]] = {}
    for row in (row for row in segments if row.state == "stored"):
        address = url_for("recordings.segment", ref=live.booking.ref, number=row.id)
        legs.setdefault(row.leg, []).append({"at": (row.starts_at - line.begin).total_seconds(), "seconds": row.seconds, "src": address})
    marks = [sign.at for sign in line.signs if sign.sign in ("mark", "warning", "message")]
    return {"begin": line.begin.timestamp(), "legs": legs, "marks": marks}


@blueprint.get("/recordings/<ref>/<int:number>.webm")
@door(*READERS, subject=segment_of, check=our_segment)
def segment(who: Identity, row: Segment) -> ResponseReturnValue:
    """A playable copy of one segment, by range. The stored bytes are checked against their hash when the copy is made."""
    if row.state != "stored":
        abort(404)
    try:
        copy = recordings.copies().open(recordings.stored_path(data_dir(), row.session.sid, row.file), row.sha256)
    except RecordingDamaged as problem:
        current_app.logger.error("recording %s of %s is damaged: %s", row.file, row.session.sid, problem)
        raise Refused("RECORDING_DAMAGED") from problem
    wanted = parse_range_header(request.headers.get("Range"))
    first, last = wanted.range_for_length(copy.size) or (0, 0) if wanted else (0, copy.size)
    if last <= first:
        copy.close()
        return Response(status=416, headers={"Content-Range": f"bytes */{copy.size}"})
    if not recordings.seen_lately(reader(), who, row.id, now()):
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
        return _page(who, live, form, HoldForm(formdata=None))
    perform(lambda session: relistening.listen(session, who, live, form.result.data, form.text.data, now()))
    flash(gettext("The result of the re-listening is written down."))
    return redirect(url_for("recordings.show", ref=live.booking.ref))


@blueprint.post("/recordings/<ref>/hold")
@door(Role.DUTY_CHIEF, subject=session_by_ref, check=ours)
def hold(who: Identity, live: LiveSession) -> ResponseReturnValue:
    """Keep a recording beyond its retention. Lifting it again takes two people."""
    form = HoldForm()
    if form.validate_on_submit():
        try:
            perform(lambda session: holds.set_hold(session, who, live, form.reason.data, now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The recording is held. Two people are needed to release it."))
            return redirect(url_for("recordings.show", ref=live.booking.ref))
    return _page(who, live, ListeningForm(formdata=None), form, 422)


@blueprint.get("/recordings/<ref>/certificate")
@door(*READERS, subject=session_by_ref, check=ours)
def certificate(_who: Identity, live: LiveSession) -> ResponseReturnValue:
    """Segments, gaps and reasons; the hash of every stored byte is computed anew while one waits."""
    see("recording", live.id)
    found = certify(reader(), live, data_dir(), now())
    return render_template("prison/recordings/certificate.html", certificate=found, booking=live.booking, words=words, more_words=words_recordings)


@blueprint.get("/recordings/<ref>/certificate.pdf")
@door(*READERS, subject=session_by_ref, check=ours)
def certificate_paper(_who: Identity, live: LiveSession) -> ResponseReturnValue:
    """The same on paper."""
    see("recording", live.id)
    paper = certificate_pdf.draw(certify(reader(), live, data_dir(), now()))
    headers = {"Content-Disposition": f'attachment; filename="certificate-{live.booking.ref}.pdf"', "Cache-Control": "no-store"}
    return Response(paper, mimetype="application/pdf", headers=headers)

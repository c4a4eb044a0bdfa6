"""The desk: the prison application's first page, and the stream that keeps it fresh."""

import json
from collections.abc import Iterator
from threading import BoundedSemaphore, Event
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue

from visitation.kernel.identity import STAFF, Identity, Role
from visitation.store.transaction import reader
from visitation.supervision import desk, words
from visitation.supervision.queries import changes_after, last_change
from visitation.supervision.rules import READERS
from visitation.web.door import door
from visitation.web.request import now, see

STREAM_SECONDS = 50
"""A stream ends by itself and the browser opens the next one: no thread is held for ever, and a stopped worker does not wait for it."""
HEARTBEAT_SECONDS = 10
STREAMS = BoundedSemaphore(8)
"""Streams at once in one process, so that they never take all its threads; a browser without one asks every few seconds instead."""
SUPERVISING = (Role.OFFICER, Role.DUTY_CHIEF, Role.AUDITOR)

blueprint = Blueprint("desk", __name__)


@blueprint.get("/")
@door(*sorted(STAFF))
def index(who: Identity) -> ResponseReturnValue:
    """What needs a decision today. One sight for the page; that it keeps itself fresh is no further look."""
    see("desk", who.prison_id or "all")
    return render_template("prison/desk/index.html", last=last_change(reader()), **_board(who))


@blueprint.get("/desk/board")
@door(*sorted(STAFF))
def board(who: Identity) -> ResponseReturnValue:
    """The same, without the page around it: what the script puts in place when something has changed."""
    return render_template("prison/desk/board.html", **_board(who))


def _board(who: Identity) -> dict[str, Any]:
    providers = current_app.extensions.get("desk_providers", ())
    shown = desk.board(reader(), who, now(), providers, who.has(*SUPERVISING))
    return {"board": shown, "words": words, "supervises": who.has(*SUPERVISING), "acts": who.has(Role.OFFICER, Role.DUTY_CHIEF)}


@blueprint.get("/desk/stream")
@door(*READERS, Role.WARD_OFFICER)
def stream(who: Identity) -> ResponseReturnValue:
    """Server-sent events: one for each change behind `Last-Event-ID` (or the number in `after`), for `STREAM_SECONDS`."""
    if not STREAMS.acquire(blocking=False):
        return Response("busy", status=503, headers={"Retry-After": "5"})
    after = request.headers.get("Last-Event-ID") or request.args.get("after", "")
    number = int(after) if after.isdigit() else last_change(reader())
    answer = Response(stream_with_context(_events(who, number)), mimetype="text/event-stream")
    answer.call_on_close(STREAMS.release)
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def _events(who: Identity, number: int) -> Iterator[str]:
    pause = Event()
    yield "retry: 1000\n\n"
    for second in range(STREAM_SECONDS):
        changes = changes_after(reader(), who.prison_id, number)
        for change in changes:
            number = change.id
            yield f"id: {number}\nevent: change\ndata: {json.dumps({'kind': change.kind, 'ref': change.ref})}\n\n"
        reader().rollback()  # the next look needs a fresh snapshot, and the connection rests meanwhile
        if not changes and second % HEARTBEAT_SECONDS == HEARTBEAT_SECONDS - 1:
            yield ": alive\n\n"
        pause.wait(1)

"""What every play of a visit shares: real processes, browsers, the wire as a witness, and what is counted at the end."""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import wsgi
from bench.tap import Packet
from bench.witness import Witness, gate_spans, unsupervised
from tests.browser.browsers import cast
from tests.browser.journey import Journey, until
from tests.settings import settings_for
from tests.stack import Stack
from visitation.kernel.clock import SystemClock
from visitation.store.db import db
from visitation.store.transaction import perform
from visitation.supervision.models import SessionEvent

Result = dict[str, Any]
SIDES = ("family", "terminal", "officer")


def say(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')}  {text}\n")
    sys.stdout.flush()


def staged(name: str, act: Callable[[Stack, Journey], Result], after: Callable[[Stack], Result], kept: Callable[[Result], bool]) -> int:
    """Put the service up, play `act`, stop it, count what is left with `after`, print all of it as one line of JSON; 0 when every promise was kept.

    The folder of a play that broke a promise stays, for a look. An argument on the command line names a folder for photographs of the pages.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
    pictures = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    stack = Stack(folder)
    try:
        stack.flask("prepare-database")
        with cast() as browsers:
            journey = Journey(stack, browsers, pictures)
            journey.furnish()
            stack.start()
            result = act(stack, journey)
    finally:
        stack.stop()
    result |= after(stack)
    result["audit_ok"] = stack.flask("audit-verify").strip().endswith("whole")
    good = kept(result) and result["audit_ok"]
    say("all promises kept" if good else f"kept: {folder}")
    sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
    if good:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if good else 1


def acted(acts: tuple[tuple[str, Callable[[], object]], ...]) -> None:
    """One act after the other, each announced."""
    for text, act in acts:
        say(text)
        act()


def reading(stack: Stack, work: Callable[[Session], Any]) -> Any:
    """Look into the service's database."""
    app = _prison(stack)
    with app.app_context():
        try:
            return work(db.session())
        finally:
            db.session.remove()
            db.engine.dispose()


def writing(stack: Stack, work: Callable[[Session], Any]) -> Any:
    """A fixture: what no page can do yet."""
    app = _prison(stack)
    with app.app_context():
        try:
            return perform(work)
        finally:
            db.session.remove()
            db.engine.dispose()


def _prison(stack: Stack) -> Any:
    _family, prison = settings_for(stack.database_url, stack.folder)
    return wsgi.build_prison(prison, SystemClock())


def told(stack: Stack) -> list[tuple[str, Any, dict[str, Any]]]:
    """The session's journal as the prison took it over, once its end is in it."""

    def events(session: Session) -> list[tuple[str, Any, dict[str, Any]]]:
        return [(row.type, row.at, row.data) for row in session.scalars(select(SessionEvent).order_by(SessionEvent.number))]

    found: list[tuple[str, Any, dict[str, Any]]] = until(
        lambda: (all_of := reading(stack, events)) and any(kind == "ended" for kind, _at, _data in all_of) and all_of, 20, "the report of the end"
    )
    return found


def waited_since(events: list[tuple[str, Any, dict[str, Any]]]) -> float:
    """When the check-in was over: from here on everything on the wire belongs to the visit."""
    return float(next(at.timestamp() for kind, at, data in events if kind == "stage" and data.get("to") == "waiting"))


def on_the_wire(events: list[tuple[str, Any, dict[str, Any]]], witness: Witness, packets: list[Packet]) -> Result:
    """Live seconds, media packets, and how many of them left while the gate was closed."""
    spans = gate_spans(events)
    stray = unsupervised(packets, witness.owners, spans, waited_since(events))
    if stray:
        say(f"media outside the gate, seconds after it closed: {[round(one, 4) for one in stray[:20]]}")
    return {
        "live_seconds": round(sum(span.closed - span.opened for span in spans), 1),
        "media_packets": len(packets),
        "unsupervised_packets": len(stray),
    }

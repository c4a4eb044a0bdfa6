"""A rig for the live pages: both applications in this process on free ports, a real broker and the real link to it, one confirmed visit that begins now.

Only the way in is short-cut (`/rig/enter`, `/rig/device`: the sign-in and the pairing have tests of their own), and the officer is the client core itself on a
blank page.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, g, make_response, redirect, request
from flask import session as cookie
from flask_wtf.csrf import generate_csrf
from playwright.sync_api import Page
from sqlalchemy.orm import Session
from werkzeug.serving import BaseWSGIServer, make_server

import wsgi
from config import FamilySettings, PrisonSettings
from tests import factories
from tests.browser.browsers import Person
from tests.stack import Stack
from visitation.accounts.devices import keep_key
from visitation.accounts.models import Account, Device
from visitation.accounts.queries import identity_of
from visitation.bookings.models import Booking, BookingVisitor
from visitation.kernel.clock import SystemClock
from visitation.kernel.ids import digest, secret_token
from visitation.store.db import db
from visitation.store.transaction import perform
from visitation.supervision import checkin, service
from visitation.supervision.link import Link
from visitation.timetable.models import Terminal
from visitation.web.door import open_door
from visitation.web.request import now


@dataclass
class Visit:
    """What was made: rows' ids and the secrets that let people in."""

    ref: str
    booking_id: int
    visitor_id: int
    family_token: str
    terminal_id: int
    device_key: str
    officer_id: int
    second_token: str = ""


@dataclass
class Rig:
    """The running thing. `officer` is a person whose browser runs the client core against this visit."""

    stack: Stack
    family: Flask
    prison: Flask
    visit: Visit

    def write(self, work: Any) -> Any:
        with self.prison.app_context():
            return perform(work)

    def read(self, work: Any) -> Any:
        with self.prison.app_context():
            return work(db.session())

    def family_in(self, person: Person, page: str, token: str = "", language: str = "zh_Hans_CN", type_size: str = "normal") -> Page:
        """Sign a family in and open one of its live pages: room or test."""
        switches = f"?language={language}&type={type_size}"
        person.page.goto(f"{self.stack.family}/rig/enter/{token or self.visit.family_token}{switches}")
        person.page.goto(f"{self.stack.family}/visits/{self.visit.ref}/{page}")
        return person.page

    def terminal_in(self, person: Person, language: str = "zh_Hans_CN") -> Page:
        """Pair a terminal and open its page."""
        person.page.goto(f"{self.stack.prison}/rig/device/{self.visit.device_key}?language={language}")
        return person.page

    def tick(self, visitor_id: int | None = None, leg: str = "") -> None:
        """The officer confirms a person's identity."""
        one = visitor_id or self.visit.visitor_id
        verdict = checkin.Verdict(one, "confirmed", leg=leg or f"visitor:{one}")
        self.write(lambda s: checkin.decide(s, self._officer(s), self._booking(s), verdict, datetime.now(UTC)))

    def finish_check_in(self) -> None:
        self.write(lambda s: checkin.finish(s, self._officer(s), self._booking(s), datetime.now(UTC)))

    def _officer(self, session: Session) -> Any:
        return identity_of(session.get_one(Account, self.visit.officer_id), "prison")

    def _booking(self, session: Session) -> Booking:
        return session.get_one(Booking, self.visit.booking_id)


OFFICER = """async ({ csrf, purpose }) => {
  const { LiveClient } = await import("/static/js/live/client.js");
  const { LocalMedia } = await import("/static/js/live/media.js");
  const { show } = await import("/static/js/live/playback.js");
  if (window.officer) window.officer.stop();
  const media = window.media || (window.media = new LocalMedia({ audio: true, video: true }));
  if (purpose === "check_in") await media.open();
  document.body.replaceChildren();
  window.told = { tasks: [], receipts: [], state: "" };
  const videos = {};
  window.officer = new LiveClient({
    tokenUrl: "/rig/officer", csrf, body: { purpose }, media,
    onState: (state) => { window.told.state = state; },
    onTask: (task) => window.told.tasks.push(task),
    onReceipt: (receipt) => window.told.receipts.push(receipt),
    onStream: (from, stream) => {
      if (!videos[from]) { videos[from] = document.createElement("video"); document.body.append(videos[from]); }
      show(videos[from], stream);
    },
  });
  window.officer.start();
  clearInterval(window.leasing);
  window.leasing = setInterval(async () => window.officer.lease({ visible: true, frames: await window.officer.framesDecoded(), sound: null }), 400);
}"""


def officer_in(rig: Rig, person: Person, purpose: str) -> Page:
    """Let the officer check in or supervise, in a browser of their own."""
    page = person.page
    if "/rig/blank" not in page.url:
        page.goto(f"{rig.stack.prison}/rig/blank")
    page.evaluate(OFFICER, {"csrf": page.locator("body").get_attribute("data-csrf"), "purpose": purpose})
    until(lambda: page.evaluate("window.told.state") == "joined")
    return page


def until(holds: Callable[[], Any], seconds: float = 15) -> Any:
    """Wait for something in a page: the content policy does not let Playwright's own wait_for_function run there."""
    deadline = time.monotonic() + seconds
    while not (value := holds()):
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.1)
    return value


def act(page: Page, action: str, **values: Any) -> dict[str, Any]:
    """One action of the officer; returns the broker's acknowledgement."""
    answer: dict[str, Any] = page.evaluate("([action, values]) => window.officer.act(action, values)", [action, values])
    return answer


@contextmanager
def live_rig(
    folder: Path,
    minutes: int = 30,
    kind: str = "family_visit",
    starts_in: timedelta = timedelta(minutes=-1),
    broker: dict[str, str] | None = None,
    make: Callable[..., Any] | None = None,
    **terms: Any,
) -> Iterator[Rig]:
    """Start everything; `broker`: further settings of the broker's environment; `terms` are frozen policy values of the booking.

    `make`: builds another world than make_visit, with the same arguments.
    """
    stack = Stack(folder, extra=broker or {})
    names = {name.lower(): value for name, value in stack.environment.items()}
    family = wsgi.build_family(FamilySettings(**_of(FamilySettings, names)), SystemClock())
    prison = wsgi.build_prison(PrisonSettings(**_of(PrisonSettings, names)), SystemClock())
    for app in (family, prison):
        app.register_blueprint(_ways_in())
    with prison.app_context():
        perform(lambda session: db.metadata.create_all(session.connection()))
    rig = Rig(stack, family, prison, None)  # type: ignore[arg-type]
    rig.visit = rig.write(lambda session: (make or make_visit)(session, minutes, kind, datetime.now(UTC).replace(microsecond=0) + starts_in, terms))
    servers = [_serve(family, stack.family_port), _serve(prison, stack.prison_port)]
    stack.start("broker")
    link = Link(prison).start()
    try:
        yield rig
    finally:
        link.stop.set()
        link.wait()
        stack.stop()
        for server in servers:
            server.shutdown()
            server.server_close()
        for app in (family, prison):
            with app.app_context():
                db.session.remove()
                db.engine.dispose()


def _of(settings: Any, names: dict[str, str]) -> dict[str, str]:
    return {name: names[name] for name in settings.model_fields if name in names}


def _serve(app: Flask, port: int) -> BaseWSGIServer:
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def make_visit(session: Session, minutes: int, kind: str, starts_at: datetime, terms: dict[str, Any]) -> Visit:
    """A confirmed visit with its people, terminal and officer."""
    prison = factories.make_prison(session)
    inmate = factories.make_inmate(session, factories.make_ward(session, prison), name="张三丰")
    family, second = factories.make_family(session), factories.make_family(session)
    terminal, officer = factories.make_terminal(session, prison), factories.make_staff(session, prison=prison)
    booking = Booking(
        kind=kind, prison_id=prison.id, inmate_id=inmate.id, terminal_id=terminal.id, account_id=family.account.id, starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes), turnaround=10, state="confirmed", created_at=starts_at, decided_at=starts_at, terms=terms,
    )  # fmt: skip
    booking.party = [
        BookingVisitor(visitor_id=one.visitor.id, kinship_id=factories.make_kinship(session, one.visitor, inmate).id, place=place)
        for place, one in enumerate((family, second) if terms.get("two") else (family,))
    ]
    session.add(booking)
    key, at = secret_token(), datetime.now(UTC)
    session.add(Device(terminal_id=terminal.id, key_digest=digest(key), paired_at=at, paired_by=officer.id, seen_at=at))
    session.flush()
    tokens = [factories.make_sign_in(session, one.account, "family", at) for one in (family, second)]
    factories.make_sign_in(session, officer, "prison", at)  # whoever is not signed in is put out of a session within two seconds
    return Visit(booking.ref, booking.id, family.visitor.id, tokens[0], terminal.id, key, officer.id, tokens[1])


def _switched(answer: Response) -> Response:
    for cookie_name, value in ((g.zone.language_cookie, request.args.get("language")), (g.zone.type_cookie, request.args.get("type"))):
        if value:
            answer.set_cookie(cookie_name, value, secure=True, path="/")
    return answer


BLANK = "<!doctype html><link rel='icon' href='/static/img/mark.svg'><title>blank</title>"


def _ways_in() -> Blueprint:
    ways = Blueprint("rig", __name__)

    @ways.get("/rig/enter/<token>")
    @open_door
    def enter(_who: Any, token: str) -> Any:
        cookie["_user_id"], cookie["_fresh"] = token, True
        return _switched(make_response(BLANK))

    @ways.get("/rig/device/<key>")
    @open_door
    def device(_who: Any, key: str) -> Any:
        answer = make_response(redirect("/kiosk"))
        keep_key(answer, key)
        return _switched(answer)

    @ways.get("/rig/blank")
    @open_door
    def blank(_who: Any) -> str:
        return f"{BLANK}<body data-csrf='{generate_csrf()}'></body>"

    @ways.post("/rig/officer")
    @open_door
    def officer(_who: Any) -> Any:
        purpose = str((request.get_json() or {}).get("purpose"))

        def grant(session: Session) -> Any:
            booking = session.query(Booking).one()
            account = session.query(Account).filter(Account.kind == "staff", Account.roles.any(role="officer")).one()
            return service.officer_token(session, identity_of(account, "prison"), booking, purpose, now())

        return perform(grant)

    return ways


def terminal_seen(rig: Rig) -> datetime | None:
    """When the terminal's heartbeat was written last."""
    seen: datetime | None = rig.read(lambda session: session.get_one(Terminal, rig.visit.terminal_id).seen_at)
    return seen

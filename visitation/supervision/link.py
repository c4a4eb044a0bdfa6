"""The prison side's link to its brokers: `flask --app wsgi link`.

Three threads for each broker. About once a second: ask whether the prison application stands, send the beat with waiting commands, check again the right of
everybody who is in a session. All the time: wait for the next events of its journal and take them over as they come; when that line breaks, the broker is
asked once more and then counts as lost, so that its sessions go on elsewhere. The third fetches finished recordings. A broker that is down delays nobody
else. Every step is one transaction that can be killed and repeated: commands by their id, events by theirs, segments by their file.
"""

import logging
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from types import FrameType
from typing import Any

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from config import PrisonSettings
from visitation.kernel.clock import Clock
from visitation.store.transaction import perform, reader
from visitation.supervision import closing, commands, journal, recordings, register, rights, service
from visitation.supervision.control import BrokerUnreachable, ControlLine, answers
from visitation.supervision.models import Broker
from visitation.supervision.queries import candidates
from visitation.supervision.rules import choose

log = logging.getLogger(__name__)
PACE = 1.0
WAIT_SECONDS = 2.0  # how long a broker may hold the question for new events: a link that is told to stop waits for it
DOUBT_SECONDS = 0.15
BATCHES_A_ROUND = 10
SEGMENTS_A_ROUND = 20


class BrokerLink:
    """The link to one broker. `round`, `follow` and `fetch` each do their work once; threads repeat them until `stop` is set."""

    def __init__(self, app: Flask, url: str, stop: threading.Event) -> None:
        self._app = app
        self._url = url
        self._stop = stop
        self._settings: PrisonSettings = app.extensions["settings"]
        self._clock: Clock = app.extensions["clock"]
        self._line = ControlLine(url, self._settings.prison_signing_key.get_secret_value())
        self._broker = ""
        self._known = ""
        self._reachable = True

    def start(self) -> list[threading.Thread]:
        steps = ((self.round, PACE), (self.follow, 0.0), (self.fetch, PACE))
        threads = [threading.Thread(target=self._repeat, args=step, name=f"link {self._url}", daemon=True) for step in steps]
        for thread in threads:
            thread.start()
        return threads

    def _repeat(self, step: Callable[[], None], pace: float) -> None:
        while not self._stop.is_set():
            began = self._clock.monotonic()
            try:
                step()
            except BrokerUnreachable as problem:
                self._say(reachable=False, why=str(problem))
                self._doubt()
            except Exception:
                log.exception("link to %s: a round failed and is tried again", self._url)
                self._stop.wait(PACE)
            self._stop.wait(max(0.05, pace - (self._clock.monotonic() - began)))

    def _say(self, *, reachable: bool, why: str = "") -> None:
        if reachable is not self._reachable:
            self._reachable = reachable
            log.warning("broker %s %s %s", self._url, "answers again" if reachable else "does not answer:", why)

    def _doubt(self) -> None:
        """One call that failed proves little; when the next one fails too, nobody else is sent there."""
        asked = self._clock.now()
        if not self._known or self._stop.wait(DOUBT_SECONDS):
            return
        try:
            self._line.health()
        except BrokerUnreachable:
            with self._app.app_context():
                lost = perform(lambda session: register.lose(session, self._known, asked))
            if lost:
                log.error("broker %s is lost: its sessions go on elsewhere", self._known)
            self._stop.wait(PACE)

    # -- one second

    def round(self) -> None:
        """Beat, check rights, take over events. Raises BrokerUnreachable."""
        with self._app.app_context():
            if not self._broker:
                self._broker = str(self._line.health()["broker"])
            standing = answers(self._health_url)
            sids = self._beat(standing=standing)
            self._known = self._broker
            self._say(reachable=True)
            findings = rights.look(reader(), sids, self._clock.now())
            if (findings.leave or findings.end) and perform(lambda session: rights.act(session, findings, self._clock.now())):
                self._beat(standing=standing)
            self._take_events()

    @property
    def _health_url(self) -> str:
        return self._settings.prison_health_url or f"{self._settings.prison_origin.split(',')[0].strip()}/healthz"

    def _beat(self, *, standing: bool) -> list[str]:
        """One beat; returns the sessions that the broker carries."""
        waiting, cursor = commands.waiting(reader(), self._broker), self._cursor()
        asked = self._clock.now()
        elsewhere = choose((one for one in candidates(reader()) if one.id != self._broker), asked) is not None
        try:
            told = self._line.beat(self._broker, standing=standing, commands=waiting, now=asked, elsewhere=elsewhere)
        except BrokerUnreachable:
            self._broker = ""  # who answers there next may be another one
            raise
        perform(lambda session: register.enter(session, self._url, told, asked, self._clock.now(), cursor=cursor))
        return [str(one["sid"]) for one in told.get("sessions", [])]

    def _cursor(self) -> int:
        row = reader().get(Broker, self._broker, populate_existing=True)
        return row.cursor if row else 0

    def _take_events(self) -> None:
        for _ in range(BATCHES_A_ROUND):
            after = self._cursor()
            events = self._line.events(self._broker, after, self._clock.now())
            if not events:
                return
            self._keep(self._broker, events, after)

    def _keep(self, broker: str, events: list[dict[str, Any]], after: int) -> None:
        perform(lambda session: journal.take_over(session, broker, events, self._clock.now(), after=after))

    def follow(self) -> None:
        """Wait for the next events and take them over. Raises BrokerUnreachable: this is how a broker's death is seen at once."""
        broker = self._broker
        if not broker:
            self._stop.wait(0.2)
            return
        with self._app.app_context():
            after = self._cursor()  # and the database is let go while we wait
        events = self._line.events(broker, after, self._clock.now(), wait=WAIT_SECONDS)
        if events and not self._stop.is_set():
            with self._app.app_context():
                self._keep(broker, events, after)

    # -- recordings

    def fetch(self) -> None:
        """Fetch the finished segments that wait, a few at a time; then have the broker forget what is safe here."""
        broker = self._broker
        if not broker:
            return
        with self._app.app_context():
            for _ in range(SEGMENTS_A_ROUND):
                if self._stop.is_set() or not recordings.fetch_next(self._line, broker, self._clock, self._settings.data_dir):
                    break
            recordings.forget_fetched(broker, self._clock.now())


class Link:
    """The links to every broker of the settings, and the one sweep that belongs to none."""

    def __init__(self, app: Flask) -> None:
        self.stop = threading.Event()
        self._app = app
        urls = [url.strip() for url in app.extensions["settings"].broker_control_urls.replace(",", " ").split()]
        self.links = [BrokerLink(app, url, self.stop) for url in urls]
        self._threads: list[threading.Thread] = []

    def start(self) -> "Link":
        for link in self.links:
            self._threads += link.start()
        return self

    def wait(self) -> None:
        """Until `stop` is set, then for the rounds under way."""
        self.stop.wait()
        for thread in self._threads:
            thread.join(timeout=5)


def sweep(session: Session, now: datetime) -> None:
    """What no broker reports: sessions that were moved while their room was open, whose broker died with them, visits nobody joined; changes that every
    desk has read are forgotten."""
    service.follow_moved(session, now)
    closing.close_overdue(session, now)
    closing.close_unopened(session, now)
    commands.forget(session, now)


@click.command("link")
@with_appcontext
def link_command() -> None:
    """Keep the link to every broker until told to stop (SIGTERM or SIGINT)."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - threads need the application itself
    link = Link(app)

    def halt(_number: int, _frame: FrameType | None) -> None:
        link.stop.set()

    with suppress(ValueError):  # not in the main thread: whoever runs us sets `stop`
        signal.signal(signal.SIGTERM, halt)
        signal.signal(signal.SIGINT, halt)
    link.start().wait()

"""The prison side's link to its brokers: `flask --app wsgi link`.

About once a second for each broker: ask whether the prison application stands, send the beat with waiting commands, check again the right of everybody
who is in a session, take over the journal. A second thread for each broker fetches finished recordings. A broker that is down delays nobody else. Every
step is one transaction that can be killed and repeated: commands by their id, events by theirs, segments by their file.
"""

import logging
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from types import FrameType

import click
from flask import Flask, current_app
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from config import PrisonSettings
from visitation.kernel.clock import Clock
from visitation.store.transaction import perform, reader
from visitation.supervision import closing, commands, journal, recordings, register, rights
from visitation.supervision.control import BrokerUnreachable, ControlLine, answers
from visitation.supervision.models import Broker

log = logging.getLogger(__name__)
PACE = 1.0
BATCHES_A_ROUND = 10
SEGMENTS_A_ROUND = 20


class BrokerLink:
    """The link to one broker. `round` and `fetch` each do their work once; `run` repeats them until `stop` is set."""

    def __init__(self, app: Flask, url: str, stop: threading.Event) -> None:
        self._app = app
        self._url = url
        self._stop = stop
        self._settings: PrisonSettings = app.extensions["settings"]
        self._clock: Clock = app.extensions["clock"]
        self._line = ControlLine(url, self._settings.prison_signing_key.get_secret_value())
        self._broker = ""
        self._reachable = True

    def start(self) -> list[threading.Thread]:
        threads = [threading.Thread(target=self._repeat, args=(step,), name=f"link {self._url}", daemon=True) for step in (self.round, self.fetch)]
        for thread in threads:
            thread.start()
        return threads

    def _repeat(self, step: Callable[[], None]) -> None:
        while not self._stop.is_set():
            began = self._clock.monotonic()
            try:
                with self._app.app_context():
                    step()
                self._say(reachable=True)
            except BrokerUnreachable as problem:
                self._say(reachable=False, why=str(problem))
            except Exception:
                log.exception("link to %s: a round failed and is tried again", self._url)
            self._stop.wait(max(0.05, PACE - (self._clock.monotonic() - began)))

    def _say(self, *, reachable: bool, why: str = "") -> None:
        if reachable is not self._reachable:
            self._reachable = reachable
            log.warning("broker %s %s %s", self._url, "answers again" if reachable else "does not answer:", why)

    # -- one second

    def round(self) -> None:
        """Beat, check rights, take over events. Raises BrokerUnreachable."""
        if not self._broker:
            self._broker = str(self._line.health()["broker"])
        standing = answers(self._health_url)
        sids = self._beat(standing=standing)
        findings = rights.look(reader(), sids, self._clock.now())
        if (findings.leave or findings.end) and perform(lambda session: rights.act(session, findings, self._clock.now())):
            self._beat(standing=standing)
        self._take_events()

    @property
    def _health_url(self) -> str:
        return self._settings.prison_health_url or f"{self._settings.prison_origin.split(',')[0].strip()}/healthz"

    def _beat(self, *, standing: bool) -> list[str]:
        """One beat; returns the sessions that the broker carries."""
        waiting = commands.waiting(reader(), self._broker)
        asked = self._clock.now()
        try:
            told = self._line.beat(self._broker, standing=standing, commands=waiting, now=asked)
        except BrokerUnreachable:
            self._broker = ""  # who answers there next may be another one
            raise
        perform(lambda session: register.enter(session, self._url, told, asked, self._clock.now()))
        return [str(one["sid"]) for one in told.get("sessions", [])]

    def _take_events(self) -> None:
        for _ in range(BATCHES_A_ROUND):
            row = reader().get(Broker, self._broker)
            events = self._line.events(self._broker, row.cursor if row else 0, self._clock.now())
            if not events:
                return
            perform(lambda session, batch=events: journal.take_over(session, self._broker, batch, self._clock.now()))  # type: ignore[misc]

    # -- recordings

    def fetch(self) -> None:
        """Fetch the finished segments that wait, a few at a time; then have the broker forget what is safe here."""
        broker = self._broker
        if not broker:
            return
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
    """What no broker reports: sessions whose broker died with them, visits nobody joined, changes that every desk has read."""
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

"""The worker: delivers what waits in the outbox and runs the sweeps, for as long as it lives.

Nothing of its work lives in memory. A row of the outbox is leased, tried, settled; a worker that is killed in between leaves the row to whoever comes next.
Each topic and each sweep has a thread of its own, so that a gateway that hangs delays no seal, and a slow sweep no code.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from visitation.jobs.log import Log, where
from visitation.kernel.clock import Clock
from visitation.store import outbox
from visitation.store.transaction import perform, reader

POLL = 0.2
"""Seconds between two looks into the outbox: what is committed is on its way within 0.3 s."""
PATIENCE = 15
"""Seconds that a stop waits for deliveries under way. What is not done by then comes again after its lease."""


@dataclass(frozen=True)
class Sweep:
    """A periodic job: `run(session, now)` in one writing transaction, every `every` seconds. It must be harmless to run twice."""

    name: str
    every: float
    run: Callable[[Session, datetime], Any]


class Worker:
    """Everything the jobs' process does. `run` returns after `stop` is set."""

    def __init__(
        self,
        app: Flask,
        clock: Clock,
        handlers: Mapping[str, outbox.Handler],
        sweeps: Sequence[Sweep],
        log: Log,
        lease: timedelta = outbox.LEASE,
    ) -> None:
        self._app = app
        self._clock = clock
        self._handlers = handlers
        self._sweeps = sweeps
        self._log = log
        self._lease = lease

    def run(self, stop: threading.Event) -> None:
        threads = [self._thread(f"deliver-{topic}", self._deliver_until, topic, stop) for topic in self._handlers]
        threads += [self._thread(f"sweep-{sweep.name}", self._sweep_until, sweep, stop) for sweep in self._sweeps]
        self._log.info("jobs.started", topics=sorted(self._handlers), sweeps=[sweep.name for sweep in self._sweeps])
        stop.wait()
        for thread in threads:
            thread.join(PATIENCE)
        self._log.info("jobs.stopped", unfinished=[thread.name for thread in threads if thread.is_alive()])

    def deliver_due(self, topic: str) -> int:
        """Deliver the rows of one topic that are due now. Returns how many were tried."""
        with self._app.app_context():
            if not outbox.waiting(reader(), self._clock.now(), [topic]):
                return 0
            rows = perform(lambda session: outbox.take(session, self._clock.now(), topics=[topic], lease=self._lease, limit=5))
        for row_id, _topic, payload in rows:
            self._deliver(topic, row_id, payload)
        return len(rows)

    def sweep_once(self, sweep: Sweep) -> None:
        with self._app.app_context():
            perform(lambda session: sweep.run(session, self._clock.now()))

    def _deliver(self, topic: str, row_id: int, payload: Mapping[str, Any]) -> None:
        problem: str | None = None
        with self._app.app_context():
            try:
                self._handlers[topic](payload, row_id)
            except Exception as error:  # noqa: BLE001 - whatever a handler raises, the row waits and comes again
                problem = type(error).__name__
                self._log.warning("delivery.failed", topic=topic, row=row_id, error=problem, at=where(error))
            else:
                self._log.info("delivery.done", topic=topic, row=row_id)
            perform(lambda session: outbox.settle(session, row_id, self._clock.now(), problem))

    def _deliver_until(self, topic: str, stop: threading.Event) -> None:
        while not stop.wait(POLL):
            self._guarded("delivery.broken", topic, lambda: self.deliver_due(topic), stop)

    def _sweep_until(self, sweep: Sweep, stop: threading.Event) -> None:
        while not stop.is_set():
            self._guarded("sweep.failed", sweep.name, lambda: self.sweep_once(sweep), stop)
            stop.wait(sweep.every)

    def _guarded(self, event: str, name: str, work: Callable[[], Any], stop: threading.Event) -> None:
        """A thread of the worker outlives every error; a database that is away is asked again after a second."""
        try:
            work()
        except Exception as error:  # noqa: BLE001
            self._log.error(event, name=name, error=type(error).__name__, at=where(error))
            stop.wait(1)

    @staticmethod
    def _thread(name: str, work: Callable[..., None], *arguments: Any) -> threading.Thread:
        thread = threading.Thread(target=work, args=arguments, name=name, daemon=True)
        thread.start()
        return thread

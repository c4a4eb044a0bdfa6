"""`flask --app wsgi work`: the jobs' process."""

import signal
import threading
from collections.abc import Callable
from datetime import timedelta

import click

from visitation.jobs.worker import Worker
from visitation.store.outbox import LEASE


def work_command(build: Callable[[timedelta], Worker]) -> click.Command:
    """The command over a worker that the composition root builds."""

    @click.command("work")
    @click.option("--lease", default=LEASE.total_seconds(), show_default=True, help="Seconds after which a delivery that nobody settled is tried again.")
    def work(lease: float) -> None:
        """Deliver notices and run the sweeps until SIGTERM."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_args: stop.set())
        build(timedelta(seconds=lease)).run(stop)

    return work

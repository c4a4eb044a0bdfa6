"""The jobs' process as it really runs: it wakes quickly, stops politely, and loses nothing when it is killed."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

import wsgi
from tests.settings import settings_for
from tests.stack import ROOT, Stack
from tests.web.servers import Gateway, sms_gateway
from visitation.kernel.clock import SystemClock
from visitation.notices.models import Delivery
from visitation.notices.service import send_code
from visitation.store.db import db
from visitation.store.transaction import perform


class Jobs:
    """A worker's process over a database of its own."""

    def __init__(self, folder: Path, gateway: Gateway) -> None:
        self.stack = Stack(folder, extra={"SMS_URL": gateway.url, "SMS_TOKEN": "t"})
        self.stack.flask("prepare-database")
        _family, prison = settings_for(self.stack.database_url, folder)
        self.app: Flask = wsgi.build_prison(prison, SystemClock())
        self.log = folder / "jobs.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "work", "--lease", "1"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.stack.environment, stdout=log, stderr=log)
        started = self.log.read_text().count("jobs.started")
        wait(lambda: self.log.read_text().count("jobs.started") > started, 60)

    def end(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=20)

    def send(self, code: str) -> None:
        with self.app.app_context():
            perform(lambda session: send_code(session, "+8613800138000", code, "sign_in", "en", SystemClock().now()))

    def states(self) -> list[str]:
        with self.app.app_context():
            return [row.state for row in db.session.query(Delivery).order_by(Delivery.id)]


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with sms_gateway() as made:
        yield made


@pytest.fixture
def jobs(tmp_path: Path, gateway: Gateway) -> Iterator[Jobs]:
    made = Jobs(tmp_path, gateway)
    made.start()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.end(signal.SIGKILL)
    with made.app.app_context():
        db.engine.dispose()


def wait(true: Callable[[], bool], seconds: float) -> float:
    """Wait until something is true; returns how long it took."""
    begin = time.monotonic()
    while not true():
        assert time.monotonic() - begin < seconds, "it did not happen"
        time.sleep(0.01)
    return time.monotonic() - begin


def test_a_code_is_on_its_way_within_a_moment_of_the_commit(jobs: Jobs, gateway: Gateway) -> None:
    took = []
    for number in range(5):
        jobs.send(f"10000{number}")
        took.append(wait(lambda number=number: len(gateway.asked) > number, 5))  # type: ignore[misc]
    assert sorted(took)[2] < 0.4, f"the median of five: {took}"


def test_a_stop_finishes_what_is_under_way(jobs: Jobs, gateway: Gateway) -> None:
    gateway.pause.clear()
    jobs.send("200000")
    wait(lambda: len(gateway.asked) == 1, 5)
    assert jobs.process is not None
    jobs.process.terminate()
    time.sleep(0.5)
    gateway.pause.set()
    assert jobs.process.wait(timeout=20) == 0
    assert jobs.states() == ["sent"]
    assert json.loads(jobs.log.read_text().splitlines()[-1])["unfinished"] == []


def test_a_worker_that_is_killed_in_the_middle_loses_nothing(jobs: Jobs, gateway: Gateway) -> None:
    gateway.pause.clear()
    jobs.send("300000")
    wait(lambda: len(gateway.asked) == 1, 5)
    jobs.end(signal.SIGKILL)
    assert jobs.states() == ["waiting"]
    gateway.pause.set()
    jobs.start()
    wait(lambda: jobs.states() == ["sent"], 10)
    keys = {body["id"] for _headers, body in gateway.asked}
    assert len(gateway.asked) == 2
    assert len(keys) == 1, "the repeat carries the same key"


def test_kills_in_a_row_lose_nothing(jobs: Jobs, gateway: Gateway) -> None:
    for number in range(20):
        jobs.send(f"4000{number:02d}")
    for _turn in range(3):
        time.sleep(0.15)
        jobs.end(signal.SIGKILL)
        jobs.start()
    wait(lambda: jobs.states() == ["sent"] * 20, 20)
    assert len({body["text"] for _headers, body in gateway.asked}) == 20


def test_the_log_tells_no_secret(jobs: Jobs, gateway: Gateway) -> None:
    gateway.answers = [500]
    jobs.send("512345")
    wait(lambda: "delivery.failed" in jobs.log.read_text(), 5)
    text = jobs.log.read_text()
    assert "512345" not in text
    assert "13800138000" not in text

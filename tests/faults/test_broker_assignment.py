"""Two web processes send people to brokers at the same instant, on both engines: every visit has one broker, and the load is spread."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import wsgi
from tests.conftest import NOON, House, move_out
from tests.factories import make_broker, make_live_visit
from tests.settings import settings_for
from tests.stack import ROOT
from visitation.kernel.clock import FixedClock
from visitation.store.db import db
from visitation.supervision.models import LiveSession

VISITS, PROCESSES = 8, 2
pytestmark = [pytest.mark.xdist_group("postgresql")]


def prepare(session: Session) -> list[dict[str, Any]]:
    for number in range(3):
        make_broker(session, NOON, id=f"broker-{number}", boot=f"boot{number}", inside_url=f"ws://127.0.0.1:{number + 1}", sessions=0)
    visits = [make_live_visit(session, NOON) for _ in range(VISITS)]
    return [{"booking": v.booking.id, "officer": v.officer.id, "prison": v.prison.id} for v in visits]


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_two_processes_at_once_give_one_answer_a_visit(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = request.getfixturevalue("postgres_url") if engine == "postgresql" else f"sqlite:///{tmp_path / 'race.sqlite3'}"
    family, prison = settings_for(url, tmp_path)
    clock = FixedClock(NOON)
    house = House(wsgi.build_family(family, clock), wsgi.build_prison(prison, clock), clock)
    try:
        if engine == "sqlite":
            house.write(lambda s: db.metadata.create_all(s.connection()))
        jobs = house.write(prepare)
        answers = race(url, tmp_path, jobs)
        assert len(answers) == VISITS * PROCESSES
        assert len(set(map(tuple, answers))) == VISITS, "whoever asks for a visit is sent to the same broker"
        carried = Counter(house.read(lambda s: s.scalars(select(LiveSession.broker_id)).all()))
        assert sorted(carried.values()) == [2, 3, 3], f"counted and not guessed: {carried}"
    finally:
        move_out(house)


def race(url: str, folder: Path, jobs: list[dict[str, Any]]) -> list[tuple[int, str]]:
    plan = json.dumps({"url": url, "folder": str(folder), "now": NOON.isoformat(), "jobs": jobs})
    command = [sys.executable, "-m", "tests.faults.assigner"]
    running = [subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    for process in running:
        say(process, plan)
    assert [hear(process) for process in running] == ["ready"] * PROCESSES
    for process in running:
        say(process, "go")
    answers: list[tuple[int, str]] = []
    for process in running:
        answers += json.loads(hear(process))
        process.communicate(timeout=30)
        assert process.returncode == 0
    return answers


def say(process: "subprocess.Popen[str]", line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def hear(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()

"""Bookings a second on both engines, in one run: the bare transactions, the service (hold, then confirm), and whole journeys over HTTP.

SECONDS, PROCESSES, THREADS and ENGINE change the play. The generator's own share of the machine is printed beside.
"""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.bare import bare
from bench.booking_http import journeys
from bench.booking_world import jobs, make_place
from bench.engines import ENGINES, create_tables, database, let_go, prison_app
from bench.figures import against, figure, quantile
from tests.stack import ROOT
from visitation.kernel.clock import SystemClock
from visitation.store.transaction import perform

SECONDS = float(os.environ.get("SECONDS") or 20)
PROCESSES = int(os.environ.get("PROCESSES") or 2)
THREADS = int(os.environ.get("THREADS") or 4)
PLACES = int(os.environ.get("PLACES") or 8)
GOAL_SERVICE, GOAL_HTTP = 300.0, 60.0
GOAL_P99 = {"sqlite": 60.0, "postgresql": 100.0}
GOAL_HTTP_P99 = 250.0


def run() -> None:
    for engine in (os.environ.get("ENGINE") or " ".join(ENGINES)).split():
        floor = _bare(engine)
        rate = _service(engine)
        figure(f"bookings.{engine}.service_to_bare", rate / floor, "ratio")
        if not os.environ.get("NO_HTTP"):
            reached = journeys(engine, SECONDS)
            figure(f"bookings.{engine}.http_to_service", reached / rate, "ratio")


def _bare(engine: str) -> float:
    with database(engine) as (url, folder):
        create_tables(prison_app(url, folder, SystemClock()))
        rate = bare(url, SECONDS / 4, PROCESSES, THREADS)
    figure(f"bookings.{engine}.bare", rate, "claim transactions/s")
    return rate


def _service(engine: str) -> float:
    with database(engine) as (url, folder):
        app = prison_app(url, folder, SystemClock())
        create_tables(app)
        now = SystemClock().now()
        with app.app_context():
            wanted = jobs(perform(lambda session: [make_place(session, 24, now) for _ in range(PLACES)]), now)
            let_go()
        random.Random(1).shuffle(wanted)
        lines, spent = work(url, folder, wanted, SECONDS)
    won = [line for line in lines if line["told"] == "WON"]
    wall = max(line["at"] for line in won) - min(line["at"] - line["hold"] - line["confirm"] for line in won)
    rate = len(won) / wall
    against(f"bookings.{engine}.service", rate, "bookings/s", GOAL_SERVICE, "goal")
    for step in ("hold", "confirm"):
        times = [line[step] * 1000 for line in won]
        figure(f"bookings.{engine}.service.{step}.p50", quantile(times, 0.5), "ms")
        against(f"bookings.{engine}.service.{step}.p99", quantile(times, 0.99), "ms", GOAL_P99[engine], "goal")
    figure(f"bookings.{engine}.service.cpu", spent / len(lines) * 1000, "ms of the service's processes for a booking, their start included")
    figure(f"bookings.{engine}.service.refused", len(lines) - len(won), "bookings")
    return rate


def work(url: str, folder: Path, wanted: list[dict[str, Any]], seconds: float) -> tuple[list[dict[str, Any]], float]:
    """Let processes do the jobs for some seconds. Returns what each was told, and the CPU seconds they took."""
    running, begin = [], os.times()
    for number in range(PROCESSES):
        plan = {"url": url, "folder": str(folder), "now": SystemClock().now().isoformat(), "threads": THREADS, "blind": False, "seconds": seconds}
        plan |= {"journal": str(folder / f"journal{number}"), "jobs": wanted[number::PROCESSES]}
        process = subprocess.Popen([sys.executable, "-m", "bench.race_worker"], cwd=ROOT, stdin=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(json.dumps(plan).encode())
        process.stdin.close()
        running.append(process)
    for process in running:
        if process.wait(timeout=seconds * 4 + 60):
            raise RuntimeError("a worker failed")
    ended = os.times()
    lines = [json.loads(line) for number in range(PROCESSES) for line in (folder / f"journal{number}").read_text().splitlines()]
    return lines, ended.children_user + ended.children_system - begin.children_user - begin.children_system

"""Whole journeys over HTTP: the month page, a time held, the form, the visit booked; families signed in before, forgery tokens and forms as the pages give
them. The generator is a process of its own, whose share of the machine is printed too."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from bench.booking_world import cookie, make_place
from bench.engines import create_tables, database, let_go, prison_app
from bench.figures import against, figure, quantile
from bench.journey import Journey
from tests.settings import settings_for
from tests.stack import ROOT, Stack
from visitation.kernel.clock import SystemClock
from visitation.store.transaction import perform

CLIENTS = int(os.environ.get("CLIENTS") or 32)
WEB_WORKERS = os.environ.get("WEB_WORKERS") or "2"
RATE = float(os.environ.get("RATE") or 0)
"""Journeys a second that are begun; 0: each client begins the next one when it has ended one."""
GOAL, GOAL_P99 = 60.0, 250.0
PLACES = 8


def journeys(engine: str, seconds: float) -> float:
    """Print the figures; returns journeys a second."""
    with database(engine) as (url, folder):
        people = prepare(url, folder)
        stack = Stack(folder, database_url=url, extra={"WEB_CONCURRENCY": WEB_WORKERS, "DEMO": ""})
        try:
            stack.start("family")
            plan = {"port": stack.family_port, "people": people, "seconds": seconds, "clients": CLIENTS, "rate": RATE}
            begin = _spent(stack)
            done = subprocess.run([sys.executable, "-m", "bench.booking_http"], cwd=ROOT, input=json.dumps(plan), capture_output=True, text=True, check=True)
            served = _spent(stack) - begin
        finally:
            stack.stop()
    return _told(engine, json.loads(done.stdout), seconds, served)


def prepare(url: str, folder: Path) -> list[dict[str, Any]]:
    """The world, and each family with its cookie."""
    app, now = prison_app(url, folder, SystemClock()), SystemClock().now()
    create_tables(app)
    with app.app_context():
        places = perform(lambda session: [make_place(session, 40, now, sign_ins=True) for _ in range(PLACES)])
        let_go()
    import wsgi

    family, _prison = settings_for(url, folder)
    signer = wsgi.build_family(family, SystemClock())
    return [{"cookie": cookie(signer, one["token"]), "kinship": one["kinship"]} for place in places for one in place.families]


def _spent(stack: Stack) -> float:
    """CPU seconds of the web processes and their children so far."""
    family = stack.processes["family"].pid
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == family or int(stat.parent.name) == family:
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def _told(engine: str, told: dict[str, Any], seconds: float, served: float) -> float:
    name = f"bookings.{engine}.http"
    rate = told["booked"] / told["wall"]
    against(f"{name}", rate, "journeys/s", GOAL, "goal")
    for step, times in told["times"].items():
        if times:
            figure(f"{name}.{step}.p50", quantile(times, 0.5), "ms")
            against(f"{name}.{step}.p99", quantile(times, 0.99), "ms", GOAL_P99, "goal")
    figure(f"{name}.not_booked", told["journeys"] - told["booked"], "journeys")
    figure(f"{name}.server_cpu", served / max(1, told["journeys"]) * 1000, "ms of the web processes for a journey")
    figure(f"{name}.generator_cpu", told["cpu"] / told["wall"], "cores")
    if told["strange"]:
        raise RuntimeError(f"{name}: {told['strange']}")
    return rate


def main() -> None:
    plan = json.load(sys.stdin)
    until = time.monotonic() + plan["seconds"]
    begin = time.monotonic()
    done: list[Journey] = []
    turns = iter(range(1_000_000))

    def client(number: int) -> None:
        people, generator = plan["people"][number :: plan["clients"]], random.Random(number)
        while time.monotonic() < until:
            if plan["rate"]:
                due = begin + next(turns) / plan["rate"]
                time.sleep(max(0.0, due - time.monotonic()))
            person = generator.choice(people)
            done.append(Journey(plan["port"], person["cookie"], person["kinship"], generator).go())

    threads = [threading.Thread(target=client, args=(number,)) for number in range(plan["clients"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    steps = sorted({step for one in done for step in one.times})
    spent = os.times()
    told = {
        "journeys": len(done),
        "booked": sum(one.booked for one in done),
        "wall": time.monotonic() - begin,
        "cpu": spent.user + spent.system,
        "times": {step: [one.times[step] for one in done if step in one.times] for step in steps},
        "strange": sorted({one.strange for one in done if one.strange})[:5],
    }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()

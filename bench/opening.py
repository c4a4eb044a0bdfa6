"""The opening of a month for one prison group (rules.md §6): 1,325 people in the first minute, 177 requests a second, 33 attempts to book a second with a
burst of 200, double clicks, and relatives who want the same inmate at the same time. Signed in before; sign-in is measured apart.

Arrivals do not wait for answers: who is asked to wait (429) tries again as the page does. SECONDS, ENGINE, SHARE (of the load) change the play.
"""

import http.client
import json
import os
import queue
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from sqlalchemy import text

import wsgi
from bench.booking_world import cookie, make_place, relative_of
from bench.engines import ENGINES, create_tables, database, let_go, prison_app
from bench.figures import figure, quantile
from bench.journey import Journey
from bench.race_check import overlaps
from tests.settings import settings_for
from tests.stack import ROOT, Stack
from visitation.accounts.passwords import hash_password
from visitation.kernel.clock import SystemClock
from visitation.store.db import db
from visitation.store.transaction import perform

SECONDS = float(os.environ.get("SECONDS") or 60)
SHARE = float(os.environ.get("SHARE") or 1)
PRISONS, FAMILIES = 5, 265
"""One group of five prisons; 1,325 families."""
ATTEMPTS, BURST, BURST_SECONDS, LOOKS = 33.0, 200.0, 5.0, 144.0
"""A second: attempts to book, in the burst, its seconds; pages that people only look at."""
DOUBLE_CLICKS, TWO_RELATIVES = 0.01, 0.03
CLIENTS = 200
PATIENCE = 20


def run() -> None:
    for engine in (os.environ.get("ENGINE") or " ".join(ENGINES)).split():
        _open(engine)
    begin = time.perf_counter()
    hash_password("an invented long password")
    figure("opening.sign_in", time.perf_counter() - begin, "s of one core for a password (Argon2), which has a queue of its own")


def _open(engine: str) -> None:
    with database(engine) as (url, folder):
        people = _people(url, folder)
        stack = Stack(folder, database_url=url, extra={"WEB_CONCURRENCY": os.environ.get("WEB_WORKERS") or "2", "WEB_ADMITTED": "8", "DEMO": ""})
        try:
            stack.start("family")
            plan = {"port": stack.family_port, "people": people, "seconds": SECONDS, "share": SHARE}
            done = subprocess.run([sys.executable, "-m", "bench.opening"], cwd=ROOT, input=json.dumps(plan), capture_output=True, text=True, check=True)
        finally:
            stack.stop()
        told = json.loads(done.stdout)
        app = prison_app(url, folder, SystemClock())
        with app.app_context():
            connection = db.session.connection()
            told["overlaps"] = sum(overlaps(connection).values())
            told["booked_in_database"] = connection.execute(text("SELECT count(*) FROM booking WHERE state IN ('confirmed', 'requested')")).scalar()
            let_go()
    for name, value in told.items():
        if isinstance(value, list):
            for share in (0.5, 0.99):
                figure(f"opening.{engine}.{name}.p{share * 100:.0f}", quantile(value or [0.0, 0.0], share), "ms")
        else:
            figure(f"opening.{engine}.{name}", float(value), "")
    if told["overlaps"] or told["class_5xx"] or (told["booked"] != told["booked_in_database"] and not told["broken"]):
        raise RuntimeError(f"the opening went wrong: {told['overlaps']} overlaps, {told['class_5xx']} answers of class 5xx, {told['booked']} booked")


def _people(url: str, folder: Path) -> list[dict[str, Any]]:
    app, now = prison_app(url, folder, SystemClock()), SystemClock().now()
    create_tables(app)
    with app.app_context():
        places = [perform(lambda session: make_place(session, FAMILIES, now, sign_ins=True, visits=2)) for _ in range(PRISONS)]
        families = [family for place in places for family in place.families]
        pairs = perform(lambda session: {one["kinship"]: relative_of(session, one, now) for one in families[:: int(1 / TWO_RELATIVES)]})
        let_go()
    family, _prison = settings_for(url, folder)
    signer = wsgi.build_family(family, SystemClock())
    known = {one["kinship"]: {"cookie": cookie(signer, one["token"]), "kinship": one["kinship"]} for one in [*families, *pairs.values()]}
    return [{**known[one["kinship"]], "relative": known[pairs[one["kinship"]]["kinship"]] if one["kinship"] in pairs else None} for one in families]


class Visit(Journey):
    """A journey of somebody who is patient: whoever is asked to wait does what the page does."""

    def __init__(self, *rest: Any) -> None:
        super().__init__(*rest)
        self.waited = 0

    def _ask(self, step: str, method: str, path: str, form: dict[str, str] | None = None) -> str:
        for _try in range(PATIENCE):
            answer = super()._ask(step, method, path, form)
            if self.status != 429:
                return answer
            self.waited += 1
            self._connection.close()  # the server does not keep an idle one as long as the page waits
            time.sleep(3)
        return ""

    def look(self) -> None:
        """Only the calendar."""
        try:
            self._ask("month", "GET", self._some_day())
        except (OSError, http.client.HTTPException) as error:
            self.strange = f"{type(error).__name__}: {error}"
        finally:
            self._connection.close()


def main() -> None:
    plan, generator = json.load(sys.stdin), random.Random(3)
    arrivals: queue.Queue[tuple[dict[str, Any], bool] | None] = queue.Queue()
    done: list[Visit] = []

    def client(number: int) -> None:
        own = random.Random(number)
        while (who := arrivals.get()) is not None:
            visit = Visit(plan["port"], who[0]["cookie"], who[0]["kinship"], own)
            if who[1]:
                visit.go()
            else:
                visit.look()
            done.append(visit)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    begin = time.monotonic()
    late = _arrive(plan, generator, arrivals, begin)
    for _thread in threads:
        arrivals.put(None)
    for thread in threads:
        thread.join()
    spent = os.times()
    booked = {(visit.ref, visit.booked) for visit in done if visit.booked}
    told = {
        "arrivals": len(done),
        "booked": len({ref for ref, _true in booked}),
        "asked_to_wait": sum(visit.waited for visit in done),
        "class_5xx": sum(visit.strange.endswith(("500", "502", "503", "504")) for visit in done),
        "broken": sum(bool(visit.strange) for visit in done),
        "seconds": time.monotonic() - begin,
        "generator_cores": (spent.user + spent.system) / (time.monotonic() - begin),
        "generator_late": late * 1000,
        **{step: [visit.times[step] for visit in done if step in visit.times] for step in ("month", "hold", "form", "confirm")},
    }
    json.dump(told, sys.stdout)


def _arrive(plan: dict[str, Any], generator: random.Random, arrivals: "queue.Queue[Any]", begin: float) -> float:
    """People come when they come. Returns by how many seconds the generator was late at worst."""
    late, due = 0.0, 0.0
    while due < plan["seconds"]:
        attempts = BURST if due < BURST_SECONDS else ATTEMPTS
        due += generator.expovariate((attempts + LOOKS) * plan["share"])
        wait = begin + due - time.monotonic()
        late = max(late, -wait)
        time.sleep(max(0.0, wait))
        person, books = generator.choice(plan["people"]), generator.random() < attempts / (attempts + LOOKS)
        arrivals.put((person, books))
        if books and (person["relative"] or generator.random() < DOUBLE_CLICKS):
            arrivals.put((person["relative"] or person, True))
    return late


if __name__ == "__main__":
    main()

"""One process of a race: many threads, each calling the real service on its own session. Reads a JSON plan on stdin, prints a JSON list of results."""

import json
import sys
import threading
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import wsgi
from tests.scenes import acceptance
from tests.settings import settings_for
from visitation.bookings.models import Booking
from visitation.bookings.service import Wanted, confirm, hold
from visitation.kernel.clock import FixedClock
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role, Zone
from visitation.store.transaction import perform


def attempt(job: dict[str, Any], now: datetime) -> str:
    who = Identity(job["account"], frozenset({Role.FAMILY}), "racer", Zone.FAMILY, visitor_id=job["visitor"])
    wanted = Wanted(job["kinship"], "family_visit", datetime.fromisoformat(job["start"]))
    try:
        held = perform(lambda session: hold(session, who, wanted, job["key"], now))
        perform(lambda session: confirm(session, who, held.id, acceptance(session, session.get_one(Booking, held.id)), job["key"], now))
    except Refused as refused:
        return ",".join(refused.codes)
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return "WON"


def main() -> None:
    plan = json.load(sys.stdin)
    now = datetime.fromisoformat(plan["now"]).astimezone(UTC)
    _family, prison = settings_for(plan["url"], Path(plan["folder"]))
    app = wsgi.build_prison(prison, FixedClock(now))
    jobs: SimpleQueue[dict[str, Any]] = SimpleQueue()
    for job in plan["jobs"]:
        jobs.put(job)
    results: Counter[str] = Counter()
    start = threading.Barrier(plan["threads"])

    def work() -> None:
        start.wait()
        while True:
            try:
                job = jobs.get_nowait()
            except Empty:
                return
            with app.app_context():
                outcome = attempt(job, now)
            results[f"{job['race']}:{outcome}"] += 1

    threads = [threading.Thread(target=work) for _ in range(plan["threads"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(results))


if __name__ == "__main__":
    main()

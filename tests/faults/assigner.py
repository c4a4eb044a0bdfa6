"""One web process that hands out tokens: many threads, each asking for one visit. Reads a JSON plan, waits for a second line, prints who was sent where."""

import json
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import wsgi
from tests.settings import settings_for
from visitation.bookings.models import Booking
from visitation.kernel.clock import FixedClock
from visitation.kernel.identity import Identity, Role, Zone
from visitation.store.transaction import perform
from visitation.supervision import service


def main() -> None:
    plan = json.loads(sys.stdin.readline())
    now = datetime.fromisoformat(plan["now"]).astimezone(UTC)
    _family, prison = settings_for(plan["url"], Path(plan["folder"]))
    app = wsgi.build_prison(prison, FixedClock(now))
    answers: list[tuple[int, str]] = []
    print("ready", flush=True)
    sys.stdin.readline()  # until everybody is there

    def ask(job: dict[str, Any]) -> None:
        officer = Identity(job["officer"], frozenset({Role.OFFICER}), "o", Zone.PRISON, prison_id=job["prison"])
        with app.app_context():
            grant = perform(lambda session: service.officer_token(session, officer, session.get_one(Booking, job["booking"]), "supervise", now))
        answers.append((job["booking"], grant["url"]))

    threads = [threading.Thread(target=ask, args=(job,)) for job in plan["jobs"]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(answers), flush=True)


if __name__ == "__main__":
    main()

"""One process of a race: threads that call the real services. Reads a plan on stdin, and appends what each job came to, to a journal, after it was told."""

import json
import os
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import select

from bench.engines import prison_app
from tests.scenes import acceptance
from visitation.bookings import claims, facts
from visitation.bookings.models import Booking
from visitation.bookings.service import Wanted, cancel, confirm, hold
from visitation.kernel.clock import FixedClock
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role, Zone
from visitation.kernel.interval import Interval
from visitation.people import service_inmates, service_suspensions
from visitation.people.models import Inmate
from visitation.policies import service as policies
from visitation.store.transaction import perform, reader
from visitation.timetable import service as timetable
from visitation.timetable.rules import Shut

Job = dict[str, Any]
LONGEST = 3600.0
"""Seconds a process works at most; a plan may say fewer."""


def book(job: Job, now: datetime, taken: dict[str, Any]) -> str:
    who = Identity(job["account"], frozenset({Role.FAMILY}), "racer", Zone.FAMILY, visitor_id=job["visitor"])
    wanted = Wanted(job["kinship"], "family_visit", datetime.fromisoformat(job["start"]))
    begin = time.perf_counter()
    held = perform(lambda session: hold(session, who, wanted, job["key"], now))
    taken["hold"] = time.perf_counter() - begin
    number, party = held.id, acceptance(reader(), held)
    reader().rollback()
    begin = time.perf_counter()
    booked = perform(lambda session: confirm(session, who, number, party, job["key"], now))
    taken["confirm"] = time.perf_counter() - begin
    taken["ref"] = booked.ref
    return "WON"


def officer(job: Job) -> Identity:
    return Identity(job["officer"], frozenset({Role.DUTY_CHIEF, Role.ADMINISTRATOR}), "chief", Zone.PRISON, prison_id=job["prison"])


def close(job: Job, now: datetime, _taken: dict[str, Any]) -> str:
    """Close an hour, and flag whom it hits."""
    start = datetime.fromisoformat(job["start"])
    draft = timetable.Draft(Shut(Interval(start, start + timedelta(hours=1))), "race")

    def work(session: Any) -> None:
        timetable.lock(session, job["prison"])
        timetable.add_closure(session, officer(job), job["prison"], draft, timetable.plan_closure(session, job["prison"], draft, now).fingerprint, now)

    perform(work)
    return "CHANGED"


def suspend(job: Job, now: datetime, _taken: dict[str, Any]) -> str:
    day = datetime.fromisoformat(job["day"]).date()
    wanted = service_suspensions.Wanted("isolation", day, day, "race")
    perform(lambda session: service_suspensions.suspend_inmate(session, officer(job), job["inmate"], wanted, now))
    return "CHANGED"


def level(job: Job, now: datetime, _taken: dict[str, Any]) -> str:
    def work(session: Any) -> None:
        inmate = session.get_one(Inmate, job["inmate"], with_for_update=True, populate_existing=True)
        fields = {name: getattr(inmate, name) for name in service_inmates.InmateData.__dataclass_fields__}
        data = service_inmates.InmateData(**{**fields, "level_code": job["level"]})
        service_inmates.change_inmate(session, officer(job), inmate.id, data, inmate.updated_at, now)

    perform(work)
    return "CHANGED"


def keep_apart(job: Job, now: datetime, _taken: dict[str, Any]) -> str:
    perform(lambda session: service_inmates.keep_apart(session, officer(job), job["inmate"], job["number"], "race", now))
    return "CHANGED"


def policy(job: Job, now: datetime, _taken: dict[str, Any]) -> str:
    """Another number of minutes for holding, from a day to come: everybody's memory of the rules is out of date."""
    day = datetime.fromisoformat(job["start"]).date()
    perform(lambda session: policies.add_row(session, officer(job), "hold_minutes", 10, day, "race", job["prison"], None, now))
    return "CHANGED"


def call_off(job: Job, now: datetime, _taken: dict[str, Any]) -> str:
    who = Identity(job["account"], frozenset({Role.FAMILY}), "racer", Zone.FAMILY, visitor_id=job["visitor"])

    def work(session: Any) -> int:
        mine = session.scalars(
            select(Booking.id).where(Booking.account_id == who.account_id, Booking.state == "confirmed").order_by(Booking.id).limit(1)
        ).first()
        if mine is not None:
            cancel(session, who, mine, now)
        return mine or 0

    return "CHANGED" if perform(work) else "NOTHING"


WORK = {"book": book, "close": close, "suspend": suspend, "level": level, "apart": keep_apart, "policy": policy, "cancel": call_off}


def attempt(job: Job, now: datetime) -> dict[str, Any]:
    taken: dict[str, Any] = {"id": job["id"]}
    try:
        taken["told"] = WORK[job["kind"]](job, now, taken)
    except Refused as refused:
        taken["told"] = ",".join(sorted(set(refused.codes)))
    except Exception as error:
        taken["told"] = f"ERROR {type(error).__name__}: {str(error).splitlines()[0][:200]}"
    taken["at"] = time.time()
    return taken


def blind() -> None:
    """Let the look see nothing, so that only the key of `claim` stands between two bookings."""
    claims.standing = lambda *_rest: claims.Standing(frozenset(), ())  # type: ignore[assignment]
    claims._used = lambda *_rest: set()  # type: ignore[assignment]
    claims._taken = lambda *_rest: set()  # type: ignore[assignment]
    facts.busy_ticks = lambda *_rest: {}  # type: ignore[assignment]
    facts._taken = lambda *_rest: []  # type: ignore[assignment]


def main() -> None:
    plan = json.load(sys.stdin)
    now = datetime.fromisoformat(plan["now"])
    app = prison_app(plan["url"], Path(plan["folder"]), FixedClock(now))
    if plan["blind"]:
        blind()
    until = time.monotonic() + plan.get("seconds", LONGEST)
    journal = os.open(plan["journal"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    jobs: SimpleQueue[Job] = SimpleQueue()
    for job in plan["jobs"]:
        jobs.put(job)

    def work() -> None:
        while time.monotonic() < until:
            try:
                job = jobs.get_nowait()
            except Empty:
                return
            with app.app_context():
                line = attempt(job, now)
            os.write(journal, json.dumps(line).encode() + b"\n")

    threads = [threading.Thread(target=work) for _ in range(plan["threads"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main()

"""How long the page of free times takes with 1,000 and with 100,000 bookings in the table, over HTTP, signed in; and how many statements it asks.

The month that is asked for has the same thousand bookings both times: what is added stands in other prisons and other months.
"""

import http.client
import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

import wsgi
from bench.booking_world import CYCLE, OPENS, STARTS, Place, bookable_days, cookie, make_place
from bench.engines import ENGINES, create_tables, database, let_go, prison_app
from bench.figures import against, figure, quantile
from tests.settings import settings_for
from tests.stack import Stack
from visitation.bookings.models import Booking, BookingVisitor, Claim
from visitation.kernel.clock import SystemClock
from visitation.kernel.ids import reference
from visitation.kernel.interval import Interval, at_local
from visitation.store.transaction import perform

FEW, MANY = 1_000, 100_000
GOAL_P99, GOAL_RATIO = 50.0, 1.5
ROUNDS = int(os.environ.get("ROUNDS") or 300)
PRISONS = 25


def run() -> None:
    for engine in (os.environ.get("ENGINE") or " ".join(ENGINES)).split():
        with database(engine) as (url, folder):
            _measure(engine, url, folder)


def _measure(engine: str, url: str, folder: Path) -> None:
    app, now = prison_app(url, folder, SystemClock()), SystemClock().now()
    create_tables(app)
    with app.app_context():
        place = perform(lambda session: make_place(session, 24, now, sign_ins=True))
        perform(lambda session: fill(session, place, now, FEW))
        let_go()
    family, _prison = settings_for(url, folder)
    asked = cookie(wsgi.build_family(family, SystemClock()), place.families[0]["token"])
    month = bookable_days(now)[-1].isoformat()[:7]
    path = f"/visits/new?with={place.families[0]['kinship']}&kind=family_visit&month={month}"
    few = _times(engine, url, folder, asked, path, FEW)
    with app.app_context():
        others = perform(lambda session: [make_place(session, 24, now) for _ in range(PRISONS - 1)])
        for number, other in enumerate(others):
            begin = now - timedelta(days=40 * (number % 5))
            perform(partial(fill, place=other, now=begin, wanted=(MANY - FEW) // len(others)))
        let_go()
    many = _times(engine, url, folder, asked, path, MANY)
    against(f"availability.{engine}.p50_ratio", many / few, "ratio", GOAL_RATIO, "goal")


def fill(session: Session, place: Place, now: datetime, wanted: int) -> None:
    """Visits side by side from the first day that can be booked on, on as many days as it takes."""
    rows: list[dict[str, Any]] = []
    for start, terminal, turn in _places(place, now):
        if len(rows) == wanted:
            break
        family = place.families[turn % len(place.families)]
        rows.append(
            {"ref": reference(12), "kind": "family_visit", "prison_id": place.prison.id, "inmate_id": family["inmate"], "terminal_id": terminal}
            | {"account_id": family["account"], "starts_at": start, "ends_at": start + timedelta(minutes=30), "turnaround": 10, "state": "confirmed"}
            | {"created_at": now, "terms": {}}
        )
    ids = session.scalars(insert(Booking).returning(Booking.id, sort_by_parameter_order=True), rows).all()
    claims, party = [], []
    for number, row in zip(ids, rows, strict=True):
        family = next(one for one in place.families if one["account"] == row["account_id"])
        party.append({"booking_id": number, "visitor_id": family["visitor"], "kinship_id": family["kinship_id"], "place": 0})
        for tick in Interval(row["starts_at"], row["ends_at"]).ticks():
            names = (f"inmate:{family['inmate']}", f"visitor:{family['visitor']}")  # those that the page asks for
            claims.extend({"resource": name, "tick": tick, "booking_id": number} for name in names)
    session.execute(insert(BookingVisitor.__table__), party)  # type: ignore[arg-type]
    session.execute(insert(Claim.__table__), claims)  # type: ignore[arg-type]


def _places(place: Place, now: datetime) -> Iterator[tuple[datetime, int, int]]:
    """(start, terminal, a number that differs for visits at the same time); seven of eight terminals, so that something is free."""
    for round_ in range(100):
        for day in bookable_days(now + timedelta(days=62 * round_)):
            for number in range(STARTS):
                for turn, terminal in enumerate(place.terminals[:-1]):
                    yield at_local(day, OPENS) + CYCLE * number, terminal.id, number * len(place.terminals) + turn


def _times(engine: str, url: str, folder: Path, asked: str, path: str, rows: int) -> float:
    """p50 in milliseconds; prints p50 and p99."""
    stack = Stack(folder, database_url=url, extra={"DEMO": ""})
    try:
        stack.start("family")
        connection = http.client.HTTPConnection("127.0.0.1", stack.family_port, timeout=30)
        times = []
        for _round in range(ROUNDS + 10):
            begin = time.perf_counter()
            connection.request("GET", path, headers={"Host": f"localhost:{stack.family_port}", "Cookie": asked})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"the page of free times answered {answer.status}")
            times.append((time.perf_counter() - begin) * 1000)
        connection.close()
    finally:
        stack.stop()
    p50 = quantile(times[10:], 0.5)
    figure(f"availability.{engine}.{rows}.p50", p50, "ms")
    against(f"availability.{engine}.{rows}.p99", quantile(times[10:], 0.99), "ms", GOAL_P99, "goal")
    return p50

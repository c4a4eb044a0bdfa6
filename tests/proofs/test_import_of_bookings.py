"""An import of 10,000 bookings with 300 bad rows: each bad row by number and reason, every good one entered, progress in steps, the same file adds nothing.

Prints one line of JSON. ROWS=1000 plays a smaller file; one row in 33 is bad.
"""

import json
import os
import time
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import make_staff
from tests.scenes import MONDAY, make_scene, neighbour, officer_identity
from tests.web.test_bookings_importing import workbook
from visitation.bookings import importing, service
from visitation.bookings.models import Booking, BookingImport, Claim, QuotaEntry
from visitation.kernel.identity import Role
from visitation.web.table_file import read_table

ROWS = int(os.environ.get("ROWS", "10000"))
TERMINALS = 8
EVERY = 33
"""One row in so many is bad: 303 of 10,000."""
STARTS = [f"{hour:02}:00" for hour in range(9, 17)]


def test_ten_thousand_rows(house: House) -> None:
    def people(session: Session) -> list[tuple[str, str]]:
        first = make_scene(session, terminals=TERMINALS)
        scenes = [first, *(neighbour(session, first) for _ in range(TERMINALS - 1))]
        account = make_staff(session, (Role.ADMINISTRATOR,), first.prison)
        rooms.extend(terminal.name for terminal in first.terminals)
        found.update(prison=first.prison.id, who=officer_identity(account, Role.ADMINISTRATOR))
        return [(scene.inmate.number, scene.family.visitor.ref) for scene in scenes]

    rooms: list[str] = []
    found: dict[str, Any] = {}
    pairs = house.write(people)
    rows, bad = [], []
    for number in range(ROWS):
        day, turn = divmod(number, len(STARTS) * TERMINALS)
        start, place = STARTS[turn // TERMINALS], turn % TERMINALS
        is_bad = number % EVERY == EVERY - 1
        bad += [number + 2] if is_bad else []
        inmate, visitor = pairs[place]
        rows.append(("99999999" if is_bad else inmate, "", visitor, "", MONDAY + timedelta(days=day), start, "", rooms[place], "", ""))
    data = workbook(rows)
    begun, cpu = time.monotonic(), time.process_time()
    first = bring(house, found, data)
    seconds, used = time.monotonic() - begun, time.process_time() - cpu
    assert [line["row"] for line in first["report"]] == bad
    assert {line["code"] for line in first["report"]} == {"ROW_NO_INMATE"}
    assert (first["added"], first["failed"], first["total"]) == (ROWS - len(bad), len(bad), ROWS)
    again = bring(house, found, data)
    assert (again["added"], again["unchanged"], again["failed"]) == (0, ROWS - len(bad), len(bad))

    def counts(session: Session) -> tuple[int, int, int]:
        used_up = select(func.count()).select_from(QuotaEntry).where(QuotaEntry.kind == "used")
        claimed = select(func.count(Claim.booking_id.distinct()))
        return tuple(session.scalar(query) or 0 for query in (select(func.count()).select_from(Booking), used_up, claimed))  # type: ignore[return-value]

    assert house.read(counts) == (ROWS - len(bad),) * 3
    figures = {"rows": ROWS, "bad": len(bad), "added": first["added"], "steps": first["steps"], "seconds": round(seconds, 1), "cpu_seconds": round(used, 1)}
    print(json.dumps(figures))


def bring(house: House, found: dict[str, Any], data: bytes) -> dict[str, Any]:
    """Hand the file in and let the jobs work; their progress never goes back."""
    table = read_table(data)
    run_id = house.write(lambda s: importing.submit(s, found["who"], found["prison"], table, "old.xlsx", data, house.now)).id
    steps, done = 0, 0
    while house.write(lambda s: service.import_rows(s, house.now)):
        now_done = house.read(lambda s: s.get_one(BookingImport, run_id).done)
        assert now_done > done
        steps, done = steps + 1, now_done
    run = house.read(lambda s: s.get_one(BookingImport, run_id))
    names = ("added", "unchanged", "failed", "total", "report")
    return {name: getattr(run, name) for name in names} | {"steps": steps}

"""Races for places, on both engines, from several processes of several threads, through the real service: exactly one winner, nothing lost, nothing doubled.

A small sample; `make race` runs the full counts.
"""

import json
import random
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

import wsgi
from tests.conftest import NOON
from tests.factories import MADE_AT, make_family, make_kinship
from tests.scenes import NINE, Scene, make_scene, neighbour, relative
from tests.settings import settings_for
from visitation.bookings.models import Booking, Claim, QuotaEntry
from visitation.kernel.clock import FixedClock
from visitation.policies.models import PolicyRow
from visitation.store.db import db
from visitation.store.transaction import perform

ROOT = Path(__file__).parents[2]
PROCESSES = 2
THREADS = 8
LANES = 3


@pytest.fixture(params=["sqlite", "postgresql"])
def race_url(request: pytest.FixtureRequest, empty_database: Path, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    for file in empty_database.parent.glob("empty.sqlite3*"):
        (tmp_path / file.name.replace("empty", "race")).write_bytes(file.read_bytes())
    return f"sqlite:///{tmp_path / 'race.sqlite3'}"


def job(race: str, scene: Scene, key: object) -> dict[str, Any]:
    return {
        "race": race,
        "account": scene.family.account.id,
        "visitor": scene.family.visitor.id,
        "kinship": scene.kinship.ref,
        "start": NINE.isoformat(),
        "key": str(key),
    }


def one_terminal(session: Session) -> list[dict[str, Any]]:
    """25 families of 25 inmates want the one terminal, 3 times each."""
    scene = make_scene(session, terminals=1)
    scenes = [scene, *(neighbour(session, scene) for _ in range(24))]
    return [job("terminal", each, f"t{turn}") for turn in range(3) for each in scenes]


def one_inmate(session: Session) -> list[dict[str, Any]]:
    """Ten inmates, two relatives each, room enough for all: each inmate once."""
    scene = make_scene(session, terminals=12)
    plan = [PolicyRow(key="planned_lanes", prison_id=scene.prison.id, effective_from=MADE_AT.date(), value=12, basis="test", created_at=MADE_AT)]
    session.add_all(plan)
    inmates = [scene, *(neighbour(session, scene) for _ in range(9))]
    return [job("inmate", each, "i") for first in inmates for each in (first, relative(session, first))]


def one_visitor(session: Session) -> list[dict[str, Any]]:
    """A person with kinships in five prisons can be in one visit at a time, however many tabs they have open."""
    scenes = [make_scene(session, terminals=1) for _ in range(5)]
    person = make_family(session)
    for scene in scenes:
        scene.family, scene.kinship = person, make_kinship(session, person.visitor, scene.inmate)
    return [job("visitor", scene, f"v{number}{turn}") for number, scene in enumerate(scenes) for turn in range(4)]


def few_lanes(session: Session) -> list[dict[str, Any]]:
    """Twelve terminals, twenty inmates, but officers for three."""
    scene = make_scene(session, terminals=12)
    session.add(PolicyRow(key="planned_lanes", prison_id=scene.prison.id, effective_from=MADE_AT.date(), value=LANES, basis="test", created_at=MADE_AT))
    return [job("lanes", each, f"l{turn}") for each in [scene, *(neighbour(session, scene) for _ in range(19))] for turn in range(3)]


def run_race(url: str, folder: Path, jobs: list[dict[str, Any]]) -> Counter[str]:
    """Deal the jobs to processes, let them all run at once, and add up what each thread was told."""
    random.Random(7).shuffle(jobs)
    running = []
    for number in range(PROCESSES):
        plan = {"url": url, "folder": str(folder), "now": NOON.isoformat(), "threads": THREADS, "jobs": jobs[number::PROCESSES]}
        process = subprocess.Popen([sys.executable, "-m", "tests.faults.racer"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        running.append((process, json.dumps(plan)))
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda pair: pair[0].communicate(pair[1], timeout=90)[0], running))
    total: Counter[str] = Counter()
    for answer in answers:
        total.update(json.loads(answer))
    return total


WINNERS = {"terminal": 1, "inmate": 10, "visitor": 1, "lanes": LANES}
REFUSALS = {"SLOT_TAKEN", "INMATE_BUSY", "VISITOR_BUSY", "HOLD_EXPIRED"}


def test_every_race_has_exactly_its_winners(race_url: str, tmp_path: Path) -> None:
    _family, prison = settings_for(race_url, tmp_path)
    app = wsgi.build_prison(prison, FixedClock(NOON))
    with app.app_context():
        jobs = perform(lambda s: [*one_terminal(s), *one_inmate(s), *one_visitor(s), *few_lanes(s)])
        db.session.remove()
        db.engine.dispose()
    told = run_race(race_url, tmp_path, jobs)
    assert sum(told.values()) == len(jobs)
    strange = {name: times for name, times in told.items() if not set(name.split(":", 1)[1].split(",")) <= REFUSALS | {"WON"}}
    assert not strange
    assert {race: told[f"{race}:WON"] for race in WINNERS} == WINNERS
    with app.app_context():
        check(db.session())
        db.session.remove()
        db.engine.dispose()


def test_without_the_key_the_same_race_books_twice(postgres_url: str, tmp_path: Path) -> None:
    """The negative control: it is the primary key of `claim` that decides, not luck."""
    _family, prison = settings_for(postgres_url, tmp_path)
    app = wsgi.build_prison(prison, FixedClock(NOON))
    with app.app_context():
        jobs = perform(one_terminal)[:25]
        perform(lambda s: s.execute(text("ALTER TABLE claim DROP CONSTRAINT pk_claim")))
        db.session.remove()
        db.engine.dispose()
    assert run_race(postgres_url, tmp_path, jobs)["terminal:WON"] > 1


def check(session: Session) -> None:
    """No overlap is possible by the key; here: nothing was lost, nothing is left over, and every visit was counted once."""
    won = session.scalars(select(Booking.id).where(Booking.state == "confirmed")).all()
    assert len(won) == sum(WINNERS.values())
    assert session.scalar(select(func.count()).where(Booking.state == "held")) == 0
    claims = dict(session.execute(select(Claim.booking_id, func.count()).group_by(Claim.booking_id)).all())
    assert claims == dict.fromkeys(won, 6 * 4 + 8)
    used = session.scalars(select(QuotaEntry.booking_id).where(QuotaEntry.kind == "used")).all()
    assert sorted(used) == sorted(won)

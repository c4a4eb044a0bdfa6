"""Fixtures for tests on a real database: an engine's fresh copy for each test, both applications over it, and a clock that stands still."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from tests.postgres import Cluster, postgres, postgres_tables, postgres_url  # noqa: F401 - fixtures for everybody
from tests.settings import settings_for
from visitation.kernel.clock import FixedClock
from visitation.store.db import db
from visitation.store.engine import engine_options, prepare
from visitation.store.transaction import perform
from visitation.web.limits import limiter

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
"""Tuesday 24 November 2026, 12:00 in Shanghai."""
ROLES = Path(__file__).parents[1] / "deploy" / "postgresql" / "roles.sql"


@dataclass
class House:
    """Both applications over one database, and their common clock."""

    family: Flask
    prison: Flask
    clock: FixedClock

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def write(self, work):  # type: ignore[no-untyped-def]
        """Run `work(session)` in one transaction, outside any request."""
        with self.prison.app_context():
            return perform(work)

    def read(self, work):  # type: ignore[no-untyped-def]
        with self.prison.app_context():
            session: Session = db.session()
            return work(session)


def rooms() -> Any:
    """The composition root, imported when the first application is asked for: the pure tests need none, and importing every room takes longer than they do."""
    return import_module("wsgi")


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("empty")
    path = folder / "empty.sqlite3"
    _family, prison = settings_for(f"sqlite:///{path}", folder)
    app = rooms().build_prison(prison, FixedClock(NOON))
    with app.app_context():
        perform(lambda session: db.metadata.create_all(session.connection()))
        db.engine.dispose()
    return path


@pytest.fixture(scope="session")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Both applications, put together once a process: that costs more than most tests."""
    return make_house(tmp_path_factory.mktemp("shared"), FixedClock(NOON))


def make_house(folder: Path, clock: FixedClock) -> House:
    family, prison = settings_for(f"sqlite:///{folder / 'test.sqlite3'}", folder)
    return House(rooms().build_family(family, clock), rooms().build_prison(prison, clock), clock)


def move_in(house: House, empty_database: Path, folder: Path) -> None:
    """Give the applications a fresh copy of the database under `folder`, and forget what they remember."""
    for file in empty_database.parent.glob("empty.sqlite3*"):
        shutil.copy(file, folder / file.name.replace("empty", "test"))
    house.clock.set(NOON)
    for app in (house.family, house.prison):
        url = f"sqlite:///{folder / 'test.sqlite3'}"
        app.extensions["settings"].data_dir = folder
        app.config["SQLALCHEMY_DATABASE_URI"] = url
        with app.app_context():
            engine = create_engine(url, **engine_options(url))
            prepare(engine)
            db.engines[None] = engine
            limiter.reset()


def move_out(house: House) -> None:
    for app in (house.family, house.prison):
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def house(shared_house: House, empty_database: Path, tmp_path: Path) -> Iterator[House]:
    """The service at noon on a database of its own."""
    move_in(shared_house, empty_database, tmp_path)
    yield shared_house
    move_out(shared_house)


@pytest.fixture
def own_house(empty_database: Path, tmp_path: Path) -> Iterator[House]:
    """Applications of this test's own, for one that adds routes or changes how they are put together."""
    made = make_house(tmp_path, FixedClock(NOON))
    move_in(made, empty_database, tmp_path)
    yield made
    move_out(made)


def under_roles(url: str, folder: Path) -> House:
    """Each application over PostgreSQL under the role of its zone, as a real installation runs."""
    clock = FixedClock(NOON)
    family, _prison = settings_for(url.replace("postgres@", "visits_family@"), folder)
    _family, prison = settings_for(url.replace("postgres@", "visits_prison@"), folder)
    return House(rooms().build_family(family, clock), rooms().build_prison(prison, clock), clock)


@pytest.fixture
def zones(postgres: Cluster, postgres_url: str, tmp_path: Path) -> Iterator[House]:  # noqa: F811 - fixtures
    """The service on a PostgreSQL database with the rights of roles.sql."""
    postgres.run("psql", "-v", "ON_ERROR_STOP=1", "-q", "-d", postgres_url.split("@/")[1].split("?")[0], "-f", str(ROLES))
    made = under_roles(postgres_url, tmp_path)
    yield made
    move_out(made)

"""Fixtures for tests on a real database: an engine's fresh copy for each test, both applications over it, and a clock that stands still."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

import wsgi
from tests.postgres import postgres, postgres_tables, postgres_url  # noqa: F401 - fixtures for everybody
from tests.settings import settings_for
from visitation.kernel.clock import FixedClock
from visitation.store.db import db
from visitation.store.transaction import perform

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
"""Tuesday 24 November 2026, 12:00 in Shanghai."""


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


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("empty")
    path = folder / "empty.sqlite3"
    _family, prison = settings_for(f"sqlite:///{path}", folder)
    app = wsgi.build_prison(prison, FixedClock(NOON))
    with app.app_context():
        perform(lambda session: db.metadata.create_all(session.connection()))
        db.engine.dispose()
    return path


@pytest.fixture
def house(empty_database: Path, tmp_path: Path) -> Iterator[House]:
    path = tmp_path / "test.sqlite3"
    for file in empty_database.parent.glob("empty.sqlite3*"):
        shutil.copy(file, tmp_path / file.name.replace("empty", "test"))
    clock = FixedClock(NOON)
    family, prison = settings_for(f"sqlite:///{path}", tmp_path)
    made = House(wsgi.build_family(family, clock), wsgi.build_prison(prison, clock), clock)
    yield made
    for app in (made.family, made.prison):
        with app.app_context():
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()

"""Fixtures for faults that either engine must stand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import wsgi
from tests.conftest import NOON, House, move_out
from tests.settings import settings_for
from visitation.kernel.clock import FixedClock


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """A house on each engine."""
    if request.param == "sqlite":
        yield request.getfixturevalue("house")
        return
    family, prison = settings_for(request.getfixturevalue("postgres_url"), tmp_path)
    clock = FixedClock(NOON)
    made = House(wsgi.build_family(family, clock), wsgi.build_prison(prison, clock), clock)
    yield made
    move_out(made)

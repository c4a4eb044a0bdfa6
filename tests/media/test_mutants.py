"""Thousands of crooked descriptions and messages: no task fails, none is left behind, nothing hangs, and the visit next door goes on untouched."""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.media import mutants
from tests.media.conftest import in_loop
from tests.media.house import House
from tests.media.light import light_media

pytestmark = pytest.mark.media
MUTANTS = int(os.environ.get("MUTANTS", "150"))
"""How many of each kind; `make proof PROOF=mutants` sends 10,000."""


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["descriptions", "messages"])
@in_loop
async def test_mutants_hurt_nobody(tmp_path: Path, kind: str) -> None:
    with light_media():
        async with House(tmp_path, **mutants.FREE) as house:
            found = await mutants.beside_a_visit(house, kind, MUTANTS)
    log = house.log.read_text()
    sys.stdout.write(json.dumps({"name": f"mutants.{kind}", **found.told()}) + "\n")
    assert found.outcome.sent == MUTANTS
    assert found.failures == 0, log[-4000:]
    assert found.outcome.hangs == []
    assert found.gap < mutants.LONGEST_GAP
    assert found.after == found.quiet, "tasks and ports are as before"
    assert found.gates == [True]
    assert "Traceback" not in log

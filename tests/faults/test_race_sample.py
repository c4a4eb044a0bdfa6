"""A small sample of `make race`: everything at once, with changes and a kill in the middle, on both engines; without the key it must be red."""

import pytest

from bench.race import Play, race, wrong

ENGINES = ("sqlite", "postgresql")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_race_with_changes_and_a_kill_leaves_nothing_wrong(engine: str) -> None:
    result = race(engine, Play(attempts=100, processes=2, threads=4, kills=1))
    assert not wrong(result), result
    assert result["winners"] > 10
    assert result["kills"] >= 1


@pytest.mark.parametrize("engine", ENGINES)
def test_without_the_key_the_same_race_books_twice(engine: str) -> None:
    """The negative control: the service's look sees nothing, and it is the primary key of `claim` that is missed."""
    result = race(engine, Play(attempts=30, processes=2, threads=4, kills=0, negative=True))
    assert result["overlaps"] > 0, result

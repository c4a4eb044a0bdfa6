"""Fixtures of the media tests: real packets, on loopback only."""

import asyncio
import functools
from collections.abc import Awaitable, Callable

import pytest

from tests.media.client import use_loopback_and_counters


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> None:
    use_loopback_and_counters()


def in_loop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run an asynchronous test in a loop of its own."""

    @functools.wraps(test)
    def run(*args: object, **kwargs: object) -> None:
        asyncio.run(test(*args, **kwargs))  # type: ignore[arg-type]

    return run

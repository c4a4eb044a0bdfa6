"""Tasks that somebody owns: none is forgotten, none fails unseen."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)


class Tasks:
    """Starts coroutines and keeps them until they are done; `failures` counts those that raised."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self.failures = 0

    def __len__(self) -> int:
        return len(self._running)

    def spawn(self, work: Coroutine[Any, Any, Any], limit: float = 30.0) -> asyncio.Task[Any]:
        """Run it in the background for at most `limit` seconds."""
        task = asyncio.get_running_loop().create_task(self._run(work, limit))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _run(self, work: Coroutine[Any, Any, Any], limit: float) -> None:
        try:
            async with asyncio.timeout(limit):
                await work
        except TimeoutError:
            log.warning("a task ran out of time")
        except Exception:
            self.failures += 1
            log.exception("a task failed")

    async def close(self) -> None:
        """Cancel what runs and wait for it."""
        running = [task for task in self._running if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=10)

"""A broker that is told to stop: no new session, those that can go on elsewhere are handed over, the others may come to their end."""

import asyncio
import logging

from visitation.signalling.broker import Broker

log = logging.getLogger(__name__)
STEP = 0.05
NOTICE_SECONDS = 3.0  # the prison asks about once a second: by then it knows, and sends nobody here any more
FETCH_SECONDS = 2.0  # what the journal still has to tell
AT_ONCE = 10  # sessions handed over in one step, so that not everybody rings at the other broker in the same instant
BETWEEN = 0.2


async def drain(broker: Broker, limit: float, hurry: asyncio.Event) -> None:
    """Return when the broker may stop: nobody is left, or `limit` seconds are over, or `hurry` is set."""
    broker.leave()
    clock, answered = broker.clock.monotonic, broker.beats
    began = clock()
    while broker.carried() and not hurry.is_set():
        if broker.elsewhere and broker.beats > answered:
            await _hand_over(broker)
            break
        patience = max(limit, NOTICE_SECONDS if broker.elsewhere and broker.stands else 0.0)
        if clock() - began >= patience:
            log.info("%s sessions are left", len(broker.carried()))
            break
        await asyncio.sleep(STEP)


async def _hand_over(broker: Broker) -> None:
    waiting = broker.carried()
    log.info("%s sessions are handed over", len(waiting))
    while waiting:
        for room in waiting[:AT_ONCE]:
            broker.hand_over(room)
        waiting = broker.carried()
        await asyncio.sleep(BETWEEN if waiting else STEP)
    until = broker.clock.monotonic() + FETCH_SECONDS
    while broker.journal.fetched < broker.journal.last and broker.clock.monotonic() < until:  # noqa: ASYNC110 - another request moves it
        await asyncio.sleep(STEP)

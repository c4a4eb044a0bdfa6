"""The one place that commits.

`perform(work)` runs `work(session)` in one writing transaction and commits; what must happen afterwards waits in the outbox, as rows of the same
transaction. Reading happens in the session's ordinary snapshot, which refuses writes.
"""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from visitation.store.db import db
from visitation.store.engine import WRITES
from visitation.store.turn import writers_turn

T = TypeVar("T")
ATTEMPTS = 5
RETRIED = {"40001", "40P01"}  # serialization failure, deadlock


def reader() -> Session:
    """The request's own session, for reading."""
    return db.session()


def perform(work: Callable[[Session], T], session: Session | None = None) -> T:
    """Run `work` in one transaction and commit it; a refusal or an error leaves nothing behind.

    `work` may run again after a deadlock, so it touches nothing but the session it is given.
    """
    chosen = session if session is not None else db.session()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _once(work, chosen)
        except OperationalError as error:
            if attempt == ATTEMPTS or getattr(error.orig, "sqlstate", None) not in RETRIED:
                raise
            time.sleep(random.uniform(0.005, 0.02) * 2**attempt)
    raise AssertionError("unreachable")


def perform_again(work: Callable[[Session], T]) -> T:
    """As perform, and once more when a unique row was refused: somebody did the same first, and `work` now finds what came of it."""
    try:
        return perform(work)
    except IntegrityError:
        return perform(work)


def _once(work: Callable[[Session], T], session: Session) -> T:
    session.rollback()  # ends the snapshot read so far: facts are gathered again inside
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    with writers_turn(engine):
        try:
            session.connection(execution_options={WRITES: True})
            result = work(session)
            session.commit()
        except BaseException:
            session.rollback()
            raise
    return result

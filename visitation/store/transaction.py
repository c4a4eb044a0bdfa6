"""The one place that commits.

`perform(work)` runs `work(session)` in one writing transaction and commits; what must happen afterwards waits in the outbox, as rows of the same
transaction. Reading happens in the session's ordinary snapshot, which refuses writes.
"""

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Engine, Executable
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from visitation.store.db import ENGINE, HouseSession, db
from visitation.store.engine import WRITES, writer_of
from visitation.store.turn import writers_turn

T = TypeVar("T")
ATTEMPTS = 5
CONNECTION = "connection"
"""Key in a session's info: the connection of the writing transaction it is in."""
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


def run(session: Session, statement: Executable, values: Any = None) -> CursorResult[*tuple[Any, ...]]:
    """Execute a statement on plain tables as `session.execute` does, flushed first and in the same transaction, without what the mapper would add to it."""
    connection: Connection | None = session.info.get(CONNECTION)
    if connection is None:
        return session.execute(statement, values)  # type: ignore[return-value]
    if session.new or session.deleted or session.dirty:
        session.flush()
    return connection.execute(statement, values)


def _once(work: Callable[[Session], T], session: Session) -> T:
    session.rollback()  # ends the snapshot read so far: facts are gathered again inside
    engine = session.get_bind()
    assert isinstance(engine, Engine)
    with writers_turn(engine):
        try:
            if isinstance(session, HouseSession):
                session.info[ENGINE] = writer_of(engine)
            session.info[CONNECTION] = session.connection(execution_options={WRITES: True})
            result = work(session)
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.info.pop(CONNECTION, None)
            session.info.pop(ENGINE, None)
    return result

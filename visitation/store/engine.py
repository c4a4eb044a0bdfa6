"""How an engine begins: SQLite with exactly these settings, PostgreSQL read-only unless a transaction says it writes.

Stock SQLite settings of SQLAlchemy double-book and lose updates silently. Every writer begins IMMEDIATE, every reader gets a snapshot that refuses
writes, so a view that forgets its transaction is refused by the database and not by a review.

SQLite's readers and writers have connections of their own: changing one from the one to the other makes SQLite prepare all its statements anew, which
costs more than running them.
"""

from typing import Any
from weakref import WeakKeyDictionary, ref

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError

from visitation.kernel.clock import SystemClock

CLOCK = SystemClock()

WRITES = "writes"
"""Execution option of a connection that may write."""
RESTED = "rested"
"""Key in a pooled connection's info: when it was last given back."""
DOUBTFUL = 5.0
"""Seconds of rest after which a connection is asked whether it is still there. One in use shows by itself that the server has gone, and with it all others."""

_writers: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()
_homes: WeakKeyDictionary[Engine, "ref[Engine]"] = WeakKeyDictionary()


def prepare(engine: Engine) -> None:
    """Install the begin and connect hooks on an engine, once."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)
        event.listen(engine, "checkin", _rest)
        event.listen(engine, "checkout", _still_there)


def engine_options(url: str) -> dict[str, Any]:
    """Keyword arguments of create_engine for a database URL."""
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 20, "check_same_thread": False, "cached_statements": 512}}
    return {"pool_size": 10, "max_overflow": 10, "pool_timeout": 5}


def writer_of(engine: Engine) -> Engine:
    """The engine whose connections write to the same database: its own for a SQLite file, the same one otherwise."""
    if engine.dialect.name != "sqlite" or engine.url.database in (None, "", ":memory:"):
        return engine
    found = _writers.get(engine)
    if found is None:
        made = create_engine(engine.url, **engine_options(str(engine.url)))
        prepare(made)
        found = _writers.setdefault(engine, made)
        _homes[found] = ref(engine)
        event.listen(engine, "engine_disposed", lambda _engine: found.dispose())
    return found


def home_of(engine: Engine) -> Engine:
    """The engine that readers use, for either."""
    known = _homes.get(engine)
    return (known() if known is not None else None) or engine


def _open_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we begin ourselves
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=20000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = bool(connection.get_execution_options().get(WRITES, False))
    if connection.info.get(WRITES) is not writes:
        connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
        connection.info[WRITES] = writes
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    """The driver sends it with the BEGIN, so it costs no way to the server and back."""
    raw: Any = connection.connection.dbapi_connection
    only_reads = not connection.get_execution_options().get(WRITES, False)
    if raw.read_only is not only_reads:
        raw.read_only = only_reads


def _rest(_connection: Any, record: Any) -> None:
    record.info[RESTED] = CLOCK.monotonic()


def _still_there(connection: Any, record: Any, _fairy: Any) -> None:
    if CLOCK.monotonic() - record.info.get(RESTED, float("inf")) > DOUBTFUL and not _answers(connection):
        raise InvalidatePoolError


def _answers(connection: Any) -> bool:
    connection.autocommit = True
    try:
        connection.execute("SELECT 1")
    except connection.DatabaseError:
        return False
    connection.autocommit = False
    return True

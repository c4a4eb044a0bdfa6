"""How an engine begins: SQLite with exactly these settings, PostgreSQL read-only unless a transaction says it writes.

Stock SQLite settings of SQLAlchemy double-book and lose updates silently. Every writer begins IMMEDIATE, every reader gets a snapshot that refuses
writes, so a view that forgets its transaction is refused by the database and not by a review.

SQLite's readers and writers have connections of their own: changing one from the one to the other makes SQLite prepare all its statements anew, which
costs more than running them.
"""

from typing import Any
from weakref import WeakKeyDictionary, ref

from sqlalchemy import Connection, Engine, create_engine, event

WRITES = "writes"
"""Execution option of a connection that may write."""

_writers: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()
_homes: WeakKeyDictionary[Engine, "ref[Engine]"] = WeakKeyDictionary()


def prepare(engine: Engine) -> None:
    """Install the begin and connect hooks on an engine, once."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgresql)


def engine_options(url: str) -> dict[str, Any]:
    """Keyword arguments of create_engine for a database URL."""
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 20, "check_same_thread": False, "cached_statements": 512}}
    return {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 10, "pool_timeout": 5}


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
    if not connection.get_execution_options().get(WRITES, False):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")

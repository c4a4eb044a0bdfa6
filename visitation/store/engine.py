"""How an engine begins: SQLite with exactly these settings, PostgreSQL read-only unless a transaction says it writes.

Stock SQLite settings of SQLAlchemy double-book and lose updates silently. Every writer begins IMMEDIATE, every reader gets a snapshot that refuses
writes, so a view that forgets its transaction is refused by the database and not by a review.
"""

from typing import Any

from sqlalchemy import Connection, Engine, event

WRITES = "writes"
"""Execution option of a connection that may write."""


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
        return {"connect_args": {"timeout": 20, "check_same_thread": False}}
    return {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 10, "pool_timeout": 5}


def _open_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we begin ourselves
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=20000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    if not connection.get_execution_options().get(WRITES, False):
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")

"""How a migration runs: in one writing transaction on both engines, in the writer's turn, with the triggers put back at its end."""

from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from visitation.audit import triggers
from visitation.store import late_keys
from visitation.store.db import UtcDateTime, db
from visitation.store.engine import WRITES
from visitation.store.turn import writers_turn
from visitation.timetable import marks

engine = current_app.extensions["migrate"].db.engine


def render_item(kind: str, item: Any, _autogen: Any) -> str | bool:
    """The house's own types in a migration are the plain types under them: a migration must run when the code has moved on."""
    return "sa.DateTime()" if kind == "type" and isinstance(item, UtcDateTime) else False


def finish(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """Of a generated migration: nothing for a change that changes nothing, and the keys that close a circle of tables."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []
    for script in directives:
        late_keys.complete(script)


def configure(connection: Connection) -> None:
    options = dict(current_app.extensions["migrate"].configure_args)
    options.setdefault("process_revision_directives", finish)
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_item=render_item,
        transactional_ddl=True,  # SQLite too: the transaction is begun by the engine's own hook
        transaction_per_migration=False,
        **options,
    )


def foreign_keys(connection: Connection, state: str) -> None:
    """SQLite rebuilds a table to change it; its foreign keys rest meanwhile. The switch only works outside a transaction."""
    if connection.dialect.name == "sqlite":
        raw: Any = connection.connection.dbapi_connection
        raw.execute(f"PRAGMA foreign_keys={state}")


def check_rows(connection: Connection) -> None:
    """SQLite did not watch the foreign keys meanwhile; PostgreSQL did."""
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() if connection.dialect.name == "sqlite" else []
    if broken:
        raise RuntimeError(f"the migration leaves {len(broken)} rows pointing nowhere")


def run() -> None:
    with writers_turn(engine), engine.connect().execution_options(**{WRITES: True}) as connection:
        foreign_keys(connection, "OFF")
        try:
            configure(connection)
            context.run_migrations()
            triggers.install(connection)
            marks.install(connection)
            check_rows(connection)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        finally:
            foreign_keys(connection, "ON")


if context.is_offline_mode():
    context.configure(url=str(engine.url), target_metadata=db.metadata, literal_binds=True, dialect_opts={"paramstyle": "named"})
    with context.begin_transaction():
        context.run_migrations()
else:
    run()

"""Foreign keys that close a circle of tables, in generated migrations.

Alembic writes them into CREATE TABLE, where SQLite takes them and PostgreSQL must not (the other table does not exist yet) and silently leaves them out. So a
generated migration adds them after all tables on PostgreSQL, and drops them first on the way down.
"""

from collections.abc import Iterator
from typing import Any

from alembic.autogenerate import renderers
from alembic.operations.ops import CreateTableOp, MigrateOperation, MigrationScript
from sqlalchemy import ForeignKeyConstraint

GUARD = 'if op.get_bind().dialect.name != "sqlite": '


class LateKeyOp(MigrateOperation):
    """One key to add (`down` False) or to drop."""

    def __init__(self, name: str, table: str, columns: list[str], target: str, target_columns: list[str], down: bool) -> None:
        self.line = (
            f"op.drop_constraint({name!r}, {table!r}, type_='foreignkey')"
            if down
            else f"op.create_foreign_key({name!r}, {table!r}, {target!r}, {columns!r}, {target_columns!r})"
        )


@renderers.dispatch_for(LateKeyOp)
def _render(_context: Any, operation: LateKeyOp) -> str:
    return GUARD + operation.line


def complete(script: MigrationScript) -> None:
    """Add the keys that new tables of this migration leave open."""
    upward, downward = script.upgrade_ops, script.downgrade_ops
    if upward is None or downward is None:
        return
    created = [operation.to_table() for operation in upward.ops if isinstance(operation, CreateTableOp)]
    keys = [(table.name, key) for table in created for key in _late(table.constraints)]
    upward.ops.extend(_operation(table, key, down=False) for table, key in keys)
    downward.ops[:0] = [_operation(table, key, down=True) for table, key in keys]


def _late(constraints: Any) -> Iterator[ForeignKeyConstraint]:
    found = (one for one in constraints if isinstance(one, ForeignKeyConstraint) and one.use_alter)
    yield from sorted(found, key=lambda one: str(one.name))


def _operation(table: str, key: ForeignKeyConstraint, down: bool) -> LateKeyOp:
    targets = [element.target_fullname.rsplit(".", 1) for element in key.elements]
    return LateKeyOp(str(key.name), table, list(key.column_keys), targets[0][0], [column for _table, column in targets], down)

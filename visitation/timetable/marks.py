"""The mark of a prison's timetable: another number after every change of what its places and rules are made of, set by the database itself.

A process may remember what it has read under a mark for as long as the mark is the same: whoever changes one of the watched tables, by whatever way,
sets it, in the same transaction and under the row's exclusive lock, while bookings read it under the shared one. It is random and never counts, so that
neither a change that was rolled back nor a restored backup can bring a mark back with another meaning.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import DDL, Connection, Table, event, inspect

from visitation.people.models import Prison
from visitation.policies.models import PolicyRow
from visitation.timetable.models import CalendarDay, Closure, Duty, Template, TemplateTerminal, Terminal, WardHours

_tables: tuple[tuple[Any, str, tuple[str, ...]], ...] = (
    *((model.__table__, "{row}.prison_id", ()) for model in (CalendarDay, Closure, Duty, PolicyRow, Template, WardHours)),
    (TemplateTerminal.__table__, "(SELECT prison_id FROM template WHERE id = {row}.template_id)", ()),
    (Terminal.__table__, "{row}.prison_id", ("seen_at",)),
    (Prison.__table__, "{row}.id", ("name", "name_en", "phone", "address")),
)
WATCHED: dict[str, tuple[Table, str, tuple[str, ...]]] = {table.name: (table, owner, quiet) for table, owner, quiet in _tables}
"""table -> (itself, the prison of a row: NULL means all prisons, columns whose change changes nothing)."""

ROWS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}


def _update(owner: str, rows: tuple[str, ...], mark: str) -> str:
    owners = [owner.format(row=row) for row in rows]
    where = " OR ".join(f"prison_id = {one} OR {one} IS NULL" for one in owners)
    return f"UPDATE timetable SET mark = {mark} WHERE {where}"  # noqa: S608 - put together from the names of this file alone


def _sqlite(name: str) -> Iterator[str]:
    table, owner, quiet = WATCHED[name]
    for verb, rows in ROWS.items():
        columns = ", ".join(column.name for column in table.columns if column.name not in quiet)
        when = f"UPDATE OF {columns}" if verb == "UPDATE" else verb
        yield f"CREATE TRIGGER IF NOT EXISTS {name}_marks_{verb.lower()} AFTER {when} ON {name} BEGIN {_update(owner, rows, 'random()')}; END"


def _postgresql(name: str) -> Iterator[str]:
    table, owner, quiet = WATCHED[name]
    mark = "(random() * 9007199254740991)::bigint"
    acts = "; ".join(f"IF TG_OP = '{verb}' THEN {_update(owner, rows, mark)}; END IF" for verb, rows in ROWS.items())
    yield f"CREATE OR REPLACE FUNCTION {name}_marks() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {acts}; RETURN NULL; END $$"
    columns = ", ".join(column.name for column in table.columns if column.name not in quiet)
    yield f"CREATE OR REPLACE TRIGGER {name}_marks AFTER INSERT OR DELETE OR UPDATE OF {columns} ON {name} FOR EACH ROW EXECUTE FUNCTION {name}_marks()"


STATEMENTS = {"sqlite": _sqlite, "postgresql": _postgresql}


def install(connection: Connection) -> None:
    """Put the triggers in place where the tables exist; harmless when they are there already."""
    present = set(inspect(connection).get_table_names())
    for name in sorted(WATCHED) if WATCHED.keys() | {"timetable"} <= present else ():
        for statement in STATEMENTS[connection.dialect.name](name):
            connection.exec_driver_sql(statement)


def _with_tables() -> None:
    """The same for `create_all`."""
    for name, (table, _owner, _quiet) in WATCHED.items():
        for dialect, statements in STATEMENTS.items():
            for statement in statements(name):
                event.listen(table, "after_create", DDL(statement.replace("%", "%%")).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]


_with_tables()

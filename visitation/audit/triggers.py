"""The database itself refuses to change or delete the audit: triggers on both engines.

They come with the tables (`create_all`), and the migration environment puts them back after every run, because SQLite rebuilds a table to change it.
"""

from sqlalchemy import DDL, Connection, event, inspect

from visitation.audit.models import AuditEntry, AuditSeal

TABLES = (AuditEntry.__tablename__, AuditSeal.__tablename__)
REFUSAL = "the audit is only ever added to"

SQLITE = tuple(
    f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb.upper()} ON {table} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for table in TABLES
    for verb in ("update", "delete")
)
FUNCTION = f"CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
POSTGRESQL = (
    FUNCTION,
    *(
        f"CREATE OR REPLACE TRIGGER {table}_no_{name} BEFORE {verbs} ON {table} FOR EACH {each} EXECUTE FUNCTION audit_refuse()"
        for table in TABLES
        for name, verbs, each in (("change", "UPDATE OR DELETE", "ROW"), ("truncate", "TRUNCATE", "STATEMENT"))
    ),
)


def install(connection: Connection) -> None:
    """Put the triggers in place where the tables exist; harmless when they are there already."""
    present = set(inspect(connection).get_table_names())
    if all(table in present for table in TABLES):
        for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL:
            connection.exec_driver_sql(statement)


def _with_tables() -> None:
    """The same for `create_all`: the second table is made after the first, and then both are there."""
    for dialect, statements in (("sqlite", SQLITE), ("postgresql", POSTGRESQL)):
        for statement in statements:
            event.listen(AuditSeal.__table__, "after_create", DDL(statement).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]


_with_tables()

"""The migrations on both engines, with data: the migrated tables equal the models, the audit stays locked, and the way back and forth is open."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, migrate, upgrade
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DatabaseError

import wsgi
from tests.conftest import NOON
from tests.factories import make_family, make_inmate, make_kinship, make_prison, make_ward
from tests.postgres import Cluster
from tests.settings import settings_for
from visitation.audit.sealing import seal
from visitation.audit.service import record
from visitation.kernel.clock import FixedClock
from visitation.kernel.identity import SYSTEM
from visitation.people.models import Kinship
from visitation.store.db import UtcDateTime, db
from visitation.store.transaction import perform
from visitation.web.app import MIGRATIONS

pytestmark = pytest.mark.xdist_group("postgresql")


@pytest.fixture(params=["sqlite", "postgresql"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """An application over an empty database."""
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("postgres")
        url = cluster.new_database()
    else:
        url = f"sqlite:///{tmp_path / 'migrated.sqlite3'}"
    _family, prison = settings_for(url, tmp_path)
    made = wsgi.build_prison(prison, FixedClock(NOON))
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def folder(app: Flask, tmp_path: Path) -> str:
    """The migrations of the repository; while there is none yet, the one that would be generated now."""
    copy = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, copy)
    if not any((copy / "versions").glob("*.py")):
        migrate(directory=str(copy), message="initial")
    return str(copy)


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names())


def fill() -> None:
    def work(session):  # type: ignore[no-untyped-def]
        inmate = make_inmate(session, make_ward(session, make_prison(session)))
        make_kinship(session, make_family(session).visitor, inmate)
        record(session, SYSTEM, "test.act", "x", 1, NOON)

    perform(work)
    perform(lambda session: seal(session, NOON))


def plain_types(_context, _inspected, _column, _found, wanted):  # type: ignore[no-untyped-def]
    """The house's time type is a plain timestamp in the database."""
    return False if isinstance(wanted, UtcDateTime) else None


def test_the_migrated_tables_equal_the_models(app: Flask, folder: str) -> None:
    upgrade(directory=folder)
    assert tables() == {*db.metadata.tables, "alembic_version"}
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": plain_types, "target_metadata": db.metadata})
        differences = compare_metadata(context, db.metadata)
    assert not differences, f"generate a migration: {differences}"


def test_the_audit_stays_locked(app: Flask, folder: str) -> None:
    for _again in range(2):
        upgrade(directory=folder)
    fill()
    for table in ("audit_entry", "audit_seal"):
        with pytest.raises(DatabaseError, match="only ever added to"):
            perform(lambda session, table=table: session.execute(text(f"DELETE FROM {table}")))  # type: ignore[misc]


def test_down_and_up_again_with_data(app: Flask, folder: str) -> None:
    upgrade(directory=folder)
    fill()
    db.session.remove()
    downgrade(directory=folder, revision="base")
    assert tables() == {"alembic_version"}
    upgrade(directory=folder)
    fill()
    assert len(db.session.scalars(select(Kinship)).all()) == 1


def test_a_migration_that_fails_leaves_everything_as_it_was(app: Flask, folder: str) -> None:
    upgrade(directory=folder)
    fill()
    db.session.remove()
    head = ScriptDirectory(folder).get_current_head()
    broken = f"""
import sqlalchemy as sa
from alembic import op
revision = "broken"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table("half", sa.Column("id", sa.Integer))
    op.execute("DROP TABLE no_such_table")


def downgrade():
    pass
"""
    Path(folder, "versions", "broken.py").write_text(broken)
    with pytest.raises((DatabaseError, SystemExit)):
        upgrade(directory=folder)
    assert "half" not in tables()
    assert len(db.session.scalars(select(Kinship)).all()) == 1

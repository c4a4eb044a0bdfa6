"""The rights of the two zones in PostgreSQL: the family application works under its own role, and that role sees no officer's note and no recording."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

import wsgi
from tests.conftest import NOON, House
from tests.factories import Family, make_family, make_inmate, make_kinship, make_prison, make_ward
from tests.postgres import Cluster
from tests.settings import settings_for
from tests.web.browsing import browser
from visitation.audit.sealing import seal
from visitation.audit.service import record
from visitation.audit.verifying import verify
from visitation.kernel.clock import FixedClock
from visitation.kernel.identity import SYSTEM
from visitation.notices.service import tell
from visitation.store.db import db

pytestmark = [pytest.mark.postgresql, pytest.mark.xdist_group("postgresql")]
ROLES = Path(__file__).parents[2] / "deploy" / "postgresql" / "roles.sql"
PUBLIC_NOTES = {"kinship.relation_note", "booking.inmate_note", "calendar_day.note", "quota_entry.note"}
"""Notes that families may read: their own, what the inmate is told, and why a day is closed."""


@pytest.fixture(scope="module")
def with_roles(postgres: Cluster, postgres_tables: str) -> str:
    """Name of a database whose tables belong to the owner and whose rights are those of roles.sql."""
    name = postgres.new_database(postgres_tables).split("@/")[1].split("?")[0]
    for _twice in range(2):  # it can be repeated
        postgres.run("psql", "-v", "ON_ERROR_STOP=1", "-q", "-d", name, "-f", str(ROLES))
    return name


@pytest.fixture
def zones(postgres: Cluster, with_roles: str, tmp_path: Path) -> Iterator[House]:
    """Each application under its own role."""
    url = postgres.new_database(with_roles)
    clock = FixedClock(NOON)
    family, _prison = settings_for(url.replace("postgres@", "visits_family@"), tmp_path)
    _family, prison = settings_for(url.replace("postgres@", "visits_prison@"), tmp_path)
    made = House(wsgi.build_family(family, clock), wsgi.build_prison(prison, clock), clock)
    yield made
    for app in (made.family, made.prison):
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def refused(house: House, zone: str, statement: str) -> bool:
    """Whether the database refuses a statement of this zone for want of a right, and for no other reason."""
    app = getattr(house, zone)
    with app.app_context(), db.engine.connect().execution_options(writes=True) as connection:
        try:
            connection.execute(text(statement))
        except DBAPIError as error:
            connection.rollback()
            return getattr(error.orig, "sqlstate", "") == "42501"
        connection.rollback()
        return False


@pytest.mark.parametrize("zone", ["family", "prison"])
@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_no_application_changes_the_audit(zones: House, zone: str, table: str, statement: str) -> None:
    column = "id" if table == "audit_entry" else "number"
    assert refused(zones, zone, statement.format(table, column, column))


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_not_even_the_owner_changes_the_audit(postgres: Cluster, with_roles: str, tmp_path: Path, table: str, statement: str) -> None:
    url = postgres.new_database(with_roles)
    _family, prison = settings_for(url, tmp_path)
    app = wsgi.build_prison(prison, FixedClock(NOON))
    house = House(app, app, FixedClock(NOON))
    house.write(lambda session: record(session, SYSTEM, "test.act", "x", 1, NOON))
    house.write(lambda session: seal(session, NOON))
    engine = create_engine(url.replace("postgres@", "visits_owner@"))
    column = "id" if table == "audit_entry" else "number"
    with engine.connect() as connection, pytest.raises(DBAPIError, match="only ever added to"):
        connection.execute(text(statement.format(table, column, column)))
    engine.dispose()
    assert house.read(lambda session: verify(session, NOON)).links == 1
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize(
    "column",
    ["kinship.staff_note", "booking.staff_note", "inmate.staff_note", "suspension.note", "non_association.note", "live_session.officer_note"],
)
def test_the_family_role_reads_no_officers_note(zones: House, column: str) -> None:
    table, name = column.split(".")
    assert refused(zones, "family", f"SELECT {name} FROM {table}")
    assert refused(zones, "family", f"SELECT * FROM {table}")
    assert not refused(zones, "family", f"SELECT id FROM {table}")
    assert not refused(zones, "prison", f"SELECT {name} FROM {table}")


@pytest.mark.parametrize("table", ["segment", "listening", "device", "pairing", "audit_seal", "import_run"])
def test_the_family_role_reads_no_recording_and_nothing_of_the_desk(zones: House, table: str) -> None:
    assert refused(zones, "family", f"SELECT 1 FROM {table}")
    assert not refused(zones, "prison", f"SELECT 1 FROM {table}")


@pytest.mark.parametrize("table", ["prison", "ward", "level", "inmate", "suspension", "template", "closure", "duty", "policy", "terminal"])
def test_the_family_role_decides_nothing_of_the_prisons(zones: House, table: str) -> None:
    assert refused(zones, "family", f"DELETE FROM {table}")
    assert refused(zones, "family", f"INSERT INTO {table} DEFAULT VALUES")


def test_the_family_role_reads_no_audit(zones: House) -> None:
    assert refused(zones, "family", "SELECT act FROM audit_entry")


def test_every_note_is_either_hidden_or_known_to_be_public() -> None:
    hidden = ROLES.read_text(encoding="utf-8")
    notes = {f"{table.name}.{column.name}" for table in db.metadata.tables.values() for column in table.columns if "note" in column.name}
    unknown = {
        name for name in notes - PUBLIC_NOTES if f"'{name}'" not in hidden and f"'{name.split('.')[0]}'" not in hidden.split("hidden text[]")[1].split(";")[0]
    }
    assert not unknown, f"say in roles.sql whether families may read {unknown}"
    plain = [
        mapper.class_.__name__ + "." + prop.key
        for mapper in db.Model.registry.mappers
        for prop in mapper.column_attrs
        if f"'{mapper.local_table}.{prop.key}'" in hidden and not prop.deferred  # type: ignore[union-attr]
    ]
    assert not plain, f"defer {plain}: an ordinary SELECT of the family application would ask for it"


@pytest.fixture
def family(zones: House) -> Family:
    def work(session: sqlalchemy.orm.Session) -> Family:
        prison = make_prison(session)
        made = make_family(session)
        make_kinship(session, made.visitor, make_inmate(session, make_ward(session, prison)))
        tell(session, made.account.id, "visit_ended", {"ref": "X"}, NOON, "/notices")
        return made

    return zones.write(work)  # type: ignore[no-any-return]


def test_the_family_application_works_under_its_role(zones: House, family: Family) -> None:
    page = browser(zones, "family", family.account)
    for path in ("/", "/notices", "/relatives", "/visits/new", "/account"):
        assert page.get(path).status_code in (200, 404), path
    assert page.get("/notices").status_code == 200
    page.submit(form="/notices/read")
    assert page.page.status_code == 200

"""The rights of the two zones in PostgreSQL: the family application works under its own role, and that role sees no officer's note and no recording."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

import wsgi
from consult.helpdays import queue
from consult.helpdays.models import HelpSeat
from consult.notes import retention
from consult.referrals.models import Referral
from tests.conftest import NOON, ROLES, House, move_out, under_roles
from tests.postgres import Cluster
from tests.scenes import Scene, book, make_scene
from tests.settings import settings_for
from tests.web.afternoon import make_institutions
from tests.web.browsing import browser
from tests.web.test_helpday_queue import furnish
from visitation.accounts.models import Account
from visitation.accounts.queries import identity_of
from visitation.audit.sealing import seal
from visitation.audit.service import record
from visitation.audit.verifying import verify
from visitation.bookings.models import Booking
from visitation.demo.faces import paper
from visitation.kernel.clock import FixedClock
from visitation.kernel.identity import SYSTEM
from visitation.notices.service import tell
from visitation.people.service import Claim, claim_kinship
from visitation.store.db import db
from visitation.store.outbox import Outbox
from visitation.store.transaction import perform
from visitation.supervision.models import Broker
from visitation.supervision.service import participant_token
from visitation.uploads.service import stage

pytestmark = [pytest.mark.postgresql, pytest.mark.xdist_group("postgresql")]
PUBLIC_NOTES = {"question.closing_note", "question.returned_note", "kinship.relation_note", "booking.inmate_note", "calendar_day.note", "quota_entry.note"}
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
    made = under_roles(postgres.new_database(with_roles), tmp_path)
    yield made
    move_out(made)


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
def scene(zones: House) -> Scene:
    def work(session: Session) -> Scene:
        made = make_scene(session)
        tell(session, made.family.account.id, "visit_ended", {"ref": "X"}, NOON, "/notices")
        return made

    return zones.write(work)  # type: ignore[no-any-return]


def as_family(house: House, work: Any) -> Any:
    """Run `work(session)` in the family application, under its role."""
    with house.family.app_context():
        try:
            return perform(work)
        finally:
            db.session.remove()


def test_the_family_application_works_under_its_role(zones: House, scene: Scene) -> None:
    page = browser(zones, "family", scene.family.account)
    for path in ("/", "/notices", "/relatives", f"/relatives/{scene.kinship.ref}", "/relatives/new", "/visits", "/visits/new", "/account", "/help"):
        assert page.get(path).status_code == 200, path
    page.get("/notices")
    assert page.submit(form="/notices/read").status_code == 200
    booked = as_family(zones, lambda session: book(session, scene, NOON))
    for path in (f"/visits/{booked.ref}", f"/visits/{booked.ref}/calendar.ics", f"/visits/{booked.ref}/test", f"/visits/{booked.ref}/cancel"):
        assert page.get(path).status_code == 200, path
    assert page.submit().status_code == 200
    assert zones.read(lambda session: session.get_one(Booking, booked.id).state) == "cancelled"


def test_a_stranger_can_ask_for_a_code_under_the_familys_role(zones: House, scene: Scene) -> None:
    page = browser(zones, "family")
    page.get("/sign-in")
    assert page.submit({"mobile": "13800138000"}).status_code == 200
    assert page.get("/register").status_code == 200
    assert zones.read(lambda session: len(session.scalars(select(Outbox).where(Outbox.topic == "sms")).all())) >= 1


def test_a_family_brings_a_proof_and_enters_a_visit_under_its_role(zones: House, scene: Scene) -> None:
    who = identity_of(zones.read(lambda session: session.get_one(Account, scene.family.account.id)), "family")
    proof = as_family(zones, lambda session: stage(session, "", who.account_id, "proof", "proof.jpg", paper(1, photo=False), NOON).uid)
    claim = Claim(scene.family.visitor.id, scene.prison.id, "王无此人", "65999999", "sibling", "", "household_book", [proof])
    assert as_family(zones, lambda session: claim_kinship(session, who, claim, "k", NOON)).state == "submitted"
    booked = as_family(zones, lambda session: book(session, scene, NOON))
    beat = {"id": "b1", "boot": "1", "control_url": "http://x", "outside_url": "ws://x", "inside_url": "ws://x", "beat_at": booked.starts_at}
    zones.write(lambda session: session.add(Broker(**beat)))

    def enter(session: Session) -> Any:
        return participant_token(session, who, session.get_one(Booking, booked.id), booked.starts_at - timedelta(minutes=5))

    assert as_family(zones, enter)


def test_an_afternoon_of_legal_help_under_the_roles(zones: House) -> None:
    """Called by the prison's role, noted and referred by the family's; what lawyers write is closed to the prison's, sealed or not."""
    zones.clock.set(NOON)
    world = zones.write(lambda session: furnish(session, 2, 1))
    offices = zones.write(lambda session: [row.id for row in make_institutions(session)])
    officer = browser(zones, "prison", world.officer)
    officer.get(f"/help-days/{world.ref}/queue")
    first = zones.read(lambda session: session.get_one(HelpSeat, world.seats[0][0]).ref)
    for act in ("arrived", "call"):
        assert officer.post(f"/help-days/{world.ref}/queue/{first}", {"act": act}).status_code == 200
        officer.get(f"/help-days/{world.ref}/queue")
    zones.write(lambda session: queue.sweep(session, zones.now))
    lawyer = browser(zones, "family", world.lawyer)
    assert lawyer.get("/lawyer/afternoon").status_code == 200
    ref = zones.read(lambda session: session.get_one(HelpSeat, world.seats[0][0]).request.ref)
    lawyer.submit({"text": "先申请仲裁"}, form="note")
    assert "先申请仲裁" in lawyer.page.text
    lawyer.submit({"what": "回访", "due_on": "2026-12-01"}, form="follow")
    lawyer.get(f"/lawyer/cases/{ref}/referral?place=441900")
    lawyer.submit({"institutions": [str(offices[0])], "mobile": "13800001234", "consent": "y"}, form="refer")
    assert zones.read(lambda session: session.scalars(select(Referral)).one().links_sent) == 1
    stranger = browser(zones, "family")
    assert stranger.get("/r/" + "x" * 43).status_code == 404
    notes, later = "SELECT box FROM advice_note", "SELECT box FROM advice_follow_up"
    for statement in (notes, later, "UPDATE advice_note SET version = 9", "SELECT version FROM advice_note"):
        with pytest.raises(DBAPIError, match="permission denied"):
            zones.write(lambda session, statement=statement: session.execute(text(statement)))
    later = zones.now + timedelta(days=2000)
    zones.write(lambda session: session.execute(text("UPDATE help_request SET state = 'advised', closed_at = :at"), {"at": zones.now}))
    assert zones.write(lambda session: retention.forget(session, later)) >= 1, "the prison's retention job deletes what it cannot read"
    assert zones.read(lambda session: session.scalar(text("SELECT count(id) FROM advice_note"))) == 0

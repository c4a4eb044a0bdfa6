"""Keys, certificates, backup and restore, migrations: what an operator does, on both engines."""

import contextlib
import http.server
import json
import os
import shutil
import sqlite3
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DatabaseError

import wsgi
from consult.sealing import Opener
from ops import backup, environment, keys, tls
from ops.databases import open_database
from tests.conftest import NOON, House
from tests.factories import make_family
from tests.postgres import Cluster
from tests.settings import SECRETS, settings_for
from tests.stack import ROOT
from visitation.audit.sealing import seal
from visitation.audit.service import record
from visitation.kernel.clock import FixedClock
from visitation.kernel.identity import SYSTEM
from visitation.people.models import Visitor
from visitation.signalling.settings import BrokerSettings
from visitation.store.db import db

pytestmark = pytest.mark.xdist_group("postgresql")


def test_keys_are_made_once_and_open_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "var" / "secrets.env"
    first = keys.ensure(path)
    assert keys.ensure(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        keys.write(path, first)
    earlier = "".join(f"{name}={value}\n" for name, value in first.items() if not name.startswith("LETTERS"))
    path.write_text(earlier, encoding="utf-8")
    again = keys.ensure(path)
    assert path.read_text(encoding="utf-8").startswith(earlier), "what was there stays as it is"
    assert set(again) == set(first)
    assert keys.ensure(path) == again
    for name, value in first.items():
        monkeypatch.setenv(name, value)
    made = {name.lower(): value for name, value in first.items() if not name.startswith("BROKER_")}
    assert set(SECRETS) == set(made)
    assert BrokerSettings().family_public_key == first["BROKER_FAMILY_PUBLIC_KEY"]


def test_each_host_gets_only_its_own_keys(tmp_path: Path) -> None:
    keys.split(tmp_path)
    parts = {name: keys.read(tmp_path / name) for name in keys.PARTS}
    assert "PRISON_SIGNING_KEY" not in parts["family.env"]
    assert "RECORDING_PRIVATE_KEY" not in parts["family.env"]
    assert "FAMILY_SIGNING_KEY" not in parts["prison.env"]
    assert "LETTERS_PRIVATE_KEY" not in parts["prison.env"], "what is for lawyers only cannot be read in the prison"
    assert Opener(parts["family.env"]["LETTERS_PRIVATE_KEY"]).public_key == parts["prison.env"]["LETTERS_PUBLIC_KEY"]
    assert all("PUBLIC" in name for name in parts["broker.env"])
    assert parts["family.env"]["FIELD_KEYS"] == parts["prison.env"]["FIELD_KEYS"]


def test_the_trial_certificate_is_trusted_by_its_authority_and_kept(tmp_path: Path) -> None:
    first = tls.certificate(tmp_path, "192.0.2.7")
    content = [path.read_bytes() for path in first]
    assert [path.read_bytes() for path in tls.certificate(tmp_path, "192.0.2.7")] == content
    assert tls.certificate(tmp_path, "192.0.2.8")[0].read_bytes() == content[0], "the phone trusts the same authority"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(first[1], first[2])
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


def test_with_tls_the_link_knows_who_made_the_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TLS", "1")
    chosen = environment.compose(environment.plan())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chosen["TLS_CHAIN"], chosen["TLS_KEY"])
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"https://localhost:{server.server_port}/README.md"
        code = f"from visitation.supervision.control import answers; print(answers({address!r}))"
        said = [subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, env=env, text=True).strip() for env in (chosen, os.environ)]
        server.shutdown()
    assert said == ["True", "False"]


# Born on another day than the rows that are there: the invented numbers begin anew in the writer's own process.
WRITER = """
from datetime import date
import wsgi
from tests.factories import make_family
from visitation.store.transaction import perform
with wsgi.prison_app.app_context():
    for number in range(60):
        perform(lambda session: make_family(session, mobile=f"+86139{number:08d}", birth_date=date(1970, 1, 1)))
        print(number, flush=True)
"""


class Place:
    """A database of either engine, and a second, empty one to restore into."""

    def __init__(self, url: str, empty_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._patch = monkeypatch
        self._urls = {"full": url, "empty": empty_url}
        for name, value in SECRETS.items():
            monkeypatch.setenv(name.upper(), value)

    def use(self, which: str) -> None:
        self._patch.setenv("DATABASE_URL", self._urls[which])
        self._patch.setenv("DATA_DIR", str(self.folder / which))

    def house(self, which: str) -> House:
        _family, prison = settings_for(self._urls[which], self.folder / which)
        app = wsgi.build_prison(prison, FixedClock(NOON))
        return House(app, app, FixedClock(NOON))


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, empty_database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    if request.param == "sqlite":
        for file in empty_database.parent.glob("empty.sqlite3*"):
            shutil.copy(file, tmp_path / file.name.replace("empty", "full"))
        return Place(f"sqlite:///{tmp_path / 'full.sqlite3'}", f"sqlite:///{tmp_path / 'new' / 'restored.sqlite3'}", tmp_path, monkeypatch)
    cluster: Cluster = request.getfixturevalue("postgres")
    return Place(request.getfixturevalue("postgres_url"), cluster.new_database(), tmp_path, monkeypatch)


def fill(house: House) -> None:
    house.write(lambda session: [make_family(session, name="阿依古丽·买买提𠮷") for _turn in range(3)])
    house.write(lambda session: [record(session, SYSTEM, "test.act", "x", number, NOON) for number in range(4)])
    house.write(lambda session: seal(session, NOON))
    close(house)


def close(house: House) -> None:
    with house.prison.app_context():
        db.session.remove()
        db.engine.dispose()


def test_a_backup_comes_back_whole(place: Place) -> None:
    fill(place.house("full"))
    place.use("full")
    made = backup.save(place.folder / "backups")
    manifest = json.loads((made / "manifest.json").read_text())
    assert manifest["tables"]["visitor"] == 3
    assert manifest["tables"]["audit_seal"] == 4
    place.use("empty")
    assert backup.restore(made) == manifest["tables"]
    restored = place.house("empty")
    people = restored.read(lambda session: [(row.name, row.document_number[:4]) for row in session.scalars(select(Visitor))])
    assert people == [("阿依古丽·买买提𠮷", "9901")] * 3
    with pytest.raises(DatabaseError, match="only ever added to"):
        restored.write(lambda session: session.execute(text("DELETE FROM audit_entry")))
    close(restored)


def test_a_backup_never_overwrites_a_database(place: Place) -> None:
    fill(place.house("full"))
    place.use("full")
    made = backup.save(place.folder / "backups")
    with pytest.raises(SystemExit, match="not empty"):
        backup.restore(made)


@pytest.mark.parametrize("harm", ["cut", "flip", "manifest"])
def test_a_damaged_backup_is_not_restored(place: Place, harm: str) -> None:
    fill(place.house("full"))
    place.use("full")
    made = backup.save(place.folder / "backups")
    file = next(made.glob("database.*"))
    content = bytearray(file.read_bytes())
    if harm == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif harm == "flip":
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    else:
        manifest = json.loads((made / "manifest.json").read_text())
        manifest["tables"]["visitor"] += 1
        (made / "manifest.json").write_text(json.dumps(manifest))
    place.use("empty")
    with pytest.raises(SystemExit, match=r"altered|read back"):
        backup.restore(made)
    assert open_database(place._urls["empty"]).rows() == {}


def test_a_backup_is_taken_while_others_write(place: Place) -> None:
    house = place.house("full")
    fill(house)
    place.use("full")
    writer = subprocess.Popen([sys.executable, "-c", WRITER], cwd=ROOT, stdout=subprocess.PIPE)
    assert writer.stdout is not None
    writer.stdout.readline()
    made = backup.save(place.folder / "backups")
    assert writer.wait(timeout=60) == 0
    writer.stdout.close()
    tables = json.loads((made / "manifest.json").read_text())["tables"]
    assert 3 < tables["visitor"] <= 63
    assert tables["visitor"] == tables["account"], "one moment, not two"


def test_a_database_is_made_by_one_command(tmp_path: Path) -> None:
    _family, prison = settings_for(f"sqlite:///{tmp_path / 'new.sqlite3'}", tmp_path)
    app = wsgi.build_prison(prison, FixedClock(NOON))
    for _twice in range(2):
        result = app.test_cli_runner().invoke(args=["prepare-database"])
        assert result.exit_code == 0, result.output
    with app.app_context():
        assert "booking" in inspect(db.engine).get_table_names()
        db.engine.dispose()
    with contextlib.closing(sqlite3.connect(tmp_path / "new.sqlite3")) as connection:
        triggers = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    assert triggers >= {"audit_entry_no_update", "audit_entry_no_delete", "audit_seal_no_update", "audit_seal_no_delete"}

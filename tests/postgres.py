"""A PostgreSQL server for the tests: a temporary cluster on a unix socket, started once, with a fresh database for each test that asks.

There is no skipping: without the server's programs the tests fail and say what to install.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from tests.settings import settings_for
from visitation.kernel.clock import SystemClock

USER = "postgres"
PLACES = "/usr/lib/postgresql"
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=", "max_connections=100")
_numbers = count(1)


def programs() -> Path:
    """The folder of initdb and pg_ctl, of the newest version there is."""
    found = [path for path in Path(PLACES).glob("*/bin") if (path / "initdb").exists()] if Path(PLACES).exists() else []
    elsewhere = shutil.which("initdb")
    if not found and elsewhere is None:
        pytest.fail("PostgreSQL is not installed: these tests need initdb and pg_ctl (Debian: apt-get install postgresql)", pytrace=False)
    return max(found, key=lambda path: int(path.parent.name)) if found else Path(elsewhere or "").parent


@dataclass
class Cluster:
    """A running server."""

    folder: Path
    bin: Path

    def run(self, *command: str) -> str:
        """Run one of the server's programs, as an ordinary user even where the tests run as root."""
        as_user = {"user": USER, "group": pwd.getpwnam(USER).pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PGHOST": str(self.folder), "PGUSER": USER}
        done = subprocess.run([str(self.bin / command[0]), *command[1:]], capture_output=True, text=True, env=environment, cwd=self.folder, **as_user)  # type: ignore[call-overload]
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        return str(done.stdout)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://{USER}@/{database}?host={self.folder}"

    def new_database(self, template: str = "template1") -> str:
        name = f"visits{next(_numbers)}"
        self.run("createdb", "-T", template, name)
        return self.url(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A server that lives as long as the test session."""
    folder = Path(tempfile.mkdtemp(prefix="visits-pg-", dir="/tmp"))
    cluster = Cluster(folder, programs())
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
    cluster.run("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", USER, "-E", "UTF8", "--no-sync")
    options = " ".join(f"-c {option}" for option in (*FAST, f"unix_socket_directories={folder}"))
    cluster.run("pg_ctl", "-D", f"{folder}/data", "-w", "-o", options, "-l", f"{folder}/log", "start")
    yield cluster
    cluster.run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "-w", "stop")
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_tables(postgres: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a database with every table, from which the tests' own are copied."""
    import wsgi
    from visitation.store.db import db
    from visitation.store.transaction import perform

    postgres.run("createdb", "with_tables")
    _family, prison = settings_for(postgres.url("with_tables"), tmp_path_factory.mktemp("pg"))
    app = wsgi.build_prison(prison, SystemClock())
    with app.app_context():
        perform(lambda session: db.metadata.create_all(session.connection()))
        db.engine.dispose()
    return "with_tables"


@pytest.fixture
def postgres_url(postgres: Cluster, postgres_tables: str) -> str:
    """The URL of a fresh database with every table."""
    return postgres.new_database(postgres_tables)

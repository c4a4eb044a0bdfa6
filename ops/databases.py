"""Dumping and loading the two engines, with a count of every table so that a copy can be compared."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from ops.environment import ROOT


class Database(Protocol):
    engine: str
    file_name: str
    place: str

    def dump(self, file: Path) -> dict[str, int]:
        """Write one moment of the database into a file; returns the rows of each table at that moment."""

    def contents(self, file: Path) -> dict[str, int]:
        """Read a dump back, without touching the database; returns its rows by table."""

    def load(self, file: Path) -> None:
        """Fill the empty database from a dump."""

    def rows(self) -> dict[str, int]:
        """Rows by table now; empty when there is no table."""


def open_database(url: str) -> Database:
    return Sqlite(url) if url.startswith("sqlite") else Postgresql(url)


class Sqlite:
    engine = "sqlite"
    file_name = "database.sqlite3"

    def __init__(self, url: str) -> None:
        path = url.removeprefix("sqlite:///")
        self._path = Path(path) if path.startswith("/") else ROOT / path
        self.place = str(self._path)

    def dump(self, file: Path) -> dict[str, int]:
        with contextlib.closing(sqlite3.connect(self._path)) as source, contextlib.closing(sqlite3.connect(file)) as target:
            source.backup(target, pages=2000, sleep=0.01)
            target.execute("PRAGMA journal_mode=DELETE")
        return self.contents(file)

    def contents(self, file: Path) -> dict[str, int]:
        return _count_sqlite(file)

    def load(self, file: Path) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left_over in (f"{self._path}-wal", f"{self._path}-shm"):
            Path(left_over).unlink(missing_ok=True)
        beside = self._path.with_suffix(".restoring")
        shutil.copyfile(file, beside)
        beside.chmod(0o600)
        beside.replace(self._path)

    def rows(self) -> dict[str, int]:
        return _count_sqlite(self._path) if self._path.exists() else {}


def _count_sqlite(path: Path) -> dict[str, int]:
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        if connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise SystemExit(f"{path} is damaged")
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")]
        return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608 - names from the database itself


class Postgresql:
    engine = "postgresql"
    file_name = "database.dump"

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+psycopg://", "postgresql://", 1)
        self.place = urlsplit(self._url).path.lstrip("/")

    def dump(self, file: Path) -> dict[str, int]:
        with psycopg.connect(self._url) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            snapshot = connection.execute("SELECT pg_export_snapshot()").fetchone()
            tables = _count_postgresql(connection)
            self._run("pg_dump", "--format=custom", "--no-owner", f"--snapshot={snapshot[0] if snapshot else ''}", f"--file={file}", f"--dbname={self._url}")
        return tables

    def contents(self, file: Path) -> dict[str, int]:
        """Counted in the dump's own text: each table's COPY block is read to its end."""
        with tempfile.TemporaryFile() as script:
            command = [_program("pg_restore"), "--data-only", "--file=-", str(file)]
            subprocess.run(command, stdout=script, check=True)
            script.seek(0)
            return _count_copies(script)

    def load(self, file: Path) -> None:
        self._run("pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={self._url}", str(file))

    def rows(self) -> dict[str, int]:
        with psycopg.connect(self._url) as connection:
            return _count_postgresql(connection)

    @staticmethod
    def _run(program: str, *arguments: str) -> None:
        subprocess.run([_program(program), *arguments], check=True)


def _program(name: str) -> str:
    """PostgreSQL's programs, also where Debian keeps them out of the way."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *map(str, folders)]))
    if found is None:
        raise SystemExit(f"{name} is missing: apt-get install postgresql-client")
    return found


def _count_postgresql(connection: "psycopg.Connection[Any]") -> dict[str, int]:
    names = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")]
    counted = {}
    for name in names:
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
        counted[name] = int(row[0]) if row else 0
    return counted


def _count_copies(script: Any) -> dict[str, int]:
    counted: dict[str, int] = {}
    table = None
    for line in script:
        if table is None and line.startswith(b"COPY public."):
            table = line.split(b" ")[1].removeprefix(b"public.").strip(b'"').decode()
            counted[table] = 0
        elif line == b"\\.\n":
            table = None
        elif table is not None:
            counted[table] += 1
    return dict(sorted(counted.items()))

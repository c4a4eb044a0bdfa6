"""A fresh database of either engine for a measurement, durable as in production: SQLite in a file, PostgreSQL as a server of its own on a unix socket."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

import wsgi
from tests.postgres import USER, Cluster, programs
from tests.settings import settings_for
from visitation.kernel.clock import Clock
from visitation.store.db import db
from visitation.store.transaction import perform

ENGINES = ("sqlite", "postgresql")
SETTINGS = ("listen_addresses=", "max_connections=100", "shared_buffers=128MB", "max_wal_size=1GB")
"""fsync, full_page_writes and synchronous_commit stay on: an acknowledged booking is on the disk."""


@contextmanager
def database(engine: str) -> Iterator[tuple[str, Path]]:
    """(URL, a folder beside it) of an empty database; everything is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="visits-bench-"))
    try:
        if engine == "sqlite":
            yield f"sqlite:///{folder / 'bench.sqlite3'}", folder
        else:
            with _server() as cluster:
                yield cluster.new_database(), folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def _server() -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="visits-pg-", dir="/tmp"))
    cluster = Cluster(folder, programs())
    if os.geteuid() == 0:
        shutil.chown(folder, USER)
    cluster.run("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", USER, "-E", "UTF8")
    options = " ".join(f"-c {option}" for option in (*SETTINGS, f"unix_socket_directories={folder}"))
    cluster.run("pg_ctl", "-D", f"{folder}/data", "-w", "-o", options, "-l", f"{folder}/log", "start")
    try:
        yield cluster
    finally:
        cluster.run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


def prison_app(url: str, folder: Path, clock: Clock) -> Flask:
    """The prison's application over a database, for its services."""
    _family, prison = settings_for(url, folder)
    return wsgi.build_prison(prison, clock)


def create_tables(app: Flask) -> None:
    with app.app_context():
        perform(lambda session: db.metadata.create_all(session.connection()))
        let_go()


def let_go() -> None:
    """Close what this process has open, so that others are alone with the database."""
    db.session.remove()
    db.engine.dispose()

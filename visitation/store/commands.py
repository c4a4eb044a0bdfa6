"""`flask --app wsgi prepare-database`: an empty or older database becomes one that this version runs on."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade

from visitation.store.db import db
from visitation.store.transaction import perform


@click.command("prepare-database")
@with_appcontext
def prepare_database() -> None:
    """Bring the tables up to date; harmless when they are."""
    versions = Path(current_app.extensions["migrate"].directory) / "versions"
    Path(current_app.extensions["settings"].data_dir).mkdir(parents=True, exist_ok=True)
    if any(versions.glob("*.py")):
        upgrade()
    else:
        perform(lambda session: db.metadata.create_all(session.connection()))

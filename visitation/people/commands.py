"""`flask --app wsgi import-inmates FILE --prison CODE`: the same import as on the page, with a progress bar."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_babel import force_locale
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from visitation.kernel.clock import Clock
from visitation.kernel.errors import Refusal, Refused
from visitation.kernel.identity import SYSTEM
from visitation.people import import_inmates as importing
from visitation.people import queries_staff
from visitation.people.models import ImportRun
from visitation.store.transaction import perform, reader
from visitation.web.sentences import sentence
from visitation.web.table_file import Table, read_table

T = TypeVar("T")
SHOWN = 20


@click.command("import-inmates")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--prison", "code", required=True, help="Code of the prison.")
@with_appcontext
def import_command(file: Path, code: str) -> None:
    """Import inmates from an .xlsx or .csv FILE. Good rows are taken over, bad ones reported; exit code 1 when there are any."""
    prison = queries_staff.prison_by_code(reader(), code)
    if prison is None:
        raise click.ClickException(f"There is no prison with the code {code}.")
    prison_id, console = prison.id, Console()
    data = file.read_bytes()
    with console.status("Reading the file"):
        table = _told(lambda: read_table(data))
    run = _told(lambda: _import(console, prison_id, table, file.name, importing.sha256_of(data)))
    _report(console, run)
    sys.exit(1 if run.failed else 0)


def _import(console: Console, prison_id: int, table: Table, name: str, sha256: str) -> ImportRun:
    clock: Clock = current_app.extensions["clock"]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task: TaskID = bar.add_task("Rows", total=len(table) - 1)

        def show(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of)

        return perform(lambda session: importing.import_inmates(session, SYSTEM, prison_id, table, name, sha256, clock.now(), show))


def _report(console: Console, run: ImportRun) -> None:
    console.print(f"added {run.added} · changed {run.changed} · unchanged {run.unchanged} · not taken over {run.failed}")
    with current_app.test_request_context(), force_locale(_language()):
        for problem in run.report[:SHOWN]:
            why = sentence(Refusal(problem["code"], problem["facts"]))
            console.print(f"row {problem['row']}, {problem['column']}: {why}", markup=False, highlight=False)
    if len(run.report) > SHOWN:
        console.print(f"… and {len(run.report) - SHOWN} more; the whole report stands on the page of import {run.id}.")


def _told(work: Callable[[], T]) -> T:
    try:
        return work()
    except Refused as refused:
        with current_app.test_request_context(), force_locale(_language()):
            raise click.ClickException(" ".join(sentence(refusal) for refusal in refused.refusals)) from refused


def _language() -> str:
    """The language of the terminal the command is typed in."""
    return "zh_Hans_CN" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("zh") else "en"

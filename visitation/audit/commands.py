"""`flask --app wsgi audit-verify`: walk the whole chain, with a progress bar; ends with 1 when something was found."""

import sys

import click
from flask import current_app
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import Progress

from visitation.audit.heads import Heads
from visitation.audit.verifying import Verdict, length, verify
from visitation.kernel.clock import Clock
from visitation.store.transaction import reader


@click.command("audit-verify")
@with_appcontext
def audit_verify() -> None:
    """Verify that no entry was changed, removed or moved, and that the kept heads are in the chain."""
    clock: Clock = current_app.extensions["clock"]
    heads = Heads(current_app.extensions["settings"].data_dir / "audit")
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("audit", total=length(reader()))
        found = verify(reader(), clock.now(), heads.all(), lambda done: progress.update(task, completed=done))
    _say(found)
    sys.exit(0 if found.intact else 1)


def _say(found: Verdict) -> None:
    click.echo(f"{found.links} links, {found.heads_checked} kept heads, head {found.head}")
    for fault in found.faults:
        click.echo(f"  {fault.code} at {fault.at}")
    click.echo("whole" if found.intact else f"NOT WHOLE: {found.found} faults")

"""`flask --app wsgi create-clerk`: an account for a clerk of a justice station, who signs in on the family's side."""

import click
from flask import current_app
from flask.cli import with_appcontext

from visitation.accounts import passwords, service_clerk
from visitation.kernel.clock import Clock
from visitation.kernel.errors import Refused
from visitation.store.transaction import perform


@click.command("create-clerk")
@click.option("--login", prompt="Login name")
@click.option("--name", prompt="Name and station")
@with_appcontext
def create_clerk(login: str, name: str) -> None:
    """Create a clerk. The one-time password is printed once; the first sign-in sets up the second factor and asks for a password of their own."""
    clock: Clock = current_app.extensions["clock"]
    plain = passwords.one_time_password()
    hashed = passwords.hash_password(plain)
    try:
        perform(lambda session: service_clerk.create(session, login, name, hashed, clock.now()))
    except Refused as refused:
        raise click.ClickException(f"Nothing was written: {refused}") from refused
    click.echo(f"Clerk {login} is made. One-time password: {plain}")

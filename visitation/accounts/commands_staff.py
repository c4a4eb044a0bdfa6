"""`flask --app wsgi create-administrator`: the first account of a house, from which the others are made on the pages."""

import dataclasses

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.accounts import passwords, service_staff
from visitation.kernel.clock import Clock
from visitation.kernel.errors import Refused
from visitation.kernel.identity import SYSTEM, Role
from visitation.people.models import Prison
from visitation.store.transaction import perform

FIRST_ROLES = (Role.ADMINISTRATOR, Role.BUREAU, Role.OPERATOR)
FOUNDER = dataclasses.replace(SYSTEM, roles=frozenset({Role.BUREAU, Role.OPERATOR}))
"""Who types on the server's command line may found every account."""


@click.command("create-administrator")
@click.option("--login", prompt="Login name")
@click.option("--name", prompt="Name")
@click.option("--role", type=click.Choice([role.value for role in FIRST_ROLES]), default=Role.ADMINISTRATOR.value, show_default=True)
@click.option("--prison", "code", default="", help="Code of the prison; empty for an account of all prisons.")
@with_appcontext
def create_administrator(login: str, name: str, role: str, code: str) -> None:
    """Create an account that creates the others. Its one-time password is printed once."""
    clock: Clock = current_app.extensions["clock"]
    plain = passwords.one_time_password()
    hashed = passwords.hash_password(plain)

    def work(session: Session) -> None:
        facts = service_staff.staff_facts(session, login, name, [role], _prison_id(session, code), ())
        service_staff.create_staff(session, FOUNDER, facts, hashed, clock.now())

    try:
        perform(work)
    except Refused as refused:
        raise click.ClickException(f"Nothing was written: {refused}") from refused
    click.echo(f"Account {login} is made. One-time password: {plain}")
    click.echo("The first sign-in asks for a password of its own and sets up the second factor.")


def _prison_id(session: Session, code: str) -> int | None:
    if not code:
        return None
    found = session.scalar(select(Prison.id).where(Prison.code == code))
    if found is None:
        raise click.ClickException(f"There is no prison with the code {code}.")
    return found

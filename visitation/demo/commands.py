"""`flask --app wsgi demo-data` and `demo-code`: only where DEMO=1."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

import click
import pyotp
from flask import current_app
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.accounts.passwords import hash_password
from visitation.bookings.models import Booking
from visitation.demo import history, people, places, ready, visits
from visitation.demo.invented import families
from visitation.demo.logins import PASSWORD, STAFF
from visitation.kernel.clock import Clock
from visitation.notices.models import Delivery, Notice
from visitation.people.models import Suspension
from visitation.store.commands import prepare_database
from visitation.store.outbox import Outbox
from visitation.store.transaction import perform, reader

Step = Callable[[Session, datetime], object]
OLD = timedelta(minutes=30)
READ = timedelta(days=2)


@click.command("demo-data")
@click.option("--prepare", is_flag=True, help="Bring the tables up to date first (prepare-database).")
@click.pass_context
@with_appcontext
def demo_data(context: click.Context, prepare: bool) -> None:
    """Fill the database with the demo: harmless to repeat, and quick when it is there."""
    _only_in_demo()
    if prepare:
        context.invoke(prepare_database)
    now = _clock().now()
    if not _is_complete(reader()):
        with Progress(console=Console(stderr=True), transient=True) as progress:
            steps = list(_steps(reader(), now))
            for step in progress.track(steps, description="demo data"):
                perform(partial(_run, step, now))
    for step in current_app.extensions["demo_steps"]:
        perform(partial(_run, step, now))
    perform(lambda session: places.roster(session, now))
    perform(lambda session: ready.keep_ready(session, now))
    perform(lambda session: _deliver_the_past(session, now))


@click.command("demo-code")
@click.argument("login")
@with_appcontext
def demo_code(login: str) -> None:
    """Print the current second factor of a demo account."""
    _only_in_demo()
    account = reader().scalar(select(Account).where(Account.login == login, Account.kind != "family"))
    if account is None or account.totp_secret is None:
        raise click.ClickException(f"no demo account {login!r}; there are: {', '.join(one.login for one in STAFF)}")
    click.echo(pyotp.TOTP(account.totp_secret).at(_clock().now()))


def _steps(session: Session, now: datetime) -> Iterator[Step]:
    yield places.prisons
    known = set(session.scalars(select(Account.login)))
    missing = [login for login in STAFF if login.login not in known]
    hashed = hash_password(PASSWORD) if missing else ""
    yield from (places.staff_login(login, hashed) for login in missing)
    yield places.all_inmates
    yield places.roster
    yield from (people.family(index, person) for index, person in enumerate(families()))
    if session.scalar(select(func.count()).select_from(Booking)) == 0:
        for offset, call, turn, key in visits.work(now):
            yield partial(_visit, turn, offset, call, key)
        yield history.past
    if session.scalar(select(func.count()).select_from(Suspension)) == 0:
        yield people.suspensions


def _visit(turn: int, offset: int, call: bool, key: str, session: Session, now: datetime) -> bool:
    return visits.try_turn(session, turn, offset, call, key, now)


def _run(step: Step, now: datetime, session: Session) -> None:
    step(session, now)


def _is_complete(session: Session) -> bool:
    """The suspensions are the last step of all."""
    return ready.is_loaded(session) and session.scalar(select(func.count()).select_from(Suspension)) != 0


def _deliver_the_past(session: Session, now: datetime) -> None:
    """What was told weeks ago is not sent to a telephone today, and has been read."""
    old = now - OLD
    session.execute(update(Notice).where(Notice.read_at.is_(None), Notice.created_at < now - READ).values(read_at=Notice.created_at))
    session.execute(update(Delivery).where(Delivery.state == "waiting", Delivery.created_at < old).values(state="sent", sent_at=Delivery.created_at))
    session.execute(delete(Outbox).where(Outbox.topic.in_(("sms", "email")), Outbox.done_at.is_(None), Outbox.created_at < old))


def _clock() -> Clock:
    clock: Clock = current_app.extensions["clock"]
    return clock


def _only_in_demo() -> None:
    if not current_app.extensions["settings"].demo:
        raise click.ClickException("this installation is not a demo (DEMO=1)")

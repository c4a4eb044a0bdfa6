"""People who are signed in already: a sign-in row in the database and the cookie that the application would have set."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from sqlalchemy import select

import wsgi
from config import FamilySettings, PrisonSettings
from tests.settings import settings_for
from tests.stack import Stack
from visitation.accounts.models import Account
from visitation.accounts.service import open_sign_in
from visitation.kernel.clock import SystemClock
from visitation.store.db import db
from visitation.store.transaction import perform


@dataclass(frozen=True)
class Person:
    """The value of the header Cookie."""

    cookie: str


def family(stack: Stack) -> Person:
    """The demo's first family."""
    settings, _prison = _settings(stack)
    return _signed_in(wsgi.build_family(settings, SystemClock()), "family", select(Account).where(Account.kind == "family").order_by(Account.id))


def officer(stack: Stack) -> Person:
    """The demo's supervising officer."""
    _family, settings = _settings(stack)
    return _signed_in(wsgi.build_prison(settings, SystemClock()), "prison", select(Account).where(Account.login == "officer"))


def _settings(stack: Stack) -> tuple[FamilySettings, PrisonSettings]:
    return settings_for(stack.database_url, stack.folder, family_origin=stack.family, prison_origin=stack.prison, demo=True)


def _signed_in(app: Flask, zone: str, query: Any) -> Person:
    now = SystemClock().now()
    with app.app_context():
        account = db.session.scalars(query.limit(1)).one()
        token = perform(lambda session: open_sign_in(session, session.get_one(Account, account.id), zone, now, True, "127.0.0.1", "bench"))
        db.session.remove()
        db.engine.dispose()
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    value = signer.dumps({"_user_id": token, "_fresh": True})
    return Person(f"{app.config['SESSION_COOKIE_NAME']}={value}")

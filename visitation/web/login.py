"""From the cookie to the identity, through a row that can be revoked.

Flask-Login keeps the sign-in's token in the (signed) session cookie; the row decides whether it still counts.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask, g, session
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy.orm import Session

from visitation.kernel.identity import Identity
from visitation.store.transaction import reader
from visitation.web.zone import ZoneNames

Resolve = Callable[[Session, str, str, datetime], "SignedIn | None"]


class SignedIn:
    """What Flask-Login calls a user. `identity` is None while the second factor is missing; `seen_at` is when this sign-in was last noted."""

    is_active = True
    is_anonymous = False

    def __init__(self, token: str, sign_in_id: int, account_id: int, identity: Identity | None, seen_at: datetime | None = None) -> None:
        self.token = token
        self.sign_in_id = sign_in_id
        self.account_id = account_id
        self.identity = identity
        self.seen_at = seen_at

    @property
    def is_authenticated(self) -> bool:
        return True

    def get_id(self) -> str:
        return self.token


def install_login(app: Flask, zone: ZoneNames, resolve: Resolve, device: Callable[[Session, datetime], Identity | None] | None = None) -> None:
    """`resolve(session, token, zone, now)` finds the sign-in; `device` recognises a paired terminal by its own cookie."""
    manager = LoginManager()
    manager.session_protection = None  # sessions are rows; there is nothing to tie to an address that changes on the train
    manager.init_app(app)

    @manager.user_loader  # type: ignore[untyped-decorator]
    def _load(token: str) -> SignedIn | None:
        return resolve(reader(), token, zone.zone.value, g.now)

    @app.before_request
    def _identify() -> None:
        g.sign_in = current_user._get_current_object() if current_user.is_authenticated else None  # noqa: SLF001 - the proxied object itself
        g.who = g.sign_in.identity if g.sign_in else None
        if g.who is None and g.sign_in is None and device is not None:
            g.who = device(reader(), g.now)


def begin(signed_in: SignedIn) -> None:
    """Put a fresh session in place of whatever the browser had."""
    session.clear()
    login_user(signed_in)


def end() -> None:
    """Forget the session in this browser."""
    logout_user()
    session.clear()


def sign_in() -> Any:
    """The SignedIn of this request, or None."""
    return g.get("sign_in")

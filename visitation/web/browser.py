"""This browser, before anybody has signed in: a random key in its session, by which what it brings is told from what others bring."""

from flask import g, session
from flask_login import current_user

from visitation.kernel.identity import Identity
from visitation.kernel.ids import digest, secret_token


def browser_key() -> str:
    """Digest of the browser's key, made at first need."""
    if "browser_key" not in session:
        session["browser_key"] = secret_token()
    return digest(session["browser_key"])


def recognise() -> Identity | None:
    """Who is asking, also where a request was too large to get as far as that (an error handler for 413)."""
    if "who" not in g:
        g.sign_in = current_user._get_current_object() if current_user.is_authenticated else None  # noqa: SLF001 - the proxied object itself
        g.who = g.sign_in.identity if g.sign_in else None
    who: Identity | None = g.who
    return who


def file_owner(who: Identity | None) -> tuple[str, int | None]:
    """(owner key, account id) under which files are kept (see uploads.service.stage): one of both."""
    return ("", who.account_id) if who else (browser_key(), None)

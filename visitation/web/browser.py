"""This browser, before anybody has signed in: a random key in its session, by which what it brings is told from what others bring."""

from flask import session

from visitation.kernel.identity import Identity
from visitation.kernel.ids import digest, secret_token


def browser_key() -> str:
    """Digest of the browser's key, made at first need."""
    if "browser_key" not in session:
        session["browser_key"] = secret_token()
    return digest(session["browser_key"])


def file_owner(who: Identity | None) -> tuple[str, int | None]:
    """(owner key, account id) under which files are kept (see uploads.service.stage): one of both."""
    return ("", who.account_id) if who else (browser_key(), None)

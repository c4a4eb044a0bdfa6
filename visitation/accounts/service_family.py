"""Families sign in: by a code to their telephone, or by a password they chose."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from visitation.accounts import codes, queries, rules
from visitation.accounts.models import Account, SignIn, SignInAttempt
from visitation.accounts.service import open_sign_in
from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refusal, Refused
from visitation.kernel.identity import Identity, Zone
from visitation.kernel.ids import digest

ZONE = Zone.FAMILY.value
NOBODY = Identity(account_id=0, roles=frozenset(), name="", zone=Zone.FAMILY)
"""Whoever knocks before it is known who they are."""
KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Browser:
    """Where a request comes from. `key`: digest of the browser's own key (web/browser.py)."""

    key: str
    address: str
    agent: str


@dataclass(frozen=True)
class Entered:
    """What became of a code: a refusal, or a sign-in's token, or neither (the number is confirmed, and new here)."""

    refusal: Refusal | None = None
    token: str | None = None


def ask_code(session: Session, mobile: str, browser: Browser, language: str, now: datetime) -> None:
    """Send a code to this number; the same whether anybody here has it. Raises Refused(CODE_SOON or CODES_MANY)."""
    codes.send(session, mobile, "sign_in", browser.key, browser.address, language, now)


def enter_code(session: Session, mobile: str, typed: str, browser: Browser, now: datetime) -> Entered:
    """Sign in by a code; a failed try is kept, so nothing is raised."""
    refusal = codes.take(session, mobile, "sign_in", browser.key, typed, now)
    account = queries.by_mobile(session, mobile)
    if refusal is not None:
        if account is not None:
            record(session, NOBODY, "account.code_failed", "account", account.id, now)
        return Entered(refusal=refusal)
    return Entered(token=_let_in(session, account, browser, now, "code") if account is not None else None)


def ask_recovery_code(session: Session, mobile: str, browser: Browser, language: str, now: datetime) -> None:
    """Send a code to the new number of somebody whose old telephone is gone. Raises Refused(CODE_SOON or CODES_MANY)."""
    codes.send(session, mobile, "change_mobile", browser.key, browser.address, language, now)


def take_recovery_code(session: Session, mobile: str, typed: str, browser: Browser, now: datetime) -> Refusal | None:
    """None when the new number is theirs."""
    return codes.take(session, mobile, "change_mobile", browser.key, typed, now)


def reserve_password_try(session: Session, mobile: str, browser: Browser, now: datetime) -> None:
    """Write a try down before it is verified, so that many at once cannot all find the count low. Raises Refused(PASSWORD_WAIT, until)."""
    subject = _subject(mobile)
    session.execute(delete(SignInAttempt).where(SignInAttempt.subject == subject, SignInAttempt.at < now - KEPT))
    since = now - rules.PASSWORD_WINDOW
    nearby = session.execute(
        select(SignInAttempt.at, SignInAttempt.subject).where(SignInAttempt.address == browser.address, SignInAttempt.at > since).limit(200)
    ).all()
    until = rules.password_wait([at for at, tried in nearby if tried == subject], [at for at, _tried in nearby], now)
    if until is not None:
        raise Refused(Refusal("PASSWORD_WAIT", {"until": until}))
    session.add(SignInAttempt(subject=subject, address=browser.address, at=now))


def password_wrong(session: Session, account_id: int, now: datetime) -> None:
    record(session, NOBODY, "account.password_failed", "account", account_id, now)


def password_right(session: Session, account_id: int, mobile: str, browser: Browser, now: datetime) -> str:
    """Open the sign-in of who gave the password; the tries from this address are forgotten."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.subject == _subject(mobile), SignInAttempt.address == browser.address))
    account = session.get(Account, account_id, with_for_update=True, populate_existing=True)
    if account is None or account.closed_at is not None:
        raise NotFound
    return _let_in(session, account, browser, now, "password")


def sign_out(session: Session, sign_in_id: int, now: datetime) -> None:
    """End one sign-in, complete or not."""
    row = session.get(SignIn, sign_in_id, with_for_update=True, populate_existing=True)
    if row is not None and row.revoked_at is None:
        row.revoked_at = now
        record(session, queries.identity_of(row.account, ZONE), "account.sign_out", "account", row.account_id, now)


def _let_in(session: Session, account: Account, browser: Browser, now: datetime, by: str) -> str:
    record(session, queries.identity_of(account, ZONE), "account.sign_in", "account", account.id, now, by=by)
    return open_sign_in(session, account, ZONE, now, True, browser.address, browser.agent)


def _subject(mobile: str) -> str:
    """What is counted of a number: never the number itself, and never what another kind of try counts."""
    return digest(f"family:{codes.mobile_index(mobile)}")

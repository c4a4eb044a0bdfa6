"""A person looks after their own account: contact, password, sign-ins, another telephone number, closing."""

from datetime import datetime

from sqlalchemy.orm import Session

from visitation.accounts import codes, queries
from visitation.accounts.models import Account, SignIn
from visitation.accounts.service import close_sign_ins, shut
from visitation.accounts.service_family import Browser
from visitation.audit.service import record
from visitation.bookings.service import let_everything_go
from visitation.kernel.errors import NotFound, Refusal, Refused
from visitation.kernel.identity import Identity
from visitation.people.models import Visitor


def set_contact(session: Session, who: Identity, email: str | None, language: str, large_type: bool, now: datetime) -> None:
    """E-mail, language of messages, large type. A change that changes nothing leaves no trace."""
    account = _own(session, who)
    wanted = {"email": email or None, "language": language, "large_type": large_type}
    changed = sorted(name for name, value in wanted.items() if getattr(account, name) != value)
    for name in changed:
        setattr(account, name, wanted[name])
    if changed:
        record(session, who, "account.change", "account", account.id, now, changed=changed)


def set_password(session: Session, who: Identity, hashed: str | None, keep_sign_in_id: int, now: datetime) -> None:
    """Choose a password, or (`hashed` None) go back to codes only. Judged and hashed outside, because hashing is slow. Other sign-ins end."""
    account = _own(session, who)
    account.password_hash = hashed
    close_sign_ins(session, account.id, now, keep=keep_sign_in_id)
    record(session, who, "account.set_password" if hashed else "account.drop_password", "account", account.id, now)


def revoke(session: Session, who: Identity, sign_in_id: int, now: datetime) -> None:
    """End one sign-in of one's own. Raises NotFound for anybody else's."""
    row = session.get(SignIn, sign_in_id, with_for_update=True, populate_existing=True)
    if row is None or row.account_id != who.account_id:
        raise NotFound
    if row.revoked_at is None:
        row.revoked_at = now
        record(session, who, "account.revoke", "sign_in", row.id, now)


def ask_mobile_code(session: Session, mobile: str, browser: Browser, language: str, now: datetime) -> None:
    """Send a code to the new number; the same whether another account has it. Raises Refused(CODE_SOON or CODES_MANY)."""
    codes.send(session, mobile, "change_mobile", browser.key, browser.address, language, now)


def change_mobile(session: Session, who: Identity, mobile: str, typed: str, browser: Browser, keep: int, now: datetime) -> Refusal | None:
    """Another number, confirmed by its code; other sign-ins end. A wrong code is returned, so that the try is kept. Raises Refused(MOBILE_TAKEN)."""
    refusal = codes.take(session, mobile, "change_mobile", browser.key, typed, now)
    if refusal is not None:
        return refusal
    set_mobile(session, _own(session, who), mobile)
    close_sign_ins(session, who.account_id, now, keep=keep)
    record(session, who, "account.change_mobile", "account", who.account_id, now)
    return None


def set_mobile(session: Session, account: Account, mobile: str) -> None:
    """Give an account a confirmed number, and its person too. Raises Refused(MOBILE_TAKEN)."""
    other = queries.by_mobile(session, mobile)
    if other is not None and other.id != account.id:
        raise Refused("MOBILE_TAKEN")
    account.mobile = mobile
    person = session.get(Visitor, account.visitor_id) if account.visitor_id else None
    if person is not None:
        person.mobile = mobile
    session.flush()


def close(session: Session, who: Identity, now: datetime) -> None:
    """Close the account: nobody signs in to it any more, its number is free again, and what was kept for it goes to the next.

    Records are kept as the law wants. Raises Refused(VISITS_AHEAD).
    """
    account = _own(session, who)
    ahead = queries.visits_ahead(session, account.id, now)
    if ahead:
        raise Refused(Refusal("VISITS_AHEAD", {"count": ahead}))
    let_everything_go(session, who, account.id, now)
    shut(session, account, now)
    record(session, who, "account.close", "account", account.id, now)


def _own(session: Session, who: Identity) -> Account:
    account = session.get(Account, who.account_id, with_for_update=True, populate_existing=True)
    if account is None or account.closed_at is not None:
        raise NotFound
    return account

"""A justice station's clerk acts for a person at the counter: after a code to that person's telephone, or for a recorded reason."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from visitation.accounts import codes, queries, rules
from visitation.accounts.models import Account, AccountRole, SignIn
from visitation.accounts.service_family import Browser
from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refusal, Refused
from visitation.kernel.identity import SYSTEM, Identity, Role
from visitation.notices import service as notices
from visitation.people import queries as people
from visitation.people import rules as people_rules
from visitation.people.models import Visitor

SHORTEST_REASON = 10


def create(session: Session, login: str, name: str, password_hash: str, now: datetime) -> int:
    """A new clerk with a password for one use; returns the account's id. Raises Refused(LOGIN_TAKEN)."""
    if session.scalar(select(Account.id).where(func.lower(Account.login) == login.lower())) is not None:
        raise Refused("LOGIN_TAKEN")
    account = Account(kind="clerk", login=login, name=name, password_hash=password_hash, must_change_password=True, created_at=now)
    account.roles = [AccountRole(role=Role.CLERK.value)]
    session.add(account)
    session.flush()
    record(session, SYSTEM, "clerk.create", "account", account.id, now)
    return account.id


def find_person(session: Session, who: Identity, kind: str, number: str, now: datetime) -> int | None:
    """Id of the person with this document who has an open account, or None. The search itself is on record."""
    visitor = people.visitor_by_document(session, kind, people_rules.tidy_number(number))
    found = visitor is not None and queries.account_standing_for(session, visitor.id) is not None
    record(session, who, "clerk.search", "visitor", visitor.id if visitor and found else 0, now)
    return visitor.id if visitor is not None and found else None


def ask_person(session: Session, visitor_id: int, browser: Browser, now: datetime) -> None:
    """Send a code to the telephone of the person at the counter, in that person's language. Raises Refused(NO_MOBILE)."""
    account = _account(session, visitor_id)
    if account.mobile is None:
        raise Refused("NO_MOBILE")
    codes.send(session, account.mobile, "assist", browser.key, browser.address, account.language, now)


def begin_by_code(session: Session, clerk: Identity, sign_in_id: int, visitor_id: int, typed: str, browser: Browser, now: datetime) -> Refusal | None:
    """Begin to assist with the code that the person read out; a wrong one is returned, so that the try is kept."""
    account = _account(session, visitor_id)
    if account.mobile is None:
        return Refusal("NO_MOBILE")
    refusal = codes.take(session, account.mobile, "assist", browser.key, typed, now)
    if refusal is None:
        _begin(session, clerk, sign_in_id, visitor_id, now, by="code")
    return refusal


def begin_by_reason(session: Session, clerk: Identity, sign_in_id: int, visitor_id: int, reason: str, now: datetime) -> None:
    """Begin to assist a person whose document the clerk has compared, for a reason that stays on record. Raises Refused(REASON_NEEDED)."""
    if len(reason) < SHORTEST_REASON:
        raise Refused(Refusal("REASON_NEEDED", {"least": SHORTEST_REASON}))
    _begin(session, clerk, sign_in_id, visitor_id, now, by="document", reason=reason)


def end(session: Session, who: Identity, sign_in_id: int, now: datetime) -> None:
    """The person leaves the counter. Ending twice is the same as once."""
    row = session.get(SignIn, sign_in_id, with_for_update=True, populate_existing=True)
    if row is not None and row.assisting_id is not None:
        record(session, who, "clerk.end", "visitor", row.assisting_id, now)
        row.assisting_id = None


def begin_after_registration(session: Session, clerk: Identity, sign_in_id: int, visitor_id: int, now: datetime) -> None:
    """The person was registered at this counter a moment ago, with the document in the clerk's hand."""
    _begin(session, clerk, sign_in_id, visitor_id, now, by="registration")


def ask_new_person(session: Session, mobile: str, browser: Browser, language: str, now: datetime) -> None:
    """Send a code to the telephone of somebody who is registered at the counter. Raises Refused(CODE_SOON or CODES_MANY)."""
    codes.send(session, mobile, "sign_in", browser.key, browser.address, language, now)


def new_person_code(session: Session, mobile: str, typed: str, browser: Browser, now: datetime) -> Refusal | None:
    """None when the code was right; a number that is in use is refused here already."""
    refusal = codes.take(session, mobile, "sign_in", browser.key, typed, now)
    taken = refusal is None and queries.by_mobile(session, mobile) is not None
    return Refusal("MOBILE_TAKEN") if taken else refusal


def _begin(session: Session, clerk: Identity, sign_in_id: int, visitor_id: int, now: datetime, **how: Any) -> None:
    row = session.get(SignIn, sign_in_id, with_for_update=True, populate_existing=True)
    if row is None or row.revoked_at is not None or row.account.kind != "clerk":
        raise NotFound
    account = _account(session, visitor_id)
    row.assisting_id = visitor_id
    record(session, clerk, "clerk.assist", "visitor", visitor_id, now, **how)
    visitor = session.get_one(Visitor, visitor_id)
    notices.tell(session, account.id, "assisted", {"ref": visitor.ref, "starts_at": now.isoformat(), "clerk": clerk.name}, now)


def _account(session: Session, visitor_id: int) -> Account:
    account = queries.account_standing_for(session, visitor_id)
    if account is None:
        raise NotFound
    return account


masked_mobile = rules.masked_mobile


def shown_mobile(account: Account) -> str:
    """The telephone to which a code goes, as the clerk may see it."""
    return masked_mobile(account.mobile) if account.mobile else ""


def person(session: Session, visitor_id: int) -> Visitor | None:
    return session.get(Visitor, visitor_id)

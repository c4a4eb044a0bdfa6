"""Telling people: a row in the inbox, and one delivery for each channel they can be reached by. Nothing is sent here; the jobs deliver from the outbox."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask_babel import force_locale
from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.kernel.identity import Identity
from visitation.kernel.ids import secret_token
from visitation.notices import wording
from visitation.notices.models import Delivery, Notice
from visitation.notices.texts import KINDS, code_text
from visitation.store import outbox
from visitation.store.sealed import vault
from visitation.store.transaction import run

CODE_LIVES = timedelta(minutes=10)
"""A code that could not be sent for this long is no longer sent: the person has asked for another one by then."""


_account = Account.__table__.c
REACHED = (_account.id, _account.uid, _account.mobile_box, _account.email_box, _account.language, _account.closed_at)
"""Columns of an account by which it is reached."""
ONE = select(*REACHED).where(_account.id == bindparam("account"))
NOTICE = insert(Notice.__table__).returning(Notice.__table__.c.id)  # type: ignore[arg-type]
DELIVERY = insert(Delivery.__table__).returning(Delivery.__table__.c.id)  # type: ignore[arg-type]


def tell(session: Session, account_id: int, kind: str, facts: Mapping[str, Any], now: datetime, link: str = "") -> Notice:
    """Tell an account something, in the caller's transaction: an inbox row, an SMS and an e-mail where there are addresses.

    `kind` is one of texts.KINDS; `facts` are JSON values for its sentences: `ref`, `starts_at` (ISO 8601 with zone), `reason_code`, `reason_text`.
    `link` is a path of the application that the person uses. Raises KeyError for an unknown kind.
    """
    session.flush()
    accounts = [run(session, ONE, {"account": account_id}).one()]
    return session.get_one(Notice, tell_all(session, accounts, kind, facts, now, link)[0])


def tell_all(session: Session, accounts: Iterable[Row[*tuple[Any, ...]]], kind: str, facts: Mapping[str, Any], now: datetime, link: str = "") -> list[int]:
    """The same to several accounts, in few statements. `accounts`: rows of REACHED. Returns the notices' ids, in the same order."""
    KINDS[kind]  # an unknown kind is a mistake of the caller: better here than in the worker
    notices = []
    for account in accounts:
        told = {"account_id": account.id, "kind": kind, "facts": dict(facts), "link": link, "created_at": now}
        notices.append(run(session, NOTICE, told).scalar_one())
        for channel, address in _addresses(account):
            _deliver(session, now, notices[-1], channel, address, account.language)
    return notices


def _addresses(account: Row[*tuple[Any, ...]]) -> Iterator[tuple[str, str]]:
    """Channel and address of an open account, opened from its seals."""
    for channel, field, box in (("sms", "mobile", account.mobile_box), ("email", "email", account.email_box)):
        address = vault().open(box, f"account.{field}", account.uid).decode() if box is not None else ""
        if address and account.closed_at is None:
            yield channel, address


def _deliver(session: Session, now: datetime, notice_id: int, channel: str, address: str, language: str) -> None:
    uid = secret_token()
    sealed = vault().seal(address.encode(), "delivery.address", uid)
    values = {"uid": uid, "notice_id": notice_id, "channel": channel, "language": language, "address_box": sealed, "created_at": now}
    outbox.append(session, channel, {"delivery": run(session, DELIVERY, values).scalar_one()}, now)


def send_code(session: Session, mobile: str, code: str, purpose: str, language: str, now: datetime) -> None:
    """Send a one-time code by SMS. `mobile` in E.164; `purpose` as in accounts.models.OneTimeCode. The text is forgotten once it is sent."""
    with force_locale(language):
        text = code_text(purpose, code)
    _queue(session, now, channel="sms", language=language, address=mobile, text=text, expires_at=now + CODE_LIVES)


def tell_number(session: Session, mobile: str, kind: str, facts: Mapping[str, Any], language: str, now: datetime) -> None:
    """The short message of a kind to a number that belongs to no account (any more): there is no inbox to keep it in."""
    with force_locale(language):
        text = wording.short_text(kind, facts)
    _queue(session, now, channel="sms", language=language, address=mobile, text=text)


def mark_read(session: Session, who: Identity, now: datetime, notice_id: int | None = None) -> None:
    """The person has seen one notice, or all of them."""
    chosen = update(Notice).where(Notice.account_id == who.account_id, Notice.read_at.is_(None))
    session.execute((chosen if notice_id is None else chosen.where(Notice.id == notice_id)).values(read_at=now))


def _queue(session: Session, now: datetime, **values: Any) -> None:
    delivery = Delivery(created_at=now, **values)
    session.add(delivery)
    session.flush()
    outbox.put(session, delivery.channel, {"delivery": delivery.id}, now)

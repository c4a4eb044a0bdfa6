"""Telling people: a row in the inbox, and one delivery for each channel they can be reached by. Nothing is sent here; the jobs deliver from the outbox."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask_babel import force_locale
from sqlalchemy import update
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.kernel.identity import Identity
from visitation.notices import wording
from visitation.notices.models import Delivery, Notice
from visitation.notices.texts import KINDS, code_text
from visitation.store import outbox

CODE_LIVES = timedelta(minutes=10)
"""A code that could not be sent for this long is no longer sent: the person has asked for another one by then."""


def tell(session: Session, account_id: int, kind: str, facts: Mapping[str, Any], now: datetime, link: str = "") -> Notice:
    """Tell an account something, in the caller's transaction: an inbox row, an SMS and an e-mail where there are addresses.

    `kind` is one of texts.KINDS; `facts` are JSON values for its sentences: `ref`, `starts_at` (ISO 8601 with zone), `reason_code`, `reason_text`.
    `link` is a path of the application that the person uses. Raises KeyError for an unknown kind.
    """
    KINDS[kind]  # an unknown kind is a mistake of the caller: better here than in the worker
    notice = Notice(account_id=account_id, kind=kind, facts=dict(facts), link=link, created_at=now)
    session.add(notice)
    session.flush()
    account = session.get_one(Account, account_id)
    for channel, address in (("sms", account.mobile), ("email", account.email)):
        if address and account.closed_at is None:
            _queue(session, now, notice_id=notice.id, channel=channel, language=account.language, address=address)
    return notice


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

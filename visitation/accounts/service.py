"""Opening and closing sign-ins: the one way in for both zones."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account, SignIn
from visitation.kernel.ids import digest, secret_token
from visitation.notices import service as notices

LONGEST = {"family": timedelta(hours=12), "prison": timedelta(hours=12)}
"""After this a person signs in again, however busy they were."""


def open_sign_in(session: Session, account: Account, zone: str, now: datetime, second_factor: bool, address: str, agent: str) -> str:
    """A new sign-in; returns its token, of which only a digest is kept.

    `second_factor`: whether nothing more is asked (a family account, or the second factor was given). The caller writes the audit row.
    """
    token = secret_token()
    row = SignIn(
        token_digest=digest(token),
        account_id=account.id,
        zone=zone,
        created_at=now,
        seen_at=now,
        expires_at=now + LONGEST[zone],
        second_factor_at=now if second_factor else None,
        address=address[:45],
        agent=agent[:200],
    )
    session.add(row)
    session.flush()
    return token


def close_sign_ins(session: Session, account_id: int, now: datetime, keep: int | None = None) -> int:
    """End every sign-in of an account, except the one with id `keep`; returns how many ended."""
    rows = session.scalars(select(SignIn).where(SignIn.account_id == account_id, SignIn.revoked_at.is_(None), SignIn.id != (keep or 0))).all()
    for row in rows:
        row.revoked_at = now
    return len(rows)


def shut(session: Session, account: Account, now: datetime) -> None:
    """Nobody signs in to this account any more, and its number is free again. The caller writes the audit row."""
    account.closed_at = now
    account.mobile = None
    account.email = None
    account.password_hash = None
    close_sign_ins(session, account.id, now)


def hand_over(session: Session, keep_id: int, gone_id: int, now: datetime) -> tuple[int, int] | None:
    """The account of a person whose record is merged into another one (ids of visitors).

    Where both sign in, that of the record which goes is closed: returns (account that stays, account that was closed), whose things have to move.
    By the addresses of the closed one the person is told so; nothing of the other account is named.
    """
    mine, theirs = (session.scalar(select(Account).where(Account.visitor_id == one).with_for_update()) for one in (keep_id, gone_id))
    if theirs is None or theirs.closed_at is not None:
        return None
    if mine is not None and mine.closed_at is None:
        notices.tell(session, theirs.id, "account_joined", {}, now, "/sign-in")  # while it still has its addresses
        shut(session, theirs, now)
        return mine.id, theirs.id
    if mine is not None:
        mine.visitor_id = None
        session.flush()
    theirs.visitor_id = keep_id
    session.flush()
    if mine is not None:
        mine.visitor_id = gone_id  # closed: it belongs to the past, as the record does
    return None

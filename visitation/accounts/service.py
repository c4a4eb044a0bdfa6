"""Opening and closing sign-ins: the one way in for both zones."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account, SignIn
from visitation.kernel.ids import digest, secret_token

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

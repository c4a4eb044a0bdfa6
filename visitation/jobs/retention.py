"""Rows that nobody needs any more. Recordings have their own rule, in supervision; the audit is kept for ever."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_
from sqlalchemy.orm import Session

from visitation.accounts.models import OneTimeCode, Pairing, SignIn, SignInAttempt
from visitation.bookings.models import RequestKey
from visitation.store import outbox

CODES = timedelta(days=1)
ATTEMPTS = timedelta(days=30)
SIGN_INS = timedelta(days=180)
KEYS = timedelta(days=7)
DELIVERED = timedelta(days=30)


def forget(session: Session, now: datetime) -> None:
    """Delete what has served its purpose. Files that were never attached have a sweep of their own, in uploads."""
    session.execute(delete(OneTimeCode).where(OneTimeCode.expires_at < now - CODES))
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - ATTEMPTS))
    session.execute(delete(SignIn).where(or_(SignIn.expires_at < now - SIGN_INS, SignIn.revoked_at < now - SIGN_INS)))
    session.execute(delete(RequestKey).where(RequestKey.at < now - KEYS))
    session.execute(delete(Pairing).where(Pairing.expires_at < now - CODES))
    outbox.clear(session, now - DELIVERED)

"""Rows that nobody needs any more. Recordings have their own rule, in supervision; the audit is kept for ever."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from visitation.accounts.models import OneTimeCode, Pairing, SignIn, SignInAttempt
from visitation.bookings.models import RequestKey
from visitation.store import outbox
from visitation.uploads.models import Upload, UploadContent

STAGED = timedelta(days=1)
"""A file that was brought and never attached to anything."""
CODES = timedelta(days=1)
ATTEMPTS = timedelta(days=30)
SIGN_INS = timedelta(days=180)
KEYS = timedelta(days=7)
DELIVERED = timedelta(days=30)
BATCH = 200


def forget(session: Session, now: datetime) -> None:
    """Delete what has served its purpose, a batch at a time, so that no booking waits for it."""
    session.execute(delete(OneTimeCode).where(OneTimeCode.expires_at < now - CODES))
    session.execute(delete(SignInAttempt).where(SignInAttempt.at < now - ATTEMPTS))
    session.execute(delete(SignIn).where(or_(SignIn.expires_at < now - SIGN_INS, SignIn.revoked_at < now - SIGN_INS)))
    session.execute(delete(RequestKey).where(RequestKey.at < now - KEYS))
    session.execute(delete(Pairing).where(Pairing.expires_at < now - CODES))
    outbox.clear(session, now - DELIVERED)
    staged = session.scalars(select(Upload.id).where(Upload.attached_at.is_(None), Upload.created_at < now - STAGED).limit(BATCH)).all()
    session.execute(delete(UploadContent).where(UploadContent.upload_id.in_(staged)))
    session.execute(delete(Upload).where(Upload.id.in_(staged)))

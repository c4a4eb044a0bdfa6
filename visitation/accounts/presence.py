"""Last seen: a sign-in that is used stays alive. Written after the page is made, at most once a minute.

What a page asks by itself is no use by anybody: requests with `X-Background: 1`, and event streams, which cannot carry a header of their own.
"""

from datetime import datetime, timedelta

from flask import Response, g, request
from sqlalchemy import update
from sqlalchemy.orm import Session

from visitation.accounts.models import SignIn
from visitation.store.transaction import perform
from visitation.web.login import SignedIn

STEP = timedelta(minutes=1)
BACKGROUND = "X-Background"


def note_presence(response: Response) -> Response:
    """For `blueprint.after_app_request`: the same in both zones."""
    signed_in: SignedIn | None = g.get("sign_in")
    if signed_in is None or signed_in.seen_at is None or _by_itself(response):
        return response
    moment: datetime = g.now
    if moment - signed_in.seen_at >= STEP:
        perform(lambda session: _touch(session, signed_in.sign_in_id, moment))
    return response


def _by_itself(response: Response) -> bool:
    """Whether a page asked, and no person."""
    return (request.endpoint or "static").endswith("static") or request.headers.get(BACKGROUND) == "1" or response.mimetype == "text/event-stream"


def _touch(session: Session, sign_in_id: int, moment: datetime) -> None:
    session.execute(update(SignIn).where(SignIn.id == sign_in_id, SignIn.revoked_at.is_(None)).values(seen_at=moment))

"""What this room has of people, for the merge of two records (store/moving.py)."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account, MobileChange, SignIn
from visitation.store.moving import Part, named, place


def _accounts_of(session: Session, number: int) -> int:
    return session.scalar(select(func.count()).where(Account.visitor_id == number, Account.closed_at.is_(None))) or 0


def _with_the_person(_session: Session, _keep: int, _gone: int, _now: datetime) -> None:
    """Whoever merges two people hands their account over first (service.hand_over): one person signs in with one account."""


PARTS = (
    Part("visitor", (place(Account.visitor_id),), _l("Accounts"), _accounts_of, _with_the_person),
    named("visitor", _l("Requests for another telephone number"), MobileChange.visitor_id),
    named("visitor", None, SignIn.assisting_id),
)

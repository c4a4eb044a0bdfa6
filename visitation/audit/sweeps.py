"""What the jobs do for the audit: seal each second, look through everything each hour, keep the head outside the database each minute."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.audit.heads import Heads
from visitation.audit.models import AuditSeal
from visitation.audit.sealing import head, seal


class ChainRewritten(Exception):
    """The chain in the database does not contain the head that was kept outside it. Nothing was overwritten."""


def seal_everything(session: Session, now: datetime) -> int:
    return seal(session, now, everything=True)


def head_keeper(heads: Heads) -> Callable[[Session, datetime], Any]:
    """The sweep that follows the chain's head. Raises ChainRewritten."""

    def keep(session: Session, now: datetime) -> None:
        last = heads.last()
        if last is not None and last.number:
            found = session.scalar(select(AuditSeal.hash).where(AuditSeal.number == last.number))
            if found != last.hash:
                raise ChainRewritten(f"link {last.number} is not what was kept")
        number, made = head(session)
        if last is None or number > last.number:
            heads.keep(number, made, now)

    return keep

"""Reading notices and their deliveries."""

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from visitation.kernel.identity import Identity
from visitation.notices.models import Delivery, Notice

PAGE = 50
UNREAD = select(func.count()).where(Notice.account_id == bindparam("account"), Notice.read_at.is_(None))
"""Asked on every page; put together once."""


def inbox(session: Session, who: Identity, limit: int = PAGE) -> list[Notice]:
    """A person's notices, newest first."""
    rows = select(Notice).where(Notice.account_id == who.account_id).order_by(Notice.created_at.desc(), Notice.id.desc())
    return list(session.scalars(rows.limit(limit)))


def unread_count(session: Session, who: Identity) -> int:
    return session.scalar(UNREAD, {"account": who.account_id}) or 0


def notice_by_id(session: Session, notice_id: int) -> Notice | None:
    return session.get(Notice, notice_id)


def delivery_counts(session: Session) -> dict[tuple[str, str], int]:
    """How many deliveries of each (channel, state): for the health page."""
    rows = session.execute(select(Delivery.channel, Delivery.state, func.count()).group_by(Delivery.channel, Delivery.state))
    return {(channel, state): count for channel, state, count in rows}

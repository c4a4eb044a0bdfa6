"""Private calendar feeds: a secret address each, of which only the digest is kept."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from visitation.store.db import Base


class CalendarFeed(Base):
    """A feed of one account. zone: family or prison, where its address works. name: of the offer it is (offers.py).

    read_at: when a calendar last fetched it, to the hour.
    """

    __tablename__ = "calendar_feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    zone: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(20), default="own")
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

"""One officer's watch offered to the next."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from visitation.store.db import Base
from visitation.supervision.models import LiveSession


class Handover(Base):
    """An offer to take a visit over. to_id: whom it is meant for, empty: whoever is on duty. carried: what went with it (rules.Carried).

    state: open, accepted, withdrawn, lapsed (the visit ended, or a new offer took its place).
    """

    __tablename__ = "handover"
    __table_args__ = (Index("ix_handover_session", "session_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("live_session.id"))
    from_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    to_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    offered_at: Mapped[datetime]
    carried: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(10), default="open")
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    closed_at: Mapped[datetime | None]
    session: Mapped[LiveSession] = relationship()

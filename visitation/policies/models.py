"""Every number that a regulation could change, as a dated row with its basis."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from visitation.store.db import Base


class PolicyRow(Base):
    """Value of `key` from `effective_from` on, for a province or one prison (the narrower wins; neither: for all)."""

    __tablename__ = "policy"
    __table_args__ = (Index("ix_policy_key", "key", "effective_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    province: Mapped[str | None] = mapped_column(String(40))
    prison_id: Mapped[int | None] = mapped_column(ForeignKey("prison.id"))
    effective_from: Mapped[date]
    value: Mapped[Any] = mapped_column(JSON)
    basis: Mapped[str] = mapped_column(Text)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]

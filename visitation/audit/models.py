"""The audit: entries that are only ever added, and the chain of hashes that seals them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from visitation.store.db import Base


class AuditEntry(Base):
    """One act. `subject_type` and `subject_id` name what it was done to; `detail` never holds a personal number."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_subject", "subject_type", "subject_id"), Index("ix_audit_entry_actor", "actor_id", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    zone: Mapped[str] = mapped_column(String(8))
    actor_id: Mapped[int]
    actor_roles: Mapped[str] = mapped_column(String(120))
    actor_name: Mapped[str] = mapped_column(String(120))
    assisted_by: Mapped[int | None]
    prison_id: Mapped[int | None]
    act: Mapped[str] = mapped_column(String(60), index=True)
    subject_type: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(40))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)


class AuditSeal(Base):
    """Link of the chain: hash over the previous hash and the entry. Sealed by the outbox worker, so that booking does not wait for it."""

    __tablename__ = "audit_seal"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"), unique=True)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]

"""Law firms and the lawyers who give legal help. No list of clients is kept anywhere (rules.md §2)."""

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from visitation.accounts.models import Account
from visitation.kernel.ids import reference
from visitation.store.db import Base


class Firm(Base):
    """A law firm or a legal-aid centre. matters: what written questions it is sent (empty: all)."""

    __tablename__ = "firm"
    __table_args__ = (UniqueConstraint("name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    name: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    matters: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Lawyer(Base):
    """A lawyer with an account in the family zone. state: submitted, verified, refused, ended.

    weekdays: 0 (Monday) to 6 on which they can serve; empty: any. matters: empty means all. checked: what the officer compared the licence with.
    """

    __tablename__ = "lawyer"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), unique=True)
    firm_id: Mapped[int] = mapped_column(ForeignKey("firm.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    licence: Mapped[str] = mapped_column(String(17), unique=True)
    matters: Mapped[list[str]] = mapped_column(JSON, default=list)
    languages: Mapped[list[str]] = mapped_column(JSON, default=lambda: ["zh"])
    weekdays: Mapped[list[int]] = mapped_column(JSON, default=list)
    state: Mapped[str] = mapped_column(String(12), default="submitted")
    submitted_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    checked: Mapped[str] = mapped_column(String(200), default="")
    reason: Mapped[str] = mapped_column(String(400), default="")
    firm: Mapped[Firm] = relationship()
    account: Mapped[Account] = relationship(foreign_keys=[account_id])
    away: Mapped[list["LawyerAway"]] = relationship(cascade="all, delete-orphan", order_by="LawyerAway.starts_on")


class LawyerAway(Base):
    """Days on which a lawyer cannot serve, both included."""

    __tablename__ = "lawyer_away"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="ordered"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lawyer_id: Mapped[int] = mapped_column(ForeignKey("lawyer.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]


class LawyerInvitation(Base):
    """A code with which one lawyer of a firm registers. Only its digest is kept; it works once, within rules.INVITED_DAYS."""

    __tablename__ = "lawyer_invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    code_digest: Mapped[str] = mapped_column(String(64), unique=True)
    firm_id: Mapped[int] = mapped_column(ForeignKey("firm.id"))
    name: Mapped[str] = mapped_column(String(100))
    invited_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    firm: Mapped[Firm] = relationship()

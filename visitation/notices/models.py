"""What was told to whom, by which way, and what became of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from visitation.kernel.ids import secret_token
from visitation.store.db import Base, UtcDateTime
from visitation.store.sealed import Sealed


class Notice(Base):
    """A message in a person's inbox. kind names its template; facts fill it; link is the page it points to."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_account", "account_id", "read_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(40))
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    link: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    deliveries: Mapped[list["Delivery"]] = relationship(back_populates="notice", order_by="Delivery.id")


class Delivery(Base):
    """A notice sent by one channel (sms, email). state: waiting, sent, expired. `error` is what the channel said last.

    A one-time code has no notice; its text is kept sealed until it is sent or has expired, and then forgotten.
    """

    __tablename__ = "delivery"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(43), unique=True, default=secret_token)
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"), index=True)
    channel: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(12))
    address = Sealed()
    address_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    text = Sealed()
    text_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")
    notice: Mapped[Notice | None] = relationship(back_populates="deliveries")

    def __init__(self, **values: Any) -> None:
        super().__init__(uid=values.pop("uid", None) or secret_token())
        for name, value in values.items():
            setattr(self, name, value)


class Reminder(Base):
    """A reminder that was given: step (day, hour) of a visit that begins at `starts_at`."""

    __tablename__ = "reminder"

    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), primary_key=True)
    step: Mapped[str] = mapped_column(String(8), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    at: Mapped[datetime]

"""Accounts, their sessions, one-time codes and paired devices."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from visitation.kernel.ids import reference, secret_token
from visitation.store.db import Base
from visitation.store.sealed import Sealed


class Account(Base):
    """Somebody who signs in. kind: family (by mobile number), clerk and lawyer (family zone), staff (prison zone; by login name).

    visitor_id: the person a family account stands for. totp_step: the last step accepted, so that no code works twice.
    totp_pending: the secret offered at enrolment, until its first code is confirmed. spoken: languages in which a staff member can follow a visit.
    """

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(43), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    login: Mapped[str | None] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    prison_id: Mapped[int | None] = mapped_column(ForeignKey("prison.id"))
    visitor_id: Mapped[int | None] = mapped_column(ForeignKey("visitor.id"), unique=True)
    mobile = Sealed(indexed=True)
    mobile_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    mobile_index: Mapped[str | None] = mapped_column(String(64), unique=True)
    email = Sealed()
    email_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_secret = Sealed()
    totp_secret_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_step: Mapped[int] = mapped_column(default=0)
    totp_pending = Sealed()
    totp_pending_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(12), default="zh_Hans_CN")
    spoken: Mapped[list[str]] = mapped_column(JSON, default=lambda: ["zh"])
    large_type: Mapped[bool] = mapped_column(default=False)
    must_change_password: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    roles: Mapped[list["AccountRole"]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    wards: Mapped[list["AccountWard"]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    def __init__(self, **values: Any) -> None:
        super().__init__(uid=values.pop("uid", None) or secret_token())
        for name, value in values.items():
            setattr(self, name, value)


class AccountRole(Base):
    __tablename__ = "account_role"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)


class AccountWard(Base):
    """Wards a ward officer answers for."""

    __tablename__ = "account_ward"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    ward_id: Mapped[int] = mapped_column(ForeignKey("ward.id"), primary_key=True)


class SignIn(Base):
    """A signed-in session: a row, so that it can be seen and revoked. `second_factor_at` is empty until the second factor was given."""

    __tablename__ = "sign_in"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    zone: Mapped[str] = mapped_column(String(8))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    second_factor_at: Mapped[datetime | None]
    assisting_id: Mapped[int | None] = mapped_column(ForeignKey("visitor.id"))
    address: Mapped[str] = mapped_column(String(45), default="")
    agent: Mapped[str] = mapped_column(String(200), default="")
    revoked_at: Mapped[datetime | None]
    account: Mapped[Account] = relationship()


class OneTimeCode(Base):
    """A code sent to a telephone. purpose: sign_in (registration too), change_mobile, assist. asker: digest of the key of the browser that asked for it."""

    __tablename__ = "one_time_code"
    __table_args__ = (Index("ix_one_time_code_mobile", "mobile_index", "purpose"), Index("ix_one_time_code_address", "address", "created_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    mobile_index: Mapped[str] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(20))
    code_digest: Mapped[str] = mapped_column(String(64))
    asker: Mapped[str] = mapped_column(String(64), default="")
    address: Mapped[str] = mapped_column(String(45), default="")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]


class SignInAttempt(Base):
    """A failed try, counted by what was tried (`subject`) and from where, to slow a guesser down without locking the owner out."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_subject", "subject", "at"), Index("ix_sign_in_attempt_address", "address", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(45))
    at: Mapped[datetime]


class MobileChange(Base):
    """A person who lost the telephone number of their account asks for another; staff or a clerk compares the document and decides.

    visitor_id stays empty when nobody has that document and name: the page looks the same either way. state: submitted, approved, refused.
    """

    __tablename__ = "mobile_change"
    __table_args__ = (Index("ix_mobile_change_desk", "prison_id", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(43), unique=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    visitor_id: Mapped[int | None] = mapped_column(ForeignKey("visitor.id"))
    name: Mapped[str] = mapped_column(String(100))
    document_kind: Mapped[str] = mapped_column(String(20))
    document_number = Sealed()
    document_number_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    mobile = Sealed(indexed=True)
    mobile_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    mobile_index: Mapped[str | None] = mapped_column(String(64), index=True)
    old_mobile_right: Mapped[bool] = mapped_column(default=False)
    face_id: Mapped[int] = mapped_column(ForeignKey("upload.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("upload.id"))
    language: Mapped[str] = mapped_column(String(12), default="zh_Hans_CN")
    state: Mapped[str] = mapped_column(String(20), default="submitted")
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    reason_text: Mapped[str] = mapped_column(String(400), default="")

    def __init__(self, **values: Any) -> None:
        super().__init__(uid=values.pop("uid", None) or secret_token())
        for name, value in values.items():
            setattr(self, name, value)


class Device(Base):
    """A paired terminal's browser. The key lives on the device; here only its digest."""

    __tablename__ = "device"

    id: Mapped[int] = mapped_column(primary_key=True)
    terminal_id: Mapped[int] = mapped_column(ForeignKey("terminal.id"), index=True)
    key_digest: Mapped[str] = mapped_column(String(64), unique=True)
    paired_at: Mapped[datetime]
    paired_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Pairing(Base):
    """A terminal waiting to be paired: it shows the code, the administrator types it. The secret stays with the device that asked."""

    __tablename__ = "pairing"
    __table_args__ = (UniqueConstraint("code_digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code_digest: Mapped[str] = mapped_column(String(64))
    secret_digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    terminal_id: Mapped[int | None] = mapped_column(ForeignKey("terminal.id"))
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    used_at: Mapped[datetime | None]

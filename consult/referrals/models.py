"""Referrals: from a case to the institutions nearest to the person concerned, who is told by a link that works once and names nobody."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.directory.models import Institution
from consult.lawyers.models import Lawyer
from consult.requests.models import HelpRequest
from visitation.kernel.ids import reference, secret_token
from visitation.store.db import Base
from visitation.store.sealed import Sealed


class Referral(Base):
    """A lawyer sends the person concerned to institutions near `place` (a county code). sentence: the lawyer's own, which names nobody.

    consent_at: when the inmate agreed that the person is written to; without it there is no number and no link, only the inmate's paper.
    mobile: of the person, in E.164, who has no account. last_sent_at, links_sent: how often a link went there.
    """

    __tablename__ = "referral"
    __table_args__ = (Index("ix_referral_request", "request_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(43), unique=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    request_id: Mapped[int] = mapped_column(ForeignKey("help_request.id"))
    lawyer_id: Mapped[int] = mapped_column(ForeignKey("lawyer.id"))
    matter: Mapped[str] = mapped_column(String(20))
    relation: Mapped[str] = mapped_column(String(30), default="")
    place: Mapped[str] = mapped_column(String(6))
    sentence = Sealed()
    sentence_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    mobile = Sealed()
    mobile_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(12), default="zh_Hans_CN")
    consent_at: Mapped[datetime | None]
    at: Mapped[datetime]
    last_sent_at: Mapped[datetime | None]
    links_sent: Mapped[int] = mapped_column(default=0)
    withdrawn_at: Mapped[datetime | None]
    request: Mapped[HelpRequest] = relationship()
    lawyer: Mapped[Lawyer] = relationship()
    institutions: Mapped[list["ReferralInstitution"]] = relationship(order_by="ReferralInstitution.number", cascade="all, delete-orphan")
    links: Mapped[list["ReferralLink"]] = relationship(order_by="ReferralLink.id", back_populates="referral")

    def __init__(self, **values: Any) -> None:
        super().__init__(uid=values.pop("uid", None) or secret_token())  # the seals need it first
        for name, value in values.items():
            setattr(self, name, value)


class ReferralInstitution(Base):
    """One institution of a referral, in the lawyer's order, and how far it was, in kilometres."""

    __tablename__ = "referral_institution"

    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"), primary_key=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"), primary_key=True)
    number: Mapped[int]
    km: Mapped[float]
    institution: Mapped[Institution] = relationship()


class ReferralLink(Base):
    """A link as it was sent; only the digest of its token is kept. opened_at: when it was first opened."""

    __tablename__ = "referral_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    referral_id: Mapped[int] = mapped_column(ForeignKey("referral.id"), index=True)
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    referral: Mapped[Referral] = relationship(back_populates="links")
    openings: Mapped[list["ReferralOpening"]] = relationship(order_by="ReferralOpening.id")


class ReferralOpening(Base):
    """A browser that the link belongs to, by the digest of its cookie."""

    __tablename__ = "referral_opening"

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("referral_link.id"), index=True)
    browser_digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]

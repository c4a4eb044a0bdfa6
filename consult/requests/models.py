"""Requests of inmates for legal help, from the ward to the lawyer's advice. What is asked is kept sealed; every step has a numbered slip (rules.md §2)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from visitation.kernel.ids import reference, secret_token
from visitation.people.models import Inmate, Kinship, Prison, Ward
from visitation.store.db import Base
from visitation.store.sealed import Sealed
from visitation.uploads.models import Upload


class HelpRequest(Base):
    """One request. state: see rules.OPEN and rules.CLOSED. path: helpday, legal_aid, defence, about_prison; None until triage has decided.

    asks_for: advice, legal_aid (an application), defence (a meeting with the defender): what the inmate says; triage decides.
    lawyer_only: `summary` and `parties` are empty, and `letter` holds both, sealed for the family zone: the prison's process cannot open it.
    parties: the names of the people and firms concerned, a line each; what a lawyer sees who declares a conflict or none.
    urgency: 0 (can wait) to 3 (a time limit runs out before the next day). waited: how often it was carried over; carried_reason: why the last time.
    concerned_relation, concerned_place: whom the matter concerns (empty: the inmate) and the county code of where that person lives.
    family_part: what the family is asked for (paper, call; empty: nothing), told to `kinship` only with the inmate's consent at `family_consent_at`.
    due_at: when it must have been passed on (24 hours for legal aid, 48 for a meeting of the defence).
    hold_at: since when what is written is kept whatever its time says, by whom and why. forgotten_at: when it was deleted (consult/notes/retention.py).
    """

    __tablename__ = "help_request"
    __table_args__ = (
        Index("ix_help_request_prison", "prison_id", "state"),
        Index("ix_help_request_due", "state", "due_at"),
        CheckConstraint("urgency BETWEEN 0 AND 3", name="urgency"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(43), unique=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    ward_id: Mapped[int] = mapped_column(ForeignKey("ward.id"))
    inmate_id: Mapped[int] = mapped_column(ForeignKey("inmate.id"), index=True)
    matter: Mapped[str] = mapped_column(String(20))
    asks_for: Mapped[str] = mapped_column(String(12), default="advice")
    summary = Sealed()
    summary_box: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    parties = Sealed()
    parties_box: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    lawyer_only: Mapped[bool] = mapped_column(default=False)
    letter: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    urgency: Mapped[int] = mapped_column(default=0)
    language: Mapped[str] = mapped_column(String(20), default="zh")
    concerned_relation: Mapped[str] = mapped_column(String(30), default="")
    concerned_place: Mapped[str] = mapped_column(String(6), default="")
    consent_at: Mapped[datetime]
    family_part: Mapped[str] = mapped_column(String(10), default="")
    family_words: Mapped[str] = mapped_column(String(400), default="")
    family_consent_at: Mapped[datetime | None]
    family_done_at: Mapped[datetime | None]
    kinship_id: Mapped[int | None] = mapped_column(ForeignKey("kinship.id"), index=True)
    channel: Mapped[str] = mapped_column(String(10), default="ward")
    entered_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    entered_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12), default="received")
    path: Mapped[str | None] = mapped_column(String(12))
    triaged_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    triaged_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    passed_to: Mapped[str] = mapped_column(String(120), default="")
    passed_at: Mapped[datetime | None]
    postponed_until: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(400), default="")
    waited: Mapped[int] = mapped_column(default=0)
    carried_reason: Mapped[str] = mapped_column(String(40), default="")
    closed_at: Mapped[datetime | None]
    hold_reason: Mapped[str] = mapped_column(String(200), default="")
    hold_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    hold_at: Mapped[datetime | None]
    forgotten_at: Mapped[datetime | None]
    prison: Mapped[Prison] = relationship()
    ward: Mapped[Ward] = relationship()
    inmate: Mapped[Inmate] = relationship()
    kinship: Mapped[Kinship | None] = relationship()
    slips: Mapped[list["RequestSlip"]] = relationship(back_populates="request", order_by="RequestSlip.number")

    def __init__(self, **values: Any) -> None:
        super().__init__(uid=values.pop("uid", None) or secret_token())  # the seals need it first
        for name, value in values.items():
            setattr(self, name, value)


class FamilyPaper(Base):
    """A file that a relative sent because the inmate asked for it. The upload (purpose legal_paper) is sealed for the family zone: for the case's lawyer."""

    __tablename__ = "help_family_paper"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    request_id: Mapped[int] = mapped_column(ForeignKey("help_request.id"), index=True)
    upload_id: Mapped[int] = mapped_column(ForeignKey("upload.id"), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    at: Mapped[datetime]
    upload: Mapped[Upload] = relationship()


class RequestSlip(Base):
    """A step of a request, on paper for the inmate: `<ref>-<number>`. step: words.STEPS. detail: what the step's sentence names (a day, a reason code)."""

    __tablename__ = "help_request_slip"
    __table_args__ = (UniqueConstraint("request_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("help_request.id"))
    number: Mapped[int]
    step: Mapped[str] = mapped_column(String(20))
    detail: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime]
    by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    handed_over_at: Mapped[datetime | None]
    request: Mapped[HelpRequest] = relationship(back_populates="slips")


class HelpCode(Base):
    """A code that opens the terminal's page once for one inmate, shown to the officer beside them. Only its blind index is kept.

    request_id: the request that waits for its letter; None: a new request is written. used_at: when it was used, or taken back.
    """

    __tablename__ = "help_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    code_index: Mapped[str] = mapped_column(String(64), unique=True)
    inmate_id: Mapped[int] = mapped_column(ForeignKey("inmate.id"), index=True)
    request_id: Mapped[int | None] = mapped_column(ForeignKey("help_request.id"))
    made_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    inmate: Mapped[Inmate] = relationship()
    request: Mapped[HelpRequest | None] = relationship()

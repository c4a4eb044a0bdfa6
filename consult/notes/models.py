"""What comes of a talk: the lawyer's own notes, sealed for the family zone, and the papers that are not: what the inmate is handed."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.lawyers.models import Lawyer
from consult.requests.models import HelpRequest
from visitation.kernel.ids import reference, secret_token
from visitation.store.db import Base
from visitation.store.sealed import Sealed
from visitation.uploads.models import Upload


class AdviceNote(Base):
    """One lawyer's notes of one request, sealed under the family zone's key (consult/sealing.py): prison roles cannot read them (rules.md §2).

    version: counted up by every saving, so that two windows do not overwrite each other unseen.
    """

    __tablename__ = "advice_note"
    __table_args__ = (UniqueConstraint("request_id", "lawyer_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(43), unique=True, default=secret_token)
    request_id: Mapped[int] = mapped_column(ForeignKey("help_request.id"))
    lawyer_id: Mapped[int] = mapped_column(ForeignKey("lawyer.id"), index=True)
    box: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    version: Mapped[int] = mapped_column(default=1)
    begun_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    lawyer: Mapped[Lawyer] = relationship()
    request: Mapped[HelpRequest] = relationship()


class NoteSuccession(Base):
    """A lawyer has taken over a request from another, and reads their notes from then on. Said explicitly, with a reason; the other one sees it."""

    __tablename__ = "note_succession"
    __table_args__ = (UniqueConstraint("request_id", "lawyer_id", "from_lawyer_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("help_request.id"))
    lawyer_id: Mapped[int] = mapped_column(ForeignKey("lawyer.id"))
    from_lawyer_id: Mapped[int] = mapped_column(ForeignKey("lawyer.id"))
    reason: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    lawyer: Mapped[Lawyer] = relationship(foreign_keys=[lawyer_id])


class FollowUp(Base):
    """What a lawyer has promised to do, by a day. box: what, sealed as the notes are."""

    __tablename__ = "advice_follow_up"
    __table_args__ = (Index("ix_advice_follow_up_lawyer", "lawyer_id", "done_at", "due_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(43), unique=True, default=secret_token)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    request_id: Mapped[int] = mapped_column(ForeignKey("help_request.id"))
    lawyer_id: Mapped[int] = mapped_column(ForeignKey("lawyer.id"))
    due_on: Mapped[date]
    box: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    request: Mapped[HelpRequest] = relationship()


class AdvicePaper(Base):
    """A paper for the inmate, in plain words: the prison reads it, prints it and hands it over. kind: advice, referral."""

    __tablename__ = "advice_paper"
    __table_args__ = (Index("ix_advice_paper_request", "request_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(43), unique=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    request_id: Mapped[int] = mapped_column(ForeignKey("help_request.id"))
    lawyer_id: Mapped[int] = mapped_column(ForeignKey("lawyer.id"))
    kind: Mapped[str] = mapped_column(String(10), default="advice")
    text = Sealed()
    text_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    at: Mapped[datetime]
    handed_over_at: Mapped[datetime | None]
    handed_over_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    request: Mapped[HelpRequest] = relationship()
    lawyer: Mapped[Lawyer] = relationship()

    def __init__(self, **values: Any) -> None:
        super().__init__(uid=values.pop("uid", None) or secret_token())  # the seal needs it first
        for name, value in values.items():
            setattr(self, name, value)


class AdviceDocument(Base):
    """A file from the lawyer for the inmate. state: waiting (the prison checks it), handed_over, returned (with a reason that the lawyer reads)."""

    __tablename__ = "advice_document"
    __table_args__ = (Index("ix_advice_document_request", "request_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    request_id: Mapped[int] = mapped_column(ForeignKey("help_request.id"))
    lawyer_id: Mapped[int] = mapped_column(ForeignKey("lawyer.id"))
    upload_id: Mapped[int] = mapped_column(ForeignKey("upload.id"), unique=True)
    title: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    reason: Mapped[str] = mapped_column(String(200), default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    request: Mapped[HelpRequest] = relationship()
    lawyer: Mapped[Lawyer] = relationship()
    upload: Mapped[Upload] = relationship()

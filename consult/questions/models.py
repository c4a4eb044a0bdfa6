"""Written legal questions (书面咨询): from an inmate through the ward, or from a relative online, to a lawyer's answer."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consult.lawyers.models import Firm, Lawyer
from visitation.kernel.ids import reference, secret_token
from visitation.people.models import Inmate, Prison
from visitation.store.db import Base
from visitation.store.sealed import Sealed


class Question(Base):
    """One question. form: question or letter. state: see rules.OPEN and rules.CLOSED. Text and answer are kept sealed.

    inmate_id: the inmate who asks; account_id: the relative who asks (exactly one of them). level: rules.FIRM to rules.DISCIPLINE;
    level_due_at: when it moves up (acknowledge_by until it is acknowledged). returned_note: what the legal office wants changed.
    satisfaction: 1 to 5, said by who asked.
    """

    __tablename__ = "question"
    __table_args__ = (
        Index("ix_question_due", "state", "level_due_at"),
        Index("ix_question_prison", "prison_id", "received_at"),
        Index("ix_question_firm", "firm_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(String(43), unique=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    form: Mapped[str] = mapped_column(String(10), default="question")
    prison_id: Mapped[int] = mapped_column(ForeignKey("prison.id"))
    inmate_id: Mapped[int | None] = mapped_column(ForeignKey("inmate.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    entered_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    matter: Mapped[str] = mapped_column(String(20))
    language: Mapped[str] = mapped_column(String(20), default="zh")
    title: Mapped[str] = mapped_column(String(80))
    text = Sealed()
    text_box: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    answer = Sealed()
    answer_box: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    state: Mapped[str] = mapped_column(String(12), default="received")
    received_at: Mapped[datetime]
    acknowledge_by: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    level: Mapped[int] = mapped_column(default=0)
    level_due_at: Mapped[datetime]
    firm_id: Mapped[int | None] = mapped_column(ForeignKey("firm.id"))
    lawyer_id: Mapped[int | None] = mapped_column(ForeignKey("lawyer.id"))
    answered_at: Mapped[datetime | None]
    returned_note: Mapped[str] = mapped_column(Text, default="")
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    delivered_at: Mapped[datetime | None]
    handed_over_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"))
    closing_note: Mapped[str] = mapped_column(String(200), default="")
    satisfaction: Mapped[int | None]
    prison: Mapped[Prison] = relationship()
    inmate: Mapped[Inmate | None] = relationship()
    firm: Mapped[Firm | None] = relationship()
    lawyer: Mapped[Lawyer | None] = relationship()
    merged_into: Mapped["Question | None"] = relationship(remote_side="Question.id")
    extensions: Mapped[list["QuestionExtension"]] = relationship(order_by="QuestionExtension.id")
    steps: Mapped[list["QuestionStep"]] = relationship(order_by="QuestionStep.level")

    def __init__(self, **values: Any) -> None:
        super().__init__(uid=values.pop("uid", None) or secret_token())  # the seals need it first
        for name, value in values.items():
            setattr(self, name, value)


class QuestionExtension(Base):
    """More time, asked for by a lawyer and decided by the legal office. state: asked, granted, refused."""

    __tablename__ = "question_extension"

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    asked_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    asked_at: Mapped[datetime]
    until: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(400))
    state: Mapped[str] = mapped_column(String(10), default="asked")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime | None]


class QuestionStep(Base):
    """An overdue question moved up, once to each level between two due times."""

    __tablename__ = "question_step"
    __table_args__ = (UniqueConstraint("question_id", "level", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"), index=True)
    level: Mapped[int]
    due_at: Mapped[datetime]
    at: Mapped[datetime]

"""Questionnaires with their versions, and what was answered: nothing here says who answered what."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from visitation.kernel.ids import reference, secret_token
from visitation.store.db import Base
from visitation.store.sealed import Sealed


class Questionnaire(Base):
    """prison_id None: of all prisons. audience, occasion: see rules. Published while `published_id` names a version; open from opens_on to closes_on.

    sequence: how often it was saved, so that two who write at once notice each other.
    """

    __tablename__ = "questionnaire"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    prison_id: Mapped[int | None] = mapped_column(ForeignKey("prison.id"), index=True)
    audience: Mapped[str] = mapped_column(String(10))
    occasion: Mapped[str] = mapped_column(String(10), default="")
    sequence: Mapped[int] = mapped_column(default=0)
    published_id: Mapped[int | None] = mapped_column(ForeignKey("questionnaire_version.id", use_alter=True))
    opens_on: Mapped[date | None]
    closes_on: Mapped[date | None]
    closed_at: Mapped[datetime | None]
    published: Mapped["QuestionnaireVersion | None"] = relationship(foreign_keys=[published_id], post_update=True)
    versions: Mapped[list["QuestionnaireVersion"]] = relationship(
        foreign_keys="QuestionnaireVersion.questionnaire_id", order_by="QuestionnaireVersion.number", back_populates="questionnaire"
    )

    @property
    def latest(self) -> "QuestionnaireVersion":
        return self.versions[-1]


class QuestionnaireVersion(Base):
    """What is asked. Once published it is never changed. invited: how many it was open to when published; None: everybody."""

    __tablename__ = "questionnaire_version"
    __table_args__ = (UniqueConstraint("questionnaire_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(100))
    intro: Mapped[str] = mapped_column(String(1000), default="")
    items: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    at: Mapped[datetime]
    by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    published_at: Mapped[datetime | None]
    invited: Mapped[int | None]
    questionnaire: Mapped[Questionnaire] = relationship(foreign_keys=[questionnaire_id], back_populates="versions")


class QuestionnaireReply(Base):
    """One person's answers. Its key is random and it keeps the day only, so that it cannot be matched with who was there. channel: online, ward, terminal."""

    __tablename__ = "questionnaire_reply"

    uid: Mapped[str] = mapped_column(String(43), primary_key=True, default=secret_token)
    version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_version.id"), index=True)
    channel: Mapped[str] = mapped_column(String(10))
    day: Mapped[date]


class QuestionnaireAnswer(Base):
    """One choice, or the words, of a reply. item: the question's place from 0; choice: see rules.Item.choices, 0 for words. Words are kept sealed."""

    __tablename__ = "questionnaire_answer"

    uid: Mapped[str] = mapped_column(String(43), primary_key=True)
    reply_uid: Mapped[str] = mapped_column(ForeignKey("questionnaire_reply.uid"), index=True)
    item: Mapped[int]
    choice: Mapped[int]
    text = Sealed()
    text_box: Mapped[bytes | None] = mapped_column(LargeBinary)

    def __init__(self, **values: Any) -> None:
        super().__init__(uid=values.pop("uid", None) or secret_token())
        for name, value in values.items():
            setattr(self, name, value)


class QuestionnaireTurn(Base):
    """Somebody has answered this version. digest: of the account or of the browser's mark, which cannot be read back from it."""

    __tablename__ = "questionnaire_turn"

    version_id: Mapped[int] = mapped_column(ForeignKey("questionnaire_version.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)

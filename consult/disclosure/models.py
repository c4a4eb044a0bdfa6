"""Articles and service guides with their versions, and the pairs of characters they are found by."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from visitation.kernel.ids import reference
from visitation.store.db import Base


class Article(Base):
    """kind: article, guide. audience, topic: see rules. prison_id None: of all prisons. Published while `published_id` names a version."""

    __tablename__ = "article"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(12), unique=True, default=reference)
    prison_id: Mapped[int | None] = mapped_column(ForeignKey("prison.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    audience: Mapped[str] = mapped_column(String(10))
    topic: Mapped[str] = mapped_column(String(12), default="other", index=True)
    published_id: Mapped[int | None] = mapped_column(ForeignKey("article_version.id", use_alter=True))
    published_at: Mapped[datetime | None]
    published: Mapped["ArticleVersion | None"] = relationship(foreign_keys=[published_id], post_update=True)
    versions: Mapped[list["ArticleVersion"]] = relationship(foreign_keys="ArticleVersion.article_id", order_by="ArticleVersion.number")

    @property
    def latest(self) -> "ArticleVersion":
        return self.versions[-1]


class ArticleVersion(Base):
    """A text as it was saved; never changed afterwards."""

    __tablename__ = "article_version"
    __table_args__ = (UniqueConstraint("article_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(100))
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    by: Mapped[int] = mapped_column(ForeignKey("account.id"))


class ArticleGram(Base):
    """Two characters (or a word) that stand in the published version. in_title: in its title."""

    __tablename__ = "article_gram"

    gram: Mapped[str] = mapped_column(String(40), primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), primary_key=True, index=True)
    in_title: Mapped[bool]

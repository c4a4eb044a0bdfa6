"""Writing, publishing and withdrawing articles."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from consult.disclosure import rules
from consult.disclosure.models import Article, ArticleGram, ArticleVersion
from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refused, StateChanged, refuse
from visitation.kernel.identity import Identity


@dataclass(frozen=True)
class Written:
    """A text with its audience and topic. seen: the number of the version that was being changed (0: none)."""

    kind: str
    audience: str
    title: str
    body: str
    seen: int = 0
    topic: str = "other"


def write(session: Session, who: Identity, article_id: int | None, written: Written, now: datetime) -> Article:
    """A new article, or the next version of one. Readers see it when it is published. Raises Refused, StateChanged when somebody saved meanwhile."""
    refuse(rules.article_refusals(written.title, written.body, written.kind, written.audience, written.topic))
    article = Article(prison_id=who.prison_id, kind=written.kind, audience=written.audience) if article_id is None else _mine(session, who, article_id)
    number = article.latest.number if article.versions else 0
    if number != written.seen:
        raise StateChanged
    if article.published_id is not None and article.audience != written.audience:
        raise Refused("ARTICLE_AUDIENCE_FIXED")
    article.kind, article.audience, article.topic = written.kind, written.audience, written.topic
    session.add(article)
    session.flush()
    article.versions.append(ArticleVersion(number=number + 1, title=written.title, body=written.body, at=now, by=who.account_id))
    session.flush()
    record(session, who, "article.write", "article", article.ref, now, article.prison_id, version=number + 1, audience=written.audience)
    return article


def publish(session: Session, who: Identity, article_id: int, now: datetime) -> None:
    """The latest version is shown and found from now on."""
    article = _mine(session, who, article_id)
    latest = article.latest
    if article.published_id == latest.id:
        raise StateChanged
    article.published_id, article.published_at = latest.id, now
    _index(session, article, latest)
    record(session, who, "article.publish", "article", article.ref, now, article.prison_id, version=latest.number)


def withdraw(session: Session, who: Identity, article_id: int, now: datetime) -> None:
    """Nobody sees or finds it any more; its versions are kept."""
    article = _mine(session, who, article_id)
    if article.published_id is None:
        raise StateChanged
    article.published_id = article.published_at = None
    session.execute(delete(ArticleGram).where(ArticleGram.article_id == article.id))
    record(session, who, "article.withdraw", "article", article.ref, now, article.prison_id)


def _index(session: Session, article: Article, version: ArticleVersion) -> None:
    session.execute(delete(ArticleGram).where(ArticleGram.article_id == article.id))
    title = rules.grams(version.title)
    session.add_all(ArticleGram(gram=gram, article_id=article.id, in_title=gram in title) for gram in sorted(title | rules.grams(version.body)))


def _mine(session: Session, who: Identity, article_id: int) -> Article:
    article = session.get(Article, article_id, with_for_update=True, populate_existing=True)
    if article is None or (who.prison_id is not None and article.prison_id != who.prison_id):
        raise NotFound
    return article

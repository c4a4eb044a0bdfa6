"""Reading and searching what is disclosed."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import Session, joinedload, selectinload

from consult.disclosure import rules
from consult.disclosure.models import Article, ArticleGram, ArticleVersion
from visitation.kernel.identity import Identity, Role

MOST = 50


def by_ref(session: Session, ref: str) -> Article | None:
    return session.scalar(select(Article).where(Article.ref == ref.upper()))


def audiences(who: Identity | None) -> tuple[str, ...]:
    """What somebody of the family zone, signed in or not, may read."""
    relative = who is not None and who.has(Role.FAMILY, Role.CLERK)
    return tuple(one for one in rules.AUDIENCES if rules.may_read(one, relative=relative, inside=False))


def here(who: Identity) -> ColumnElement[bool]:
    """What concerns somebody of the staff: articles of all prisons and of their own; above the prisons, of every one. An operator keeps machines."""
    if who.prison_id is None and not who.has(Role.OPERATOR):
        return true()
    return or_(Article.prison_id.is_(None), Article.prison_id == who.prison_id)


def published(session: Session, may: Collection[str], words: str = "", where: ColumnElement[bool] | None = None) -> list[Article]:
    """Published articles for these audiences: those that hold every word searched for, the ones with it in the title first; else the latest."""
    query = select(Article).where(Article.published_id.is_not(None), Article.audience.in_(list(may))).options(joinedload(Article.published))
    query = query if where is None else query.where(where)
    wanted = rules.wanted_grams(words)
    if words and not wanted:
        return []
    query = _found(query, wanted) if wanted else query.order_by(Article.published_at.desc(), Article.id.desc())
    return list(session.scalars(query.limit(MOST)))


def _found(query: Select[Article], wanted: Collection[str]) -> Select[Article]:
    hits = select(ArticleGram.article_id).where(ArticleGram.gram.in_(list(wanted))).group_by(ArticleGram.article_id)
    titled = select(ArticleGram.article_id, func.count().label("titles")).where(ArticleGram.gram.in_(list(wanted)), ArticleGram.in_title)
    found, named = hits.having(func.count() == len(wanted)).subquery(), titled.group_by(ArticleGram.article_id).subquery()
    query = query.join(found, found.c.article_id == Article.id).outerjoin(named, named.c.article_id == Article.id)
    return query.order_by(func.coalesce(named.c.titles, 0).desc(), Article.published_at.desc(), Article.id.desc())


def inside(session: Session, prison_id: int | None) -> list[Article]:
    """What the inmates of a prison may read: what is for them and for everybody, of this prison and of all; guides first, then the latest."""
    query = select(Article).where(Article.published_id.is_not(None), Article.audience.in_(("inmates", "public")))
    query = query.where(or_(Article.prison_id == prison_id, Article.prison_id.is_(None))).options(joinedload(Article.published))
    return list(session.scalars(query.order_by(Article.kind.desc(), Article.published_at.desc(), Article.id.desc()).limit(MOST)))


def kept(session: Session, who: Identity) -> list[Article]:
    """Everything the keepers of a prison see: their own and those of all prisons, drafts too."""
    texts = selectinload(Article.versions).load_only(ArticleVersion.article_id, ArticleVersion.number, ArticleVersion.title)
    query = select(Article).options(texts)
    if who.prison_id is not None:
        query = query.where(or_(Article.prison_id == who.prison_id, Article.prison_id.is_(None)))
    return list(session.scalars(query.order_by(Article.published_at.desc(), Article.id.desc())))

"""The inquiry desk (狱务咨询台) outside: what is public, and for relatives who have signed in what is for them."""

from flask import Blueprint, abort, render_template, request
from sqlalchemy.orm import Session

from consult.disclosure import queries, rules, words
from consult.disclosure.models import Article
from visitation.kernel.identity import Identity
from visitation.store.transaction import reader
from visitation.web.door import open_door

blueprint = Blueprint("inquiry", __name__, url_prefix="/info")


@blueprint.get("")
@open_door
def index(who: Identity | None) -> str:
    """Search, or the latest."""
    asked = request.args.get("q", "")[:60].strip()
    rows = queries.published(reader(), queries.audiences(who), asked)
    return render_template("family/disclosure/index.html", rows=rows, asked=asked, words=words, excerpt=rules.excerpt)


@blueprint.get("/<ref>")
@open_door
def show(who: Identity | None, ref: str) -> str:
    """One article; what is for others is not there."""
    article = _readable(reader(), who, ref)
    if article is None:
        abort(404)
    return render_template("family/disclosure/show.html", row=article, words=words)


def _readable(session: Session, who: Identity | None, ref: str) -> Article | None:
    article = queries.by_ref(session, ref)
    return article if article is not None and article.published_id is not None and article.audience in queries.audiences(who) else None

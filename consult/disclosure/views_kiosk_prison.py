"""What is disclosed, at the terminal in the visiting room: large type, touch only, while no visit is near."""

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consult.disclosure import queries, rules, words
from consult.disclosure.models import Article
from consult.questionnaires import queries as questionnaires
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day
from visitation.live.queries import is_calm
from visitation.store.transaction import reader
from visitation.web.door import door
from visitation.web.request import now

blueprint = Blueprint("kiosk_reading", __name__, url_prefix="/kiosk/read")


def may_read_inside(who: Identity, article: Article) -> bool:
    """For inmates or for everybody, published, of this prison or of all."""
    return article.published_id is not None and article.audience in ("inmates", "public") and article.prison_id in (None, who.prison_id)


def _back_to_the_visit(who: Identity) -> ResponseReturnValue | None:
    return None if is_calm(reader(), who.account_id, now()) else redirect(url_for("kiosk.index"))


@blueprint.get("")
@door(Role.TERMINAL)
def index(who: Identity) -> ResponseReturnValue:
    """A button for each topic under which there is something, and the questionnaires that are open."""
    session = reader()
    rows = queries.inside(session, who.prison_id)
    topics = [(topic, sum(row.topic == topic for row in rows)) for topic in rules.TOPICS]
    asked = questionnaires.open_inside(session, who.prison_id, local_day(now()))
    shown = {"topics": [(topic, count) for topic, count in topics if count], "asked": asked}
    return _back_to_the_visit(who) or render_template("prison/disclosure/kiosk_index.html", words=words, **shown)


@blueprint.get("/topic/<topic>")
@door(Role.TERMINAL)
def topic(who: Identity, topic: str) -> ResponseReturnValue:
    if topic not in rules.TOPICS:
        abort(404)
    rows = [row for row in queries.inside(reader(), who.prison_id) if row.topic == topic]
    return _back_to_the_visit(who) or render_template("prison/disclosure/kiosk_topic.html", topic=topic, rows=rows, words=words)


@blueprint.get("/<ref>")
@door(Role.TERMINAL, subject=queries.by_ref, check=may_read_inside)
def article(who: Identity, row: Article) -> ResponseReturnValue:
    return _back_to_the_visit(who) or render_template("prison/disclosure/kiosk_article.html", row=row, words=words)

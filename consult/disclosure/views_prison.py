"""Disclosure for the staff: everybody searches and reads, the legal office writes, publishes and withdraws."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consult.disclosure import queries, rules, service, words
from consult.disclosure.forms import ArticleForm
from consult.disclosure.models import Article
from visitation.kernel.identity import STAFF, Identity, Role
from visitation.store.transaction import perform, reader
from visitation.web.acting import acted
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.request import now

blueprint = Blueprint("disclosure", __name__, url_prefix="/disclosure")
KEEPERS = (Role.LEGAL_OFFICE, Role.BUREAU)


def may_keep(who: Identity, article: Article) -> bool:
    return who.prison_id is None or article.prison_id == who.prison_id


def may_read(who: Identity, article: Article) -> bool:
    """Staff read everything that is published in their prison or for all; above the prisons, of every one. An operator keeps machines."""
    every = who.prison_id is None and not who.has(Role.OPERATOR)
    return article.published_id is not None and (every or article.prison_id in (None, who.prison_id))


@blueprint.get("")
@door(*STAFF)
def index(who: Identity) -> str:
    """Search what is published; the keepers also see drafts."""
    asked, session = request.args.get("q", "")[:60].strip(), reader()
    found = queries.published(session, rules.AUDIENCES, asked, queries.here(who))
    drafts = [row for row in queries.kept(session, who) if may_keep(who, row)] if who.has(*KEEPERS) and not asked else []
    return render_template("prison/disclosure/index.html", rows=found, kept=drafts, asked=asked, words=words, excerpt=rules.excerpt, keeper=who.has(*KEEPERS))


@blueprint.get("/<ref>")
@door(*STAFF, subject=queries.by_ref, check=may_read)
def show(_who: Identity, article: Article) -> str:
    return render_template("prison/disclosure/show.html", row=article, words=words)


@blueprint.route("/new", methods=["GET", "POST"])
@door(*KEEPERS)
def create(who: Identity) -> ResponseReturnValue:
    return _write(who, ArticleForm(), None)


@blueprint.route("/<ref>/edit", methods=["GET", "POST"])
@door(*KEEPERS, subject=queries.by_ref, check=may_keep)
def edit(who: Identity, article: Article) -> ResponseReturnValue:
    form = ArticleForm()
    if not form.is_submitted():
        form.show(article)
    return _write(who, form, article)


def _write(who: Identity, form: ArticleForm, article: Article | None) -> ResponseReturnValue:
    """Save a version; it is published from the page that follows."""
    article_id, ref = (article.id, article.ref) if article else (None, "")
    if done := acted(form, lambda session: service.write(session, who, article_id, form.written(), now())):
        flash(gettext("The version is saved. Readers see it when you publish it."))
        return redirect(url_for("disclosure.edit", ref=done.value.ref))
    again = queries.by_ref(reader(), ref) if ref else None
    return render_template("prison/disclosure/edit.html", form=form, row=again, act=ActForm(formdata=None), words=words)


@blueprint.post("/<ref>/<act>")
@door(*KEEPERS, subject=queries.by_ref, check=may_keep)
def act(who: Identity, article: Article, act: str) -> ResponseReturnValue:
    """Publish the latest version, or withdraw the article."""
    acts = {"publish": service.publish, "withdraw": service.withdraw}
    if act not in acts:
        abort(404)
    article_id, ref = article.id, article.ref
    if ActForm().validate_on_submit():
        perform(lambda session: acts[act](session, who, article_id, now()))
        flash(gettext("It is published.") if act == "publish" else gettext("It is withdrawn."))
    return redirect(url_for("disclosure.edit", ref=ref))

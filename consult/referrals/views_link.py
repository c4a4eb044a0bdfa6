"""The one-time link: for somebody without an account. No page here names a prison, an inmate, or whoever referred.

A link is not used up by looking at its first page, because telephones and chats fetch addresses by themselves: the person's own tap opens it, and from then
on it belongs to that browser. Whatever does not open looks the same: unknown, expired, taken back, or opened elsewhere.
"""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consult.directory import words as directory_words
from consult.referrals import queries, rules, service, words
from visitation.kernel.identity import Identity
from visitation.kernel.ids import digest, secret_token
from visitation.store.transaction import perform, reader
from visitation.web.door import open_door
from visitation.web.forms import ActForm
from visitation.web.limits import limiter
from visitation.web.request import now

blueprint = Blueprint("referral", __name__, url_prefix="/r")
COOKIE = "__Host-referral"
LOOKS, TAPS = "60/minute;600/hour", "20/minute;60/hour"
TOKEN_LETTERS = 64
"""More than a token has: what is longer is none."""


@blueprint.get("/<token>")
@limiter.limit(LOOKS)
@open_door
def show(_who: Identity | None, token: str) -> ResponseReturnValue:
    """What the link says, to the browser that opened it; to another one, whether it can still be opened."""
    link = queries.link_of(reader(), token[:TOKEN_LETTERS])
    found = rules.standing(queries.facts_of(link), _browser(), now())
    if found == "gone" or link is None:
        return _gone(token)
    if found == "fresh":
        return _quiet(render_template("family/referrals/open.html", token=token, act=ActForm(formdata=None)))
    referral = link.referral
    rows = queries.institutions_of(reader(), referral.id)
    bring = words.to_bring(referral.matter)
    until = min(link.expires_at, max(one.at for one in link.openings if one.browser_digest == _browser()) + rules.BOUND)
    return _quiet(render_template("family/referrals/link.html", referral=referral, rows=rows, bring=bring, kinds=directory_words, words=words, until=until))


@blueprint.post("/<token>/open")
@limiter.limit(TAPS)
@open_door
def open_it(_who: Identity | None, token: str) -> ResponseReturnValue:
    """The person's own tap."""
    kept = request.cookies.get(COOKIE, "")
    browser = kept if len(kept) == len(secret_token()) else secret_token()
    opens = bool(ActForm().validate_on_submit()) and perform(lambda session: service.open_link(session, token[:TOKEN_LETTERS], digest(browser), now()))
    if not opens:
        return _gone(token)
    answer = make_response(redirect(url_for("referral.show", token=token), 303))
    seconds = int(rules.BOUND.total_seconds())
    answer.set_cookie(COOKIE, browser, max_age=seconds, secure=True, httponly=True, samesite="Lax", path="/")
    return answer


@blueprint.post("/<token>/again")
@limiter.limit("5/minute;20/hour")
@open_door
def again(_who: Identity | None, token: str) -> ResponseReturnValue:
    """A new link, to the number that the first one was sent to. The answer is the same whether there was one or not."""
    if ActForm().validate_on_submit():
        perform(lambda session: service.ask_again(session, token[:TOKEN_LETTERS], now()))
    return _quiet(render_template("family/referrals/asked.html"))


def _browser() -> str:
    kept = request.cookies.get(COOKIE, "")
    return digest(kept) if kept else ""


def _gone(token: str) -> Response:
    return _quiet(render_template("family/referrals/gone.html", token=token[:TOKEN_LETTERS], act=ActForm(formdata=None)), 404)


def _quiet(page: str, status: int = 200) -> Response:
    """Kept by nobody on the way, found by no search, and never named to another site."""
    answer = Response(page, status)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer

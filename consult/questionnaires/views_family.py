"""Questionnaires in the family zone: what is open to this person, and one to answer. Whoever answers stays without a name."""

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consult.questionnaires import queries, service
from consult.questionnaires.forms import ReplyForm, form_for
from consult.questionnaires.models import Questionnaire, QuestionnaireVersion
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity
from visitation.kernel.ids import secret_token
from visitation.kernel.interval import local_day
from visitation.store.transaction import perform_again, reader
from visitation.web.door import open_door
from visitation.web.limits import limiter
from visitation.web.request import now, who_or_none

blueprint = Blueprint("surveys", __name__, url_prefix="/info/questionnaires")
COOKIE = "__Host-family-answers"
"""A random mark of this browser, for nothing else than that it answers once."""
YEAR = 31_536_000


def _token() -> str:
    return request.cookies.get(COOKIE, "")[:64]


def _mark(version_id: int, who: Identity | None, token: str) -> str:
    if who is not None and queries.is_relative(who):
        return service.account_mark(version_id, who)
    return service.browser_mark(version_id, token) if token else ""


def _answered(version: QuestionnaireVersion, who: Identity | None) -> bool:
    mark = _mark(version.id, who, _token())
    return bool(mark) and queries.has_answered(reader(), version.id, mark)


@blueprint.get("")
@open_door
def index(who: Identity | None) -> str:
    """What can be answered now."""
    rows = [(row, row.published, _answered(row.published, who)) for row in queries.open_outside(reader(), who, local_day(now())) if row.published]
    return render_template("family/questionnaires/index.html", rows=rows)


def offered(occasion: str) -> str:
    """For pages of other rooms: the address of the questionnaire that this person is offered on an occasion and has not answered; empty while there is none."""
    who = who_or_none()
    for row in queries.open_outside(reader(), who, local_day(now())):
        if row.occasion == occasion and row.published is not None and not _answered(row.published, who):
            return url_for("surveys.show", ref=row.ref)
    return ""


@blueprint.get("/after/<occasion>")
@open_door
def after(who: Identity | None, occasion: str) -> ResponseReturnValue:
    """The one that is offered after a visit, or with an answer; the list while there is none."""
    found = [row for row in queries.open_outside(reader(), who, local_day(now())) if row.occasion == occasion]
    return redirect(url_for("surveys.show", ref=found[0].ref) if found else url_for("surveys.index"))


@blueprint.route("/<ref>", methods=["GET", "POST"])
@limiter.limit("30/hour", methods=["POST"])
@open_door
def show(who: Identity | None, ref: str) -> ResponseReturnValue:
    """Read, and answer once."""
    row = _readable(who, ref)
    version = queries.answered_version(row, request.form.get("number", ""))
    form = form_for(queries.items_of(version))(number=str(version.number))
    token = _token() or secret_token()
    if form.validate_on_submit():
        try:
            _reply(row.id, form, version, _mark(version.id, who, token))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("Thank you. Your answers have arrived; they carry no name."))
            return _remembered(redirect(url_for("surveys.index")), token)
    state = queries.state_of(row, local_day(now()))
    page = render_template("family/questionnaires/show.html", row=row, version=version, form=form, state=state, answered=_answered(version, who))
    return _remembered(page, token)


def _reply(row_id: int, form: ReplyForm, version: QuestionnaireVersion, mark: str) -> None:
    given, number = form.given(queries.items_of(version)), version.number
    perform_again(lambda session: service.reply(session, row_id, number, given, mark, now()))


def _readable(who: Identity | None, ref: str) -> Questionnaire:
    """What is published for this person, open or closed; the rest is not there."""
    session = reader()
    row = queries.by_ref(session, ref)
    if row is None or row.published_id is None or row.audience == "inmates" or queries.state_of(row, local_day(now())) == "planned":
        abort(404)
    if row.audience == "relatives":
        prisons = queries.prisons_of(session, who)
        if not queries.is_relative(who) or not prisons or row.prison_id not in {None, *prisons}:
            abort(404)
    return row


def _remembered(answer: ResponseReturnValue, token: str) -> ResponseReturnValue:
    """The same answer, with the browser's mark."""
    made = make_response(answer)
    if token != _token():
        made.set_cookie(COOKIE, token, max_age=YEAR, secure=True, httponly=True, samesite="Lax", path="/")
    return made

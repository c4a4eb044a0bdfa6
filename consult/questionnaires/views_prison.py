"""Questionnaires in the prison: the legal office writes, publishes, closes and reads the results; the wards enter sheets of paper."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consult.questionnaires import chart, export, paper, queries, service, words
from consult.questionnaires.forms import PublishForm, WriteForm, filled, form_for
from consult.questionnaires.models import Questionnaire, QuestionnaireVersion
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day
from visitation.store.transaction import perform, reader
from visitation.web.acting import acted
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.request import now

blueprint = Blueprint("questionnaires", __name__, url_prefix="/questionnaires")
KEEPERS = (Role.LEGAL_OFFICE, Role.BUREAU)
ENTERERS = (Role.WARD_OFFICER, Role.LEGAL_OFFICE)


def may_keep(who: Identity, row: Questionnaire) -> bool:
    return who.prison_id is None or row.prison_id == who.prison_id


def may_enter(who: Identity, row: Questionnaire) -> bool:
    """Of inmates, published, of this prison or of all."""
    return row.audience == "inmates" and row.published_id is not None and row.prison_id in (None, who.prison_id)


def may_print(who: Identity, row: Questionnaire) -> bool:
    return (who.has(*KEEPERS) and may_keep(who, row)) or may_enter(who, row)


@blueprint.get("")
@door(*KEEPERS, Role.WARD_OFFICER)
def index(who: Identity) -> str:
    """All of them with what was answered; for a ward, those whose sheets it enters."""
    session, today = reader(), local_day(now())
    rows = queries.kept(session, who) if who.has(*KEEPERS) else []
    counts = queries.replies(session, [version.id for row in rows for version in row.versions])
    shown = [(row, queries.state_of(row, today), sum(counts.get(version.id, 0) for version in row.versions)) for row in rows]
    enter = queries.open_inside(session, who.prison_id, today) if who.has(*ENTERERS) and who.prison_id is not None else []
    return render_template("prison/questionnaires/index.html", rows=shown, enter=enter, words=words, keeper=who.has(*KEEPERS))


@blueprint.route("/new", methods=["GET", "POST"])
@door(*KEEPERS)
def create(who: Identity) -> ResponseReturnValue:
    return _write(who, WriteForm(), None)


@blueprint.route("/<ref>/edit", methods=["GET", "POST"])
@door(*KEEPERS, subject=queries.by_ref, check=may_keep)
def edit(who: Identity, row: Questionnaire) -> ResponseReturnValue:
    form = WriteForm()
    return _write(who, form if form.is_submitted() else filled(row), row)


def _write(who: Identity, form: WriteForm, row: Questionnaire | None) -> ResponseReturnValue:
    """Another question, one less, one earlier: the page comes again. Saved: the page that publishes follows."""
    row_id, wish = row.id if row else None, request.form.get("do", "save")
    if form.is_submitted() and wish != "save":
        form = form.rearranged(wish) if form.validate() or not form.csrf_token.errors else form
    elif form.validate_on_submit():
        try:
            saved = perform(lambda session: service.write(session, who, row_id, form.written(), now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("It is saved. It can be answered when you publish it."))
            return redirect(url_for("questionnaires.show", ref=saved.ref))
    return render_template("prison/questionnaires/edit.html", form=form, row=row)


@blueprint.get("/<ref>")
@door(*KEEPERS, subject=queries.by_ref, check=may_keep)
def show(_who: Identity, row: Questionnaire) -> str:
    return _page(row, PublishForm(formdata=None))


def _page(row: Questionnaire, publish: PublishForm) -> str:
    """The results of one version, and what can be done with the questionnaire."""
    session, today = reader(), local_day(now())
    version = _version(row)
    counted, state = queries.results(session, version), queries.state_of(row, today)
    answered = queries.replies(session, [version.id]).get(version.id, 0)
    shown = {"row": row, "version": version, "state": state, "results": counted, "answered": answered, "publish": publish}
    shown |= {"labels": chart.labels, "height": chart.height, "width": chart.WIDTH}
    return render_template("prison/questionnaires/show.html", **shown, act=ActForm(formdata=None), words=words)


def _version(row: Questionnaire) -> QuestionnaireVersion:
    """The one that is asked for; otherwise the published one, or the draft."""
    number = request.args.get("version", "")
    asked = [one for one in row.versions if str(one.number) == number]
    return asked[0] if asked else row.published or row.latest


@blueprint.get("/<ref>/bars/<int:place>.svg")
@door(*KEEPERS, subject=queries.by_ref, check=may_keep)
def bars(_who: Identity, row: Questionnaire, place: int) -> Response:
    counted = queries.results(reader(), _version(row))
    if place >= len(counted) or not counted[place].counts:
        abort(404)
    return Response(chart.draw(counted[place]), mimetype="image/svg+xml")


@blueprint.get("/<ref>/results.xlsx")
@door(*KEEPERS, subject=queries.by_ref, check=may_keep)
def results(_who: Identity, row: Questionnaire) -> Response:
    session, version = reader(), _version(row)
    made = export.workbook(version, queries.replies(session, [version.id]).get(version.id, 0), queries.results(session, version))
    return Response(made, mimetype=export.XLSX, headers={"Content-Disposition": f"attachment; filename=questionnaire-{row.ref}.xlsx"})


@blueprint.get("/<ref>/sheet.pdf")
@door(*KEEPERS, Role.WARD_OFFICER, subject=queries.by_ref, check=may_print)
def sheet(_who: Identity, row: Questionnaire) -> Response:
    """To print, for who answers on paper."""
    return Response(paper.sheet(row), mimetype="application/pdf", headers={"Content-Disposition": f"inline; filename=questionnaire-{row.ref}.pdf"})


@blueprint.post("/<ref>/publish")
@door(*KEEPERS, subject=queries.by_ref, check=may_keep)
def publish(who: Identity, row: Questionnaire) -> ResponseReturnValue:
    form, row_id, ref = PublishForm(), row.id, row.ref
    if acted(form, lambda session: service.publish(session, who, row_id, *form.period(), now())):
        flash(gettext("It is published."))
        return redirect(url_for("questionnaires.show", ref=ref))
    again = queries.by_ref(reader(), ref)
    assert again is not None
    return _page(again, form)


@blueprint.post("/<ref>/close")
@door(*KEEPERS, subject=queries.by_ref, check=may_keep)
def close(who: Identity, row: Questionnaire) -> ResponseReturnValue:
    row_id, ref = row.id, row.ref
    if ActForm().validate_on_submit():
        perform(lambda session: service.close(session, who, row_id, now()))
        flash(gettext("It is closed. What was answered stays."))
    return redirect(url_for("questionnaires.show", ref=ref))


@blueprint.route("/<ref>/enter", methods=["GET", "POST"])
@door(*ENTERERS, subject=queries.by_ref, check=may_enter)
def enter(who: Identity, row: Questionnaire) -> ResponseReturnValue:
    """A sheet of paper, typed in; the next one follows at once."""
    version, row_id, ref = queries.answered_version(row, request.form.get("number", "")), row.id, row.ref
    items, number = queries.items_of(version), version.number
    form = form_for(items)(number=str(number))
    if form.validate_on_submit():
        try:
            given, key = form.given(items), form.request_key.data
            perform(lambda session: service.reply_inside(session, who, row_id, number, given, "ward", now(), key))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The sheet is entered. Please destroy it, or put it with the others without a name."))
            return redirect(url_for("questionnaires.enter", ref=ref))
    answered = queries.replies(reader(), [version.id]).get(version.id, 0)
    return render_template("prison/questionnaires/enter.html", row=row, version=version, form=form, answered=answered)

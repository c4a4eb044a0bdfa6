"""Figures: a page of them with charts and tables, each chart, and the workbook."""

from io import BytesIO
from typing import cast

from flask import Blueprint, Response, abort, current_app, render_template, request, send_file
from flask.typing import ResponseReturnValue

from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day
from visitation.reports import words, workbook
from visitation.reports.asking import Question, ask
from visitation.reports.catalogue import GROUPS
from visitation.reports.drawing import draw, size
from visitation.reports.figures import Figure, measure, measure_all, named
from visitation.store.transaction import reader
from visitation.web.door import door
from visitation.web.request import now

blueprint = Blueprint("figures", __name__, url_prefix="/figures")
READERS = (Role.BUREAU, Role.DUTY_CHIEF, Role.LEGAL_OFFICE)
WHOLE = (Role.BUREAU, Role.DUTY_CHIEF)
PARTS = {Role.LEGAL_OFFICE: "legal"}
"""Who reads all figures, and who reads one group of them."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _figures(who: Identity) -> tuple[Figure, ...]:
    """This room's, and those that other rooms have brought; of them what this person reads."""
    every = cast(tuple[Figure, ...], current_app.extensions["figures"])
    groups = {group for role, group in PARTS.items() if who.has(role)}
    return every if who.has(*WHOLE) else tuple(figure for figure in every if figure.group in groups)


def _question(who: Identity) -> Question:
    return ask(reader(), who, request.args, now())


@blueprint.get("")
@door(*READERS)
def index(who: Identity) -> ResponseReturnValue:
    """Every figure of a period: definition, chart, table."""
    question, session = _question(who), reader()
    asked = question.asked
    groups = []
    if asked is not None:
        measured = measure_all(session, _figures(who), asked)
        groups = [(code, name, [one for one in measured if one.figure.group == code]) for code, name in GROUPS.items()]
    page = {"form": question.form, "asked": asked, "groups": groups, "address": question.address, "one_of_many": question.one_of_many}
    running = asked is not None and asked.period.last >= local_day(now())
    return render_template("prison/reports/index.html", words=words, size=size, at=now(), running=running, **page), 200 if asked is not None else 422


@blueprint.get("/<key>.svg")
@door(*READERS)
def chart(who: Identity, key: str) -> Response:
    """The chart of one figure, over time or by prison."""
    asked, figure = _question(who).asked, named(_figures(who), key)
    if asked is None or figure is None:
        abort(404)
    return Response(draw(measure(reader(), figure, asked), request.args.get("by") == "prison"), mimetype="image/svg+xml")


@blueprint.get("/figures.xlsx")
@door(*READERS)
def table(who: Identity) -> Response:
    """All of them as a workbook."""
    asked, session = _question(who).asked, reader()
    if asked is None:
        abort(404)
    data = workbook.write(measure_all(session, _figures(who), asked), asked, now())
    name = f"figures-{asked.period.first}-{asked.period.last}.xlsx"
    return send_file(BytesIO(data), mimetype=XLSX, as_attachment=True, download_name=name)

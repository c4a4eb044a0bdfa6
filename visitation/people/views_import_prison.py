"""Bringing in a file of inmates, and its report."""

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from werkzeug.datastructures import FileStorage

from visitation.kernel.errors import Refusal, Refused
from visitation.kernel.identity import Identity, Role
from visitation.people import import_inmates, labels_staff, queries_staff, rules_staff
from visitation.people.forms_staff import ImportForm
from visitation.people.import_report import report_csv, template_xlsx
from visitation.people.models import ImportRun
from visitation.store.transaction import perform, reader
from visitation.web.door import door
from visitation.web.local_names import local_name
from visitation.web.request import now
from visitation.web.sentences import sentence
from visitation.web.table_file import read_table

blueprint = Blueprint("imports", __name__, url_prefix="/imports")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def own_run(who: Identity, run: ImportRun) -> bool:
    return rules_staff.same_prison(who, run)


@blueprint.route("", methods=["GET", "POST"])
@door(Role.ADMINISTRATOR)
def index(who: Identity) -> ResponseReturnValue:
    """Choose a file; good rows are taken over at once, bad ones stand in the report."""
    form = ImportForm()
    form.prison.choices = [(prison.id, local_name(prison)) for prison in queries_staff.prisons(reader(), who)]
    if form.validate_on_submit():
        try:
            run_id = _take(who, form.prison.data, form.file.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("imports.show", run_id=run_id))
    return render_template("prison/people/imports.html", form=form, runs=queries_staff.import_runs(reader(), who))


def _take(who: Identity, prison_id: int, file: FileStorage) -> int:
    """Read outside the transaction, because reading takes longer than writing."""
    data, file_name = file.read(), file.filename or ""
    table, sha256 = read_table(data), import_inmates.sha256_of(data)
    run = perform(lambda session: import_inmates.import_inmates(session, who, prison_id, table, file_name, sha256, now()))
    if not run.failed:
        flash(gettext("Every row was taken over."))
    return run.id


@blueprint.get("/<int:run_id>")
@door(Role.ADMINISTRATOR, subject=queries_staff.import_run, check=own_run)
def show(_who: Identity, run: ImportRun) -> str:
    """The report: counts, and each row that was not taken over."""
    lines = [(problem, sentence(Refusal(problem["code"], problem["facts"]))) for problem in run.report]
    return render_template("prison/people/import_report.html", run=run, lines=lines, words=labels_staff)


@blueprint.get("/<int:run_id>/report.csv")
@door(Role.ADMINISTRATOR, subject=queries_staff.import_run, check=own_run)
def report(_who: Identity, run: ImportRun) -> Response:
    headers = {"Content-Disposition": f"attachment; filename=import-{run.id}.csv"}
    return Response(report_csv(run), mimetype="text/csv", headers=headers)


@blueprint.get("/template.xlsx")
@door(Role.ADMINISTRATOR)
def template(who: Identity) -> Response:
    """A workbook with the header row and the words that are understood."""
    chinese = str(get_locale()).startswith("zh")
    data = template_xlsx(queries_staff.wards(reader(), who), queries_staff.levels(reader()), chinese)
    return Response(data, mimetype=XLSX, headers={"Content-Disposition": "attachment; filename=inmates.xlsx"})

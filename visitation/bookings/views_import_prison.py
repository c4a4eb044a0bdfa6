"""Bringing in bookings that were made elsewhere: choose a file, watch it being read, and the report by row and reason."""

import csv
import io

import xlsxwriter
from flask import Blueprint, Response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from visitation.bookings import importing
from visitation.bookings.forms_staff import BookingsFileForm
from visitation.bookings.models import BookingImport
from visitation.bookings.rules_file import HEADERS, KIND_WORDS, LANGUAGE_WORDS, REQUIRED
from visitation.kernel.errors import Refusal, Refused
from visitation.kernel.identity import Identity, Role
from visitation.people.models import Prison
from visitation.people.rules_staff import same_prison
from visitation.store.transaction import perform, reader
from visitation.web.choices import choices
from visitation.web.door import door
from visitation.web.local_names import local_name
from visitation.web.request import now
from visitation.web.sentences import sentence
from visitation.web.table_file import harmless, read_table

blueprint = Blueprint("booking_imports", __name__, url_prefix="/bookings/imports")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 500
BOM = "\ufeff"


def own_run(who: Identity, run: BookingImport) -> bool:
    return same_prison(who, run)


@blueprint.route("", methods=["GET", "POST"])
@door(Role.ADMINISTRATOR)
def index(who: Identity) -> ResponseReturnValue:
    """Choose a file; the jobs read it in, and its page shows how far they are."""
    form = BookingsFileForm()
    form.prison.choices = choices([(row.id, local_name(row)) for row in _prisons(who)])
    if form.validate_on_submit():
        try:
            run_id = _submit(who, form.prison.data, form.file.data)
        except Refused as refused:
            form.refuse(refused)
        else:
            return redirect(url_for("booking_imports.show", run_id=run_id))
    status = 422 if form.errors or form.refusals else 200
    return render_template("prison/bookings/imports.html", form=form, runs=importing.runs(reader(), who)), status


def _prisons(who: Identity) -> list[Prison]:
    query = select(Prison).where(Prison.closed_at.is_(None)).order_by(Prison.code)
    return list(reader().scalars(query if who.prison_id is None else query.where(Prison.id == who.prison_id)))


def _submit(who: Identity, prison_id: int, file: FileStorage) -> int:
    """Read outside the transaction, because reading takes longer than keeping."""
    data, name = file.read(), file.filename or ""
    table = read_table(data)
    return perform(lambda session: importing.submit(session, who, prison_id, table, name, data, now())).id


@blueprint.get("/<int:run_id>")
@door(Role.ADMINISTRATOR, subject=importing.run_by_id, check=own_run)
def show(_who: Identity, run: BookingImport) -> str:
    """How far it is, and each row that was not taken over."""
    lines = [(problem, sentence(Refusal(problem["code"], problem["facts"]))) for problem in run.report[:SHOWN]]
    return render_template("prison/bookings/import_report.html", run=run, lines=lines, more=len(run.report) - len(lines))


@blueprint.get("/<int:run_id>/report.csv")
@door(Role.ADMINISTRATOR, subject=importing.run_by_id, check=own_run)
def report(_who: Identity, run: BookingImport) -> Response:
    """Every bad row, to take along; no cell of it becomes a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([gettext("Row"), gettext("In the file"), gettext("Why")])
    for problem in run.report:
        writer.writerow([problem["row"], harmless(problem["text"]), harmless(sentence(Refusal(problem["code"], problem["facts"])))])
    headers = {"Content-Disposition": f"attachment; filename=bookings-{run.id}.csv"}
    return Response(BOM + out.getvalue(), mimetype="text/csv", headers=headers)


@blueprint.get("/template.xlsx")
@door(Role.ADMINISTRATOR)
def template(_who: Identity) -> Response:
    """A workbook with the header row, and the words that are understood on a second sheet."""
    chinese, out = str(get_locale()).startswith("zh"), io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    head, plain = book.add_format({"bold": True, "bg_color": "#E6EEEF", "border": 1}), book.add_format({"num_format": "@"})
    rows, known = book.add_worksheet(gettext("Bookings")), book.add_worksheet(gettext("Words"))
    for place, (column, names) in enumerate(HEADERS.items()):
        name = names[0] if chinese else names[1].capitalize()
        rows.write_string(0, place, f"{name}*" if column in REQUIRED else name, head)
        rows.set_column(place, place, 20, plain)
    rows.freeze_panes(1, 0)
    for place, words in enumerate((KIND_WORDS, LANGUAGE_WORDS)):
        for line, word in enumerate(words):
            known.write_string(line, place, word)
    book.close()
    return Response(out.getvalue(), mimetype=XLSX, headers={"Content-Disposition": "attachment; filename=bookings.xlsx"})

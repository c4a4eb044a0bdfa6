"""The directory for the staff: searching from a place, and for its keepers entering, correcting, confirming, closing, importing."""

import io
from collections.abc import Sequence
from typing import Any

import xlsxwriter
from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consult.directory import importing, places, queries, rules, searching, service, words
from consult.directory.forms import DirectoryFileForm, InstitutionForm
from consult.directory.models import Institution
from visitation.kernel.errors import Refused
from visitation.kernel.identity import STAFF, Identity, Role
from visitation.kernel.interval import local_day
from visitation.store.transaction import perform, reader
from visitation.web.acting import acted
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.request import now
from visitation.web.table_file import read_table

blueprint = Blueprint("directory", __name__, url_prefix="/directory")
KEEPERS = (Role.LEGAL_OFFICE, Role.BUREAU)
SVG = "image/svg+xml"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("")
@door(*STAFF)
def index(who: Identity) -> str:
    """What is near a place."""
    search = searching.asked(reader())
    return render_template("prison/directory/search.html", search=search, words=words, map_page="directory.drawn", keeper=who.has(*KEEPERS))


@blueprint.get("/near/<place>.svg")
@door(*STAFF)
def drawn(_who: Identity, place: str) -> Response:
    """The map of a search; `place`: its code."""
    search = searching.asked(reader(), place)
    if search.place is None:
        abort(404)
    return Response(searching.map_of(search), mimetype=SVG)


@blueprint.get("/entries")
@door(*KEEPERS)
def entries(_who: Identity) -> str:
    """All entries, those that nobody has checked for longest first."""
    today, stale = local_day(now()), request.args.get("stale") == "1"
    asked, kind = request.args.get("q", "")[:60].strip(), request.args.get("kind", "")
    session = reader()
    rows = queries.listed(session, asked, kind if kind in rules.KINDS else "", today - rules.STALE if stale else None)
    total, old = queries.counts(session, today)
    chosen = {"q": asked, "kind": kind, "stale": stale}
    return render_template(
        "prison/directory/entries.html", rows=rows, total=total, old=old, chosen=chosen, words=words, place=places.place, is_stale=rules.is_stale, today=today
    )


@blueprint.route("/entries/new", methods=["GET", "POST"])
@door(*KEEPERS)
def create(who: Identity) -> ResponseReturnValue:
    form = InstitutionForm()
    if acted(form, lambda session: service.enter(session, who, form.entry(), now())):
        flash(gettext("The institution is entered."))
        return redirect(url_for("directory.entries"))
    return render_template("prison/directory/entry.html", form=form, row=None, act=ActForm(formdata=None), words=words)


@blueprint.route("/entries/<ref>", methods=["GET", "POST"])
@door(*KEEPERS, subject=queries.by_ref, check=rules.is_open)
def show(who: Identity, row: Institution) -> ResponseReturnValue:
    """Correct an entry."""
    form, institution_id = InstitutionForm(obj=row), row.id
    if not form.is_submitted():
        form.fill(row)
    if acted(form, lambda session: service.change(session, who, institution_id, form.entry(), now())):
        flash(gettext("The changes are saved, and the entry counts as checked today."))
        return redirect(url_for("directory.entries"))
    return render_template("prison/directory/entry.html", form=form, row=row, act=ActForm(formdata=None), words=words)


@blueprint.post("/entries/<ref>/<act>")
@door(*KEEPERS, subject=queries.by_ref, check=rules.is_open)
def act(who: Identity, row: Institution, act: str) -> ResponseReturnValue:
    """Confirm that an entry is true, or close one that is there no more."""
    acts = {"confirm": service.confirm, "close": service.close}
    if act not in acts:
        abort(404)
    institution_id = row.id
    if ActForm().validate_on_submit():
        perform(lambda session: acts[act](session, who, institution_id, now()))
        flash(gettext("The entry counts as checked today.") if act == "confirm" else gettext("The entry is closed. Nobody is sent there from now on."))
    return redirect(url_for("directory.entries", stale=request.args.get("stale")))


@blueprint.route("/import", methods=["GET", "POST"])
@door(*KEEPERS)
def bring(who: Identity) -> ResponseReturnValue:
    """Take over a file; good rows at once, bad ones in the report below."""
    form, report = DirectoryFileForm(), None
    if form.validate_on_submit():
        file = form.file.data
        try:
            table = read_table(file.read())
            report = perform(lambda session: importing.take_over(session, who, table, file.filename or "", now()))
        except Refused as refused:
            form.refuse(refused)
    return render_template("prison/directory/import.html", form=form, report=report, headers=importing.HEADERS)


@blueprint.get("/template.xlsx")
@door(*KEEPERS)
def template(_who: Identity) -> Response:
    """A workbook with the header row, one line as an example, and the words for the kinds."""
    headings = {"Content-Disposition": "attachment; filename=institutions.xlsx"}
    return Response(_workbook([names[0] for names in importing.HEADERS.values()]), mimetype=XLSX, headers=headings)


def _workbook(header: Sequence[str]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    bold, text = book.add_format({"bold": True, "bg_color": "#E6EEEF", "border": 1}), book.add_format({"num_format": "@"})
    sheet: Any = book.add_worksheet(gettext("Institutions"))
    for place, name in enumerate(header):
        sheet.write_string(0, place, name, bold)
        sheet.set_column(place, place, 20, text)
    sheet.freeze_panes(1, 0)
    kinds = book.add_worksheet(gettext("Words"))
    kinds.set_column(0, 0, 30)
    for line, word in enumerate(list(importing.KIND_WORDS)[: len(rules.KINDS)]):
        kinds.write_string(line, 0, word)
    book.close()
    return out.getvalue()

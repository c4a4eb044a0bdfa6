"""A year's calendar from a file: taken along, filled in elsewhere, looked at, saved."""

import json
from datetime import date
from io import BytesIO
from typing import Any

from flask import render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound as PageNotFound
from werkzeug.wrappers import Response

from visitation.kernel.errors import Refusal, Refused, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.people.models import Prison
from visitation.store.transaction import reader
from visitation.timetable import queries, service, year_file
from visitation.timetable.blueprint import KEEPERS, blueprint, chosen, code_of, leave, status_of, two_steps
from visitation.timetable.forms import YearForm, YearSaveForm
from visitation.timetable.rules_calendar import YearDay, changes, days_of, read_year, shown
from visitation.timetable.words import WEEKDAYS
from visitation.timetable.workdays import is_working
from visitation.web.choices import choices
from visitation.web.door import door
from visitation.web.request import now

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _years() -> list[int]:
    today = local_day(now())
    return list(range(today.year, today.year + 3))


@blueprint.get("/year/<int:year>.xlsx")
@door(*KEEPERS)
def year_table(who: Identity, year: int) -> Response:
    """Every day of a year as it stands, to be filled in: what is not known is taken as Monday to Friday."""
    if year not in _years():
        raise PageNotFound
    prison = chosen(who)
    days = days_of(year)
    said = queries.days_said(reader(), prison.id, days[0], days[-1])
    notes = {row.day: row.note for row in queries.calendar_days(reader(), prison.id, days[0]) if row.day.year == year}
    yes, no = gettext("yes"), gettext("no")
    rows = []
    for day in days:
        known = is_working(day, {one: word.working for one, word in said.items()})
        working = day.weekday() < 5 if known is None else known
        other = said[day].as_weekday if day in said else None
        follows = str(WEEKDAYS[other]) if other is not None else ""
        rows.append((day.isoformat(), str(WEEKDAYS[day.weekday()]), yes if working else no, follows, notes.get(day, "")))
    headings = (gettext("Date"), gettext("Weekday"), gettext("Working day"), gettext("As weekday"), gettext("Note"))
    data = year_file.write(str(year), headings, rows)
    return send_file(BytesIO(data), mimetype=XLSX, as_attachment=True, download_name=f"calendar-{year}.xlsx")


@blueprint.route("/year", methods=["GET", "POST"])
@door(*KEEPERS)
def year(who: Identity) -> ResponseReturnValue:
    """Bring the file of a year: what it changes and hits is shown before anything is saved."""
    prison = chosen(who)
    form = YearForm(data={"year": str(_years()[1])})
    form.year.choices = choices([(str(number), str(number)) for number in _years()])
    form.scope.choices = choices(_scopes(who, prison))
    code = code_of(who, prison)
    own = {"prison": prison, "code": code, "years": _years()}
    if request.form.get("rows"):
        return _save(who, prison, own)
    if not form.validate_on_submit():
        return render_template("prison/timetable/year.html", form=form, **own), status_of(form)
    try:
        wanted = _read(form, prison)
        plan = service.plan_year(reader(), wanted, now())
    except Refused as refused:
        form.refuse(refused)
        return render_template("prison/timetable/year.html", form=form, **own), status_of(form)
    ready = YearSaveForm(formdata=None, data={"seen": plan.fingerprint, "year": wanted.year, "scope": form.scope.data, "file_name": wanted.file_name})
    ready.rows.data = packed(wanted.lines)
    return _look(ready, wanted, plan, prison, own)


def _scopes(who: Identity, prison: Prison) -> list[tuple[str, str]]:
    own = [("prison", gettext("This prison"))]
    return own if who.prison_id is not None else [*own, ("all", gettext("All prisons"))]


def _read(form: YearForm, prison: Prison) -> service.Year:
    file = form.file.data
    number = int(form.year.data)
    lines, refusals = read_year(year_file.read(file.read()), number)
    refuse(shown(refusals))
    scope = None if form.scope.data == "all" else prison.id
    return service.Year(number, tuple(lines), scope, (file.filename or "")[:200])


def _save(who: Identity, prison: Prison, own: dict[str, Any]) -> ResponseReturnValue:
    form = YearSaveForm()
    lines = unpacked(form.rows.data or "", form.year.data or 0) if form.validate_on_submit() else None
    if lines is None or (form.scope.data == "all" and who.prison_id is not None):
        form.refuse(Refused(Refusal("YEAR_AGAIN")))
        again = YearForm(formdata=None)
        again.refusals = form.refusals
        again.year.choices = choices([(str(number), str(number)) for number in _years()])
        again.scope.choices = choices(_scopes(who, prison))
        return render_template("prison/timetable/year.html", form=again, **own), 422
    wanted = service.Year(form.year.data, tuple(lines), None if form.scope.data == "all" else prison.id, form.file_name.data or "")
    plan, done = two_steps(
        form, lambda session: service.plan_year(session, wanted, now()), lambda session, seen: service.save_year(session, who, wanted, seen, now())
    )
    if done is not None:
        return leave(done, gettext("The calendar of the year %(year)s is saved.", year=wanted.year), "timetable.days", own["code"])
    return _look(form, wanted, plan, prison, own)


def _look(form: YearSaveForm, wanted: service.Year, plan: service.Plan | None, prison: Prison, own: dict[str, Any]) -> ResponseReturnValue:
    said = queries.days_said(reader(), prison.id, date(wanted.year, 1, 1), date(wanted.year, 12, 31))
    known = {day: word.working for day, word in said.items()}
    different = changes(wanted.lines, lambda day: is_working(day, known), local_day(now()))
    working = sum(line.said.working for line in wanted.lines)
    page = {"form": form, "plan": plan, "wanted": wanted, "different": different, "working": working, "usual": _unusual(different)}
    return render_template("prison/timetable/year_plan.html", **page, **own, back=url_for("timetable.year", prison=own["code"])), status_of(form)


def _unusual(different: list[tuple[date, bool | None, bool]]) -> list[tuple[date, bool | None, bool]]:
    """Of an unpublished year only what is not simply Monday to Friday."""
    return [(day, before, after) for day, before, after in different if before is not None or after is not (day.weekday() < 5)]


def packed(lines: tuple[YearDay, ...]) -> str:
    """The days as one text that a form carries from the first step to the second."""
    return json.dumps([[line.day.isoformat(), int(line.said.working), line.said.as_weekday, line.note] for line in lines], ensure_ascii=False)


def unpacked(text: str, number: int) -> list[YearDay] | None:
    """The days again, judged by the same rules as the file; None when somebody has changed them into nonsense."""
    try:
        table = [(1, ["day", "working", "as weekday", "note"])]
        for place, (day, working, other, note) in enumerate(json.loads(text), 2):
            table.append((place, [str(day), str(int(working)), "" if other is None else str(other + 1), str(note)]))
    except (ValueError, TypeError):
        return None
    lines, refusals = read_year(table, number)
    return None if refusals else lines

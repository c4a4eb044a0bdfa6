"""The timetable, as staff change it themselves: weekly rows, closures with a look at what they hit, days, roster."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy import select
from werkzeug.exceptions import NotFound as PageNotFound

from visitation.bookings import queries as bookings
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day
from visitation.people.models import Prison, Ward
from visitation.policies.queries import policies_of
from visitation.store.transaction import perform, reader
from visitation.timetable import queries, service
from visitation.timetable.forms import ActForm, ClosureForm, DayForm, DutyForm, EndForm, TemplateForm, span
from visitation.timetable.models import CalendarDay, Closure, Duty, Template
from visitation.timetable.rules import starts
from visitation.timetable.words import KIND_WORDS, WEEKDAYS
from visitation.web.choices import choices
from visitation.web.door import door
from visitation.web.request import now

blueprint = Blueprint("timetable", __name__, url_prefix="/timetable")
KEEPERS = (Role.ADMINISTRATOR, Role.DUTY_CHIEF)


def is_of_my_prison(who: Identity, row: Any) -> bool:
    """A prison's staff changes that prison's timetable; those without a prison, any."""
    return row.prison_id is not None and who.prison_id in (None, row.prison_id)


def _prison(who: Identity) -> Prison:
    found = queries.chosen_prison(reader(), who, request.args.get("prison", ""))
    if found is None:
        raise PageNotFound
    return found


@blueprint.get("/")
@door(*KEEPERS)
def index(who: Identity) -> str:
    """The week: every weekly row with its terminals and the visits it makes."""
    prison = _prison(who)
    rows = queries.templates(reader(), prison.id, local_day(now()))
    terminals = {row.id: row for row in queries.terminals(reader(), prison.id)}
    shown = [(row, [terminals[place.terminal_id] for place in row.terminals], _visits(row)) for row in rows]
    return render_template("prison/timetable/index.html", prison=prison, rows=shown, weekdays=WEEKDAYS, kinds=KIND_WORDS)


def _visits(row: Template) -> int:
    return sum(1 for _ in starts(queries.weekly(row, [place.terminal_id for place in row.terminals])))


@blueprint.route("/new", methods=["GET", "POST"])
@door(*KEEPERS)
def add(who: Identity) -> ResponseReturnValue:
    """A new weekly row."""
    prison = _prison(who)
    policies = policies_of(reader(), prison.id, ("visit_minutes", "turnaround_minutes"))
    today = local_day(now())
    start = {
        "minutes": policies.value("visit_minutes", today)["family_visit"],
        "turnaround": policies.value("turnaround_minutes", today)["family_visit"],
        "stagger": 5,
        "valid_from": today + timedelta(days=1),
    }
    form = TemplateForm(data=start)
    form.terminals.choices = choices([(row.id, row.name) for row in queries.terminals(reader(), prison.id)])
    if form.validate_on_submit():
        try:
            made = perform(lambda session: service.add_templates(session, who, prison.id, form.row(), tuple(form.weekdays.data or ()), now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(ngettext("%(num)d weekly row was added.", "%(num)d weekly rows were added.", len(made)))
            return redirect(url_for("timetable.index", prison=prison.code))
    return render_template("prison/timetable/add.html", form=form, prison=prison), 422 if form.errors or form.refusals else 200


@blueprint.route("/<int:template_id>/end", methods=["GET", "POST"])
@door(*KEEPERS, subject=queries.template_by_id, check=is_of_my_prison)
def end(who: Identity, row: Template) -> ResponseReturnValue:
    """Let a weekly row end."""
    form = EndForm(data={"last_day": local_day(now())})
    if form.validate_on_submit():
        try:
            perform(lambda session: service.end_template(session, who, row.id, form.last_day.data, now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The weekly row ends. Visits booked already stand."))
            return redirect(url_for("timetable.index"))
    return render_template("prison/timetable/end.html", form=form, row=row, weekdays=WEEKDAYS, kinds=KIND_WORDS), 422 if form.errors or form.refusals else 200


@blueprint.get("/closures")
@door(*KEEPERS)
def closures(who: Identity) -> str:
    """Closures in force and to come, and the visits that are flagged."""
    prison = _prison(who)
    wards = {row.id: row.name for row in reader().scalars(select(Ward).where(Ward.prison_id == prison.id))}
    places = {row.id: row.name for row in queries.terminals(reader(), prison.id)}
    flags = bookings.flagged(reader(), prison.id, now())
    rows = queries.closures(reader(), prison.id, now())
    return render_template("prison/timetable/closures.html", prison=prison, rows=rows, wards=wards, places=places, flags=flags, form=ActForm(formdata=None))


@blueprint.route("/closures/new", methods=["GET", "POST"])
@door(*KEEPERS)
def close(who: Identity) -> ResponseReturnValue:
    """Close: first the list of visits it hits, then, if the list is still the same, the closure."""
    prison = _prison(who)
    form = ClosureForm()
    form.scope.choices = choices(_scopes(prison))
    plan = None
    shut = form.shut() if form.validate_on_submit() else None
    if form.is_submitted() and not form.errors and shut is None:
        form.refuse(Refused("CLOSURE_NOT_ORDERED"))
    if shut is not None:
        draft, seen = service.Draft(shut, form.reason.data), form.seen.data
        if seen:
            try:
                perform(lambda session: service.add_closure(session, who, prison.id, draft, seen, now()))
            except Refused as refused:
                form.refuse(refused)
            else:
                flash(gettext("The closure is saved. The visits it hits are flagged below."))
                return redirect(url_for("timetable.closures", prison=prison.code))
        plan = service.plan_closure(reader(), prison.id, draft, now())
        form.seen.data = plan.fingerprint
    status = 422 if form.errors or form.refusals else 200
    return render_template("prison/timetable/close.html", form=form, prison=prison, plan=plan), status


def _scopes(prison: Prison) -> list[tuple[str, str]]:
    wards = reader().scalars(select(Ward).where(Ward.prison_id == prison.id).order_by(Ward.name))
    return [
        ("prison", gettext("The whole prison")),
        *((f"ward:{row.id}", gettext("Ward: %(name)s", name=row.name)) for row in wards),
        *((f"terminal:{row.id}", gettext("Terminal: %(name)s", name=row.name)) for row in queries.terminals(reader(), prison.id)),
    ]


@blueprint.post("/closures/<int:closure_id>/lift")
@door(*KEEPERS, subject=queries.closure_by_id, check=is_of_my_prison)
def lift(who: Identity, row: Closure) -> ResponseReturnValue:
    perform(lambda session: service.lift_closure(session, who, row.id, now()))
    flash(gettext("The closure is lifted. Its flags are cleared."))
    return redirect(url_for("timetable.closures"))


@blueprint.route("/days", methods=["GET", "POST"])
@door(*KEEPERS)
def days(who: Identity) -> ResponseReturnValue:
    """Days decided by hand: closed ones, make-up working days."""
    prison = _prison(who)
    form = DayForm()
    if form.validate_on_submit():
        try:
            hits = perform(lambda session: service.say_day(session, who, prison.id, form.day.data, form.word(), form.note.data or "", now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The day is saved.") + (" " + ngettext("%(num)d visit is flagged.", "%(num)d visits are flagged.", hits) if hits else ""))
            return redirect(url_for("timetable.days", prison=prison.code))
    rows = queries.calendar_days(reader(), prison.id, local_day(now()))
    status = 422 if form.errors or form.refusals else 200
    return render_template("prison/timetable/days.html", form=form, prison=prison, rows=rows, act=ActForm(formdata=None), weekdays=WEEKDAYS), status


@blueprint.post("/days/<int:row_id>/remove")
@door(*KEEPERS, subject=queries.day_by_id, check=is_of_my_prison)
def remove_day(who: Identity, row: CalendarDay) -> ResponseReturnValue:
    perform(lambda session: service.unsay_day(session, who, row.id, now()))
    flash(gettext("The published calendar counts again for this day."))
    return redirect(url_for("timetable.days"))


@blueprint.route("/roster", methods=["GET", "POST"])
@door(*KEEPERS)
def roster(who: Identity) -> ResponseReturnValue:
    """Who is on duty, and how many sessions each may watch."""
    prison = _prison(who)
    policies = policies_of(reader(), prison.id, ("watch_lanes", "planned_lanes"))
    form = DutyForm(data={"lanes": policies.value("watch_lanes", local_day(now()))})
    form.officer.choices = choices([(row.id, row.name) for row in queries.officers(reader(), prison.id)])
    wanted = span(form.starts.data, form.ends.data) if form.validate_on_submit() else None
    if form.is_submitted() and not form.errors and wanted is None:
        form.refuse(Refused("DUTY_NOT_ORDERED"))
    if wanted is not None:
        try:
            perform(lambda session: service.add_duty(session, who, prison.id, form.officer.data, wanted, form.lanes.data, now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The roster is saved."))
            return redirect(url_for("timetable.roster", prison=prison.code))
    rows = queries.duties(reader(), prison.id, now())
    status = 422 if form.errors or form.refusals else 200
    planned = policies.value("planned_lanes", local_day(now()))
    return render_template("prison/timetable/roster.html", form=form, prison=prison, rows=rows, act=ActForm(formdata=None), planned=planned), status


@blueprint.post("/roster/<int:duty_id>/remove")
@door(*KEEPERS, subject=queries.duty_by_id, check=is_of_my_prison)
def remove_duty(who: Identity, row: Duty) -> ResponseReturnValue:
    perform(lambda session: service.remove_duty(session, who, row.id, now()))
    flash(gettext("The duty is removed."))
    return redirect(url_for("timetable.roster"))

"""Weekly rows: the list, a new one, a change from a day on, the end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext, ngettext
from sqlalchemy import select
from werkzeug.exceptions import NotFound as PageNotFound

from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.people.models import Level, Prison, Ward
from visitation.policies.queries import policies_of
from visitation.store.transaction import reader
from visitation.timetable import queries, service
from visitation.timetable.blueprint import KEEPERS, blueprint, chosen, code_of, is_of_my_prison, leave, status_of, two_steps
from visitation.timetable.forms import EndForm, TemplateForm
from visitation.timetable.models import Template
from visitation.timetable.plans import Plan, assumed_officers, now_and_then
from visitation.timetable.rules import starts
from visitation.timetable.rules_weekly import fitting_stagger
from visitation.timetable.words import KIND_WORDS, WEEKDAYS
from visitation.web.choices import choices
from visitation.web.door import door
from visitation.web.local_names import local_name
from visitation.web.request import now


@blueprint.get("/rows")
@door(*KEEPERS)
def rows(who: Identity) -> str:
    """Every weekly row with its terminals, whom it admits and the visits it makes."""
    prison = chosen(who)
    found = [row for row in queries.templates(reader(), prison.id, local_day(now())) if row.valid_to is None or row.valid_to >= row.valid_from]
    terminals = {row.id: row for row in queries.terminals(reader(), prison.id)}
    whom = _admitted(prison)
    shown = [(row, [terminals[place.terminal_id] for place in row.terminals], _visits(row), whom(row)) for row in found]
    return render_template("prison/timetable/rows.html", prison=prison, code=code_of(who, prison), rows=shown, weekdays=WEEKDAYS, kinds=KIND_WORDS)


def _visits(row: Template) -> int:
    return sum(1 for _ in starts(queries.weekly(row, [place.terminal_id for place in row.terminals])))


def _admitted(prison: Prison) -> Callable[[Template], str]:
    """Whom a row admits, in words."""
    wards = {ward.id: local_name(ward) for ward in reader().scalars(select(Ward).where(Ward.prison_id == prison.id))}
    levels = {level.code: _level_name(level) for level in reader().scalars(select(Level))}

    def words(row: Template) -> str:
        named = [*(wards.get(number, str(number)) for number in row.wards), *(levels.get(code, code) for code in row.levels)]
        return str(gettext(", ")).join(named) if named else str(gettext("everybody"))

    return words


def _level_name(level: Level) -> str:
    return level.name if get_locale().language == "zh" else level.name_en


def _form(prison: Prison, **start: Any) -> TemplateForm:
    form = TemplateForm(data=start)
    form.terminals.choices = choices([(row.id, row.name) for row in queries.terminals(reader(), prison.id)])
    wards = reader().scalars(select(Ward).where(Ward.prison_id == prison.id).order_by(Ward.id))
    form.wards.choices = choices([(row.id, local_name(row)) for row in wards])
    form.levels.choices = choices([(row.code, _level_name(row)) for row in reader().scalars(select(Level).order_by(Level.rank))])
    return form


@blueprint.route("/new", methods=["GET", "POST"])
@door(*KEEPERS)
def add(who: Identity) -> ResponseReturnValue:
    """A new weekly row: first what it does, then the row."""
    prison = chosen(who)
    today = local_day(now())
    policies = policies_of(reader(), prison.id, ("visit_minutes", "turnaround_minutes"))
    lengths = {"minutes": policies.value("visit_minutes", today)["family_visit"], "turnaround": policies.value("turnaround_minutes", today)["family_visit"]}
    form = _form(prison, **lengths, stagger=5, every_weeks=1, valid_from=today + timedelta(days=1))
    plan = None
    if form.validate_on_submit():
        row, weekdays = form.row(), tuple(form.weekdays.data or ())
        plan, done = two_steps(
            form,
            lambda session: service.plan_templates(session, prison.id, row, weekdays, now()),
            lambda session, seen: service.add_templates(session, who, prison.id, row, weekdays, seen, now()),
        )
        if done is not None:
            text = ngettext("%(num)d weekly row was added.", "%(num)d weekly rows were added.", len(done.row_ids))
            return leave(done, text, "timetable.rows", code_of(who, prison))
    return _page(form, prison, code_of(who, prison), plan, None)


def _page(form: TemplateForm, prison: Prison, code: str | None, plan: Plan | None, old: Template | None) -> ResponseReturnValue:
    steps = [] if old is None or plan is None else _steps(old, form)
    better = None
    if plan is not None and plan.crowds:
        table = now_and_then(reader(), prison.id, now())
        better = fitting_stagger(form.row(), min(crowd.officers for crowd in plan.crowds) or assumed_officers(reader(), table, form.valid_from.data))
    shown = {"form": form, "prison": prison, "code": code, "plan": plan, "old": old, "steps": steps, "better": better}
    return render_template("prison/timetable/row.html", **shown, weekdays=WEEKDAYS, kinds=KIND_WORDS), status_of(form)


@blueprint.route("/<int:template_id>/change", methods=["GET", "POST"])
@door(*KEEPERS, subject=queries.template_by_id, check=is_of_my_prison)
def change(who: Identity, row: Template) -> ResponseReturnValue:
    """A weekly row becomes another one from a day on."""
    prison = reader().get(Prison, row.prison_id)
    if prison is None or (row.valid_to is not None and row.valid_to < local_day(now())):
        raise PageNotFound
    kept = {name: getattr(row, name) for name in ("kind", "opens", "closes", "minutes", "turnaround", "stagger", "every_weeks", "valid_to", "wards", "levels")}
    first = max(local_day(now()) + timedelta(days=1), row.valid_from)
    form = _form(prison, **kept, weekdays=[row.weekday], terminals=[place.terminal_id for place in row.terminals], valid_from=first)
    number, prison_id, code = row.id, prison.id, code_of(who, prison)
    plan = None
    if form.validate_on_submit():
        wanted, weekdays = form.row(), tuple(form.weekdays.data or ())
        plan, done = two_steps(
            form,
            lambda session: service.plan_templates(session, prison_id, wanted, weekdays, now(), number),
            lambda session, seen: service.change_template(session, who, number, wanted, weekdays, seen, now()),
        )
        if done is not None:
            return leave(done, gettext("The weekly row is changed. Visits booked already stand."), "timetable.rows", code)
    return _page(form, reader().get_one(Prison, prison_id), code, plan, reader().get_one(Template, number))


def _steps(old: Template, form: TemplateForm) -> list[tuple[Any, Any, Any]]:
    """What is different, beside what it was."""
    names = {row.id: row.name for row in queries.terminals(reader(), old.prison_id)}
    comma = str(gettext(", "))

    def days(numbers: Any) -> str:
        return comma.join(str(WEEKDAYS[number]) for number in sorted(numbers))

    def places(numbers: Any) -> str:
        return comma.join(names[number] for number in numbers if number in names)

    def labels(field: Any, chosen_ones: Any) -> str:
        return comma.join(str(choice.label) for choice in field.choices if choice.value in chosen_ones) or str(gettext("everybody"))

    pairs = [
        (form.kind.label.text, KIND_WORDS[old.kind], KIND_WORDS[form.kind.data]),
        (form.weekdays.label.text, days([old.weekday]), days(form.weekdays.data)),
        (gettext("Time"), f"{old.opens:%H:%M}–{old.closes:%H:%M}", f"{form.opens.data:%H:%M}–{form.closes.data:%H:%M}"),
        *((getattr(form, name).label.text, getattr(old, name), getattr(form, name).data) for name in ("minutes", "turnaround", "stagger", "every_weeks")),
        (form.terminals.label.text, places([place.terminal_id for place in old.terminals]), places(form.terminals.data)),
        (form.wards.label.text, labels(form.wards, old.wards), labels(form.wards, form.wards.data or ())),
        (form.levels.label.text, labels(form.levels, old.levels), labels(form.levels, form.levels.data or ())),
        (form.valid_to.label.text, old.valid_to or gettext("until further notice"), form.valid_to.data or gettext("until further notice")),
    ]
    return [(label, before, after) for label, before, after in pairs if str(before) != str(after)]


@blueprint.route("/<int:template_id>/end", methods=["GET", "POST"])
@door(*KEEPERS, subject=queries.template_by_id, check=is_of_my_prison)
def end(who: Identity, row: Template) -> ResponseReturnValue:
    """Let a weekly row end."""
    form = EndForm(data={"last_day": local_day(now())})
    prison = reader().get_one(Prison, row.prison_id)
    number, code, plan = row.id, code_of(who, prison), None
    if form.validate_on_submit():
        day = form.last_day.data
        plan, done = two_steps(
            form,
            lambda session: service.plan_end(session, number, day, now()),
            lambda session, seen: service.end_template(session, who, number, day, seen, now()),
        )
        if done is not None:
            return leave(done, gettext("The weekly row ends. Visits booked already stand."), "timetable.rows", code)
    shown = {"form": form, "row": reader().get_one(Template, number), "code": code, "plan": plan}
    return render_template("prison/timetable/end.html", **shown, weekdays=WEEKDAYS, kinds=KIND_WORDS), status_of(form)

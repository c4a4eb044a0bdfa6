"""How many visits at once: the duty roster, the prison's line, the terminals."""

from datetime import date, datetime, timedelta

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from visitation.kernel.errors import Refusal, Refused
from visitation.kernel.identity import Identity
from visitation.kernel.interval import LOCAL, local_day
from visitation.people.models import Prison
from visitation.policies.queries import policies_of
from visitation.store.transaction import reader
from visitation.timetable import queries, service
from visitation.timetable.blueprint import KEEPERS, blueprint, chosen, code_of, is_of_my_prison, leave, one_act, status_of, two_steps
from visitation.timetable.forms import ActForm, DutiesForm, DutyForm, LineForm, span
from visitation.timetable.models import Duty, Terminal
from visitation.timetable.rules_terminals import state_of
from visitation.web.choices import choices
from visitation.web.door import door
from visitation.web.request import now

AHEAD = 14
"""Days ahead that are searched for days without a roster."""
LONGEST_REPEAT = 92
"""Days: a roster is written for a quarter of a year at most."""


@blueprint.get("/roster")
@door(*KEEPERS)
def roster(who: Identity) -> str:
    """Who is on duty, how many sessions each may watch, and which days nobody is on."""
    prison = chosen(who)
    planned = policies_of(reader(), prison.id, ("planned_lanes",)).value("planned_lanes", local_day(now()))
    rows = queries.duties(reader(), prison.id, now())
    shown = {"prison": prison, "code": code_of(who, prison), "rows": rows, "planned": planned, "bare": _bare_days(prison, [row for row, _name in rows])}
    return render_template("prison/timetable/roster.html", **shown)


def _bare_days(prison: Prison, rows: list[Duty]) -> list[date]:
    """Days of the next two weeks that have places and nobody on the roster."""
    today = local_day(now())
    table = queries.grid(reader(), prison.id, today, today + timedelta(days=AHEAD), 0)
    covered = {local_day(row.starts_at) for row in rows}
    return [day for day in table.days() if day not in covered and table.places(day)]


def _shift(form: DutyForm) -> service.Shift | None:
    wanted = span(form.starts.data, form.ends.data)
    if wanted is None:
        form.refuse(Refused("DUTY_NOT_ORDERED"))
        return None
    return service.Shift(form.officer.data, wanted, form.lanes.data)


def _shifts(form: DutiesForm, prison_id: int) -> list[service.Shift]:
    """One duty, or the same one on every working day until another day."""
    shift, until = _shift(form), form.until.data
    if shift is None or until is None:
        return [shift] if shift is not None else []
    first = local_day(shift.span.start)
    if not first <= until <= first + timedelta(days=LONGEST_REPEAT):
        form.refuse(Refused(Refusal("DUTY_UNTIL", {"day": first + timedelta(days=LONGEST_REPEAT)})))
        return []
    return service.repeated(queries.grid(reader(), prison_id, first, until, 0), shift, until)


@blueprint.route("/roster/new", methods=["GET", "POST"])
@door(*KEEPERS)
def add_duty(who: Identity) -> ResponseReturnValue:
    """Put an officer on the roster."""
    prison = chosen(who)
    form = DutiesForm(data={"lanes": policies_of(reader(), prison.id, ("watch_lanes",)).value("watch_lanes", local_day(now()))})
    form.officer.choices = choices([(row.id, row.name) for row in queries.officers(reader(), prison.id)])
    plan = None
    shifts = _shifts(form, prison.id) if form.validate_on_submit() else []
    if shifts:
        plan, done = two_steps(
            form,
            lambda session: service.plan_duty(session, prison.id, shifts, now()),
            lambda session, seen: service.add_duty(session, who, prison.id, shifts, seen, now()),
        )
        if done is not None:
            return leave(
                done, ngettext("%(num)d duty is on the roster.", "%(num)d duties are on the roster.", len(shifts)), "timetable.roster", code_of(who, prison)
            )
    if plan is not None and len(shifts) > 1:
        steps = [(gettext("Duties"), "", ngettext("%(num)d day", "%(num)d days", len(shifts)))]
        return render_template("prison/timetable/duty.html", form=form, code=code_of(who, prison), plan=plan, old=None, steps=steps), status_of(form)
    return render_template("prison/timetable/duty.html", form=form, code=code_of(who, prison), plan=plan, old=None, steps=[]), status_of(form)


@blueprint.route("/roster/<int:duty_id>/change", methods=["GET", "POST"])
@door(*KEEPERS, subject=queries.duty_by_id, check=is_of_my_prison)
def change_duty(who: Identity, row: Duty) -> ResponseReturnValue:
    """Other times, another officer or other lanes."""
    prison = reader().get_one(Prison, row.prison_id)
    wall = {"starts": _wall(row.starts_at), "ends": _wall(row.ends_at)}
    form = DutyForm(data={"officer": row.account_id, "lanes": row.lanes, **wall})
    officers = {each.id: each.name for each in queries.officers(reader(), prison.id)}
    form.officer.choices = choices(officers)
    number, prison_id, code, plan, steps = row.id, prison.id, code_of(who, prison), None, []
    old = (officers.get(row.account_id, ""), _span_text(row.starts_at, row.ends_at), row.lanes)
    shift = _shift(form) if form.validate_on_submit() else None
    if shift is not None:
        plan, done = two_steps(
            form,
            lambda session: service.plan_duty(session, prison_id, (shift,), now(), number),
            lambda session, seen: service.change_duty(session, who, number, shift, seen, now()),
        )
        if done is not None:
            return leave(done, gettext("The roster is saved."), "timetable.roster", code)
        new = (officers.get(shift.account_id, ""), _span_text(shift.span.start, shift.span.end), shift.lanes)
        labels = (form.officer.label.text, gettext("Time"), form.lanes.label.text)
        steps = [(label, before, after) for label, before, after in zip(labels, old, new, strict=True) if before != after]
    return render_template("prison/timetable/duty.html", form=form, code=code, plan=plan, old=number, steps=steps), status_of(form)


def _wall(moment: datetime) -> datetime:
    return moment.astimezone(LOCAL).replace(tzinfo=None)


def _span_text(start: datetime, end: datetime) -> str:
    first, last = _wall(start), _wall(end)
    return f"{first:%Y-%m-%d %H:%M} – {last:%H:%M}" if first.date() == last.date() else f"{first:%Y-%m-%d %H:%M} – {last:%Y-%m-%d %H:%M}"


@blueprint.route("/roster/<int:duty_id>/remove", methods=["GET", "POST"])
@door(*KEEPERS, subject=queries.duty_by_id, check=is_of_my_prison)
def remove_duty(who: Identity, row: Duty) -> ResponseReturnValue:
    """Take a duty off the roster, after a look at what then has no lane."""
    prison = reader().get_one(Prison, row.prison_id)
    officers = {each.id: each.name for each in queries.officers(reader(), prison.id)}
    shown = {"name": officers.get(row.account_id, ""), "when": _span_text(row.starts_at, row.ends_at), "lanes": row.lanes}
    number, prison_id, code = row.id, prison.id, code_of(who, prison)
    form = ActForm()
    plan, done = one_act(form, lambda s: service.plan_duty(s, prison_id, (), now(), number), lambda s, seen: service.remove_duty(s, who, number, seen, now()))
    if done is not None:
        return leave(done, gettext("The duty is removed."), "timetable.roster", code)
    return render_template("prison/timetable/duty_remove.html", form=form, code=code, plan=plan, **shown), status_of(form)


@blueprint.route("/line", methods=["GET", "POST"])
@door(*KEEPERS)
def line(who: Identity) -> ResponseReturnValue:
    """How many sessions the prison's line carries at once."""
    prison = chosen(who)
    old, prison_id, code = prison.uplink_sessions, prison.id, code_of(who, prison)
    form, plan, steps = LineForm(data={"sessions": old}), None, []
    if form.validate_on_submit():
        wanted = form.sessions.data
        plan, done = two_steps(
            form,
            lambda session: service.plan_uplink(session, prison_id, wanted, now()),
            lambda session, seen: service.set_uplink(session, who, prison_id, wanted, seen, now()),
        )
        if done is not None:
            return leave(done, gettext("The line is saved."), "timetable.terminals", code)
        steps = [(form.sessions.label.text, old, wanted)]
    return render_template("prison/timetable/line.html", form=form, code=code, plan=plan, steps=steps), status_of(form)


@blueprint.get("/terminals")
@door(*KEEPERS)
def terminals(who: Identity) -> str:
    """The terminals as the timetable sees them: in service, blocked, silent."""
    prison = chosen(who)
    silence = policies_of(reader(), prison.id, ("terminal_offline",)).value("terminal_offline", local_day(now()))
    blocks = queries.closures(reader(), prison.id, now())
    places = queries.terminals(reader(), prison.id)
    blocked = {row.id: [one for one in blocks if one.terminal_id == row.id] for row in places}
    rows = [(row, state_of(row.in_service, row.offline_until, row.seen_at, now()), blocked[row.id]) for row in places]
    return render_template("prison/timetable/terminals.html", prison=prison, code=code_of(who, prison), rows=rows, silence=silence)


def terminal_by_id(session: Session, terminal_id: int) -> Terminal | None:
    return session.get(Terminal, terminal_id)


@blueprint.route("/terminals/<int:terminal_id>/service", methods=["GET", "POST"])
@door(*KEEPERS, subject=terminal_by_id, check=is_of_my_prison)
def serve(who: Identity, row: Terminal) -> ResponseReturnValue:
    """Take a terminal out of service until somebody puts it back, or put it back."""
    number, name, wanted = row.id, row.name, not row.in_service
    code = code_of(who, reader().get_one(Prison, row.prison_id))
    form = ActForm()
    plan, done = one_act(
        form,
        lambda session: service.plan_service(session, number, wanted, now()),
        lambda session, seen: service.set_in_service(session, who, number, wanted, seen, now()),
    )
    if done is not None:
        text = gettext("The terminal is in service again.") if wanted else gettext("The terminal is out of service.")
        return leave(done, text, "timetable.terminals", code)
    return render_template("prison/timetable/serve.html", form=form, code=code, plan=plan, name=name, wanted=wanted), status_of(form)

"""Closures, single days, weekdays and release of wards."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from visitation.bookings import queries as bookings
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day, next_month
from visitation.people.models import Inmate, Prison, Ward
from visitation.policies.queries import policies_of
from visitation.store.transaction import perform, reader
from visitation.timetable import queries, service
from visitation.timetable.blueprint import KEEPERS, blueprint, chosen, code_of, is_of_my_prison, leave, one_act, status_of, two_steps
from visitation.timetable.forms import ActForm, ClosureForm, DayForm, WardForm
from visitation.timetable.models import CalendarDay, Closure, WardHours
from visitation.timetable.rules import Said
from visitation.timetable.rules_calendar import State, release_at, year_states
from visitation.timetable.words import WEEKDAYS
from visitation.timetable.workdays import published
from visitation.web.choices import choices
from visitation.web.door import door
from visitation.web.local_names import local_name
from visitation.web.request import now


@blueprint.get("/closures")
@door(*KEEPERS)
def closures(who: Identity) -> str:
    """Closures in force and to come, and the visits that are flagged."""
    prison = chosen(who)
    wards = {row.id: local_name(row) for row in reader().scalars(select(Ward).where(Ward.prison_id == prison.id))}
    places = {row.id: row.name for row in queries.terminals(reader(), prison.id)}
    shown = {"flags": bookings.flagged(reader(), prison.id, now()), "rows": queries.closures(reader(), prison.id, now()), "wards": wards, "places": places}
    return render_template("prison/timetable/closures.html", prison=prison, code=code_of(who, prison), form=ActForm(formdata=None), **shown)


@blueprint.route("/closures/new", methods=["GET", "POST"])
@door(*KEEPERS)
def close(who: Identity) -> ResponseReturnValue:
    """Close: first the list of visits it hits, then, if the list is still the same, the closure."""
    prison = chosen(who)
    form = ClosureForm()
    form.scope.choices = choices(_scopes(prison))
    plan = None
    shut = form.shut() if form.validate_on_submit() else None
    if form.is_submitted() and not form.errors and shut is None:
        form.refuse(Refused("CLOSURE_NOT_ORDERED"))
    if shut is not None:
        draft = service.Draft(shut, form.reason.data)
        plan, done = two_steps(
            form,
            lambda session: service.plan_closure(session, prison.id, draft, now()),
            lambda session, seen: service.add_closure(session, who, prison.id, draft, seen, now()),
        )
        if done is not None:
            return leave(done, gettext("The closure is saved."), "timetable.closures", code_of(who, prison))
    return render_template("prison/timetable/close.html", form=form, prison=prison, code=code_of(who, prison), plan=plan), status_of(form)


def _scopes(prison: Prison) -> list[tuple[str, str]]:
    wards = reader().scalars(select(Ward).where(Ward.prison_id == prison.id).order_by(Ward.name))
    return [
        ("prison", gettext("The whole prison")),
        *((f"ward:{row.id}", gettext("Ward: %(name)s", name=local_name(row))) for row in wards),
        *((f"terminal:{row.id}", gettext("Terminal: %(name)s", name=row.name)) for row in queries.terminals(reader(), prison.id)),
    ]


@blueprint.post("/closures/<int:closure_id>/lift")
@door(*KEEPERS, subject=queries.closure_by_id, check=is_of_my_prison)
def lift(who: Identity, row: Closure) -> ResponseReturnValue:
    number, code = row.id, code_of(who, reader().get_one(Prison, row.prison_id))
    perform(lambda session: service.lift_closure(session, who, number, now()))
    flash(gettext("The closure is lifted. Its flags are cleared."))
    return redirect(url_for("timetable.closures", prison=code))


@blueprint.get("/days")
@door(*KEEPERS)
def days(who: Identity) -> str:
    """What is known of this year and the next ones, and the days that differ from the week."""
    prison = chosen(who)
    today = local_day(now())
    rows = queries.calendar_days(reader(), prison.id, today)
    said = {row.day: Said(row.working, row.as_weekday) for row in rows}
    years = year_states(range(today.year, today.year + 3), said, published)
    shown = [row for row in rows if row.as_weekday is not None or row.note or row.working is not _usual(row)]
    own = {"prison": prison, "code": code_of(who, prison), "years": years, "unpublished": State.UNPUBLISHED}
    return render_template("prison/timetable/days.html", **own, rows=shown, weekdays=WEEKDAYS)


def _usual(row: CalendarDay) -> bool:
    """What the day would be if nobody had said anything."""
    known = published(row.day)
    return row.day.weekday() < 5 if known is None else known


@blueprint.route("/days/new", methods=["GET", "POST"])
@door(*KEEPERS)
def decide(who: Identity) -> ResponseReturnValue:
    """Decide a day: closed, a make-up working day, the timetable of another weekday."""
    prison = chosen(who)
    form, plan, steps = DayForm(), None, []
    if form.validate_on_submit():
        day, word, note = form.day.data, form.word(), form.note.data or ""
        plan, done = two_steps(
            form,
            lambda session: service.plan_day(session, prison.id, day, word, now()),
            lambda session, seen: service.say_day(session, who, prison.id, day, word, note, seen, now()),
        )
        if done is not None:
            return leave(done, gettext("The day is saved."), "timetable.days", code_of(who, prison))
        if plan is not None:
            old = queries.days_said(reader(), prison.id, day, day).get(day)
            steps = [(day, _in_words(old, published(day)), _in_words(word, None))]
    shown = {"form": form, "prison": prison, "code": code_of(who, prison), "plan": plan, "steps": steps}
    return render_template("prison/timetable/day.html", **shown), status_of(form)


def _in_words(said: Said | None, known: bool | None) -> str:
    working = said.working if said is not None else known
    if working is None:
        return str(gettext("not published"))
    text = str(gettext("a working day") if working else gettext("a day without visits"))
    return f"{text} ({WEEKDAYS[said.as_weekday]})" if said is not None and said.as_weekday is not None else text


@blueprint.route("/days/<int:row_id>/remove", methods=["GET", "POST"])
@door(*KEEPERS, subject=queries.day_by_id, check=is_of_my_prison)
def remove_day(who: Identity, row: CalendarDay) -> ResponseReturnValue:
    """Take a decision about a day back, after a look at the visits that stand on it."""
    number, code, day = row.id, code_of(who, reader().get_one(Prison, row.prison_id)), row.day
    form = ActForm()
    plan, done = one_act(
        form, lambda session: service.plan_unsay(session, number, now()), lambda session, seen: service.unsay_day(session, who, number, seen, now())
    )
    if done is not None:
        return leave(done, gettext("The published calendar counts again for this day."), "timetable.days", code)
    return render_template("prison/timetable/day_remove.html", form=form, code=code, plan=plan, day=day), status_of(form)


@blueprint.get("/wards")
@door(*KEEPERS)
def wards(who: Identity) -> str:
    """Each ward with its weekdays and the moment of its release."""
    prison = chosen(who)
    hours = {row.ward_id: row for row in queries.ward_hours(reader(), prison.id)}
    rows = reader().scalars(select(Ward).where(Ward.prison_id == prison.id).order_by(Ward.id)).all()
    count = select(Inmate.ward_id, func.count()).where(Inmate.prison_id == prison.id, Inmate.status == "held").group_by(Inmate.ward_id)
    held = {row[0]: row[1] for row in reader().execute(count)}
    shown = [(ward, hours.get(ward.id), held.get(ward.id, 0), _release(prison, hours.get(ward.id))) for ward in rows]
    return render_template("prison/timetable/wards.html", prison=prison, code=code_of(who, prison), rows=shown, weekdays=WEEKDAYS, local_name=local_name)


def _release(prison: Prison, hours: WardHours | None) -> Any:
    """The next moment at which places are released for a ward."""
    today = local_day(now())
    policies = policies_of(reader(), prison.id, ("release_day", "release_time"))
    later = hours.release_minutes if hours is not None else 0
    months = (today.replace(day=1), next_month(today))
    moments = [release_at(month, policies.value("release_day", today), policies.value("release_time", today), later) for month in months]
    return next((moment for moment in moments if moment > now()), moments[-1])


def ward_by_id(session: Session, ward_id: int) -> Ward | None:
    return session.get(Ward, ward_id)


@blueprint.route("/wards/<int:ward_id>", methods=["GET", "POST"])
@door(*KEEPERS, subject=ward_by_id, check=is_of_my_prison)
def ward(who: Identity, row: Ward) -> ResponseReturnValue:
    """The weekdays of a ward, and its release."""
    hours = reader().get(WardHours, row.id)
    known: dict[str, Any] = {"weekdays": hours.weekdays, "release_minutes": hours.release_minutes} if hours is not None else {"release_minutes": 0}
    form, plan, number = WardForm(data=known), None, row.id
    code = code_of(who, reader().get_one(Prison, row.prison_id))
    if form.validate_on_submit():
        wanted = service.Hours(frozenset(form.weekdays.data or ()), form.release_minutes.data)
        plan, done = two_steps(
            form,
            lambda session: service.plan_ward(session, number, wanted, now()),
            lambda session, seen: service.save_ward_hours(session, who, number, wanted, seen, now()),
        )
        if done is not None:
            return leave(done, gettext("The ward's days are saved."), "timetable.wards", code)
    shown = {"form": form, "ward": reader().get_one(Ward, number), "code": code, "plan": plan}
    return render_template("prison/timetable/ward.html", **shown, local_name=local_name), status_of(form)

"""The plan of a legal-help day for the legal office: asking the lawyers, planning, moving by hand, publishing, taking back, planning again."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from consult.helpdays import changing, conflicts, planning, publishing, queries, rules_plan, words_plan
from consult.helpdays.forms_plan import FillForm, MoveForm, PlanForm
from consult.helpdays.models import HelpDay, HelpSeat
from consult.helpdays.sheet_plan import seat_sheet, sheet
from visitation.kernel.errors import Refusal, Refused
from visitation.kernel.identity import Identity, Role
from visitation.store.transaction import perform, reader
from visitation.web.door import door
from visitation.web.i18n import show_clock
from visitation.web.local_names import local_name
from visitation.web.request import now, see

blueprint = Blueprint("help_plan", __name__)
OFFICE = (Role.LEGAL_OFFICE,)


def of_my_prison(who: Identity, thing: HelpDay | HelpSeat) -> bool:
    day = thing.day if isinstance(thing, HelpSeat) else thing
    return who.prison_id is None or who.prison_id == day.prison_id


@blueprint.get("/help-days/<ref>/plan")
@door(*OFFICE, subject=queries.day_by_ref, check=of_my_prison)
def show(_who: Identity, day: HelpDay) -> str:
    """The grid of times and lawyers, the escorts, those carried over, and who still owes an answer."""
    return _page(day.ref, PlanForm(formdata=None))


def _page(ref: str, form: PlanForm) -> str:
    day = queries.day_by_ref(reader(), ref)
    if day is None:
        abort(404)
    shown = sheet(reader(), day, now())
    for row in shown.ground.requests.values():
        see("inmate", row.inmate_id)
    form.version.data = day.plan_version
    return render_template("prison/helpdays_plan/show.html", sheet=shown, day=day, form=form, words=words_plan, local_name=local_name, moment_now=now())


def _act(day: HelpDay, work: Callable[[Session, int, int, datetime], Any], said: Callable[[Any], str]) -> ResponseReturnValue:
    """One button of the plan: done and said, or the page with every reason why not."""
    form, day_id, ref = PlanForm(), day.id, day.ref
    if not form.validate_on_submit():
        return _page(ref, form), 422
    version, moment = int(form.version.data or 0), now()
    try:
        done = perform(lambda session: work(session, day_id, version, moment))
    except Refused as refused:
        form.refuse(refused)
        return _page(ref, form), refused.status
    flash(said(done))
    return redirect(url_for("help_plan.show", ref=ref))


@blueprint.post("/help-days/<ref>/plan/ask")
@door(*OFFICE, subject=queries.day_by_ref, check=of_my_prison)
def ask(who: Identity, day: HelpDay) -> ResponseReturnValue:
    """Ask the lawyers on duty whether there is a conflict of interest, or remind those who have not answered."""
    return _act(
        day,
        lambda session, day_id, _version, moment: conflicts.ask(session, who, day_id, moment),
        lambda told: ngettext("%(num)d lawyer is asked.", "%(num)d lawyers are asked.", told) if told else gettext("Every lawyer has answered already."),
    )


@blueprint.post("/help-days/<ref>/plan/propose")
@door(*OFFICE, subject=queries.day_by_ref, check=of_my_prison)
def propose(who: Identity, day: HelpDay) -> ResponseReturnValue:
    """Plan, or plan again around what was put by hand."""
    return _act(
        day,
        lambda session, day_id, version, moment: planning.propose(session, who, day_id, version, moment),
        lambda _ground: gettext("The plan is made. Nothing is booked and nobody is told until you publish it."),
    )


@blueprint.post("/help-days/<ref>/plan/publish")
@door(*OFFICE, subject=queries.day_by_ref, check=of_my_prison)
def publish(who: Identity, day: HelpDay) -> ResponseReturnValue:
    return _act(
        day,
        lambda session, day_id, version, moment: publishing.publish(session, who, day_id, version, moment),
        lambda _day: gettext("The day is published: the consultations are booked, the lawyers are told, and the slips for the inmates are ready in the wards."),
    )


@blueprint.post("/help-days/<ref>/plan/take-back")
@door(*OFFICE, subject=queries.day_by_ref, check=of_my_prison)
def take_back(who: Identity, day: HelpDay) -> ResponseReturnValue:
    return _act(
        day,
        lambda session, day_id, version, moment: publishing.take_back(session, who, day_id, version, moment),
        lambda _day: gettext("The publication is taken back: the bookings are called off, the requests wait again, and the plan can be changed."),
    )


@blueprint.post("/help-days/<ref>/plan/again")
@door(*OFFICE, subject=queries.day_by_ref, check=of_my_prison)
def again(who: Identity, day: HelpDay) -> ResponseReturnValue:
    """Cases without a lawyer are given to the others where there is room."""
    return _act(day, lambda session, day_id, version, moment: publishing.again(session, who, day_id, version, moment), _said_again)


@blueprint.post("/help-days/<ref>/plan/fill")
@door(*OFFICE, subject=queries.day_by_ref, check=of_my_prison)
def fill(who: Identity, day: HelpDay) -> ResponseReturnValue:
    """A free place of a published day goes to whom it is offered."""
    form = FillForm()
    to = form.place() if form.validate() else None
    if to is None:
        abort(400)
    return _act(
        day,
        lambda session, day_id, version, moment: changing.fill(session, who, day_id, version, form.request.data or "", to, moment),
        _said_filled,
    )


def _said_filled(row: HelpSeat) -> str:
    assert row.starts_at is not None
    said = str(gettext("%(name)s has the place at %(time)s. The lawyer and the ward are told; the slip is ready."))
    return said % {"name": row.request.inmate.name, "time": show_clock(row.starts_at)}


def _said_again(done: publishing.Again) -> str:
    seated = ngettext("%(num)d case has another lawyer.", "%(num)d cases have another lawyer.", done.seated)
    carried = ngettext("%(num)d case is carried over.", "%(num)d cases are carried over.", done.carried)
    return f"{seated} {carried}"


@blueprint.route("/help-seats/<ref>", methods=["GET", "POST"])
@door(*OFFICE, subject=planning.seat_by_ref, check=of_my_prison)
def seat(who: Identity, row: HelpSeat) -> ResponseReturnValue:
    """One request of the day: every place it could have, and what stands against each."""
    form, ref, day_ref = MoveForm(), row.ref, row.day.ref
    if form.validate_on_submit():
        act, seat_id, moment = request.form.get("act", ""), row.id, now()
        try:
            perform(lambda session: _by_hand(session, who, act, seat_id, form, moment))
        except Refused as refused:
            if refused.status == 409:
                raise
            form.refuse(refused)
        else:
            flash(_said_by_hand(act, ref))
            return redirect(url_for("help_plan.show", ref=day_ref))
    page = _seat_page(ref, form)
    return (page, 422) if form.refusals or form.errors else page


def _said_by_hand(act: str, ref: str) -> str:
    if act == "release":
        return str(gettext("The place is free, the lawyer and the ward are told. The request waits for another day."))
    if act == "withdraw":
        return str(gettext("The place is free, the lawyer and the ward are told. The request is taken back; the slip is ready."))
    row = planning.seat_by_ref(reader(), ref)
    if act != "move" or row is None or row.day.state != "published":
        return str(gettext("The plan is changed."))
    return str(gettext("The case has its new place. The lawyers and the wards concerned are told; new slips are ready where a time has changed."))


def _by_hand(session: Session, who: Identity, act: str, seat_id: int, form: MoveForm, moment: datetime) -> None:
    version = int(form.version.data or 0)
    if act == "move":
        to = form.place()
        if to is None:
            raise Refused("PLAN_CHOOSE")
        published = session.get_one(HelpSeat, seat_id).day.state == "published"
        (changing if published else planning).move(session, who, seat_id, version, to, bool(form.anyway.data), moment)
    elif act == "out":
        planning.take_out(session, who, seat_id, version, moment)
    elif act == "loose":
        planning.let_loose(session, who, seat_id, version, moment)
    elif act in ("release", "withdraw"):
        publishing.release(session, who, seat_id, version, moment, taken_back=act == "withdraw")
    else:
        raise Refused(Refusal("PLAN_NO_PLACE"))


def _seat_page(ref: str, form: MoveForm) -> str:
    row = planning.seat_by_ref(reader(), ref)
    if row is None:
        abort(404)
    shown = seat_sheet(reader(), row, now())
    see("inmate", row.request.inmate_id)
    for other in shown.ground.requests.values():
        see("inmate", other.inmate_id)
    form.version.data = row.day.plan_version
    movable = row.state in ("published", "carried") and not rules_plan.moving_refusals(row.day.state, row.day.starts_at, now())
    return render_template(
        "prison/helpdays_plan/seat.html",
        sheet=shown,
        movable=movable,
        row=row,
        day=row.day,
        form=form,
        words=words_plan,
        local_name=local_name,
        moment_now=now(),
    )

"""Mediation for the legal office: cases by what is due, a case with its talks, asking again."""

from collections.abc import Iterable
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from consult.mediation import queries, rules, service, video, words
from consult.mediation.forms import AttemptForm, FollowUpForm, OpenForm
from consult.mediation.models import MediationCase
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day
from visitation.store.transaction import perform, reader
from visitation.supervision.desk import DeskItem
from visitation.web.acting import acted
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.local_names import local_name
from visitation.web.request import now, see

blueprint = Blueprint("mediation", __name__, url_prefix="/mediation")
URGENT = ("red", "yellow", "green")


def of_my_office(who: Identity, case: MediationCase) -> bool:
    return who.prison_id is None or who.prison_id == case.prison_id


def pile(session: Session, who: Identity, moment: datetime) -> Iterable[DeskItem]:
    """Talks and questions that are due, on the desk."""
    if who.has(Role.LEGAL_OFFICE):
        due = [line.lamp for line in queries.lines(session, who, False, moment) if line.due_at and line.lamp != "green"]
        yield DeskItem(_l("mediation talks that are due"), len(due), url_for("mediation.index"), min(due, key=URGENT.index) if due else "green")


@blueprint.get("")
@door(Role.LEGAL_OFFICE)
def index(who: Identity) -> str:
    closed = request.args.get("closed") == "1"
    return render_template("prison/mediation/index.html", lines=queries.lines(reader(), who, closed, now()), closed=closed, words=words)


@blueprint.route("/new", methods=["GET", "POST"])
@door(Role.LEGAL_OFFICE)
def create(who: Identity) -> ResponseReturnValue:
    form = OpenForm()
    if form.validate_on_submit():
        try:
            case = perform(lambda session: service.open_case(session, who, form.opened(), now(), form.request_key.data))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The case is open. The first talk is due on the next workday."))
            return redirect(url_for("mediation.show", ref=case.ref))
    return render_template("prison/mediation/open.html", form=form)


@blueprint.route("/<ref>", methods=["GET", "POST"])
@door(Role.LEGAL_OFFICE, subject=queries.by_ref, check=of_my_office)
def show(who: Identity, case: MediationCase) -> ResponseReturnValue:
    """The case, and the next talk written down."""
    over = video.ended(case)
    said = rules.proposed(over.booking.state, over.booking.outcome) if over is not None and over.booking is not None else None
    form, case_id, ref = AttemptForm(means="video" if over else "phone", result=said), case.id, case.ref
    if acted(form, lambda session: service.write_attempt(session, who, case_id, form.tried(), now(), form.request_key.data)):
        flash(gettext("The talk is written down."))
        return redirect(url_for("mediation.show", ref=ref))
    return _page(ref, form, FollowUpForm(formdata=None))


def _page(ref: str, form: AttemptForm, follow: FollowUpForm) -> str:
    case = queries.by_ref(reader(), ref)
    assert case is not None
    see("mediation", case.ref)
    see("inmate", case.inmate_id)
    planned = video.planned(case)
    day = local_day(planned.at).isoformat() if planned else ""
    shown = {"local_name": local_name, "line": queries.line(case, now()), "planned": planned, "over": video.ended(case), "planned_day": day}
    return render_template("prison/mediation/show.html", row=case, form=form, follow=follow, act=ActForm(formdata=None), words=words, **shown)


@blueprint.post("/<ref>/follow-up")
@door(Role.LEGAL_OFFICE, subject=queries.by_ref, check=of_my_office)
def follow_up(who: Identity, case: MediationCase) -> ResponseReturnValue:
    """Whether the agreement is kept."""
    form, case_id, ref, kept = FollowUpForm(), case.id, case.ref, request.form.get("kept", "")
    if kept not in ("yes", "no"):
        abort(400)
    if form.validate_on_submit():
        perform(lambda session: service.follow_up(session, who, case_id, kept == "yes", form.note.data, now()))
        flash(gettext("Noted. The case is over.") if kept == "yes" else gettext("Noted. The case is open again."))
        return redirect(url_for("mediation.show", ref=ref))
    return _page(ref, AttemptForm(formdata=None), form)


@blueprint.post("/<ref>/withdraw")
@door(Role.LEGAL_OFFICE, subject=queries.by_ref, check=of_my_office)
def withdraw(who: Identity, case: MediationCase) -> ResponseReturnValue:
    case_id, ref = case.id, case.ref
    if ActForm().validate_on_submit():
        perform(lambda session: service.withdraw(session, who, case_id, now()))
        flash(gettext("The case is withdrawn."))
    return redirect(url_for("mediation.show", ref=ref))

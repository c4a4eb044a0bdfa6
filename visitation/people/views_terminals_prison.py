"""Terminals of the visiting rooms: added, changed, taken out of service. Pairing their browsers is in accounts."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.people import queries_staff, rules_staff, service_places
from visitation.people.forms_staff import TerminalForm
from visitation.people.models import Prison
from visitation.people.views_places_prison import own_prison
from visitation.store.transaction import perform, reader
from visitation.timetable.models import Terminal
from visitation.web.door import door
from visitation.web.local_names import local_name
from visitation.web.request import now

blueprint = Blueprint("terminals", __name__)


def own_terminal(who: Identity, terminal: Terminal) -> bool:
    return rules_staff.same_prison(who, terminal)


@blueprint.get("/terminals")
@door(Role.ADMINISTRATOR, Role.DUTY_CHIEF)
def index(who: Identity) -> str:
    """Every terminal, with what it was last seen doing."""
    groups = [(prison, queries_staff.terminal_lines(reader(), prison.id)) for prison in queries_staff.prisons(reader(), who)]
    return render_template("prison/people/terminals.html", groups=groups, local_name=local_name, may_change=who.has(Role.ADMINISTRATOR))


@blueprint.route("/prisons/<code>/terminals/new", methods=["GET", "POST"])
@door(Role.ADMINISTRATOR, subject=queries_staff.prison_by_code, check=own_prison)
def create(who: Identity, place: Prison) -> ResponseReturnValue:
    form, prison_id = TerminalForm(), place.id
    if form.validate_on_submit():
        try:
            terminal_id = _save(who, prison_id, None, form)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The terminal is added. Next: open /pair on its screen and type the code here."))
            return redirect(url_for("devices.show", terminal_id=terminal_id))
    return render_template("prison/people/terminal_form.html", form=form, terminal=None)


@blueprint.route("/terminals/<int:terminal_id>", methods=["GET", "POST"])
@door(Role.ADMINISTRATOR, subject=queries_staff.terminal_by_id, check=own_terminal)
def edit(who: Identity, terminal: Terminal) -> ResponseReturnValue:
    form, prison_id, terminal_id = TerminalForm(obj=terminal), terminal.prison_id, terminal.id
    if form.validate_on_submit():
        try:
            _save(who, prison_id, terminal_id, form)
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The changes are saved."))
            return redirect(url_for("terminals.index"))
    return render_template("prison/people/terminal_form.html", form=form, terminal=terminal)


def _save(who: Identity, prison_id: int, terminal_id: int | None, form: TerminalForm) -> int:
    values = (form.name.data, form.room.data or "", form.in_service.data)
    return perform(lambda session: service_places.save_terminal(session, who, prison_id, terminal_id, *values, now()).id)

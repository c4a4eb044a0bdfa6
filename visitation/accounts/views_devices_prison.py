"""The page a fresh terminal opens to be paired, and the administrator's page of a terminal's devices."""

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.accounts import queries_staff, service_devices
from visitation.accounts.devices import forget_key, keep_key
from visitation.accounts.forms_staff import PairForm
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.store.transaction import perform, reader
from visitation.timetable.models import Terminal
from visitation.web.door import door, open_door
from visitation.web.forms import ActForm
from visitation.web.limits import limiter
from visitation.web.request import now

blueprint = Blueprint("devices", __name__)


def of_the_prison(who: Identity, terminal: Terminal) -> bool:
    return who.prison_id is None or terminal.prison_id == who.prison_id


@blueprint.get("/pair")
@open_door
def pair(who: Identity | None) -> str:
    """The waiting screen: a code in large letters, renewed by itself."""
    terminal = who if who is not None and who.has(Role.TERMINAL) else None
    return render_template("prison/accounts/pair.html", terminal=terminal, form=ActForm())


@blueprint.post("/pair/code")
@open_door
@limiter.limit("30/minute")
def new_code(_who: Identity | None) -> ResponseReturnValue:
    """A fresh code, with the secret that this browser asks with."""
    waiting = perform(lambda session: service_devices.begin_pairing(session, now()))
    seconds = int((waiting.expires_at - now()).total_seconds())
    return jsonify(code=waiting.code, secret=waiting.secret, seconds=seconds)


@blueprint.post("/pair/state")
@open_door
def ask(_who: Identity | None) -> ResponseReturnValue:
    """waiting, expired, or paired: then the key comes with the answer, as a cookie that no script can read."""
    secret = request.form.get("secret", "")[:64]
    state = service_devices.state_of_pairing(reader(), secret, now())
    if state != "approved":
        return jsonify(state=state)
    key = perform(lambda session: service_devices.finish_pairing(session, secret, now()))
    answer: Response = jsonify(state="paired")
    keep_key(answer, key)
    return answer


@blueprint.post("/pair/forget")
@open_door
def forget(_who: Identity | None) -> ResponseReturnValue:
    """This browser gives its key away: the terminal has moved."""
    answer = redirect(url_for("devices.pair"))
    if ActForm().validate_on_submit():
        forget_key(answer)  # type: ignore[arg-type]
    return answer


@blueprint.route("/terminals/<int:terminal_id>/devices", methods=["GET", "POST"])
@door(Role.ADMINISTRATOR, subject=queries_staff.terminal_by_id, check=of_the_prison)
def show(who: Identity, terminal: Terminal) -> ResponseReturnValue:
    """A terminal's devices; pairing one more by the code on its screen."""
    form, terminal_id = PairForm(), terminal.id
    if form.validate_on_submit():
        try:
            perform(lambda session: service_devices.approve_pairing(session, who, terminal_id, form.code.data, now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(gettext("The terminal is paired. Its screen goes on by itself within a few seconds."))
            return redirect(url_for("devices.show", terminal_id=terminal_id))
    devices = queries_staff.devices_of(reader(), terminal_id)
    return render_template("prison/accounts/devices.html", form=form, terminal=terminal, devices=devices, act=ActForm())


@blueprint.post("/terminals/<int:terminal_id>/devices/<int:device_id>/revoke")
@door(Role.ADMINISTRATOR, subject=queries_staff.terminal_by_id, check=of_the_prison)
def revoke(who: Identity, terminal: Terminal, device_id: int) -> ResponseReturnValue:
    """The device's key counts no more."""
    terminal_id = terminal.id
    if ActForm().validate_on_submit():
        perform(lambda session: service_devices.revoke_device(session, who, terminal_id, device_id, now()))
        flash(gettext("The device's key counts no more. To use the device again, pair it anew."))
    return redirect(url_for("devices.show", terminal_id=terminal_id))

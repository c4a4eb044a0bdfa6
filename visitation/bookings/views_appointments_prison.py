"""Appointments of inmates with courts, lawyers and hospitals, entered by the ward; visits near them give way."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from werkzeug.exceptions import NotFound as PageNotFound

from visitation.bookings import appointments, words
from visitation.bookings.forms import CancelForm
from visitation.bookings.forms_staff import AppointmentForm
from visitation.bookings.models import Appointment
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import LOCAL
from visitation.people.rules import masked
from visitation.store.transaction import perform, reader
from visitation.timetable.queries import chosen_prison
from visitation.web.door import door
from visitation.web.request import now, see

blueprint = Blueprint("appointments", __name__, url_prefix="/appointments")
WRITERS = (Role.WARD_OFFICER, Role.OFFICER, Role.DUTY_CHIEF)


@blueprint.route("", methods=["GET", "POST"])
@door(*WRITERS)
def index(who: Identity) -> ResponseReturnValue:
    """What is to come, and the form for one more."""
    prison = chosen_prison(reader(), who, request.args.get("prison", ""))
    if prison is None:
        raise PageNotFound
    form = AppointmentForm()
    if not form.validate_on_submit():
        return _page(who, form, 422 if form.errors else 200)
    span = form.starts_at.data.replace(tzinfo=LOCAL), form.ends_at.data.replace(tzinfo=LOCAL)
    wanted, prison_id = appointments.Wanted(form.number.data, form.kind.data, *span, form.note.data or ""), prison.id
    try:
        hits = perform(lambda session: appointments.enter(session, who, prison_id, wanted, form.request_key.data, now()))
    except Refused as refused:
        form.refuse(refused)
        return _page(who, form, refused.status)
    flash(gettext("The appointment is entered. No visit of a family is booked at that time any more."))
    if hits:
        flash(ngettext("%(num)d visit is too near and stands on the work list now.", "%(num)d visits are too near and stand on the work list now.", len(hits)))
    return redirect(url_for("appointments.index"))


def _page(who: Identity, form: AppointmentForm, status: int) -> ResponseReturnValue:
    rows = appointments.coming(reader(), who, now())
    for inmate_id in sorted({row.inmate_id for row in rows}):
        see("inmate", inmate_id)
    shown = {"rows": rows, "form": form, "kinds": words.APPOINTMENTS, "masked": masked, "act": CancelForm(formdata=None)}
    return render_template("prison/bookings/appointments.html", **shown), status


@blueprint.post("/<int:appointment_id>/cancel")
@door(*WRITERS, subject=appointments.appointment_by_id, check=appointments.own_appointment)
def cancel(who: Identity, appointment: Appointment) -> ResponseReturnValue:
    """It does not take place."""
    if CancelForm().validate_on_submit():
        perform(lambda session: appointments.cancel(session, who, appointment.id, now()))
        flash(gettext("The appointment is taken off; visits that were flagged only because of it stand again."))
    return redirect(url_for("appointments.index"))

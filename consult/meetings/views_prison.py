"""Meetings with defenders for the legal office: what waits with its deadline, a new one, what is arranged."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consult.arranging import choice, day_shown
from consult.meetings import queries, rules, service
from consult.meetings.forms import CallOffForm, MeetingForm
from consult.requests import queries as requests
from consult.requests.models import HelpRequest
from visitation.bookings.free_times import FreeTime
from visitation.bookings.models import Booking
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.store.transaction import perform, reader
from visitation.web.door import door
from visitation.web.i18n import show_clock
from visitation.web.request import now, see

blueprint = Blueprint("meetings", __name__, url_prefix="/lawyer-meetings")


def of_my_office(who: Identity, booking: Booking) -> bool:
    return who.prison_id is None or who.prison_id == booking.prison_id


def waits_for_my_office(who: Identity, row: HelpRequest) -> bool:
    """A request of this prison that waits for a meeting with the defender."""
    return (who.prison_id is None or who.prison_id == row.prison_id) and rules.waits(row.path, row.state)


@blueprint.get("")
@door(Role.LEGAL_OFFICE)
def index(who: Identity) -> str:
    """What must be arranged within 48 hours, and what is."""
    return _index(who, CallOffForm(formdata=None))


def _index(who: Identity, form: CallOffForm, wrong: str = "") -> str:
    waiting, arranged = queries.waiting(reader(), who), queries.meetings(reader(), who.prison_id, now())
    for row in waiting:
        see("help_request", row.ref)
    for one in arranged:
        see("booking", one.booking.ref)
    shown = {"waiting": waiting, "meetings": arranged, "now": now(), "lamp": rules.lamp}
    return render_template("prison/meetings/index.html", form=form, wrong=wrong, **shown)


@blueprint.route("/new/<ref>", methods=["GET", "POST"])
@door(Role.LEGAL_OFFICE, subject=requests.by_ref, check=waits_for_my_office)
def create(who: Identity, row: HelpRequest) -> ResponseReturnValue:
    """For one request: the lawyer, then a free time of a day."""
    form, ref = MeetingForm(), row.ref
    if form.is_submitted() and form.validate():
        try:
            booking = perform(lambda session: service.arrange(session, who, ref, form.wanted(), now()))
        except Refused as refused:
            if refused.codes == ("STATE_CHANGED",):
                raise
            form.refuse(refused)
        else:
            flash(gettext("The meeting is arranged under %(ref)s. The lawyer is told, and the inmate gets a slip.", ref=booking.ref))
            return redirect(url_for("meetings.index"))
    return _page(requests.by_ref(reader(), ref) or row, form), 422 if form.refusals or form.errors else 200


def _page(row: HelpRequest, form: MeetingForm) -> str:
    session = reader()
    see("help_request", row.ref)
    see("inmate", row.inmate_id)
    lawyers = queries.may_defend(session)
    asked = request.values.get("lawyer", "")
    chosen = next((one for one in lawyers if str(one.id) == asked), lawyers[0] if lawyers else None)
    day = day_shown(request.args.get("day", ""), now())
    remote = queries.is_remote(session, row.prison_id, day)
    found = queries.times(session, row, chosen.id, day, now()) if chosen is not None and remote else []
    form.lawyer.data = str(chosen.id) if chosen is not None else ""
    form.place.choices = [(choice(one.terminals[0].id, one.visit.start), _words(row, one)) for one in found]
    shown = {"lawyers": lawyers, "chosen": chosen, "day": day, "remote": remote, "now": now(), "lamp": rules.lamp}
    return render_template("prison/meetings/new.html", row=row, form=form, **shown)


def _words(row: HelpRequest, one: FreeTime) -> str:
    text = f"{show_clock(one.visit.start)}–{show_clock(one.visit.end)} · {one.terminals[0].name}"
    late = gettext("after the deadline")
    return f"{text} · {late}" if rules.is_late(one.visit.start, row.due_at) else text


@blueprint.post("/<ref>/call-off")
@door(Role.LEGAL_OFFICE, subject=queries.meeting_by_ref, check=of_my_office)
def call_off(who: Identity, booking: Booking) -> ResponseReturnValue:
    """It does not take place; the lawyer reads why."""
    form, booking_id, ref = CallOffForm(), booking.id, booking.ref
    if not form.validate_on_submit():
        return _index(who, form, ref), 422
    try:
        perform(lambda session: service.call_off(session, who, booking_id, form.reason.data or "", now()))
    except Refused as refused:
        form.refuse(refused)
        return _index(who, form, ref), refused.status
    flash(gettext("The meeting is called off, and the lawyer is told."))
    return redirect(url_for("meetings.index"))

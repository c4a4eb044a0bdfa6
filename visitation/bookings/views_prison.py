"""Bookings on the prison's side: requests to decide, the visits of a day, one visit in full."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.bookings import queries, rules, service, words
from visitation.bookings.confirming import Gathered, gather
from visitation.bookings.forms import CallOffForm, CancelForm, DecisionForm
from visitation.bookings.models import Booking, BookingFlag
from visitation.bookings.speaking import in_language
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day
from visitation.store.transaction import perform, reader
from visitation.timetable.queries import chosen_prison
from visitation.web.door import door
from visitation.web.request import now, see

blueprint = Blueprint("bookings", __name__, url_prefix="/bookings")
DECIDERS = (Role.OFFICER, Role.DUTY_CHIEF)
READERS = (Role.OFFICER, Role.DUTY_CHIEF, Role.ADMINISTRATOR, Role.WARD_OFFICER)
YELLOW = timedelta(days=1)
YEARS = (2000, 2200)
"""Of days that are shown; at the ends of the calendar there is no day before or after."""


def lamp(due_at: datetime | None) -> str:
    """The colour of a deadline: yellow from one day before, red once overdue (rules.md §2)."""
    if due_at is None:
        return "good"
    return "red" if now() > due_at else "yellow" if now() > due_at - YELLOW else "good"


def may_see(who: Identity, booking: Booking) -> bool:
    """Staff of the prison; a ward officer only the inmates of their wards."""
    ward_only = who.has(Role.WARD_OFFICER) and not who.has(Role.OFFICER, Role.DUTY_CHIEF, Role.ADMINISTRATOR)
    return rules.is_of_my_prison(who, booking) and (not ward_only or booking.inmate.ward_id in who.ward_ids)


@blueprint.get("/requests")
@door(*DECIDERS)
def requests(who: Identity) -> str:
    """Visits that wait for a decision, the most urgent first."""
    rows = queries.requests(reader(), who.prison_id)
    return render_template("prison/bookings/requests.html", rows=rows, lamp=lamp, kinds=words.KINDS)


@blueprint.get("/day")
@door(*READERS)
def day(who: Identity) -> str:
    """The visits of a day, by time and terminal."""
    chosen = _date(request.args.get("day", "")) or local_day(now())
    prison = chosen_prison(reader(), who, request.args.get("prison", ""))
    rows = [row for row in queries.of_day(reader(), prison.id, chosen) if may_see(who, row)] if prison else []
    flags = queries.flags_of(reader(), [row.id for row in rows])
    around = {"before": chosen - timedelta(days=1), "after": chosen + timedelta(days=1), "today": local_day(now())}
    shown = {"alone": queries.outside_names(reader(), rows), "kinds": words.KINDS, "states": words.STATES, "outcomes": words.STAFF_OUTCOMES}
    return render_template("prison/bookings/day.html", rows=rows, flags=flags, day=chosen, prison=prison, **shown, **around)


@blueprint.get("/<ref>")
@door(*READERS, subject=queries.booking_by_ref, check=may_see)
def show(who: Identity, booking: Booking) -> str:
    """One visit with everything the staff may know, and what can be done."""
    see("booking", booking.ref)
    return _page(who, booking, DecisionForm(formdata=None), CallOffForm(formdata=None))


def _page(who: Identity, booking: Booking, decision: DecisionForm, call_off: CallOffForm) -> str:
    waiting = booking.state == "requested"
    found = gather(reader(), booking, [person.visitor.ref for person in booking.party[1:]], now(), accepted=True) if waiting else None
    standing = rules.standing(found.wish, found.case.inside, found.case.limits, now(), windowed=False) if found else []
    reasons = _reasons(booking, found) if found else []
    return render_template(
        "prison/bookings/show.html",
        booking=booking,
        alone=queries.outside_names(reader(), [booking]).get(booking.id),
        decision=decision,
        call_off=call_off,
        act=CancelForm(formdata=None),
        standing=standing,
        reasons=[words.REVIEW_REASONS[code] for code in reasons],
        flags=queries.flags_of(reader(), [booking.id]).get(booking.id, []),
        lamp=lamp,
        states=words.STATES,
        outcomes=words.STAFF_OUTCOMES,
        kinds=words.KINDS,
        languages=words.LANGUAGES,
        may_decide=waiting and who.has(*DECIDERS),
        may_call_off=booking.state in ("requested", "confirmed") and booking.starts_at > now() and who.has(Role.DUTY_CHIEF),
        may_return=booking.state in ("ended", "cancelled") and who.has(Role.DUTY_CHIEF),
    )


def _reasons(booking: Booking, found: Gathered) -> list[str]:
    wish, limits = in_language(reader(), booking.prison_id, found.wish, found.case.limits, booking.language)
    return rules.review_reasons(wish, found.case.inside, limits)


@blueprint.post("/<ref>/decision")
@door(*DECIDERS, subject=queries.booking_by_ref, check=may_see)
def decide(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Approve or refuse, with a reason. Whoever decides second is told that it is decided."""
    form = DecisionForm()
    if not form.validate_on_submit():
        return _page(who, booking, form, CallOffForm(formdata=None)), 422
    try:
        if form.decision.data == "approve":
            perform(lambda session: service.approve(session, who, booking.id, form.note.data or "", now()))
        else:
            wanted = (form.reason.data, form.text.data or "", form.note.data or "")
            perform(lambda session: service.refuse_request(session, who, booking.id, *wanted, now()))
    except Refused as refused:
        form.refuse(refused)
        return _page(who, queries.booking_by_ref(reader(), booking.ref) or booking, form, CallOffForm(formdata=None)), refused.status
    flash(gettext("The decision is entered and the family is told."))
    return redirect(url_for("bookings.requests"))


@blueprint.post("/<ref>/call-off")
@door(Role.DUTY_CHIEF, subject=queries.booking_by_ref, check=may_see)
def call_off(who: Identity, booking: Booking) -> ResponseReturnValue:
    """The prison cancels."""
    form = CallOffForm()
    if not form.validate_on_submit():
        return _page(who, booking, DecisionForm(formdata=None), form), 422
    try:
        perform(lambda session: service.call_off(session, who, booking.id, form.reason.data, form.text.data or "", now()))
    except Refused as refused:
        form.refuse(refused)
        return _page(who, queries.booking_by_ref(reader(), booking.ref) or booking, DecisionForm(formdata=None), form), refused.status
    flash(gettext("The visit is cancelled, the month's visit is given back, and the family is told."))
    return redirect(url_for("bookings.show", ref=booking.ref))


@blueprint.post("/<ref>/return")
@door(Role.DUTY_CHIEF, subject=queries.booking_by_ref, check=may_see)
def give_back(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Give a visit back to the month."""
    given = perform(lambda session: service.return_quota(session, who, booking.id, "by decision", now()))
    flash(gettext("The visit is given back to the month.") if given else gettext("There was nothing to give back."))
    return redirect(url_for("bookings.show", ref=booking.ref))


def flag_by_id(session: Any, flag_id: int) -> BookingFlag | None:
    found: BookingFlag | None = session.get(BookingFlag, flag_id)
    return found


def may_clear(who: Identity, flag: BookingFlag) -> bool:
    return rules.is_of_my_prison(who, flag.booking)


@blueprint.post("/flags/<int:flag_id>/clear")
@door(Role.DUTY_CHIEF, Role.ADMINISTRATOR, subject=flag_by_id, check=may_clear)
def clear_flag(who: Identity, flag: BookingFlag) -> ResponseReturnValue:
    """Somebody has looked: the visit stays as it is."""
    perform(lambda session: service.dismiss(session, who, flag.id, now()))
    return redirect(url_for("bookings.show", ref=flag.booking.ref))


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if YEARS[0] <= found.year <= YEARS[1] else None

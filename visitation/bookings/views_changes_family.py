"""A family changes a visit: another time, or other people."""

from datetime import date, datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.bookings import changing, queries, rules, service, words
from visitation.bookings.forms import ChangePartyForm, ChangeTimeForm
from visitation.bookings.ledger import PURSES
from visitation.bookings.models import Booking
from visitation.bookings.months import MonthPage, month_page
from visitation.bookings.terms import fingerprint
from visitation.kernel.errors import Refusal, Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day, month_start, next_month
from visitation.store.transaction import perform, reader
from visitation.web.choices import choices
from visitation.web.door import door
from visitation.web.request import now, see

blueprint = Blueprint("changes", __name__)
FARTHEST = timedelta(days=400)
LIVING = ("requested", "confirmed")


@blueprint.get("/visits/<ref>/change")
@door(Role.FAMILY, subject=queries.booking_by_ref, check=rules.may_change)
def time(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Free days of a month and the times of one day, for a visit that keeps its reference."""
    against = time_refusals(booking)
    if against:
        return render_template("family/bookings/change_not.html", booking=booking, refusals_found=against)
    see("booking", booking.ref)
    day = _date(request.args.get("day", ""))
    page = _month(booking, _date(f"{request.args.get('month', '')}-01") or day, day)
    return render_template("family/bookings/change.html", booking=booking, page=page, kinds=words.KINDS)


def time_refusals(booking: Booking) -> list[Refusal]:
    """Why the time cannot be changed now; empty: it can."""
    if booking.state not in LIVING:
        return [Refusal("STATE_CHANGED")]
    if booking.kind not in PURSES:
        return [Refusal("ARRANGED_BY_STAFF")]
    return rules.change_refusals(booking.state, booking.starts_at, int(booking.terms.get("free_cancellation_hours", 24)), now())


def party_refusals(booking: Booking) -> list[Refusal]:
    if booking.state not in LIVING:
        return [Refusal("STATE_CHANGED")]
    if booking.kind not in PURSES:
        return [Refusal("ARRANGED_BY_STAFF")]
    return rules.party_change_refusals(booking.state, booking.starts_at, int(booking.terms.get("ready_minutes", 30)), now())


def _month(booking: Booking, month: date | None, day: date | None) -> MonthPage:
    today = local_day(now())
    wanted = month if month is not None and month - today <= FARTHEST else local_day(booking.starts_at)
    start = max(month_start(wanted), month_start(today))
    case = changing.case_for(reader(), booking, max(start, today), next_month(start) - timedelta(days=1), now())
    own = local_day(booking.starts_at) if month is None else None
    page = month_page(case, start, day or own, now())
    return page if page.slots or own is None else month_page(case, start, None, now())


@blueprint.route("/visits/<ref>/change/to", methods=["GET", "POST"])
@door(Role.FAMILY, subject=queries.booking_by_ref, check=rules.may_change)
def to(who: Identity, booking: Booking) -> ResponseReturnValue:
    """The old time and the new one side by side; the notice again where it says something else."""
    form = ChangeTimeForm(data={"start": request.args.get("start", "")})
    start = form.moment
    if start is None:
        return redirect(url_for("changes.time", ref=booking.ref))
    if request.method == "POST" and form.validate():
        try:
            perform(lambda session: service.change_time(session, who, booking.id, start, form.terms_seen.data or "", form.request_key.data, now()))
        except Refused as refused:
            form.refuse(refused)
            return _to_page(queries.booking_by_ref(reader(), booking.ref) or booking, form, start, refused.status)
        flash(gettext("The visit has its new time. The reference is the same."))
        return redirect(url_for("bookings.show", ref=booking.ref))
    return _to_page(booking, form, start, 422 if form.errors else 200)


def _to_page(booking: Booking, form: ChangeTimeForm, start: datetime, status: int) -> ResponseReturnValue:
    try:
        terms = changing.new_terms(reader(), booking, start, now())
    except rules.PlaceTaken as taken:
        form.refuse(taken)
        others = changing.nearest_times(reader(), booking, start, now()) if booking.state in LIVING else []
        return render_template("family/bookings/change_to.html", booking=booking, form=form, start=start, terms=None, others=others), 409
    differs = changing.material(terms) != changing.material(booking.terms)
    form.terms_seen.data = fingerprint(changing.material(terms))
    end = start + timedelta(minutes=int(terms["minutes"]))
    shown = {"booking": booking, "form": form, "start": start, "end": end, "terms": terms, "differs": differs, "others": []}
    return render_template("family/bookings/change_to.html", **shown), status


@blueprint.route("/visits/<ref>/visitors", methods=["GET", "POST"])
@door(Role.FAMILY, subject=queries.booking_by_ref, check=rules.may_change)
def party(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Who comes along, and the language; the time stays as it is."""
    against = party_refusals(booking)
    if against:
        return render_template("family/bookings/change_not.html", booking=booking, refusals_found=against)
    form = _party_form(who, booking)
    if not form.validate_on_submit():
        return render_template("family/bookings/change_party.html", booking=booking, form=form), 422 if request.method == "POST" else 200
    wanted = changing.NewParty(form.codes, form.language.data)
    try:
        perform(lambda session: service.change_party(session, who, booking.id, wanted, form.request_key.data, now()))
    except Refused as refused:
        form.refuse(refused)
        return render_template("family/bookings/change_party.html", booking=booking, form=form), refused.status
    flash(gettext("Who takes part is saved. The time is the same."))
    return redirect(url_for("bookings.show", ref=booking.ref))


def _party_form(who: Identity, booking: Booking) -> ChangePartyForm:
    """Filled in as it stands: one's own people are ticked, others stand as codes."""
    own = [(row.ref, row.name) for row in queries.companions_for(reader(), who, booking)]
    mine = {code for code, _name in own}
    coming = [person.visitor.ref for person in booking.party[1:]]
    others = [*(code for code in coming if code not in mine), "", ""]
    ticked = [code for code in coming if code in mine]
    form = ChangePartyForm(data={"companions": ticked, "code_1": others[0], "code_2": others[1], "language": booking.language})
    form.companions.choices = choices(own)
    return form


def _date(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None

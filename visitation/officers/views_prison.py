"""The officers of the day: who watches what, what nobody can watch, and what to do when somebody is not there."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from visitation.accounts.models import Account
from visitation.bookings.models import Booking
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.officers import queries, rules, service
from visitation.officers.drawing import picture
from visitation.officers.forms import ActForm, AssignForm
from visitation.people.models import Prison
from visitation.store.transaction import perform, reader
from visitation.supervision.queries import last_change
from visitation.timetable.queries import chosen_prison
from visitation.web.code_words import KINDS, LANGUAGES
from visitation.web.door import door
from visitation.web.request import now, see

blueprint = Blueprint("officers", __name__, url_prefix="/officers")
ONE_DAY = timedelta(days=1)
FIRST, LAST = date(2000, 1, 1), date(2999, 12, 30)
"""Days that can be looked at; others are read as today."""


def _prison(who: Identity) -> Prison:
    found = chosen_prison(reader(), who, request.values.get("prison", ""))
    if found is None:
        abort(404)
    return found


def _day() -> date:
    try:
        asked = datetime.strptime(request.values.get("day", ""), "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return local_day(now())
    return asked if FIRST <= asked <= LAST else local_day(now())


def _shown(who: Identity) -> dict[str, Any]:
    prison, day = _prison(who), _day()
    found = queries.day_of(reader(), prison.id, day)
    speakers = {officer.account_id: officer.spoken for officer in found.officers}
    return {
        "prison": prison,
        "day": day,
        "today": local_day(now()),
        "before": max(day - ONE_DAY, FIRST),
        "after": min(day + ONE_DAY, LAST),
        "found": found,
        "uncovered": [booking for booking in found.bookings if found.is_uncovered(booking, now())],
        "unspoken": {booking.id for booking in found.bookings if booking.language not in speakers.get(found.officer_of(booking.id) or 0, {booking.language})},
        "drawn": picture(found, now()),
        "away": {row.account_id for row in found.absences if row.ended_at is None and row.until_at > now()},
        "chief": who.has(*rules.CHIEFS),
        "languages": LANGUAGES,
        "kinds": KINDS,
        "act": ActForm(formdata=None, day=day.isoformat()),
        "moment": now(),
    }


@blueprint.get("")
@door(*rules.READERS)
def index(who: Identity) -> str:
    """The day as a picture and as a table."""
    return render_template("prison/officers/index.html", last=last_change(reader()), **_shown(who))


@blueprint.get("/board")
@door(*rules.READERS)
def board(who: Identity) -> str:
    """The same, without the page around it."""
    return render_template("prison/officers/board.html", **_shown(who))


def _here(day: date | None = None) -> str:
    return url_for("officers.index", day=(day or _day()).isoformat(), prison=request.values.get("prison") or None)


@blueprint.post("/plan")
@door(*rules.CHIEFS)
def plan(who: Identity) -> ResponseReturnValue:
    """Plan the day anew: what was decided by hand stays."""
    prison, day = _prison(who), _day()
    if not ActForm().validate_on_submit():
        abort(400)
    number = prison.id
    made = perform(lambda session: service.plan_day(session, who, number, day, now(), afresh=True))
    _say(made)
    return redirect(_here())


def _say(made: rules.Plan) -> None:
    if made.uncovered:
        flash(
            ngettext("%(num)d visit has no officer. Please look at it.", "%(num)d visits have no officer. Please look at them.", len(made.uncovered)), "warning"
        )
    else:
        flash(gettext("Every visit has its officer."))


@blueprint.post("/<int:account_id>/out")
@door(*rules.CHIEFS, subject=queries.officer_account, check=rules.is_of_my_prison)
def out(who: Identity, officer: Account) -> ResponseReturnValue:
    """This officer is not there for the rest of the day: their visits go to others in the same step."""
    return _moved(who, officer, gone=True)


@blueprint.post("/<int:account_id>/back")
@door(*rules.CHIEFS, subject=queries.officer_account, check=rules.is_of_my_prison)
def back(who: Identity, officer: Account) -> ResponseReturnValue:
    """The officer is there again."""
    return _moved(who, officer, gone=False)


def _moved(who: Identity, officer: Account, *, gone: bool) -> ResponseReturnValue:
    if not ActForm().validate_on_submit() or officer.prison_id is None:
        abort(400)
    act, prison_id, number = service.drop_out if gone else service.come_back, officer.prison_id, officer.id
    _say(perform(lambda session: act(session, who, prison_id, number, now())))
    return redirect(_here(local_day(now())))


@blueprint.route("/visits/<ref>", methods=["GET", "POST"])
@door(*rules.CHIEFS, subject=queries.booking_by_ref, check=rules.is_of_my_prison)
def assign(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Every officer of the day with what speaks against them; the choice is the duty chief's."""
    form = AssignForm()
    day, status = local_day(booking.starts_at), 200
    if form.validate_on_submit():
        booking_id, chosen, reason = booking.id, form.officer.data or "", form.reason.data or ""
        try:
            number = _number(chosen)
            row = perform(lambda session: service.assign(session, who, booking_id, number, reason, now()))
        except Refused as refused:
            form.refuse(refused)
            status = refused.status
        else:
            flash(gettext("%(name)s watches the visit.", name=queries.names_of(reader(), [row.account_id]).get(row.account_id, "")))
            return redirect(_here(day))
    found = queries.day_of(reader(), booking.prison_id, day)
    visit = queries.visit_of(booking)
    options = [(officer, rules.problems(visit, officer, found.held_by(officer.account_id), found.limits)) for officer in found.officers]
    see("booking", booking.id)
    return (
        render_template(
            "prison/officers/assign.html",
            booking=booking,
            day=day,
            found=found,
            options=sorted(options, key=lambda option: (len(option[1]), found.names.get(option[0].account_id, ""))),
            chosen=found.assigned.get(booking.id),
            settable=rules.SETTABLE,
            languages=LANGUAGES,
            kinds=KINDS,
            form=form,
        ),
        status,
    )


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused("OFFICER_NOT_ON_DUTY")
    return int(text)

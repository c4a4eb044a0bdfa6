"""The movement list of a day, and telling inmates of their visits: pages for a ward that has no time."""

from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from visitation.bookings.models import Booking
from visitation.bookings.queries import outside_names
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.movements import queries, rules, service, words
from visitation.movements.forms import AnswerForm, StepForm
from visitation.movements.models import MovementPrint
from visitation.movements.pdf import movement_list
from visitation.officers.queries import names_of
from visitation.store.transaction import perform, perform_again, reader
from visitation.supervision.queries import last_change
from visitation.web.code_words import KINDS
from visitation.web.door import door
from visitation.web.forms import ActForm
from visitation.web.local_names import local_name
from visitation.web.request import now, see

blueprint = Blueprint("movements", __name__, url_prefix="/movements")
ONE_DAY = timedelta(days=1)
FIRST, LAST = date(2000, 1, 1), date(2999, 12, 31)
"""Days that can be looked at; others are read as today."""


def _day() -> date:
    try:
        asked = datetime.strptime(request.values.get("day", ""), "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return local_day(now())
    return asked if FIRST <= asked <= LAST else local_day(now())


def _scope(who: Identity) -> queries.Scope:
    asked = request.values.get("ward", "")
    return queries.scope_of(reader(), who, int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 10 else None)


def _list(who: Identity, refused: Refused | None = None) -> dict[str, Any]:
    scope, day = _scope(who), _day()
    rows = queries.rows(reader(), scope, day, now())
    printed = queries.last_print(reader(), scope, day)
    changes = rules.changes(printed.lines, [row.line for row in rows]) if printed else {}
    concerns = queries.open_concerns(reader(), scope, day, now())
    by = {step.by for row in (*rows, *concerns) for step in row.steps.values()}
    by |= {row.concern_from for row in (*rows, *concerns) if row.concern_from is not None}
    return {
        "scope": scope,
        "day": day,
        "today": local_day(now()),
        "before": day - ONE_DAY if day > FIRST else day,
        "after": day + ONE_DAY if day < LAST else day,
        "at": now(),
        "rows": rows,
        "concerns": concerns,
        "printed": printed,
        "changes": changes,
        "gone": [line for line in printed.lines if changes.get(line["ref"]) == "gone"] if printed else [],
        "names": names_of(reader(), by),
        "words": words,
        "local_name": local_name,
        "undo": rules.UNDO,
        "form": StepForm(formdata=None),
        "act": ActForm(formdata=None),
        "refusals": refused.refusals if refused else (),
    }


@blueprint.get("")
@door(*rules.WALKERS)
def index(who: Identity) -> str:
    """Who moves when, where to, and where everybody is."""
    shown = _list(who)
    _seen(shown["rows"])
    return render_template("prison/movements/index.html", last=last_change(reader()), **shown)


@blueprint.get("/board")
@door(*rules.WALKERS)
def board(who: Identity) -> str:
    """The list alone: what the script puts in place when something has changed."""
    return render_template("prison/movements/board.html", **_list(who))


def _seen(rows: list[queries.Row]) -> None:
    for row in rows:
        see("inmate", row.booking.inmate_id)


def _back(booking: Booking) -> str:
    """To the list one came from: the same ward, the day of the visit."""
    ward = request.form.get("ward", "")
    return url_for("movements.index", day=local_day(booking.starts_at).isoformat(), ward=ward if ward.isdigit() else None, _anchor=f"way-{booking.ref}")


@blueprint.post("/<ref>/step")
@door(*rules.WALKERS, subject=queries.booking_by_ref, check=rules.may_see)
def step(who: Identity, booking: Booking) -> ResponseReturnValue:
    """One tap."""
    form = StepForm()
    if not form.validate_on_submit():
        abort(400)
    booking_id, name, reason = booking.id, form.step.data, form.reason.data or None
    try:
        perform(lambda session: service.step(session, who, booking_id, name, reason, now()))
    except Refused as refused:
        return _refused(who, refused)
    return redirect(_back(booking))


@blueprint.post("/<ref>/undo")
@door(*rules.WALKERS, subject=queries.booking_by_ref, check=rules.may_see)
def undo(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Take the last tap back."""
    booking_id = booking.id
    try:
        perform(lambda session: service.undo_step(session, who, booking_id, now()))
    except Refused as refused:
        return _refused(who, refused)
    return redirect(_back(booking))


def _refused(who: Identity, refused: Refused) -> ResponseReturnValue:
    shown = _list(who, refused)
    _seen(shown["rows"])
    return render_template("prison/movements/index.html", last=last_change(reader()), **shown), refused.status


# -- paper


@blueprint.post("/print")
@door(*rules.WALKERS)
def print_list(who: Identity) -> ResponseReturnValue:
    """Keep the list as a numbered version, and show its paper."""
    scope, day = _scope(who), _day()
    ward = scope.ward.id if scope.ward else None
    made = perform_again(lambda session: service.print_list(session, who, ward, day, now()))
    return redirect(url_for("movements.paper", print_id=made.id))


@blueprint.get("/prints/<int:print_id>.pdf")
@door(*rules.WALKERS, subject=queries.print_by_id, check=rules.own_ward)
def paper(who: Identity, printed: MovementPrint) -> ResponseReturnValue:
    """A printed version, as often as it is wanted: the same number, the same list."""
    see("movement_print", printed.id)
    scope = queries.scope_of(reader(), who, printed.ward_id)
    before = queries.print_before(reader(), printed)
    lines = [rules.Line(**{**line, "apart": tuple(line["apart"])}) for line in printed.lines]
    changes = rules.changes(before.lines, lines) if before else {}
    shown = [*printed.lines, *({**line, "cancelled": True} for line in (before.lines if before else []) if changes.get(line["ref"]) == "gone")]
    place = local_name(scope.ward) if printed.ward_id and scope.ward else local_name(scope.prison)
    data = movement_list(place, printed.day, printed.number, printed.at, shown, changes, before.number if before else None)
    answer = Response(data, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="movements-{printed.day.isoformat()}-{printed.number}.pdf"'
    return answer


# -- telling


@blueprint.get("/tell")
@door(*rules.WALKERS)
def tell(who: Identity) -> str:
    """What inmates are to be told, and what has just been answered."""
    return _telling(who)


def _telling(who: Identity, refused: Refused | None = None) -> str:
    scope = _scope(who)
    rows = queries.to_tell(reader(), scope, now())
    for row in rows:
        see("inmate", row.booking.inmate_id)
    return render_template(
        "prison/movements/tell.html",
        scope=scope,
        rows=rows,
        alone=outside_names(reader(), [row.booking for row in rows]),
        answered=queries.just_answered(reader(), scope, who, now()),
        words=words,
        kinds=KINDS,
        local_name=local_name,
        form=AnswerForm(formdata=None),
        refusals=refused.refusals if refused else (),
    )


@blueprint.post("/<ref>/answer")
@door(*rules.WALKERS, subject=queries.booking_by_ref, check=rules.may_see)
def answer(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Record what the inmate said."""
    form = AnswerForm()
    if not form.validate_on_submit():
        abort(400)
    said, reason, seen, booking_id, name = form.answer.data, form.reason.data or None, form.seen.data or "", booking.id, booking.inmate.name
    return _answered(
        who,
        lambda session: service.answer(session, who, booking_id, said, reason, seen, now()),
        gettext("Recorded for %(name)s: %(answer)s.", name=name, answer=words.ANSWERS[said][0]),
    )


@blueprint.post("/<ref>/answer/undo")
@door(*rules.WALKERS, subject=queries.booking_by_ref, check=rules.may_see)
def undo_answer(who: Identity, booking: Booking) -> ResponseReturnValue:
    """Take an answer back within the minute."""
    booking_id, name = booking.id, booking.inmate.name
    return _answered(who, lambda session: service.undo_answer(session, who, booking_id, now()), gettext("Taken back. %(name)s is to be told again.", name=name))


def _answered(who: Identity, work: Any, said: str) -> ResponseReturnValue:
    try:
        perform(work)
    except Refused as refused:
        return _telling(who, refused), refused.status
    flash(said)
    ward = request.form.get("ward", "")
    return redirect(url_for("movements.tell", ward=ward if ward.isdigit() else None))

"""The officer's page of a running legal-help day: a column for each lawyer, who is next, who is in, who waits in the ward; kept up to date by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from consult.helpdays import extending, queries, queue, words_queue
from consult.helpdays import rules_queue as rules
from consult.helpdays.forms import ActForm, MoreForm
from consult.helpdays.models import HelpDay, HelpSeat
from consult.helpdays.queue import Column, Line
from visitation.kernel.errors import Refusal, Refused
from visitation.kernel.identity import Identity, Role
from visitation.people.rules_staff import same_prison
from visitation.store.transaction import perform, reader
from visitation.supervision.push import to_brokers
from visitation.supervision.queries import last_change
from visitation.web.door import door
from visitation.web.local_names import local_name
from visitation.web.request import now, see

blueprint = Blueprint("help_queue", __name__, url_prefix="/help-days")
ACTING = (Role.OFFICER, Role.DUTY_CHIEF)
LOOKING = (*ACTING, Role.LEGAL_OFFICE)
ACTS: dict[str, Any] = {"call": queue.call, "arrived": queue.arrived, "back": queue.back}


@dataclass(frozen=True)
class Shown:
    """A column as the page shows it. at: seats at a terminal; waiting: in the order of the queue; over: the rest; ends: of the afternoon as things stand."""

    column: Column
    at: list[Line]
    waiting: list[Line]
    over: list[Line]
    due: dict[int, rules.Due]
    next_seat: int | None
    ends: datetime | None
    share: float

    @property
    def can_call(self) -> bool:
        return not any(line.entry.state == rules.CALLED for line in self.at)


def shown(column: Column, now: datetime) -> Shown:
    """Put in order what the rules say of a column."""
    entries, by_number = column.entries, {line.entry.number: line for line in column.lines}
    call = rules.next_call(column.lane, entries, now)
    talks = [(one.live_at, one.left_at or now) for one in entries if one.live_at is not None]
    due = {one.number: one for one in rules.forecast(column.lane, entries, now)}
    return Shown(
        column,
        [line for line in column.lines if line.entry.state in rules.AT_TERMINAL],
        [by_number[one.number] for one in rules.queue(entries)],
        [line for line in column.lines if line.entry.state in rules.OVER],
        due,
        call.entry.number if call else None,
        max((one.ends_at for one in due.values()), default=None),
        rules.share(talks),
    )


@blueprint.get("/<ref>/queue")
@door(*LOOKING, subject=queries.day_by_ref, check=same_prison)
def show(who: Identity, day: HelpDay) -> str:
    """The page."""
    return _page(who, day, ())


@blueprint.get("/<ref>/queue/board")
@door(*LOOKING, subject=queries.day_by_ref, check=same_prison)
def board(who: Identity, day: HelpDay) -> str:
    """The same, without the page around it."""
    return render_template("prison/helpdays/queue_board.html", **_shown(who, day, ()))


@blueprint.route("/<ref>/queue/<seat_ref>/more", methods=["GET", "POST"])
@door(*ACTING, subject=queries.day_by_ref, check=same_prison)
def more(who: Identity, day: HelpDay, seat_ref: str) -> ResponseReturnValue:
    """More time for a running talk: which cases move by how many minutes; then, with the button, exactly these."""
    form, ref = MoreForm(), day.ref
    if form.validate_on_submit():
        seat_id = reader().scalar(select(HelpSeat.id).where(HelpSeat.ref == seat_ref.upper(), HelpSeat.day_id == day.id))
        minutes, seen = form.minutes.data or 0, form.seen.data or ""
        try:
            perform(lambda session: extending.extend(session, who, seat_id or 0, minutes, seen, now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            to_brokers()
            return redirect(url_for("help_queue.show", ref=ref))
    day = queries.day_by_ref(reader(), ref) or day
    for column in queue.columns(reader(), day):
        for line in column.lines:
            if line.seat.ref == seat_ref.upper() and line.entry.state == rules.LIVE:
                return _more(day, column, line, form), 409 if form.refusals else 200
    abort(404)


def _more(day: HelpDay, column: Column, line: Line, form: MoreForm) -> str:
    asked = request.args.get("minutes", type=int)
    minutes = form.minutes.data or (asked if asked in extending.CHOICES else extending.CHOICES[0])
    moves = extending.shifts(column, line, minutes, now())
    form.minutes.data, form.seen.data = minutes, extending.fingerprint(minutes, moves)
    for one in (line, *(move.line for move in moves)):
        see("inmate", one.seat.request.inmate_id)
    shown = {"minutes": minutes, "moves": moves, "choices": extending.CHOICES, "until": queue.ends_of(line.seat)}
    names = queries.terminal_names(reader(), day.prison_id)
    return render_template("prison/helpdays/more.html", day=day, column=column, line=line, form=form, terminals=names, local_name=local_name, **shown)


@blueprint.post("/<ref>/queue/<seat_ref>")
@door(*ACTING, subject=queries.day_by_ref, check=same_prison)
def act(who: Identity, day: HelpDay, seat_ref: str) -> ResponseReturnValue:
    """Call, arrived, back to the head; or not coming, with its reason."""
    seat_id = reader().scalar(select(HelpSeat.id).where(HelpSeat.ref == seat_ref.upper(), HelpSeat.day_id == day.id))
    name, reason, ref = request.form.get("act", ""), request.form.get("reason", ""), day.ref
    if seat_id is None:
        abort(404)
    if not ActForm().validate_on_submit() or (name not in ACTS and not reason):
        abort(400)
    try:
        if name in ACTS:
            perform(lambda session: ACTS[name](session, who, seat_id, now()))
        else:
            perform(lambda session: queue.not_coming(session, who, seat_id, reason, now()))
    except Refused as refused:
        fresh = queries.day_by_ref(reader(), ref)
        assert fresh is not None
        return _page(who, fresh, refused.refusals), refused.status
    to_brokers()
    return redirect(url_for("help_queue.show", ref=ref))


def _page(who: Identity, day: HelpDay, refusals: Sequence[Refusal]) -> str:
    return render_template("prison/helpdays/queue.html", last=last_change(reader()), **_shown(who, day, refusals))


def _shown(who: Identity, day: HelpDay, refusals: Sequence[Refusal]) -> dict[str, Any]:
    columns = [shown(column, now()) for column in queue.columns(reader(), day)]
    for one in columns:
        for line in one.column.lines:
            see("inmate", line.seat.request.inmate_id)
    names = queries.terminal_names(reader(), day.prison_id)
    ends = max((one.ends for one in columns if one.ends), default=None)
    late = ends is not None and ends > day.ends_at + rules.LATE
    acts = {"late": late, "act": ActForm(formdata=None), "acting": who.has(*ACTING) and day.state == "published", "refusals": refusals}
    return {"day": day, "columns": columns, "terminals": names, "ends": ends, "words": words_queue, "now": now(), "local_name": local_name, **acts}

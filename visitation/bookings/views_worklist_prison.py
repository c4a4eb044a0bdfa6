"""The work list: visits that a closure, an absence or a decision has hit, what is done about each, and which families know (rules.md §4)."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from werkzeug.exceptions import NotFound as PageNotFound

from visitation.bookings import moving, queries, reaching, rules, words, worklist
from visitation.bookings.forms import CancelForm
from visitation.bookings.forms_staff import CallForm, MoveForm, WorkForm
from visitation.bookings.models import Booking
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day
from visitation.people.models import Prison
from visitation.store.transaction import perform, reader
from visitation.timetable.queries import chosen_prison
from visitation.web.door import door
from visitation.web.request import now, see
from visitation.web.sentences import sentence

blueprint = Blueprint("worklist", __name__, url_prefix="/worklist")
READERS = (Role.OFFICER, Role.DUTY_CHIEF, Role.ADMINISTRATOR)


def _prison(who: Identity) -> Prison:
    found = chosen_prison(reader(), who, request.values.get("prison", ""))
    if found is None:
        raise PageNotFound
    return found


@blueprint.get("")
@door(*READERS)
def index(who: Identity) -> ResponseReturnValue:
    """Everything that waits, the nearest visit first; `source` and `code` narrow it to one cause, `unreached` to moved visits."""
    return _page(who, WorkForm(formdata=None, data=_days()), 200)


@blueprint.post("")
@door(Role.DUTY_CHIEF)
def act(who: Identity) -> ResponseReturnValue:
    """Do one thing to the chosen visits; a move is shown before it is done."""
    form, refs, prison = WorkForm(), _refs(), _prison(who)
    if not form.validate_on_submit():
        return _page(who, form, 422)
    if not refs:
        form.refuse(Refused("WORK_NOTHING_CHOSEN"))
        return _page(who, form, 422)
    if form.act.data == "move":
        days = {"first": form.first.data or _days()["first"], "last": form.last.data or _days()["last"]}
        plan = MoveForm(formdata=None, data=days | {"reason": form.reason.data, "text": form.text.data})
        return _plan_page(prison, refs, plan, 200)
    reason = (form.reason.data or "", form.text.data or "")
    try:
        done = perform(lambda session: _do(session, who, form.act.data, prison.id, refs, reason))
    except Refused as refused:
        form.refuse(refused)
        return _page(who, form, refused.status)
    _tell(done)
    return redirect(_back())


def _do(session: Any, who: Identity, what: str, prison_id: int, refs: tuple[str, ...], reason: tuple[str, str]) -> worklist.Done:
    if what == "offer":
        return worklist.offer_each(session, who, prison_id, refs, reason, now())
    if what == "cancel":
        return worklist.cancel_each(session, who, prison_id, refs, reason, now())
    return worklist.keep_each(session, who, prison_id, refs, now())


def _tell(done: worklist.Done) -> None:
    if done.done:
        flash(ngettext("Done for %(num)d visit.", "Done for %(num)d visits.", len(done.done)))
    for ref, refused in done.refused:
        why = " ".join(sentence(refusal) for refusal in refused.refusals)
        flash(gettext("%(ref)s: not done. %(why)s", ref=ref, why=why), "warning")


def _page(who: Identity, form: WorkForm, status: int) -> ResponseReturnValue:
    prison = _prison(who)
    chosen = worklist.Chosen(
        request.args.get("source", "")[:40], request.args.get("code", "")[:40], _day(request.args.get("day", "")), request.args.get("unreached") == "1"
    )
    rows = worklist.rows(reader(), prison.id, chosen, now())
    for row in rows:
        see("booking", row.booking.ref)
    return (
        render_template(
            "prison/bookings/worklist.html",
            rows=rows,
            form=form,
            chosen=chosen,
            ticked=set(_refs()),
            sources=worklist.sources(reader(), prison.id, now()),
            prison=prison,
            act_form=CancelForm(formdata=None),
            call_form=CallForm(formdata=None),
            states=words.STATES,
            offer_states=words.OFFER_STATES,
            flag_names=words.FLAGS,
            may_act=who.has(Role.DUTY_CHIEF),
            now=now(),
        ),
        status,
    )


@blueprint.post("/move")
@door(Role.DUTY_CHIEF)
def move(who: Identity) -> ResponseReturnValue:
    """Where each visit would go; done only as it was shown, and shown anew when the days or the plan have changed."""
    prison, refs, form = _prison(who), _refs(), MoveForm()
    if not form.validate_on_submit():
        return _plan_page(prison, refs, form, 422)
    if request.form.get("do") != "move":
        return _plan_page(prison, refs, form, 200)
    wanted, seen = _wanted(refs, form), form.seen.data or ""
    try:
        moved = perform(lambda session: moving.move(session, who, prison.id, wanted, seen, now()))
    except Refused as refused:
        form.refuse(refused)
        return _plan_page(prison, refs, form, refused.status)
    flash(ngettext("%(num)d visit is moved and the family is told.", "%(num)d visits are moved and the families are told.", len(moved)))
    return redirect(url_for("worklist.index", unreached=1, prison=prison.code if who.prison_id is None else None))


def _plan_page(prison: Prison, refs: tuple[str, ...], form: MoveForm, status: int) -> ResponseReturnValue:
    made = moving.plan(reader(), prison.id, _wanted(refs, form), now())
    form.seen.data = made.fingerprint
    for step in made.steps:
        see("booking", step.booking.ref)
    return render_template("prison/bookings/move.html", plan=made, form=form, refs=refs, prison=prison, kinds=words.KINDS), status


def _wanted(refs: tuple[str, ...], form: MoveForm) -> moving.Wanted:
    first = form.first.data or local_day(now())
    return moving.Wanted(refs, max(first, local_day(now())), form.last.data or first, form.reason.data or "", form.text.data or "")


@blueprint.post("/<ref>/telephoned")
@door(Role.OFFICER, Role.DUTY_CHIEF, subject=queries.booking_by_ref, check=rules.is_of_my_prison)
def telephoned(who: Identity, booking: Booking) -> ResponseReturnValue:
    """The family was reached by telephone, by the officer who is signed in."""
    form = CallForm()
    form.validate_on_submit()
    try:
        perform(lambda session: reaching.telephoned(session, who, booking.id, form.note.data or "", now()))
    except Refused as refused:
        for refusal in refused.refusals:
            flash(gettext("%(ref)s: not done. %(why)s", ref=booking.ref, why=sentence(refusal)), "warning")
    else:
        flash(gettext("Entered: the family of %(ref)s was reached by telephone.", ref=booking.ref))
    return redirect(_back())


def _refs() -> tuple[str, ...]:
    """The visits that are ticked."""
    return tuple(dict.fromkeys(one[:12] for one in request.form.getlist("ref")))[: moving.MOST]


def _back() -> str:
    kept: dict[str, Any] = {name: request.values[name][:40] for name in ("source", "code", "day", "unreached", "prison") if request.values.get(name)}
    return url_for("worklist.index", **kept)


def _days() -> dict[str, date]:
    """From tomorrow, three weeks."""
    return {"first": local_day(now()) + timedelta(days=1), "last": local_day(now()) + timedelta(days=21)}


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None

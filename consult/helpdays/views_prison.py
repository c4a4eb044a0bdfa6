"""Legal-help days for the prison: the coming weeks, a day with its roster, moving and cancelling it."""

from datetime import date, datetime, timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from consult.helpdays import feeds, overview, people, queries, roster, series, telling, words
from consult.helpdays.forms import AskForm, MoveForm, NewsForm, ReasonForm, SubstituteForm, placed
from consult.helpdays.models import HelpDay, HelpDuty
from consult.helpdays.rules_roster import Person, can_serve
from consult.helpdays.rules_series import AHEAD, FOR_EACH
from visitation.kernel.errors import Refusal, Refused, refuse
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day
from visitation.notices import wording
from visitation.notices.models import Notice
from visitation.people.rules_staff import same_prison
from visitation.store.transaction import perform, reader
from visitation.web.acting import acted
from visitation.web.door import access_table, door
from visitation.web.forms import ActForm
from visitation.web.request import now

blueprint = Blueprint("helpdays", __name__, url_prefix="/help-days")
READERS = (Role.LEGAL_OFFICE, Role.WARD_OFFICER, Role.DUTY_CHIEF, Role.OFFICER, Role.BUREAU)
PARTS = (("help_plan.show", "plan"), ("help_queue.show", "queue"))
"""Pages of other parts of a day, where this application has them."""


@blueprint.get("")
@door(*READERS)
def index(who: Identity) -> str:
    """The coming weeks, and the series they come from."""
    session, at = reader(), now()
    today = local_day(at)
    lines = overview.lines(session, who.prison_id, today, today + AHEAD)
    rows = queries.series_of(session, who.prison_id)
    counted = sum(one.needs_office(at) for one in lines)
    keeps = who.has(Role.LEGAL_OFFICE) and who.prison_id is not None
    subscribes = who.has(*feeds.READERS)
    shown = {"lines": lines, "series": rows, "counted": counted, "keeps": keeps, "subscribes": subscribes, "at": at}
    shown |= {"news": _news(who), "news_title": wording.title, "news_body": wording.body, "act": ActForm(formdata=None)}
    return render_template("prison/helpdays/index.html", **shown, words=words)


def _news(who: Identity) -> list[tuple[Notice, date]]:
    """What the ward has not read yet, with the day of each."""
    rows = telling.ward_news(reader(), who) if who.has(Role.WARD_OFFICER) else []
    return [(row, local_day(datetime.fromisoformat(str(row.facts["starts_at"])))) for row in rows]


@blueprint.post("/news/read")
@door(Role.WARD_OFFICER)
def news_read(who: Identity) -> ResponseReturnValue:
    """The ward has read what is published and changed, up to the newest that was shown."""
    form = NewsForm()
    if form.validate_on_submit():
        perform(lambda session: telling.news_read(session, who, form.up_to.data or 0, now()))
        flash(gettext("Noted."))
    return redirect(url_for("helpdays.index"))


@blueprint.get("/<ref>")
@door(*READERS, subject=queries.day_by_ref, check=same_prison)
def day(who: Identity, row: HelpDay) -> str:
    """A day: its hours, its roster, its terminals, and the ways to plan and queue."""
    return _day(who, row.ref, AskForm(formdata=None))


def _day(who: Identity, ref: str, form: AskForm | SubstituteForm | ReasonForm) -> str:
    """The page of a day. `form`: what was sent and refused, to be shown again."""
    session = reader()
    row = queries.day_by_ref(session, ref)
    assert row is not None
    line, keeps = overview.line(session, row), who.has(Role.LEGAL_OFFICE)
    candidates = people.candidates(session, row) if keeps and line.is_open else []
    proposed = people.proposal(session, row, candidates, now()) if candidates else {}
    fallen = [duty for duty in row.duties if duty.state not in ("asked", "agreed")]
    return render_template(
        "prison/helpdays/day.html",
        row=row,
        line=line,
        keeps=keeps,
        form=form,
        ask=form if isinstance(form, AskForm) else AskForm(formdata=None),
        reason=ReasonForm(formdata=None),
        substitute=_substitute_form(candidates),
        act=ActForm(formdata=None),
        candidates=candidates,
        chosen=placed(request.form) or proposed,
        fallen=fallen,
        terminals=queries.terminals_of(session, row),
        each=FOR_EACH,
        parts=_parts(who, row),
        words=words,
    )


def _substitute_form(candidates: list[Person]) -> SubstituteForm:
    form = SubstituteForm(formdata=None)
    form.lawyer.choices = [(one.lawyer_id, _named(one)) for one in candidates if not one.here]
    return form


def _named(person: Person) -> str:
    """A lawyer in a list: the name, and why they would not be proposed."""
    if can_serve(person):
        return str(gettext("%(name)s (%(count)d duties lately)", name=person.name, count=person.lately))
    marks = ((person.away, gettext("away")), (person.elsewhere, gettext("serves elsewhere")), (not person.serves, gettext("other weekdays")))
    return f"{person.name} ({', '.join(str(word) for hit, word in marks if hit)})"


def _parts(who: Identity, row: HelpDay) -> dict[str, str]:
    """Addresses of the plan and the queue of a day, for whom their doors let in."""
    doors = access_table(current_app)
    return {name: url_for(endpoint, ref=row.ref) for endpoint, name in PARTS if endpoint in doors and who.has(*doors[endpoint].roles)}


@blueprint.post("/<ref>/ask")
@door(Role.LEGAL_OFFICE, subject=queries.day_by_ref, check=same_prison)
def ask(who: Identity, row: HelpDay) -> ResponseReturnValue:
    """Ask lawyers for the empty places."""
    form, day_id, ref = AskForm(), row.id, row.ref
    if form.validate_on_submit():
        try:
            refuse([] if placed(request.form) else [Refusal("DUTY_NOBODY")])
            perform(lambda session: roster.ask(session, who, day_id, placed(request.form), form.agreed.data, now()))
        except Refused as refused:
            form.refuse(refused)
            return _day(who, ref, form), refused.status
        flash(gettext("The lawyers are on the roster and have been told."))
    return redirect(url_for("helpdays.day", ref=ref))


@blueprint.post("/duties/<ref>/substitute")
@door(Role.LEGAL_OFFICE, subject=queries.duty_by_ref, check=queries.duty_of_prison)
def substitute(who: Identity, duty: HelpDuty) -> ResponseReturnValue:
    """Give a place to another lawyer."""
    duty_id, ref = duty.id, duty.day.ref
    form = SubstituteForm()
    form.lawyer.choices = [(one.lawyer_id, one.name) for one in people.candidates(reader(), duty.day)]
    if not form.validate_on_submit():
        form.refuse(Refused("DUTY_UNKNOWN_LAWYER"))
        return _day(who, ref, form), 422
    try:
        perform(lambda session: roster.substitute(session, who, duty_id, form.lawyer.data, form.agreed.data, now()))
    except Refused as refused:
        form.refuse(refused)
        return _day(who, ref, form), refused.status
    flash(gettext("The substitute is on the roster; both lawyers have been told."))
    return redirect(url_for("helpdays.day", ref=ref))


@blueprint.post("/duties/<ref>/drop")
@door(Role.LEGAL_OFFICE, subject=queries.duty_by_ref, check=queries.duty_of_prison)
def drop(who: Identity, duty: HelpDuty) -> ResponseReturnValue:
    """A lawyer has telephoned that they cannot come, or is no longer needed."""
    form, duty_id, ref = ReasonForm(), duty.id, duty.day.ref
    if not form.validate_on_submit():
        return _day(who, ref, form), 422
    try:
        perform(lambda session: roster.drop(session, who, duty_id, form.reason.data, now()))
    except Refused as refused:
        form.refuse(refused)
        return _day(who, ref, form), refused.status
    flash(gettext("The lawyer is taken off the roster and has been told. The place is empty now."))
    return redirect(url_for("helpdays.day", ref=ref))


@blueprint.route("/<ref>/move", methods=["GET", "POST"])
@door(Role.LEGAL_OFFICE, subject=queries.day_by_ref, check=same_prison)
def move(who: Identity, row: HelpDay) -> ResponseReturnValue:
    """Hold a day at another time."""
    form, day_id, ref = MoveForm(), row.id, row.ref
    if not form.is_submitted():
        form.day.data, form.opens.data, form.closes.data = queries.hours(row)
    if acted(form, lambda session: series.move(session, who, day_id, form.target(), form.reason.data, now())):
        flash(gettext("The day has moved. Its lawyers are asked again for the new time."))
        return redirect(url_for("helpdays.day", ref=ref))
    return _moving(ref, form, ReasonForm(formdata=None))


@blueprint.post("/<ref>/cancel")
@door(Role.LEGAL_OFFICE, subject=queries.day_by_ref, check=same_prison)
def cancel(who: Identity, row: HelpDay) -> ResponseReturnValue:
    """A day is not held."""
    form, day_id, ref = ReasonForm(), row.id, row.ref
    if acted(form, lambda session: series.cancel_day(session, who, day_id, form.reason.data, now())):
        flash(gettext("The day is not held. Its lawyers have been told; the requests wait for the next day."))
        return redirect(url_for("helpdays.day", ref=ref))
    moving = MoveForm(formdata=None)
    standing = queries.day_by_ref(reader(), ref)
    assert standing is not None
    moving.day.data, moving.opens.data, moving.closes.data = queries.hours(standing)
    return _moving(ref, moving, form)


def _moving(ref: str, form: MoveForm, reason: ReasonForm) -> str:
    session = reader()
    row = queries.day_by_ref(session, ref)
    assert row is not None
    free = queries.free_days(session, row, local_day(now()) + timedelta(days=1))
    return render_template("prison/helpdays/move.html", row=row, line=overview.line(session, row), form=form, reason=reason, free=free, words=words)


@blueprint.post("/<ref>/restore")
@door(Role.LEGAL_OFFICE, subject=queries.day_by_ref, check=same_prison)
def restore(who: Identity, row: HelpDay) -> ResponseReturnValue:
    """A cancelled day is held after all."""
    day_id, ref = row.id, row.ref
    if ActForm().validate_on_submit():
        try:
            perform(lambda session: series.restore(session, who, day_id, now()))
        except Refused as refused:
            form = AskForm(formdata=None)
            form.refuse(refused)
            return _day(who, ref, form), refused.status
        flash(gettext("The day is held. Lawyers have to be asked again."))
    return redirect(url_for("helpdays.day", ref=ref))

"""The series of legal-help days for the legal office: a new one, changing it from a date on, ending it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from consult.helpdays import queries, series, words
from consult.helpdays.forms import EndForm, SeriesForm, decided, filled
from consult.helpdays.models import HelpSeries
from consult.helpdays.rules_series import AHEAD, LOOK, Elsewhere, Pattern, read_rule
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import local_day
from visitation.people.rules_staff import same_prison
from visitation.store.transaction import perform, reader
from visitation.timetable.queries import is_working_day, weekly_rows
from visitation.timetable.words import KIND_WORDS
from visitation.web.acting import acted
from visitation.web.door import door
from visitation.web.request import now

blueprint = Blueprint("help_series", __name__, url_prefix="/help-days/series")
Save = Callable[[Session, Pattern, dict[date, Elsewhere], str], HelpSeries]
SHOWN = 13


@dataclass(frozen=True)
class Preview:
    """What a wanted series comes to. days: the first of them; provisional: those of a year without a calendar; closed: with what was chosen for each.

    in_use: weekly visits at the same hours on the same terminals, in words.
    """

    days: list[date]
    provisional: set[date]
    closed: list[queries.Closed]
    chosen: dict[date, Elsewhere]
    in_use: list[str]


def has_a_prison(who: Identity, _subject: object) -> bool:
    """A series belongs to one prison."""
    return who.prison_id is not None


@blueprint.route("/new", methods=["GET", "POST"])
@door(Role.LEGAL_OFFICE, check=has_a_prison)
def create(who: Identity) -> ResponseReturnValue:
    """A new series: first its days are shown, then it is saved."""
    form, prison_id = SeriesForm(), who.prison_id
    assert prison_id is not None
    if not form.is_submitted():
        form.starts_on.data = local_day(now()) + timedelta(days=7)

    def save(session: Session, pattern: Pattern, chosen: dict[date, Elsewhere], reason: str) -> HelpSeries:
        return series.create(session, who, prison_id, pattern, chosen, reason, now())

    return _edit(prison_id, form, save, None)


@blueprint.route("/<ref>/change", methods=["GET", "POST"])
@door(Role.LEGAL_OFFICE, subject=queries.series_by_ref, check=same_prison)
def change(who: Identity, row: HelpSeries) -> ResponseReturnValue:
    """Another rule from a date on."""
    form, series_id = SeriesForm(), row.id
    if not form.is_submitted():
        filled(form, row, *read_rule(row.rrule))
        form.starts_on.data = max(row.starts_on, local_day(now()) + timedelta(days=1))

    def save(session: Session, pattern: Pattern, chosen: dict[date, Elsewhere], reason: str) -> HelpSeries:
        return series.change(session, who, series_id, pattern, chosen, reason, now())

    return _edit(row.prison_id, form, save, row)


def _edit(prison_id: int, form: SeriesForm, save: Save, row: HelpSeries | None) -> ResponseReturnValue:
    """Both steps of the form. `row`: the series that is changed."""
    ref = row.ref if row is not None else ""
    form.terminals.choices = list(queries.terminal_names(reader(), prison_id, in_service=True).items())
    preview = None
    if form.validate_on_submit():
        pattern = form.pattern()
        chosen = decided(request.form, series.closed_dates(reader(), prison_id, pattern, now()))
        if request.form.get("act") == "save":
            try:
                made = perform(lambda session: save(session, pattern, chosen, form.reason.data or gettext("The prison is closed on this day.")))
            except Refused as refused:
                if refused.status == 409:
                    raise
                form.refuse(refused)
            else:
                flash(gettext("The series is saved. Its days of the coming weeks are made; now lawyers can be asked."))
                return redirect(url_for("helpdays.index", _anchor=f"series-{made.ref}"))
        else:
            _check(prison_id, form, pattern, chosen, ref)
        preview = _preview(prison_id, pattern, chosen) if _can_be_shown(form) else None
    standing = queries.series_by_ref(reader(), ref) if ref else None
    return render_template("prison/helpdays/series.html", form=form, preview=preview, row=standing, words=words, weeks=AHEAD.days // 7)


def _check(prison_id: int, form: SeriesForm, pattern: Pattern, chosen: dict[date, Elsewhere], ref: str) -> None:
    """What speaks against the series, before anybody saves it; closed days are asked about below, not refused."""
    replacing = queries.series_by_ref(reader(), ref) if ref else None
    found = [one for one in series.refusals(reader(), prison_id, pattern, chosen, now(), replacing) if one.code != "HELP_CLOSED_DAY"]
    if found:
        form.refuse(Refused(found))


def _can_be_shown(form: SeriesForm) -> bool:
    """The days are shown once only closed days are left to decide."""
    return all(refusal.code in ("HELP_CLOSED_DAY", "HELP_MOVED_CLOSED", "HELP_MOVED_PAST", "HELP_TERMINAL_TAKEN") for refusal in form.refusals)


def _preview(prison_id: int, pattern: Pattern, chosen: dict[date, Elsewhere]) -> Preview:
    session, today = reader(), local_day(now())
    days = pattern.days(today, today + LOOK)
    closed = queries.closed_days(session, prison_id, days, pattern.opens, pattern.closes, pattern.terminals)
    first = days[:SHOWN]
    provisional = {day for day in first if is_working_day(session, prison_id, day) is None}
    return Preview(first, provisional, closed, chosen, _in_use(session, prison_id, pattern))


def _in_use(session: Session, prison_id: int, pattern: Pattern) -> list[str]:
    """Weekly visits that use the same terminals at the same hours."""
    names = queries.terminal_names(session, prison_id)
    found = []
    for row in weekly_rows(session, prison_id, pattern.starts_on):
        shared = [names[number] for number in row.terminals if number in pattern.terminals]
        if shared and row.weekday in pattern.weekdays and row.opens < pattern.closes and pattern.opens < row.closes:
            hours = f"{row.opens:%H:%M}–{row.closes:%H:%M}"
            found.append(f"{words.WEEKDAYS[row.weekday]} {hours}, {KIND_WORDS[row.kind]}: {'、'.join(shared)}")
    return found


@blueprint.route("/<ref>/end", methods=["GET", "POST"])
@door(Role.LEGAL_OFFICE, subject=queries.series_by_ref, check=same_prison)
def end(who: Identity, row: HelpSeries) -> ResponseReturnValue:
    """The last day of a series."""
    form, series_id, ref = EndForm(), row.id, row.ref
    if acted(form, lambda session: series.end(session, who, series_id, form.last.data, form.reason.data, now())):
        flash(gettext("The series ends. Days after the last one are not held, and their lawyers are told."))
        return redirect(url_for("helpdays.index"))
    return render_template("prison/helpdays/end.html", form=form, row=queries.series_by_ref(reader(), ref), words=words)

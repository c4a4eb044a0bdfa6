"""A lawyer says of each case that could be theirs whether there is a conflict of interest. Only names are shown, never what is asked."""

from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from consult.helpdays import conflicts
from consult.helpdays.conflicts import Question
from consult.helpdays.facts_plan import shown_of
from consult.helpdays.forms_plan import DeclareForm
from consult.helpdays.models import HelpDay
from consult.lawyers.models import Lawyer
from consult.lawyers.signed_in import verified
from consult.requests import letters
from consult.sealing import SealBroken
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.store.transaction import perform_again, reader
from visitation.web.door import door
from visitation.web.local_names import local_name
from visitation.web.request import now, see

blueprint = Blueprint("lawyer_conflicts", __name__, url_prefix="/lawyer/conflicts")
NONE, CONFLICT = "none", "conflict"


@dataclass(frozen=True)
class Line:
    """One case as the lawyer sees it. others: the other side and whoever else is concerned; broken: cannot be opened; unwritten: there is no letter yet."""

    ref: str
    inmate: str
    others: tuple[str, ...]
    shown: str
    conflict: bool | None
    broken: bool = False
    unwritten: bool = False


@blueprint.route("", methods=["GET", "POST"])
@door(Role.LAWYER)
def index(who: Identity) -> ResponseReturnValue:
    """The names of every day on which the office has asked."""
    lawyer, form = verified(who), DeclareForm()
    if form.validate_on_submit():
        answers = _answers(request.form.get("act") == "all_none")
        try:
            fresh = perform_again(lambda session: conflicts.declare(session, who, lawyer, answers, now()))
        except Refused as refused:
            form.refuse(refused)
        else:
            flash(ngettext("%(num)d answer is kept.", "%(num)d answers are kept.", fresh) if fresh else gettext("Nothing has changed."))
            return redirect(url_for("lawyer_conflicts.index"))
    page = render_template("family/helpdays_conflicts/index.html", days=_days(verified(who)), form=form, local_name=local_name)
    return (page, 422) if form.refusals or form.errors else page


def _answers(all_none: bool) -> dict[str, tuple[bool, str]]:
    """What was ticked: reference -> (conflict, digest of the names shown). With `all_none`, what is not ticked is none."""
    found = {}
    for field, shown in request.form.items():
        prefix, _, ref = field.partition("-")
        said = request.form.get(f"c-{ref}", NONE if all_none else "")
        if prefix == "s" and said in (NONE, CONFLICT):
            found[ref] = (said == CONFLICT, shown)
    return found


def _days(lawyer: Lawyer) -> list[tuple[HelpDay, list[Line]]]:
    asked = conflicts.questions(reader(), lawyer, now())
    for one in asked:
        see("inmate", one.request.inmate_id)
    return [(day, [_line(one) for one in rows]) for day, rows in groupby(asked, key=lambda one: one.day)]


def _line(one: Question) -> Line:
    row = one.request
    head = (row.ref, row.inmate.name)
    try:
        names = tuple(letters.names(row, current_app.extensions["settings"]))
    except SealBroken:
        return Line(*head, (), shown_of(row), one.conflict, broken=True)
    return Line(*head, names, shown_of(row), one.conflict, unwritten=row.lawyer_only and row.letter is None)

"""What every page of the timetable shares: its door, whose timetable it is, and the two steps of a change."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound as PageNotFound
from werkzeug.wrappers import Response

from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.people.models import Prison
from visitation.store.transaction import perform, reader
from visitation.timetable import queries
from visitation.timetable.plans import Done, Plan

blueprint = Blueprint("timetable", __name__, url_prefix="/timetable")
KEEPERS = (Role.ADMINISTRATOR, Role.DUTY_CHIEF)
WORK_LIST = "worklist.index"


def is_of_my_prison(who: Identity, row: Any) -> bool:
    """A prison's staff changes that prison's timetable; those without a prison, any."""
    return row.prison_id is not None and who.prison_id in (None, row.prison_id)


def chosen(who: Identity) -> Prison:
    """The prison whose timetable is worked on: one's own, or the one named in the address."""
    found = queries.chosen_prison(reader(), who, request.args.get("prison", ""))
    if found is None:
        raise PageNotFound
    return found


def code_of(who: Identity, prison: Prison) -> str | None:
    """What the address needs to name the prison: nothing for those who have one."""
    return prison.code if who.prison_id is None else None


def two_steps(form: Any, look: Callable[[Session], Plan], save: Callable[[Session, str], Done]) -> tuple[Plan | None, Done | None]:
    """First the plan of a change, then, when it is still the plan that was shown, the change itself. Refusals stand on the form."""
    if form.seen.data:
        try:
            return None, perform(lambda session: save(session, form.seen.data))
        except Refused as refused:
            form.refuse(refused)
            if "PLAN_CHANGED" not in refused.codes:
                return None, None
    try:
        found = look(reader())
    except Refused as refused:
        form.refuse(refused)
        return None, None
    form.seen.data = found.fingerprint
    return found, None


def status_of(form: Any) -> int:
    return 422 if form.errors or form.refusals else 200


def leave(done: Done, text: str, fallback: str, code: str | None) -> Response:
    """After a change: to the work list of the visits it hit, or back."""
    if not done.hits:
        flash(text)
        return redirect(url_for(fallback, prison=code))
    flash(text + " " + ngettext("%(num)d visit is flagged and on the work list.", "%(num)d visits are flagged and on the work list.", done.hits))
    if WORK_LIST in current_app.view_functions:
        return redirect(url_for(WORK_LIST, source=done.source or None, prison=code))
    return redirect(url_for("timetable.closures", prison=code) + "#flagged")


def one_act(form: Any, look: Callable[[Session], Plan], save: Callable[[Session, str], Done]) -> tuple[Plan | None, Done | None]:
    """A change without anything to fill in: its plan is shown at once."""
    if form.is_submitted() and not form.validate():
        return look(reader()), None
    if not form.is_submitted():
        form.seen.data = ""
    return two_steps(form, look, save)

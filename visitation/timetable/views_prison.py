"""The week at a glance, and the rooms of the timetable's pages: importing this module brings all of them."""

from datetime import date, timedelta

from flask import render_template, request

from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.store.transaction import reader
from visitation.timetable import (
    views_capacity_prison,  # noqa: F401 - each adds its pages to the blueprint
    views_closures_prison,  # noqa: F401
    views_rows_prison,  # noqa: F401
    views_year_prison,  # noqa: F401
)
from visitation.timetable.blueprint import KEEPERS, blueprint, chosen, code_of
from visitation.timetable.queries_week import week
from visitation.timetable.rules import KINDS, monday
from visitation.timetable.words import KIND_WORDS
from visitation.web.door import door
from visitation.web.local_names import local_name
from visitation.web.request import now

__all__ = ["blueprint"]
FARTHEST = timedelta(days=800)


@blueprint.get("/")
@door(*KEEPERS)
def index(who: Identity) -> str:
    """The week: terminals by time, what is booked, and what may go on at once."""
    prison = chosen(who)
    today = local_day(now())
    first = monday(_wanted(today))
    shown, days = week(reader(), prison.id, first)
    return render_template(
        "prison/timetable/week.html",
        prison=prison,
        code=code_of(who, prison),
        first=first,
        today=today,
        earlier=first - timedelta(days=7),
        later=first + timedelta(days=7),
        shown=shown,
        days=days,
        local_name=local_name,
        kinds={kind: KIND_WORDS[kind] for kind in KINDS},
    )


def _wanted(today: date) -> date:
    """The day in the address, within reach; today for anything else."""
    try:
        day = date.fromisoformat(request.args.get("week", ""))
    except ValueError:
        return today
    return day if abs(day - today) <= FARTHEST else today

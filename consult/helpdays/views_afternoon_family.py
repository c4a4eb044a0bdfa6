"""The lawyer's afternoon: the case that is on or comes next, the way into its room, the queue behind it by number and matter, and the notes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from flask import Blueprint, current_app, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from config import FamilySettings
from consult.helpdays import queue, words_queue
from consult.helpdays import rules_queue as rules
from consult.helpdays.models import HelpDay, HelpDuty
from consult.helpdays.queue import Column, Line
from consult.lawyers.models import Lawyer
from consult.lawyers.signed_in import verified
from consult.notes import queries as notes
from consult.notes import words as note_words
from consult.notes.views_family import note_form, readable
from consult.requests import letters
from consult.requests.models import HelpRequest
from visitation.kernel.identity import Identity, Role
from visitation.store.transaction import reader
from visitation.web.door import door
from visitation.web.local_names import local_name
from visitation.web.request import now, see

blueprint = Blueprint("afternoon", __name__, url_prefix="/lawyer/afternoon")


@dataclass(frozen=True)
class Afternoon:
    """line: the case that is on or comes next; due: when each case will probably begin and end; waiting: behind it, in the order of the queue."""

    day: HelpDay
    column: Column
    line: Line | None
    waiting: list[Line]
    due: dict[int, rules.Due]
    over: int


def of_lawyer(session: Session, lawyer: Lawyer, moment: datetime) -> Afternoon | None:
    """The help day that this lawyer serves on now or next; None when there is none."""
    query = select(HelpDay).join(HelpDuty, HelpDuty.day_id == HelpDay.id).where(HelpDuty.lawyer_id == lawyer.id, HelpDuty.state == "agreed")
    query = query.where(HelpDay.state == "published", HelpDay.ends_at > moment - rules.LINGERS).options(joinedload(HelpDay.prison))
    day = session.scalars(query.order_by(HelpDay.starts_at).limit(1)).first()
    column = next((one for one in queue.columns(session, day, ways=False) if one.duty.lawyer_id == lawyer.id), None) if day is not None else None
    if day is None or column is None:
        return None
    entries = column.entries
    chosen = rules.joins(entries, moment) or rules.next_up(entries)
    waiting = [column.line(one.number) for one in rules.queue(entries) if chosen is None or one.number != chosen.number]
    due = {one.number: one for one in rules.forecast(column.lane, entries, moment)}
    over = sum(one.state in rules.OVER for one in entries)
    return Afternoon(day, column, column.line(chosen.number) if chosen else None, waiting, due, over)


@blueprint.get("")
@door(Role.LAWYER)
def show(who: Identity) -> str:
    """My afternoon."""
    lawyer = verified(who)
    found = of_lawyer(reader(), lawyer, now())
    return render_template("family/helpdays/afternoon.html", **_shown(lawyer, found), **_case(lawyer, found))


@blueprint.get("/board")
@door(Role.LAWYER)
def board(who: Identity) -> str:
    """The same without the case and the page around it: asked for every few seconds."""
    lawyer = verified(who)
    return render_template("family/helpdays/afternoon_board.html", **_shown(lawyer, of_lawyer(reader(), lawyer, now())))


def _shown(lawyer: Lawyer, found: Afternoon | None) -> dict[str, Any]:
    is_closed = found is not None and found.line is not None and not _has(lawyer, found.line.seat.request)
    return {"here": found, "is_closed": is_closed, "words": words_queue, "local_name": local_name, "now": now(), "soon": rules.EARLIEST}


def _has(lawyer: Lawyer, asked: HelpRequest) -> bool:
    """Whether the case is still with them: not after they have declared a conflict of interest."""
    case = notes.case_of(reader(), lawyer, asked)
    return case is not None and case.part.handles


def _case(lawyer: Lawyer, found: Afternoon | None) -> dict[str, Any]:
    """What the case is about and its notes, for the case that is on or comes next."""
    if found is None or found.line is None:
        return {"row": None}
    asked = found.line.seat.request
    if not _has(lawyer, asked):
        return {"row": None}
    see("help_request", asked.ref)
    kept = readable(lawyer, asked.id)
    return {
        "row": asked,
        "letter": letters.read(asked, cast(FamilySettings, current_app.extensions["settings"])),
        "form": note_form(kept),
        "own": next((one for one in kept if one.mine), None),
        "others": [one for one in kept if not one.mine],
        "note_words": note_words,
    }

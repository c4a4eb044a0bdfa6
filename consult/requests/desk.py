"""What waits, on the desk: decisions for the legal office, papers to hand over for the ward, and what is overdue or about a prison for the bureau."""

from collections.abc import Iterable
from datetime import datetime

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from consult.requests import queries
from consult.requests.models import HelpRequest
from visitation.kernel.identity import Identity, Role
from visitation.people.rules_staff import lamp
from visitation.supervision.desk import DeskItem


def provide(session: Session, who: Identity, now: datetime) -> Iterable[DeskItem]:
    """An overdue request stands red on the desk of the prison's legal office, and moves up to the bureau's by itself."""
    if who.has(Role.BUREAU):
        number, due = queries.due(session, who, HelpRequest.path == "about_prison")
        yield DeskItem(_l("letters of inmates about a prison"), number, url_for("help_requests.index", pile="pass"), lamp(due, now) if due else "green")
        late, _due = queries.due(session, who, queries.NOT_ABOUT, HelpRequest.due_at < now)
        yield DeskItem(_l("requests for legal help that a prison has not passed on in time"), late, url_for("help_requests.index"), "red")
    elif who.has(Role.LEGAL_OFFICE):
        number, due = queries.due(session, who)
        yield DeskItem(_l("requests for legal help to decide on or pass on"), number, url_for("help_requests.index"), lamp(due, now) if due else "green")
    if who.has(Role.WARD_OFFICER, Role.LEGAL_OFFICE):
        yield DeskItem(_l("slips to hand to inmates"), len(queries.slips_to_hand(session, who)), url_for("help_requests.index"))

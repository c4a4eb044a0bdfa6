"""What waits for the legal office, on the desk."""

from collections.abc import Iterable
from datetime import datetime

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from consult.questions import queries
from visitation.kernel.identity import Identity, Role
from visitation.people.rules_staff import lamp
from visitation.supervision.desk import DeskItem


def provide(session: Session, who: Identity, now: datetime) -> Iterable[DeskItem]:
    """Questions to route or check and time to grant; for a ward, answers to hand over."""
    if who.has(Role.LEGAL_OFFICE, Role.BUREAU):
        waiting = queries.waiting(session, who)
        yield DeskItem(_l("legal questions to decide on"), waiting.count, url_for("questions.index"), lamp(waiting.due_at, now) if waiting.due_at else "green")
    if who.has(Role.WARD_OFFICER):
        yield DeskItem(_l("answers to hand to inmates"), len(queries.to_hand_over(session, who)), url_for("questions.index"))

"""What lawyers have handed in for inmates, on the desk of those who hand it over."""

from collections.abc import Iterable
from datetime import datetime

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from consult.notes import queries
from visitation.kernel.identity import Identity, Role
from visitation.supervision.desk import DeskItem


def provide(session: Session, who: Identity, _now: datetime) -> Iterable[DeskItem]:
    if who.has(Role.WARD_OFFICER, Role.LEGAL_OFFICE):
        waiting = len(queries.papers_to_hand(session, who)) + len(queries.documents_to_hand(session, who))
        yield DeskItem(_l("lawyers' papers and files to hand to inmates"), waiting, url_for("advice.index"))

"""What an inmate asks a relative for, on the family's landing page of legal help."""

from collections.abc import Iterable
from datetime import datetime

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from consult.landing.cards import Card
from consult.requests import queries
from visitation.kernel.identity import Identity, Role


def provide(session: Session, who: Identity, _now: datetime) -> Iterable[Card]:
    """One card while something is asked for and not done."""
    if who.has(Role.FAMILY) and any(row.family_done_at is None for row in queries.asked_of_family(session, who.account_id, who.visitor_id)):
        text = _l("It is for a legal matter. Your relative agreed that you are told.")
        yield Card(_l("Your relative asks you for something"), text, url_for("help_asked.index"), _l("Read what it is"))

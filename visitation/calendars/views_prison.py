"""An officer's own calendar feed, on the intranet."""

from datetime import datetime

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.calendars import feeds, pages, queries
from visitation.calendars.models import CalendarFeed
from visitation.calendars.offers import OWN, Offer
from visitation.calendars.rules import OFFICERS
from visitation.kernel.identity import Identity, Role
from visitation.web.door import door, open_door
from visitation.web.limits import limiter

blueprint = Blueprint("calendars", __name__)


def _sessions(session: Session, feed: CalendarFeed, account: Account, moment: datetime, origin: str) -> bytes:
    watched, duties = queries.watch_of(session, account.id, moment), queries.duties_of(session, account.id, moment)
    return feeds.officer_feed(watched, duties, feed, origin)


SESSIONS = Offer(
    OWN,
    frozenset(OFFICERS),
    _l("My sessions in a calendar"),
    _l("Your sessions and duty hours of the coming two weeks, for a calendar on the intranet. It shows time, reference and terminal, and no name."),
    _l("Whoever has it sees when you are on duty, so keep it to yourself. If it is lost, make a new one."),
    ("own_account.show", _l("Back to my account")),
    _sessions,
)
ROLES = (*OFFICERS, Role.WARD_OFFICER, Role.LEGAL_OFFICE)


def _zone() -> pages.Zone:
    return pages.Zone("prison", pages.origin_of("prison_origin"), "prison/calendars/show.html", (SESSIONS,))


@blueprint.get("/calendar")
@door(*ROLES)
def show(who: Identity) -> str:
    """Whether there is a feed, and how to subscribe."""
    return pages.show(_zone(), who)


@blueprint.post("/calendar/new")
@limiter.limit(pages.MAKES)
@door(*ROLES)
def make(who: Identity) -> str:
    """Make or renew the address."""
    return pages.make(_zone(), who)


@blueprint.post("/calendar/revoke")
@door(*ROLES)
def revoke(who: Identity) -> ResponseReturnValue:
    """Take the address back."""
    return pages.revoke(_zone(), who)


@blueprint.get("/calendar/<token>.ics")
@pages.limited
@open_door
def feed(_who: Identity | None, token: str) -> ResponseReturnValue:
    """What a calendar fetches: the secret in the address is all it has to show."""
    return pages.serve(_zone(), token)

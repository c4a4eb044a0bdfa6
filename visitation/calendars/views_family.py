"""A family's own calendar feed."""

from datetime import datetime

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.calendars import feeds, pages, queries
from visitation.calendars.models import CalendarFeed
from visitation.calendars.offers import OWN, Offer
from visitation.calendars.rules import acts_for_self
from visitation.kernel.identity import Identity, Role
from visitation.web.door import door, open_door
from visitation.web.limits import limiter

blueprint = Blueprint("calendars", __name__)


def _visits(session: Session, _feed: CalendarFeed, account: Account, moment: datetime, origin: str) -> bytes:
    return feeds.family_feed(queries.visits_of(session, account, moment), origin)


VISITS = Offer(
    OWN,
    frozenset({Role.FAMILY}),
    _l("Visits in my calendar"),
    _l("Your telephone can show your visits by itself, and always as they are now. It shows time and reference, and no name and no place."),
    _l("Whoever has it sees when your visits are, so keep it to yourself. If it is lost, make a new one."),
    ("account.show", _l("Back to my account")),
    _visits,
)
ROLES = (Role.FAMILY, Role.LAWYER)


def _zone() -> pages.Zone:
    return pages.Zone("family", pages.origin_of("family_origin"), "family/calendars/show.html", (VISITS,))


@blueprint.get("/calendar")
@door(*ROLES, check=acts_for_self)
def show(who: Identity) -> str:
    """Whether there is a feed, and how to subscribe."""
    return pages.show(_zone(), who)


@blueprint.post("/calendar/new")
@limiter.limit(pages.MAKES)
@door(*ROLES, check=acts_for_self)
def make(who: Identity) -> str:
    """Make or renew the address."""
    return pages.make(_zone(), who)


@blueprint.post("/calendar/revoke")
@door(*ROLES, check=acts_for_self)
def revoke(who: Identity) -> ResponseReturnValue:
    """Take the address back."""
    return pages.revoke(_zone(), who)


@blueprint.get("/calendar/<token>.ics")
@pages.limited
@open_door
def feed(_who: Identity | None, token: str) -> ResponseReturnValue:
    """What a calendar fetches: the secret in the address is all it has to show."""
    return pages.serve(_zone(), token)

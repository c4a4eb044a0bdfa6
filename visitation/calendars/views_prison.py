"""An officer's own calendar feed, on the intranet."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.calendars import feeds, pages, queries
from visitation.calendars.models import CalendarFeed
from visitation.calendars.rules import OFFICERS
from visitation.kernel.identity import Identity
from visitation.web.door import door, open_door
from visitation.web.limits import limiter
from visitation.web.request import now

blueprint = Blueprint("calendars", __name__)


def _zone() -> pages.Zone:
    origin = pages.origin_of("prison_origin")

    def content(session: Session, feed: CalendarFeed, account: Account) -> bytes:
        sessions, duties = queries.watch_of(session, account.id, now()), queries.duties_of(session, account.id, now())
        return feeds.officer_feed(sessions, duties, feed, origin)

    return pages.Zone("prison", origin, "prison/calendars/show.html", content)


@blueprint.get("/calendar")
@door(*OFFICERS)
def show(who: Identity) -> str:
    """Whether there is a feed, and how to subscribe."""
    return pages.show(_zone(), who)


@blueprint.post("/calendar/new")
@limiter.limit(pages.MAKES)
@door(*OFFICERS)
def make(who: Identity) -> str:
    """Make or renew the address."""
    return pages.make(_zone(), who)


@blueprint.post("/calendar/revoke")
@door(*OFFICERS)
def revoke(who: Identity) -> ResponseReturnValue:
    """Take the address back."""
    return pages.revoke(who)


@blueprint.get("/calendar/<token>.ics")
@pages.limited
@open_door
def feed(_who: Identity | None, token: str) -> ResponseReturnValue:
    """What a calendar fetches: the secret in the address is all it has to show."""
    return pages.serve(_zone(), token)

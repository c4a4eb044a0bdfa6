"""What an account can subscribe to. Other rooms register theirs at the composition root, under `extensions["calendar_offers"]`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.calendars.models import CalendarFeed
from visitation.kernel.identity import Role

Content = Callable[[Session, CalendarFeed, Account, datetime, str], bytes]
"""(session, the feed, its owner, now, origin of this zone's pages) -> the whole calendar. The same facts give the same bytes."""
OWN = "own"


@dataclass(frozen=True)
class Offer:
    """A calendar by name, for accounts of certain roles.

    title, lead: of its page; secret: what whoever has the address would learn; back: endpoint and words of the way back.
    """

    name: str
    roles: frozenset[Role]
    title: Any
    lead: Any
    secret: Any
    back: tuple[str, Any]
    content: Content


def offered(own: Iterable[Offer], roles: Iterable[Role | str]) -> list[Offer]:
    """The offers for somebody with these roles: the zone's own first, then what other rooms have registered."""
    held = {Role(role) for role in roles}
    return [offer for offer in (*own, *current_app.extensions.get("calendar_offers", ())) if not offer.roles.isdisjoint(held)]


def chosen(own: Iterable[Offer], roles: Iterable[Role | str], name: str) -> Offer | None:
    """The one that is meant; without a name the first."""
    every = offered(own, roles)
    return next((offer for offer in every if name in ("", offer.name)), None)

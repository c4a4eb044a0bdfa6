"""What other rooms put on the landing page of legal help, without the page knowing them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from visitation.kernel.identity import Identity


@dataclass(frozen=True)
class Card:
    """Something that this person is asked to do, above everything else on the page: a heading, a sentence, where it leads and the word on the button."""

    title: Any
    text: Any
    url: str
    action: Any


CardProvider = Callable[[Session, Identity, datetime], Iterable[Card]]
"""What a room registers at the composition root, under `extensions["legal_help_cards"]`. It is asked for people who have signed in."""


def cards_of(session: Session, who: Identity | None, now: datetime, providers: Iterable[CardProvider]) -> list[Card]:
    """Every card for this person; nobody signed in has none."""
    return [card for provide in providers for card in provide(session, who, now)] if who is not None else []

"""Whom to telephone: on every family page the number of the prison that a person has to do with, and on every staff page the prison's name."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from flask import Flask, current_app, g
from flask_babel import get_locale
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from visitation.kernel.identity import Identity
from visitation.store.transaction import reader


class Place(Protocol):
    """What a prison must have to be telephoned."""

    name: str
    name_en: str
    phone: str


Places = Callable[[Session, Identity | None], Sequence[Place]]


@dataclass(frozen=True)
class Telephone:
    """A prison's name in the reader's language, its number as written, and as dialled (`tel:`)."""

    name: str
    number: str

    @property
    def dial(self) -> str:
        digits = re.sub(r"[^0-9+]", "", self.number)
        return f"tel:{digits}"


def install_contact(app: Flask) -> None:
    """The composition root puts `places(session, who)` under `extensions["places"]`; without it nobody is named."""
    app.context_processor(lambda: {"telephones": contact()})


def contact() -> tuple[Telephone, ...]:
    """The prisons of the person who reads the page; all of them while there are none. Asked once a request."""
    if "contact" not in g:
        g.contact = _ask()
    known: tuple[Telephone, ...] = g.contact
    return known


def _ask() -> tuple[Telephone, ...]:
    places: Places | None = current_app.extensions.get("places")
    if places is None:
        return ()
    chinese = str(get_locale()).startswith("zh")
    try:
        return tuple(Telephone(place.name if chinese else place.name_en, place.phone) for place in places(reader(), g.get("who")))
    except SQLAlchemyError:  # the page that says "something broke" must not break too
        return ()

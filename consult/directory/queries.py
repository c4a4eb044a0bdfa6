"""Reading the directory."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consult.directory import rules
from consult.directory.models import Institution
from consult.directory.rules import Located, distance

MOST = 12


@dataclass(frozen=True)
class Found:
    """An institution and how far it is from where one asked, in kilometres."""

    row: Institution
    km: float


@dataclass(frozen=True)
class _Spot:
    id: int
    latitude: float
    longitude: float


def nearest(session: Session, here: Located, kinds: Iterable[str], most: int = MOST) -> list[Found]:
    """The nearest open institutions of these kinds. Coordinates are read first and the rows of the nearest only: two queries."""
    columns = select(Institution.id, Institution.latitude, Institution.longitude).where(Institution.kind.in_(list(kinds)), Institution.closed_at.is_(None))
    spots = [_Spot(*row) for row in session.execute(columns.order_by(Institution.id))]
    chosen = rules.nearest(here, spots, most)
    rows = {row.id: row for row in session.scalars(select(Institution).where(Institution.id.in_([spot.id for _km, spot in chosen])))}
    return [Found(rows[spot.id], distance(here, spot)) for _km, spot in chosen if spot.id in rows]


def by_ref(session: Session, ref: str) -> Institution | None:
    return session.scalar(select(Institution).where(Institution.ref == ref.upper()))


def listed(session: Session, words: str, kind: str, stale_before: date | None, most: int = 200) -> list[Institution]:
    """The keepers' list: by name or address, of one kind, or only those that nobody has checked since a day; the longest unchecked first."""
    query = select(Institution).where(Institution.closed_at.is_(None))
    for word in words.split():
        query = query.where(Institution.name.contains(word, autoescape=True) | Institution.address.contains(word, autoescape=True))
    if kind:
        query = query.where(Institution.kind == kind)
    if stale_before is not None:
        query = query.where(Institution.checked_on < stale_before)
    return list(session.scalars(query.order_by(Institution.checked_on, Institution.id).limit(most)))


def counts(session: Session, today: date) -> tuple[int, int]:
    """How many there are, and how many of them are stale."""
    total = session.scalar(select(func.count(Institution.id)).where(Institution.closed_at.is_(None))) or 0
    stale = session.scalar(select(func.count(Institution.id)).where(Institution.closed_at.is_(None), Institution.checked_on < today - rules.STALE)) or 0
    return total, stale

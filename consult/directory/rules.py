"""The directory's law: what an entry needs, how far away it is, when it is stale. Pure."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar

from visitation.kernel.errors import Refusal
from visitation.kernel.identity import Identity

KINDS = ("legal_aid", "law_firm", "notary", "forensic", "mediation", "labour_arbitration")
EARTH_KM = 6371.0088
"""Mean radius (IUGG)."""
STALE = timedelta(days=180)
CHINA = (3.0, 54.0, 73.0, 136.0)
"""South, north, west and east: a coordinate outside is a slip, mostly the two numbers exchanged."""


@dataclass(frozen=True)
class Point:
    """A place on the sphere, in degrees."""

    latitude: float
    longitude: float


class Located(Protocol):
    @property
    def latitude(self) -> float: ...
    @property
    def longitude(self) -> float: ...


T = TypeVar("T", bound=Located)


def distance(one: Located, other: Located) -> float:
    """Kilometres along the great circle (haversine)."""
    north, south = math.radians(one.latitude), math.radians(other.latitude)
    across = math.radians(other.longitude - one.longitude)
    chord = math.sin((south - north) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(across / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, chord)))


def nearest(here: Located, others: Iterable[T], most: int) -> list[tuple[float, T]]:
    """The nearest ones with their distance, near to far; of equal ones in the order given."""
    return sorted(((distance(here, other), other) for other in others), key=lambda pair: pair[0])[:most]


def bearing(here: Located, there: Located) -> float:
    """Direction of the first step, in degrees clockwise from north."""
    north, south = math.radians(here.latitude), math.radians(there.latitude)
    across = math.radians(there.longitude - here.longitude)
    east = math.sin(across) * math.cos(south)
    up = math.cos(north) * math.sin(south) - math.sin(north) * math.cos(south) * math.cos(across)
    return math.degrees(math.atan2(east, up)) % 360


def point_refusals(latitude: float | None, longitude: float | None) -> list[Refusal]:
    """Both numbers or none, and inside the country."""
    if (latitude is None) != (longitude is None):
        return [Refusal("POINT_HALF")]
    if latitude is None or longitude is None:
        return []
    south, north, west, east = CHINA
    inside = south <= latitude <= north and west <= longitude <= east
    return [] if inside else [Refusal("POINT_OUTSIDE")]


def is_stale(checked_on: date, today: date) -> bool:
    """Nobody has looked for half a year whether the entry is still true."""
    return today - checked_on > STALE


class Closable(Protocol):
    @property
    def closed_at(self) -> datetime | None: ...


def is_open(_who: Identity, institution: Closable) -> bool:
    """The directory is one for all prisons; a closed entry cannot be changed any more."""
    return institution.closed_at is None


def kind_of(word: str, words: Mapping[str, str]) -> str | None:
    """The kind that a word of an import means, in either language or as its code."""
    return words.get(word.strip().casefold())

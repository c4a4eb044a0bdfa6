"""A search as both zones show it: where from, which kinds, what is near, and the map of it."""

from dataclasses import dataclass
from typing import Any

from flask import request
from sqlalchemy.orm import Session

from consult.directory import places, queries, rules
from consult.directory.drawing import RINGS, Mark, Name, draw, ring_km
from consult.directory.places import Place
from consult.directory.queries import Found

AROUND = 14


@dataclass(frozen=True)
class Search:
    """place: where from, if it was understood; offered: places that the words may mean; kind: one kind, or empty for all."""

    words: str
    place: Place | None
    offered: list[Place]
    kind: str
    found: list[Found]

    def facts(self) -> dict[str, Any]:
        """The address of this search, for its map."""
        return {"place": self.place.code if self.place else "", "kind": self.kind}


def asked(session: Session, at: str = "") -> Search:
    """What the address of the page asks for. `at`: a place that its path names."""
    words = (at or request.args.get("place", ""))[:60].strip()
    kind = request.args.get("kind", "")
    kind = kind if kind in rules.KINDS else ""
    here = places.meant(words) if words else None
    offered = places.find(words) if words and here is None else []
    found = queries.nearest(session, here, [kind] if kind else rules.KINDS) if here else []
    return Search(here.path if here else words, here, offered, kind, found)


def map_of(search: Search) -> bytes:
    """The map of a search that has a place."""
    assert search.place is not None
    marks = [Mark(number, found.row) for number, found in enumerate(search.found, start=1)]
    return draw(search.place, search.place.name, marks, _around(search.place, [found.km for found in search.found]))


def _around(here: Place, distances: list[float]) -> list[Name]:
    """Seats of cities, or of counties where the map is small, spread over it."""
    reach = ring_km(distances) * RINGS
    county = reach < 100
    near = [(km, one) for km, one in rules.nearest(here, places.every().values(), 400) if reach / 6 < km < reach and one.code.endswith("00") is not county]
    return [Name(one.name, one) for _km, one in near[:: max(1, len(near) // AROUND)]]

"""The map of a search as an SVG: the place asked from in the middle, north up, rings of distance, the institutions by their number in the list,
and the seats of places around for orientation. Drawn from coordinates alone; no outside service is asked.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from consult.directory.rules import Located, bearing, distance

SIZE = 360
EDGE = 26
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
RINGS = 3
MARK = 13
CLOSE = 2 * MARK - 4
LETTER = 12
TURN = 2.399963  # the golden angle: what would lie on one another is spread evenly around
Box = tuple[float, float, float, float]
"""Left, top, right, foot."""
INK, FAINT, LINE, GROUND, HERE, MARKED, WHITE = "#14272d", "#46585f", "#d9d8d0", "#f5f3ee", "#9d2420", "#0f5a6b", "#ffffff"


@dataclass(frozen=True)
class Mark:
    """An institution on the map, by its number in the list."""

    number: int
    at: Located


@dataclass(frozen=True)
class Name:
    """A place around, written small."""

    text: str
    at: Located


def draw(here: Located, title: str, marks: Sequence[Mark], names: Iterable[Name]) -> bytes:
    """The map, big enough for the farthest mark. `title` is the place asked from; it is what a screen reader hears."""
    ring = ring_km([distance(here, mark.at) for mark in marks])
    scale = (SIZE / 2 - EDGE) / (ring * RINGS)
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {SIZE} {SIZE}", "role": "img", "font-family": "sans-serif"})
    ET.SubElement(root, "title").text = title
    ET.SubElement(root, "rect", {"width": str(SIZE), "height": str(SIZE), "fill": GROUND})
    _rings(root, ring, scale)
    spots = apart([_spot(here, mark.at, scale) for mark in marks])
    near = [(name, *_spot(here, name.at, scale)) for name in names if distance(here, name.at) < ring * RINGS]
    for name, x, y in clear(near, spots):
        _name(root, x, y, name.text)
    _here(root, title)
    for mark, (x, y) in zip(marks, spots, strict=True):
        _mark(root, mark, x, y)
    drawn: bytes = ET.tostring(root, encoding="utf-8")
    return drawn


def ring_km(distances: Iterable[float]) -> float:
    """The distance between two rings, so that three of them hold everything: a round number of kilometres."""
    farthest = max(distances, default=0.0)
    return next((step for step in STEPS if step * RINGS >= farthest), STEPS[-1])


def apart(spots: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same spots, those that would cover one another moved outwards along a spiral until each can be read."""
    kept: list[tuple[float, float]] = []
    for x, y in spots:
        tries = ((x + CLOSE * math.sqrt(n) / 2 * math.cos(n * TURN), y + CLOSE * math.sqrt(n) / 2 * math.sin(n * TURN)) for n in range(400))
        kept.append(next((spot for spot in tries if all(math.dist(spot, other) >= CLOSE for other in kept) and _inside(spot)), (x, y)))
    return kept


def clear(names: Iterable[tuple[Name, float, float]], spots: Iterable[tuple[float, float]]) -> list[tuple[Name, float, float]]:
    """The names that can be read: none on a mark, on the words of the map, on another name, or over the edge. The first of two stays."""
    middle = SIZE / 2
    taken = [(0.0, 0.0, float(SIZE), 2.0 * LETTER), (middle - 3 * LETTER, 0.0, middle + 3 * LETTER, middle + MARK)]
    taken += [(x - MARK, y - MARK, x + MARK, y + MARK) for x, y in spots]
    kept = []
    for name, x, y in names:
        half = LETTER * len(name.text) / 2
        box = (x - half, y - LETTER - 5, x + half, y + 2)
        if half < x < SIZE - half and y < SIZE - 4 and not any(_touch(box, other) for other in taken):
            kept.append((name, x, y))
            taken.append(box)
    return kept


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _inside(spot: tuple[float, float]) -> bool:
    return all(MARK <= part <= SIZE - MARK for part in spot)


def _spot(here: Located, there: Located, scale: float) -> tuple[float, float]:
    """True distance and direction from the middle (an azimuthal projection)."""
    angle, length = math.radians(bearing(here, there)), distance(here, there) * scale
    return SIZE / 2 + length * math.sin(angle), SIZE / 2 - length * math.cos(angle)


def _rings(root: ET.Element, ring: float, scale: float) -> None:
    middle = SIZE / 2
    for number in range(1, RINGS + 1):
        radius = ring * number * scale
        ET.SubElement(root, "circle", {"cx": f"{middle}", "cy": f"{middle}", "r": f"{radius:.1f}", "fill": "none", "stroke": LINE})
        _text(root, middle, middle - radius - 5, f"{ring * number:g} km", 12, INK)
    _text(root, SIZE - 16, 20, "N ↑", 13, INK)


def _here(root: ET.Element, title: str) -> None:
    """The place asked from: a red dot, and its name in the corner, where no mark can lie on it."""
    middle = f"{SIZE / 2}"
    for x, y in ((middle, middle), ("14", "16")):
        ET.SubElement(root, "circle", {"cx": x, "cy": y, "r": "6", "fill": HERE, "stroke": WHITE, "stroke-width": "2"})
    _text(root, 26, 21, title, 14, HERE, "start")


def _name(root: ET.Element, x: float, y: float, text: str) -> None:
    ET.SubElement(root, "circle", {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": "2", "fill": LINE})
    _text(root, x, y - 5, text, LETTER, FAINT)


def _mark(root: ET.Element, mark: Mark, x: float, y: float) -> None:
    look = {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": f"{MARK}", "fill": MARKED, "stroke": WHITE, "stroke-width": "2"}
    ET.SubElement(root, "circle", look)
    _text(root, x, y + 4.5, str(mark.number), 13, WHITE)


def _text(root: ET.Element, x: float, y: float, text: str, size: int, colour: str, anchor: str = "middle") -> None:
    look = {"x": f"{x:.1f}", "y": f"{y:.1f}", "font-size": f"{size}", "fill": colour, "text-anchor": anchor}
    ET.SubElement(root, "text", look).text = text

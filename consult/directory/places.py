"""Provinces, cities and counties with the coordinates of their seats: a table of public facts (codes of GB/T 2260, two decimals of a degree)."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("places.csv")
SUFFIXES = ("特别行政区", "自治区", "自治州", "自治县", "地区", "省", "市", "区", "县", "盟", "旗")
MIDDLE = ("市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划")


@dataclass(frozen=True)
class Place:
    """A province, city or county. path: with the names above it, e.g. 广东省东莞市."""

    code: str
    name: str
    path: str
    latitude: float
    longitude: float

    @property
    def province(self) -> str:
        return f"{self.code[:2]}0000"


@cache
def every() -> dict[str, Place]:
    """All places by code."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        rows = [(row["code"], row["name"], float(row["latitude"]), float(row["longitude"])) for row in csv.DictReader(file)]
    names = {code: name for code, name, _latitude, _longitude in rows}
    return {code: Place(code, name, _path(code, names), latitude, longitude) for code, name, latitude, longitude in rows}


def _path(code: str, names: dict[str, str]) -> str:
    above = dict.fromkeys((f"{code[:2]}0000", f"{code[:4]}00", code))
    parts = [names[one] for one in above if one in names and (names[one] not in MIDDLE or one == code)]
    return "".join(part for place, part in enumerate(parts) if place == 0 or part != parts[place - 1])


def place(code: str) -> Place | None:
    return every().get(code)


def find(words: str, most: int = 12) -> list[Place]:
    """Places whose name or path holds every word, the most fitting first: the exact name, then the beginning of it, larger places before smaller ones."""
    wanted = words.split()
    if not wanted:
        return []
    found = [one for one in every().values() if all(word in one.path or word == one.code for word in wanted)]
    return sorted(found, key=lambda one: (_fit(one, wanted[-1]), one.code.endswith("00") is False, one.code))[:most]


def meant(typed: str) -> Place | None:
    """The place that these words can only mean: the one whose code, path or name they are, or the only one found."""
    found, joined = find(typed), "".join(typed.split())
    exact = [one for one in found if joined in (one.code, one.path)] or [one for one in every().values() if joined == one.name]
    return exact[0] if len(exact) == 1 else found[0] if len(found) == 1 else None


def _fit(one: Place, word: str) -> int:
    short = next((one.name.removesuffix(suffix) for suffix in SUFFIXES if one.name.endswith(suffix) and len(one.name) > len(suffix) + 1), one.name)
    if word in (one.name, short, one.code, one.path):
        return 0
    if one.name.startswith(word):
        return 1
    return 2 if word in one.name else 3

"""What a plain value may look like. A shape says whether a value has it, and can be asked how it is made up, so that a form can be built from it."""

import re
from collections.abc import Callable
from dataclasses import dataclass

Shape = Callable[[object], bool]
WALL_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
CODE = re.compile(r"[a-z][a-z0-9_]{0,29}")


@dataclass(frozen=True)
class Whole:
    """A whole number from `low` to `high`, a multiple of `step`. True and False are not numbers."""

    low: int
    high: int
    step: int = 1

    def __call__(self, value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and self.low <= value <= self.high and value % self.step == 0


@dataclass(frozen=True)
class Each:
    """An object whose every value is `inner`; with `keys`, exactly these names. Without, at least one name of lower-case letters."""

    inner: Shape
    keys: tuple[str, ...] | None = None

    def __call__(self, value: object) -> bool:
        if not isinstance(value, dict) or not value:
            return False
        named = set(value) == set(self.keys) if self.keys else all(code(key) for key in value)
        return named and all(self.inner(item) for item in value.values())


@dataclass(frozen=True)
class Listed:
    """A list of at least one `inner`."""

    inner: Shape

    def __call__(self, value: object) -> bool:
        return isinstance(value, list) and bool(value) and all(self.inner(item) for item in value)


@dataclass(frozen=True)
class Record:
    """An object with exactly these fields."""

    fields: tuple[tuple[str, Shape], ...]

    def __call__(self, value: object) -> bool:
        named = isinstance(value, dict) and set(value) == {name for name, _shape in self.fields}
        return named and isinstance(value, dict) and all(shape(value[name]) for name, shape in self.fields)


@dataclass(frozen=True)
class Falling:
    """A list of whole numbers, each smaller than the one before."""

    low: int
    high: int

    def __call__(self, value: object) -> bool:
        return Listed(Whole(self.low, self.high))(value) and isinstance(value, list) and value == sorted(set(value), reverse=True)


def whole(low: int, high: int, step: int = 1) -> Whole:
    return Whole(low, high, step)


def share(value: object) -> bool:
    """A number from 0 to 1."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def yes_no(value: object) -> bool:
    return isinstance(value, bool)


def wall_time(value: object) -> bool:
    """`HH:MM` on a 24-hour clock."""
    return isinstance(value, str) and WALL_TIME.fullmatch(value) is not None


def code(value: object) -> bool:
    return isinstance(value, str) and CODE.fullmatch(value) is not None


def each(inner: Shape, keys: tuple[str, ...] | None = None) -> Each:
    return Each(inner, keys)


def listed(inner: Shape) -> Listed:
    return Listed(inner)


def record_of(**fields: Shape) -> Record:
    return Record(tuple(fields.items()))


def falling(low: int, high: int) -> Falling:
    return Falling(low, high)

"""What a plain value may look like: small predicates, put together for each key of a policy."""

import re
from collections.abc import Callable

Shape = Callable[[object], bool]


def whole(low: int, high: int, step: int = 1) -> Shape:
    """A whole number from `low` to `high`, a multiple of `step`. True and False are not numbers."""
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high and value % step == 0


def share(value: object) -> bool:
    """A number from 0 to 1."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def yes_no(value: object) -> bool:
    return isinstance(value, bool)


def wall_time(value: object) -> bool:
    """`HH:MM` on a 24-hour clock."""
    return isinstance(value, str) and re.fullmatch(r"(?:[01]\d|2[0-3]):[0-5]\d", value) is not None


def each(inner: Shape, keys: tuple[str, ...] | None = None) -> Shape:
    """An object whose every value is `inner`; with `keys`, exactly these names. Without, at least one name of lower-case letters."""

    def holds(value: object) -> bool:
        if not isinstance(value, dict) or not value:
            return False
        named = set(value) == set(keys) if keys else all(isinstance(key, str) and re.fullmatch(r"[a-z][a-z0-9_]{0,29}", key) for key in value)
        return named and all(inner(item) for item in value.values())

    return holds


def listed(inner: Shape) -> Shape:
    """A list of at least one `inner`."""
    return lambda value: isinstance(value, list) and bool(value) and all(inner(item) for item in value)


def record_of(**fields: Shape) -> Shape:
    """An object with exactly these fields."""
    return lambda value: isinstance(value, dict) and set(value) == set(fields) and all(shape(value[name]) for name, shape in fields.items())


def code(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9_]{0,29}", value) is not None


def falling(low: int, high: int) -> Shape:
    """A list of whole numbers, each smaller than the one before."""
    inner = listed(whole(low, high))
    return lambda value: inner(value) and isinstance(value, list) and value == sorted(set(value), reverse=True)

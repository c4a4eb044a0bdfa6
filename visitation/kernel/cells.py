"""A cell of a table that somebody made elsewhere, before any law looks at it."""

from dataclasses import dataclass
from datetime import date

_SHOWN = 60


@dataclass(frozen=True)
class Cell:
    """One cell. `value`: text, number, day, truth or nothing; `problem`: a code when the cell itself is bad (formula, error)."""

    value: str | int | float | bool | date | None = None
    problem: str = ""

    @property
    def is_blank(self) -> bool:
        return not self.problem and (self.value is None or (isinstance(self.value, str) and not self.value.strip()))

    def shown(self) -> str:
        return "" if self.value is None else str(self.value)[:_SHOWN]

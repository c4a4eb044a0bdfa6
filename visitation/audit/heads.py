"""The heads of the chain that are kept outside the database: whoever rewrites the whole chain in it cannot rewrite these.

`newest.json` follows the chain each minute; `heads.jsonl` gets one line a day, to be printed and countersigned. A head never goes back: when the chain is
shorter than the kept head, or differs from it, nothing is overwritten and the caller is told.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from visitation.kernel.interval import local_day


@dataclass(frozen=True)
class Head:
    """Number and hash of the newest link at a moment (ISO 8601)."""

    number: int
    hash: str
    at: str


class Heads:
    """The files in one folder, `data_dir/audit`."""

    def __init__(self, folder: Path) -> None:
        self.daily = folder / "heads.jsonl"
        self.newest = folder / "newest.json"

    def all(self) -> list[Head]:
        """Every kept head, oldest first."""
        lines = self.daily.read_text(encoding="utf-8").splitlines() if self.daily.exists() else []
        kept = [Head(**json.loads(line)) for line in lines if line.strip()]
        last = self.last()
        return [*kept, last] if last else kept

    def last(self) -> Head | None:
        return Head(**json.loads(self.newest.read_text(encoding="utf-8"))) if self.newest.exists() else None

    def keep(self, number: int, made: str, now: datetime) -> None:
        """Remember a new head, and once a day for good."""
        head = Head(number, made, now.isoformat())
        before = self.last()
        if before == head or number == 0:
            return
        self.newest.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self._has_day(now):
            _write(self.daily, [*self._lines(), json.dumps(asdict(head))])
        _write(self.newest, [json.dumps(asdict(head))])

    def _lines(self) -> list[str]:
        return self.daily.read_text(encoding="utf-8").splitlines() if self.daily.exists() else []

    def _has_day(self, now: datetime) -> bool:
        lines = self._lines()
        return bool(lines) and local_day(datetime.fromisoformat(json.loads(lines[-1])["at"])) == local_day(now)


def _write(path: Path, lines: Iterable[str]) -> None:
    beside = path.with_suffix(".new")
    with beside.open("w", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)

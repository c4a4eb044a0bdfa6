"""The officer's task list of one session: no duplicates, closed by itself when the cause is gone."""

from dataclasses import dataclass
from typing import Any

SEVERITY = {
    "OFFICER_LOST": "high",
    "TERMINAL_LOST": "high",
    "OUTSIDE_LOST": "medium",
    "RECORDER_STALLED": "high",
    "RECORDING_FAILED": "high",
    "JOURNAL_FAILED": "high",
    "LINE_BAD": "low",
    "WARNING_UNCONFIRMED": "medium",
    "VISITOR_LATE": "medium",
}
KEPT = 100


@dataclass
class Task:
    """One open or closed task."""

    id: str
    kind: str
    pid: str | None
    since: float  # epoch seconds
    closed_after: float | None = None

    def told(self) -> dict[str, Any]:
        """As the message `task` and the journal give it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "severity": SEVERITY[self.kind],
            "since": self.since,
            "pid": self.pid,
            "closed_after": self.closed_after,
        }


class TaskList:
    """Tasks by kind and person."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str | None], Task] = {}
        self._count = 0

    def raise_(self, kind: str, pid: str | None, at: float) -> Task | None:
        """Open a task; None where the same one is open."""
        if (kind, pid) in self._open or len(self._open) >= KEPT:
            return None
        self._count += 1
        task = self._open[kind, pid] = Task(f"t{self._count}", kind, pid, at)
        return task

    def close(self, kind: str, pid: str | None, at: float) -> Task | None:
        """Close it; None where none was open."""
        task = self._open.pop((kind, pid), None)
        if task is not None:
            task.closed_after = round(max(0.0, at - task.since), 1)
        return task

    def open(self) -> list[Task]:
        return sorted(self._open.values(), key=lambda t: t.since)

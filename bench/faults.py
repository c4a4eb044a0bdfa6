"""`python -m bench.faults media`: break things on purpose and print what followed, one line of JSON for each fault.

A line says: `fault`, `promise` (what must hold, in words), `measured` (a number, or several by name), `limit`, `unit`, `kept`. The program fails when a
promise was not kept.
"""

import importlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass

SCENARIOS = {"media": "bench.faults_media"}
"""Name -> module with a `run(report)`."""


@dataclass
class Report:
    """Prints the lines and remembers what was not kept."""

    broken: int = 0

    def line(self, fault: str, promise: str, measured: object, limit: float, unit: str, kept: bool) -> None:
        self.broken += not kept
        told = {"fault": fault, "promise": promise, "measured": measured, "limit": limit, "unit": unit, "kept": kept}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    def at_most(self, fault: str, promise: str, measured: float, limit: float, unit: str = "s") -> None:
        self.line(fault, promise, round(measured, 3), limit, unit, measured <= limit)

    def at_least(self, fault: str, promise: str, measured: float, limit: float, unit: str = "") -> None:
        self.line(fault, promise, round(measured, 3), limit, unit, measured >= limit)


def main(wanted: list[str]) -> int:
    unknown = set(wanted) - set(SCENARIOS)
    if unknown:
        sys.stderr.write(f"no scenario {', '.join(sorted(unknown))}; there are: {', '.join(SCENARIOS)}\n")
        return 2
    report = Report()
    for name in wanted or SCENARIOS:
        run: Callable[[Report], None] = importlib.import_module(SCENARIOS[name]).run
        run(report)
    return int(report.broken > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

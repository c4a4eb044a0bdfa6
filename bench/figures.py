"""How a figure is printed: one line of JSON, the same keys everywhere."""

import json
import statistics
import sys


def figure(name: str, value: float, unit: str, ratio_to: str = "", ratio: float | None = None) -> None:
    """Print one figure. `ratio_to` names what it is compared with (a goal, a yardstick), `ratio` is value / that."""
    line = {"name": name, "value": round(value, 3), "unit": unit, "ratio_to": ratio_to, "ratio": None if ratio is None else round(ratio, 3)}
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def against(name: str, value: float, unit: str, goal: float, goal_name: str) -> None:
    """A figure compared with its goal: a ratio below 1 is better than the goal."""
    figure(name, value, unit, f"{goal_name} {goal:g} {unit}", value / goal)


def quantile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie; of few values the nearest."""
    if len(values) < 2:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[max(0, min(98, round(share * 100) - 1))]

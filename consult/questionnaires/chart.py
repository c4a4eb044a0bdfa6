"""The answers to one question as bars."""

import pygal
from flask_babel import gettext

from consult.questionnaires import words
from consult.questionnaires.rules import Item, Result
from visitation.web.charts import SHAPE

SHORT = 24
"""Letters of an option beside its bar; the table has it whole."""


def labels(item: Item) -> list[str]:
    """The words of each choice, in the order in which they are counted."""
    return [str(words.POINTS[point]) for point in item.choices] if item.kind == "scale" else list(item.options)


def draw(result: Result) -> bytes:
    """An SVG with a bar for each choice, the first on top."""
    named = labels(result.item)
    shape = {**SHAPE, "show_legend": False, "height": 90 + 38 * len(named), "range": (0, max(result.counts, default=0) or 1)}
    shape |= {"value_formatter": lambda value: f"{value:.0f}"}
    chart = pygal.HorizontalBar(**shape)
    chart.x_labels = [f"{text[:SHORT]}…" if len(text) > SHORT else text for text in reversed(named)]
    chart.add(gettext("Answers"), list(reversed(result.counts)))
    drawn: bytes = chart.render()
    return drawn

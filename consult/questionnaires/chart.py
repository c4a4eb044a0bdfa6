"""The answers to one question as bars."""

from flask_babel import gettext

from consult.questionnaires import words
from consult.questionnaires.rules import Item, Result
from visitation.web.charts import lying, lying_height

WIDTH = 560


def labels(item: Item) -> list[str]:
    """The words of each choice, in the order in which they are counted."""
    return [str(words.POINTS[point]) for point in item.choices] if item.kind == "scale" else list(item.options)


def draw(result: Result) -> bytes:
    """An SVG with a bar for each choice, the first on top."""
    return lying(labels(result.item), [(gettext("Answers"), result.counts)], width=WIDTH)


def height(result: Result) -> int:
    """Pixels of that chart."""
    return lying_height(len(labels(result.item)), [gettext("Answers")])

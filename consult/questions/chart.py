"""The answer rate by month as a chart, with the line of the target."""

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext

from consult.questions.rules import Rate
from visitation.web.charts import Series, lines


def draw(months: Sequence[tuple[date, Rate]], target: int) -> bytes:
    """An SVG; a month in which nothing was due has no point."""
    rates = [rate.percent for _first, rate in months]
    low = min([80.0, *(percent for percent in rates if percent is not None)])
    series: Series = [(gettext("Answered in time (per cent)"), rates), (gettext("Target"), [target] * len(months))]
    return lines([f"{first:%Y-%m}" for first, _rate in months], series, low, 100)

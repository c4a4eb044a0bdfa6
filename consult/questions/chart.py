"""The answer rate by month as a chart, with the line of the target."""

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext

from consult.questions.rules import Rate
from visitation.web.charts import Series, lines, tens_below


def draw(months: Sequence[tuple[date, Rate]], target: int) -> bytes:
    """An SVG; a month in which nothing was due has no point."""
    rates = [rate.percent for _first, rate in months]
    series: Series = [(gettext("Answered in time (per cent)"), rates)]
    low = tens_below([percent for percent in rates if percent is not None])
    return lines([f"{first:%Y-%m}" for first, _rate in months], series, low, 100, unit=" %", target=(f"{gettext('Target')} {target} %", target))

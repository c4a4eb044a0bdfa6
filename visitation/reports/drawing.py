"""A figure as a chart."""

from flask_babel import gettext

from visitation.reports.figures import Measured, Table
from visitation.reports.words import mark
from visitation.web.charts import Series, bars, lines

WIDTH = 640
AIR = 1.15
"""How far the axis reaches above the highest value."""


def draw(measured: Measured, by_prison: bool) -> bytes:
    """An SVG of the drawn columns, over time or by prison. Shares and quantiles over time are lines; a comparison is always bars."""
    table = measured.by_prison if by_prison and measured.by_prison is not None else measured.by_time
    drawn = [place for place, column in enumerate(table.columns) if column.drawn]
    series: Series = [(str(table.columns[place].words), [row.values[place] for row in table.rows]) for place in drawn]
    labels = [mark(row, table.step) for row in table.rows]
    if table.step != "prison" and measured.figure.shape == "lines":
        if measured.target is not None:
            series = [*series, (gettext("Target"), [measured.target] * len(table.rows))]
        return lines(labels, series, *_range(measured, table, series), width=WIDTH)
    return bars(labels, series, stacked=measured.figure.shape == "stack", width=WIDTH)


def _range(measured: Measured, table: Table, series: Series) -> tuple[float, float]:
    """Per cent with a target from near it up; everything else from nothing up."""
    values = [value for _name, line in series for value in line if value is not None]
    highest = max(values, default=0.0)
    if measured.target is not None:
        return min([80.0, *values]), 100.0
    return 0.0, max(highest * AIR, 1.0)

"""A figure as a chart."""

from flask_babel import gettext

from visitation.reports.figures import Measured, Table
from visitation.reports.words import mark
from visitation.web.charts import Series, bars, lines, lying, lying_height, standing_height, tens_below

BESIDE, ALONE = 480, 960
"""Pixels of a chart beside its table, and of one above it: about those in which it is shown, so that its letters are as large as the table's."""
MOST_BESIDE = 4
"""Columns of a table that leaves room for a chart beside it."""
AIR = 1.15
"""How far the axis reaches above the highest value."""


def draw(measured: Measured, by_prison: bool) -> bytes:
    """An SVG of the drawn columns, over time or by prison. Shares and quantiles over time are lines; a comparison is always lying bars."""
    table = _table(measured, by_prison)
    drawn = _drawn(table)
    series: Series = [(str(table.columns[place].words), [row.values[place] for row in table.rows]) for place in drawn]
    labels = [mark(row, table.step) for row in table.rows]
    width = _width(table)
    unit = " %" if all(table.columns[place].unit == "share" for place in drawn) else ""
    stacked = measured.figure.shape == "stack"
    if table.step == "prison":
        return lying(labels, series, stacked=stacked, unit=unit, width=width)
    if measured.figure.shape == "lines":
        target = None if measured.target is None else (f"{gettext('Target')} {measured.target:g} %", measured.target)
        return lines(labels, series, *_range(measured, series), unit=unit, target=target, width=width)
    return bars(labels, series, stacked=stacked, unit=unit, width=width)


def size(measured: Measured, by_prison: bool) -> tuple[int, int]:
    """Width and height of that chart in pixels."""
    table = _table(measured, by_prison)
    names = [str(table.columns[place].words) for place in _drawn(table)]
    width = _width(table)
    if table.step != "prison":
        return width, standing_height(names, width)
    return width, lying_height(len(table.rows), names, measured.figure.shape == "stack")


def _width(table: Table) -> int:
    return BESIDE if len(table.columns) <= MOST_BESIDE else ALONE


def _table(measured: Measured, by_prison: bool) -> Table:
    return measured.by_prison if by_prison and measured.by_prison is not None else measured.by_time


def _drawn(table: Table) -> list[int]:
    return [place for place, column in enumerate(table.columns) if column.drawn]


def _range(measured: Measured, series: Series) -> tuple[float, float]:
    """Per cent with a target from near it up; everything else from nothing up."""
    values = [value for _name, line in series for value in line if value is not None]
    if measured.target is not None:
        return tens_below(values), 100.0
    return 0.0, max(max(values, default=0.0) * AIR, 1.0)

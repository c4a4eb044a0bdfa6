"""Charts in the colours of the theme, served from a route of their own and shown by <img>: inline they would lose their styles under the content policy."""

import sys
from collections.abc import Sequence
from typing import Any

import pygal
from pygal.style import Style

sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "PluginImportFixer"]
"""pygal looks for maps as plugins by an importer of the old kind, which Python reports at every import that follows; we draw no maps with it."""

INK, WHITE = "#14272d", "#ffffff"
STYLE = Style(
    background=WHITE,
    plot_background=WHITE,
    foreground=INK,
    foreground_strong=INK,
    colors=("#0f5a6b", "#87490d", "#17663f", "#9d2420", "#5b6f77", "#6b4f96"),
    font_family="sans-serif",
    opacity=1,
    stroke_width="2.5",
    label_font_size=14,
    major_label_font_size=14,
    legend_font_size=14,
    tooltip_font_size=14,
)
Series = Sequence[tuple[str, Sequence[float | None]]]
SHAPE = {"js": [], "style": STYLE, "height": 320, "width": 800, "legend_at_bottom": True, "legend_at_bottom_columns": 2, "include_x_axis": False}
SHAPE |= {
    "truncate_legend": -1,
    "truncate_label": -1,
    "margin_bottom": 30,
    "max_scale": 8,
    "value_formatter": lambda value: f"{value:,.10g}",
    "show_minor_y_labels": True,
}

WIDE = 800
LABEL = 76
"""Pixels below which two labels run into one another; where there is less room, every so many is written."""


def lines(labels: Sequence[str], series: Series, low: float, high: float, width: int = WIDE) -> bytes:
    """An SVG of lines between `low` and `high`; a missing value has no point."""
    return _drawn(pygal.Line(range=(low, high), margin_right=40, **SHAPE | {"width": width}), labels, series)


def bars(labels: Sequence[str], series: Series, *, stacked: bool = False, width: int = WIDE) -> bytes:
    """An SVG of bars from nothing up, beside one another or stacked; a missing value has none."""
    return _drawn((pygal.StackedBar if stacked else pygal.Bar)(**SHAPE | {"width": width}), labels, series)


def _drawn(chart: Any, labels: Sequence[str], series: Series) -> bytes:
    chart.x_labels = list(labels)
    room = chart.config.width // LABEL
    if len(labels) > room:
        chart.x_labels_major_every, chart.show_minor_x_labels = -(-len(labels) // room), False
    for name, values in series:
        chart.add(name, list(values))
    drawn: bytes = chart.render()
    return drawn

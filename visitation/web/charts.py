"""Charts in the colours of the theme, served from a route of their own and shown by <img>: inline they would lose their styles under the content policy."""

import sys
from collections.abc import Sequence
from math import ceil
from typing import Any
from unicodedata import east_asian_width

import pygal
from pygal.style import Style

sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__name__ != "PluginImportFixer"]
"""pygal looks for maps as plugins by an importer of the old kind, which Python reports at every import that follows; we draw no maps with it."""

INK, WHITE, GUIDE = "#14272d", "#ffffff", "#d9d8d0"
LETTER = 14
STYLE = Style(
    background=WHITE,
    plot_background=WHITE,
    foreground=INK,
    foreground_strong=INK,
    foreground_subtle=GUIDE,
    guide_stroke_color=GUIDE,
    guide_stroke_dasharray="none",
    major_guide_stroke_color=GUIDE,
    major_guide_stroke_dasharray="none",
    colors=("#0f5a6b", "#c47a1d", "#17663f", "#9d2420", "#768588", "#6b4f96"),
    value_colors=(INK,) * 6,
    font_family="sans-serif",
    opacity=1,
    stroke_width="2.5",
    label_font_size=LETTER,
    major_label_font_size=LETTER,
    legend_font_size=LETTER - 2,
    tooltip_font_size=LETTER,
    value_font_size=LETTER - 1,
)
RED = "#9d2420"
Series = Sequence[tuple[str, Sequence[float | None]]]
Target = tuple[str, float]
SHAPE = {"js": [], "style": STYLE, "legend_at_bottom": True, "include_x_axis": False}
SHAPE |= {
    "truncate_legend": -1,
    "truncate_label": -1,
    "legend_box_size": 12,
    "margin_top": 24,
    "margin_bottom": 30,
    "max_scale": 8,
    "show_minor_y_labels": True,
}

WIDE, HIGH = 800, 320
ROOM = 16
"""Pixels of the whole width for each half letter of a name in the legend of standing bars."""
NEAR = 80.0
"""An axis of per cent with a target begins here, or at the ten below the lowest value."""
LABEL = 76
"""Pixels below which two labels run into one another; where there is less room, every so many is written."""
FEW = 12
"""Up to so many bars carry their number; more would cover one another."""
ROW, BAR = 26, 14
"""Pixels of a row of lying bars, and of each bar where several share one."""
SHORT = 24
"""Letters of a name beside a lying bar; the table has it whole."""
NARROW = 16
"""Half letters of a name that finds room beside another in the legend of lying bars."""
BEHIND = ["file://style.css", "file://graph.css", "inline:.text-overlay .value{text-anchor:start !important}"]
"""The number of a lying bar stands behind its end, however long it is."""


def lines(
    labels: Sequence[str], series: Series, low: float, high: float, *, unit: str = "", target: tuple[str, float] | None = None, width: int = WIDE
) -> bytes:
    """An SVG of lines between `low` and `high`; a missing value has no point. `target`: a name and a value, a broken line across."""
    names = [name for name, _values in series] + ([target[0]] if target else [])
    style = {**_style(series, unit, width), "style": _coloured(len(series))} if target else _style(series, unit, width)
    chart = pygal.Line(**style | {"range": (low, high), "margin_right": 40, "dots_size": 4, "show_legend": len(names) > 1})
    if target is not None:
        chart.y_labels = _scale(low, high)
    _fill(chart, labels, series)
    if target is not None:
        chart.add(target[0], [target[1]] * len(labels), show_dots=False, stroke_style={"dasharray": "8,5", "width": 2})
    return bytes(chart.render())


def bars(labels: Sequence[str], series: Series, *, stacked: bool = False, unit: str = "", width: int = WIDE) -> bytes:
    """An SVG of standing bars from nothing up, beside one another or stacked; a missing value has none. Few bars carry their numbers."""
    few = len(series) == 1 and len(labels) <= FEW
    chart = (pygal.StackedBar if stacked else pygal.Bar)(**_style(series, unit, width), print_values=few, print_values_position="top", print_zeroes=False)
    _fill(chart, labels, series)
    return bytes(chart.render())


def lying(labels: Sequence[str], series: Series, *, stacked: bool = False, unit: str = "", width: int = WIDE) -> bytes:
    """An SVG of lying bars, the first label on top: for names, which find room beside their bars however many there are."""
    shown = [f"{text[:SHORT]}…" if len(text) > SHORT else text for text in labels]
    names = [name for name, _values in series]
    style = _style(series, unit, width) | {"height": lying_height(len(labels), names, stacked), "margin_left": 20 + _missing(shown), "margin_right": 60}
    style |= {"css": BEHIND, "legend_at_bottom_columns": _columns(names, NARROW), "max_scale": 4}
    plain = len(series) == 1
    chart = (pygal.HorizontalStackedBar if stacked else pygal.HorizontalBar)(**style, print_values=plain, print_values_position="top", print_zeroes=True)
    chart.x_labels = list(reversed(shown))
    for name, values in series:
        chart.add(name, list(reversed(values)))
    return bytes(chart.render())


def tens_below(values: Sequence[float]) -> float:
    """Where the axis of a rate with a target begins."""
    return min([NEAR, *(10.0 * (value // 10) for value in values)])


def lying_height(rows: int, names: Sequence[str], stacked: bool = False) -> int:
    """Pixels of a chart of lying bars for series of these names: what a page reserves before it is there."""
    row = ROW if stacked else max(ROW, BAR * len(names) + BAR)
    return 84 + row * max(rows, 2) + (19 * ceil(len(names) / _columns(names, NARROW)) if len(names) > 1 else 0)


def standing_height(names: Sequence[str], width: int = WIDE) -> int:
    """Pixels of a chart of lines or standing bars for series of these names."""
    return HIGH + 16 * max(ceil(len(names) / _columns(names, width // ROOM)) - 3, 0)


def _columns(names: Sequence[str], room: int) -> int:
    """Of the legend: one where a name has more half letters than find room beside another."""
    return 1 if max(map(_half_letters, names), default=0) > room else 2


def _style(series: Series, unit: str, width: int) -> dict[str, Any]:
    names = [name for name, _values in series]
    shape = {"width": width, "height": standing_height(names, width), "legend_at_bottom_columns": _columns(names, width // ROOM)}
    return SHAPE | shape | {"show_legend": len(series) > 1, "value_formatter": lambda value: f"{value:,.10g}{unit}"}


def _coloured(lines_before: int) -> Style:
    """The colours of the theme, and the target's own for the line that follows."""
    return Style(**{**STYLE.to_dict(), "colors": (*STYLE.colors[:lines_before], RED)})


def _scale(low: float, high: float) -> list[float]:
    """Whole steps of an axis in per cent."""
    step = 5 if high - low <= 25 else 10
    return [*range(int(low), int(high) + 1, step)]


def _half_letters(text: str) -> int:
    return len(text) + _wide(text)


def _wide(text: str) -> int:
    """How many of its letters are as wide as they are high."""
    return sum(east_asian_width(letter) in "WF" for letter in text)


def _missing(texts: Sequence[str]) -> int:
    """What pygal, which takes every letter for a narrow one, leaves too little beside Chinese names."""
    return int(0.4 * LETTER * max(map(_wide, texts), default=0))


def _fill(chart: Any, labels: Sequence[str], series: Series) -> None:
    chart.x_labels = list(labels)
    room = chart.config.width // LABEL
    if len(labels) > room:
        chart.x_labels_major_every, chart.show_minor_x_labels = -(-len(labels) // room), False
    for name, values in series:
        chart.add(name, list(values))

"""A printed movement list as PDF: version, page x of y, no more of a person than whoever fetches them needs."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from visitation.web.i18n import show_day, show_moment
from visitation.web.paper import Paper

MARKS = {"new": "＋", "changed": "△", "cancelled": "×", "gone": "×"}
WIDTHS = (7, 17, 23, 27, 14, 21, 34, 47)


def movement_list(place: str, day: date, version: int, at: datetime, lines: list[dict[str, Any]], changes: Mapping[str, str], before: int | None) -> bytes:
    """The list of a day. place: ward or prison; changes: by reference, against version `before`. Raises Refused FONT_MISSING."""
    title = " · ".join((gettext("Movement list"), place, show_day(day), gettext("version %(number)d", number=version)))
    paper = Paper(title, gettext("Version %(number)d, printed %(at)s. Please destroy it after the day.", number=version, at=show_moment(at)), at, margin=10)
    paper.set_font("face", size=9)
    if before is not None:
        paper.cell(w=0, h=6, text=gettext("＋ new, △ changed, × cancelled since version %(number)d", number=before), new_x="LMARGIN", new_y="NEXT")
    if lines:
        _table(paper, lines, changes)
    else:
        paper.cell(w=0, h=8, text=gettext("Nobody moves on this day."))
    return bytes(paper.output())


def _table(paper: Paper, lines: list[dict[str, Any]], changes: Mapping[str, str]) -> None:
    heads = ("", gettext("Leaves"), gettext("Visit"), gettext("Name"), gettext("Number"), gettext("Ward"), gettext("Where to"), gettext("Notes"))
    look = {"borders_layout": TableBordersLayout.HORIZONTAL_LINES, "headings_style": FontFace(fill_color=(232, 232, 232)), "text_align": "LEFT"}
    with paper.table(col_widths=WIDTHS, line_height=6, **look) as table:
        for cells in (heads, *(_cells(line, changes.get(line["ref"], "")) for line in lines)):
            row = table.row()
            for text in cells:
                row.cell(text)


def _cells(line: Mapping[str, Any], change: str) -> tuple[str, ...]:
    notes = [gettext("cancelled")] if line["cancelled"] else []
    notes += [gettext("keep apart: %(who)s", who=who) for who in line["apart"]]
    where = " ".join(part for part in (line["room"], line["terminal"]) if part)
    times = f"{line['starts']}–{line['ends']}"
    return (MARKS.get(change, ""), "" if line["cancelled"] else line["leave"], times, line["name"], line["number"], line["ward"], where, "；".join(notes))

"""Figures as an .xlsx workbook, a sheet for each, with its definition. Every text stands in both languages, and none of them is a formula."""

import io
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import xlsxwriter
from flask_babel import force_locale, gettext

from visitation.reports.figures import Asked, Measured, Table
from visitation.reports.words import STEPS, label, place, show_period
from visitation.web.i18n import LANGUAGES, show_moment
from visitation.web.table_file import harmless

FORMATS = {"count": "#,##0", "days": "#,##0", "share": '0.0" %"', "hours": "#,##0.0", "size": "#,##0.0", "rate": "0.0"}
MOST_LETTERS = 31
NO_NAME = str.maketrans("", "", "[]:*?/\\'")
"""What a sheet's name cannot have."""


def both(text: Callable[[], Any], between: str = " / ") -> str:
    """A text in every language of the house, once where they agree."""
    found: list[str] = []
    for language in LANGUAGES:
        with force_locale(language):
            word = str(text())
        if word not in found:
            found.append(word)
    return harmless(between.join(found))


def write(measured: Sequence[Measured], asked: Asked, made_at: datetime) -> bytes:
    """The whole workbook."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    looks = {unit: book.add_format({"num_format": form}) for unit, form in FORMATS.items()}
    looks |= {"title": book.add_format({"bold": True, "font_size": 14}), "wrap": book.add_format({"text_wrap": True, "valign": "top"})}
    looks |= {"head": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E6EEEF", "border": 1})}
    looks |= {"bold": book.add_format({"bold": True})}
    for number, one in enumerate(measured, start=1):
        name = f"{number} {str(one.figure.name).translate(NO_NAME)}"[:MOST_LETTERS]
        _fill(book.add_worksheet(name), one, asked, made_at, looks)
    book.close()
    return out.getvalue()


def _fill(sheet: Any, one: Measured, asked: Asked, made_at: datetime, looks: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 12, 18)
    sheet.write_string(0, 0, both(lambda: one.figure.name), looks["title"])
    sheet.merge_range(1, 0, 1, 6, both(lambda: one.figure.definition, "\n"), looks["wrap"])
    sheet.set_row(1, 110)
    facts = [(lambda: gettext("Prison"), lambda: place(asked)), (lambda: gettext("Period counted"), lambda: show_period(asked.period))]
    facts.append((lambda: gettext("Counted at"), lambda: show_moment(made_at)))
    if one.target is not None:
        facts.append((lambda: gettext("Target"), lambda: f"{one.target:g} %"))
    for line, (name, value) in enumerate(facts, start=2):
        sheet.write_string(line, 0, both(name))
        sheet.write_string(line, 1, both(value))
    line = _write_table(sheet, 3 + len(facts), one.by_time, looks)
    if one.by_prison is not None:
        _write_table(sheet, line + 1, one.by_prison, looks)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _write_table(sheet: Any, line: int, table: Table, looks: dict[str, Any]) -> int:
    """Returns the first line below it."""
    sheet.write_string(line, 0, both(lambda: STEPS[table.step]), looks["head"])
    for column, one in enumerate(table.columns, start=1):
        sheet.write_string(line, column, both(lambda: one.words), looks["head"])  # noqa: B023 - called at once
    for row in (*table.rows, table.total):
        line += 1
        sheet.write_string(line, 0, both(lambda: label(row, table.step)), looks["bold"] if row.key is None else None)  # noqa: B023 - called at once
        for column, (one, value) in enumerate(zip(table.columns, row.values, strict=True), start=1):
            if value is not None:
                sheet.write_number(line, column, value, looks[one.unit])
    return line + 1

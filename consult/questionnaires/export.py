"""The results of a questionnaire as a workbook: one sheet with every question counted, one with what was written."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

import xlsxwriter
from flask_babel import gettext

from consult.questionnaires import words
from consult.questionnaires.chart import labels
from consult.questionnaires.models import QuestionnaireVersion
from consult.questionnaires.rules import Result
from visitation.web.table_file import harmless

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def workbook(version: QuestionnaireVersion, replies: int, results: Sequence[Result]) -> bytes:
    """Cells are text or numbers, never formulas. What is not shown on the page, because too few answered, is not in here either."""
    out = BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    looks = {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "head": book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E6EEEF", "border": 1}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "share": book.add_format({"num_format": '0.0" %"'}),
        "mean": book.add_format({"num_format": "0.0", "bold": True}),
        "bold": book.add_format({"bold": True}),
    }
    counted, written = book.add_worksheet(gettext("Results")), book.add_worksheet(gettext("Free words"))
    _counted(counted, version, replies, results, looks)
    _written(written, results, looks)
    for sheet in (counted, written):
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
    book.close()
    return out.getvalue()


def _counted(sheet: Any, version: QuestionnaireVersion, replies: int, results: Sequence[Result], looks: dict[str, Any]) -> None:
    """A block for each question: how many chose what."""
    sheet.set_column(0, 0, 48)
    sheet.set_column(1, 2, 14)
    sheet.write_string(0, 0, harmless(version.title), looks["title"])
    sheet.write_row(1, 0, [gettext("Version"), version.number])
    sheet.write_row(2, 0, [gettext("Invited"), gettext("open to everybody") if version.invited is None else version.invited])
    sheet.write_row(3, 0, [gettext("Filled in"), replies])
    line = 5
    for number, one in enumerate(results, 1):
        sheet.write_row(line, 0, [harmless(f"{number}. {one.item.text}"), gettext("Number of people"), gettext("Per cent")], looks["head"])
        for name, count, share in _rows(one):
            line += 1
            sheet.write_string(line, 0, harmless(name))
            if count is not None:
                sheet.write_number(line, 1, count)
                sheet.write_number(line, 2, share, looks["share"])
        line += 1
        sheet.write_string(line, 0, f"{gettext('Filled in')} · {words.KINDS[one.item.kind]}", looks["bold"])
        sheet.write_number(line, 1, one.answered, looks["bold"])
        if one.mean is not None:
            line += 1
            sheet.write_string(line, 0, gettext("Mean"), looks["bold"])
            sheet.write_number(line, 1, one.mean, looks["mean"])
        line += 2


def _written(sheet: Any, results: Sequence[Result], looks: dict[str, Any]) -> None:
    """What was written, by question."""
    sheet.set_column(0, 0, 48, looks["text"])
    sheet.set_column(1, 1, 90, looks["text"])
    sheet.write_row(0, 0, [gettext("Text of the question"), gettext("What was written")], looks["head"])
    sheet.freeze_panes(1, 0)
    texts = [(f"{number}. {one.item.text}", text) for number, one in enumerate(results, 1) for text in one.texts]
    for place, row in enumerate(texts, 1):
        sheet.write_row(place, 0, [harmless(cell) for cell in row], looks["text"])


def _rows(one: Result) -> list[tuple[str, int | None, float]]:
    """(choice, how many, per cent); a word where too few answered."""
    if not one.shown:
        return [(gettext("Fewer than five answered: not shown"), None, 0.0)]
    return [(name, one.counts[place], one.share(place)) for place, name in enumerate(labels(one.item)) if one.item.kind != "text"]

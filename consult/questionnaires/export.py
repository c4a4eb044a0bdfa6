"""The results of a questionnaire as a workbook: one sheet with every question counted, one with what was written."""

from collections.abc import Sequence
from io import BytesIO

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
    head = book.add_format({"bold": True})
    counted, written = book.add_worksheet(gettext("Results")), book.add_worksheet(gettext("Free words"))
    counted.set_column(0, 1, 40)
    counted.write_row(0, 0, [harmless(version.title), gettext("Version %(number)s", number=version.number)], head)
    counted.write_row(1, 0, [gettext("Invited"), gettext("open to everybody") if version.invited is None else version.invited])
    counted.write_row(2, 0, [gettext("Filled in"), replies])
    line = 4
    for number, one in enumerate(results, 1):
        counted.write_row(line, 0, [harmless(f"{number}. {one.item.text}"), str(words.KINDS[one.item.kind]), gettext("Filled in"), one.answered], head)
        line += 1
        for name, count, share in _rows(one):
            counted.write_row(line, 0, ["", harmless(name), count, share])
            line += 1
        if one.mean is not None:
            counted.write_row(line, 0, ["", gettext("Mean"), one.mean])
            line += 1
        line += 1
    texts = [(number, text) for number, one in enumerate(results, 1) for text in one.texts]
    written.write_row(0, 0, [gettext("Number"), gettext("What was written")], head)
    written.set_column(1, 1, 100)
    for place, (number, text) in enumerate(texts, 1):
        written.write_row(place, 0, [number, harmless(text)])
    book.close()
    return out.getvalue()


def _rows(one: Result) -> list[tuple[str, object, object]]:
    if not one.shown:
        return [(gettext("Fewer than five answered: not shown"), "", "")]
    return [(name, one.counts[place], one.share(place)) for place, name in enumerate(labels(one.item)) if one.item.kind != "text"]

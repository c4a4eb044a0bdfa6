"""Files that go with an import: the template to fill in, and the report to take along. No cell of theirs becomes a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

import xlsxwriter
from flask_babel import gettext

from visitation.kernel.errors import Refusal
from visitation.people.labels_staff import COLUMNS
from visitation.people.models import ImportRun, Level, Ward
from visitation.people.rules_import import HEADERS, LANGUAGE_WORDS, REQUIRED, STATUS_WORDS
from visitation.web.sentences import sentence
from visitation.web.table_file import harmless

BOM = "\ufeff"


def report_csv(run: ImportRun) -> str:
    """Row, column, what stood there, and why it was not taken over; in the reader's language."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([gettext("Row"), gettext("Column"), gettext("In the file"), gettext("Why")])
    for problem in run.report:
        why = sentence(Refusal(problem["code"], problem["facts"]))
        writer.writerow([problem["row"], COLUMNS[problem["column"]], harmless(problem["value"]), harmless(why)])
    return BOM + out.getvalue()


def template_xlsx(wards: Sequence[Ward], levels: Sequence[Level], chinese: bool) -> bytes:
    """A workbook with the header row, and a second sheet with the words that are understood."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    head, text = book.add_format({"bold": True, "bg_color": "#E6EEEF", "border": 1}), book.add_format({"num_format": "@"})
    rows = book.add_worksheet(gettext("Inmates"))
    for place, (column, names) in enumerate(HEADERS.items()):
        name = names[0] if chinese else next(word for word in names if word.isascii()).capitalize()
        rows.write_string(0, place, f"{name}*" if column in REQUIRED else name, head)
        rows.set_column(place, place, 18, text)
    rows.freeze_panes(1, 0)
    _words(book.add_worksheet(gettext("Words")), wards, levels)
    book.close()
    return out.getvalue()


def _words(sheet: xlsxwriter.worksheet.Worksheet, wards: Iterable[Ward], levels: Iterable[Level]) -> None:
    lists = {"ward": [ward.name for ward in wards], "level": [level.name for level in levels]}
    lists |= {"status": list(STATUS_WORDS), "language": list(LANGUAGE_WORDS), "foreign": ["是", "否"]}
    for place, (column, words) in enumerate(lists.items()):
        sheet.write_string(0, place, str(COLUMNS[column]))
        for line, word in enumerate(words, start=1):
            sheet.write_string(line, place, word)
        sheet.set_column(place, place, 18)

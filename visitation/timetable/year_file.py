"""The file of a year's calendar: an .xlsx workbook's first sheet, or a .csv in UTF-8 or GB 18030. Only cells are read here, and only so many."""

import csv
import io
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from visitation.kernel.errors import Refused

MOST_ROWS, MOST_COLUMNS, MOST_LETTERS = 1_000, 12, 200
MOST_BYTES, MOST_UNPACKED = 2 * 1024 * 1024, 20 * 1024 * 1024
Table = list[tuple[int, list[str]]]
_BROKEN = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, EOFError, ParseError, InvalidFileException)


def read(data: bytes) -> Table:
    """Rows that are not blank, each with its number in the file. Raises Refused when it is no table, too long, or empty."""
    if len(data) > MOST_BYTES:
        raise Refused("YEAR_FILE_LONG")
    try:
        rows = list(_numbered(_of_workbook(data) if data.startswith(b"PK") else _of_text(data)))
    except _BROKEN as error:
        raise Refused("YEAR_FILE_UNREADABLE") from error
    if len(rows) < 2:
        raise Refused("YEAR_FILE_EMPTY")
    return rows


def _numbered(rows: Iterable[list[str]]) -> Iterator[tuple[int, list[str]]]:
    for number, cells in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise Refused("YEAR_FILE_LONG")
        if any(cells):
            yield number, cells


def _of_workbook(data: bytes) -> Iterator[list[str]]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
            raise Refused("YEAR_FILE_LONG")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # remarks on styles and extensions that do not concern the values
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        try:
            sheet: Any = book.worksheets[0]
            sheet.reset_dimensions()  # some programs write a wrong size, and rows would be lost
            for row in sheet.iter_rows(max_col=MOST_COLUMNS, max_row=MOST_ROWS + 1):
                yield [_text(cell.value) for cell in row]
        finally:
            book.close()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)[:MOST_LETTERS]


def _of_text(data: bytes) -> Iterator[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030")
    if "\0" in text:
        raise ValueError("no text")
    for row in csv.reader(io.StringIO(text)):
        yield [cell[:MOST_LETTERS] for cell in row[:MOST_COLUMNS]]


def write(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook of plain text: nothing in it is a formula, whatever it begins with."""
    book = Workbook()
    sheet: Any = book.active
    sheet.title = title
    for number, cells in enumerate([headings, *rows], start=1):
        for place, text in enumerate(cells, start=1):
            cell = sheet.cell(row=number, column=place)
            cell.value, cell.data_type = text, "s"
    for letter, width in zip("ABCDE", (14, 10, 14, 12, 30), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()

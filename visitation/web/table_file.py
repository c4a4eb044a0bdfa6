"""Reading a table out of a file: an .xlsx workbook's first sheet, or a .csv in UTF-8 or GB 18030. No law here, only cells.

A file comes from anywhere: what it unpacks to, its rows and columns are bounded before they are read.
"""

import csv
import io
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from visitation.kernel.cells import Cell
from visitation.kernel.errors import Refusal, Refused

_RISKY = ("=", "+", "-", "@", "\t", "\r")
MOST_ROWS = 20_000
MOST_COLUMNS = 30
MOST_LETTERS = 200
MOST_UNPACKED = 200 * 1024 * 1024
MOST_BLANK_ROWS = 1_000
"""A sheet that was formatted to its end has a million empty rows: reading stops after this many in a row."""

_BROKEN = (zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, EOFError, ParseError, InvalidFileException)

Table = list[tuple[int, list[Cell]]]


def read_table(data: bytes) -> Table:
    """Rows that are not blank, each with its number in the file. Raises Refused when it is no table, too long, or empty."""
    rows = _of_workbook(data) if data.startswith(b"PK") else _of_text(data)
    try:
        table = list(_bounded(rows))
    except _BROKEN as error:
        raise Refused("IMPORT_NOT_READABLE") from error
    if len(table) < 2:
        raise Refused("IMPORT_EMPTY")
    return table


def _bounded(rows: Iterable[list[Cell]]) -> Iterator[tuple[int, list[Cell]]]:
    kept = blank = 0
    for number, cells in enumerate(rows, start=1):
        if all(cell.is_blank for cell in cells):
            blank += 1
            if blank > MOST_BLANK_ROWS:
                return
            continue
        kept, blank = kept + 1, 0
        if kept > MOST_ROWS + 1:
            raise Refused(Refusal("IMPORT_LONG", {"most": MOST_ROWS}))
        yield number, cells


def _of_workbook(data: bytes) -> Iterator[list[Cell]]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        if sum(part.file_size for part in packed.infolist()) > MOST_UNPACKED:
            raise Refused("IMPORT_BIG")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # remarks on styles and extensions that do not concern the values
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        try:
            sheet: Any = book.worksheets[0]
            sheet.reset_dimensions()  # some programs write a wrong size, and rows would be lost
            for row in sheet.iter_rows(max_col=MOST_COLUMNS):
                yield [_of_cell(cell) for cell in row]
        finally:
            book.close()


def _of_cell(cell: Any) -> Cell:
    value, kind = cell.value, getattr(cell, "data_type", "n")
    if value is None:
        return Cell()
    if kind == "f":
        return Cell(str(value)[:MOST_LETTERS], "CELL_FORMULA")
    if kind == "e":
        return Cell(str(value), "CELL_ERROR")
    if isinstance(value, datetime):
        return Cell(value.date())
    if isinstance(value, str) and len(value) > MOST_LETTERS:
        return Cell(value[:MOST_LETTERS], "CELL_LONG")
    return Cell(value if isinstance(value, (str, int, float, bool, date)) else str(value))


def _of_text(data: bytes) -> Iterator[list[Cell]]:
    text = _decoded(data)
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            yield [_of_word(word) for word in row[:MOST_COLUMNS]]
    except csv.Error as error:
        raise Refused("IMPORT_NOT_READABLE") from error


def _decoded(data: bytes) -> str:
    for name in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise Refused("IMPORT_NOT_READABLE")


def _of_word(word: str) -> Cell:
    """Spreadsheets protect leading zeros as ="0012": that is text. Anything else that begins like a formula is one."""
    text = word.strip()
    if text.startswith('="') and text.endswith('"') and '"' not in text[2:-1]:
        return Cell(text[2:-1])
    if text.startswith(("=", "+", "@")):
        return Cell(text[:MOST_LETTERS], "CELL_FORMULA")
    return Cell(text[:MOST_LETTERS], "CELL_LONG" if len(text) > MOST_LETTERS else "")


def harmless(text: object) -> str:
    """A cell that a spreadsheet reads as text, whatever stands in it."""
    plain = str(text)
    return f"'{plain}" if plain.startswith(_RISKY) else plain

"""A file of inmates as pure decisions: cells in, and out comes what is added, what is changed, and every problem by row and column."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from visitation.kernel.cells import Cell
from visitation.kernel.errors import Refusal
from visitation.people.rules import LONGEST_NAME, name_refusals, tidy_name, tidy_number
from visitation.people.rules_staff import LANGUAGES, STATUSES

HEADERS: Mapping[str, tuple[str, ...]] = {
    "number": ("编号", "服刑人员编号", "罪犯编号", "number", "inmate number"),
    "name": ("姓名", "name"),
    "ward": ("监区", "ward"),
    "level": ("处遇等级", "分级处遇", "处遇", "level", "treatment level"),
    "status": ("状态", "status"),
    "birth_date": ("出生日期", "date of birth", "birth date"),
    "language": ("语言", "language"),
    "foreign": ("外籍", "foreign", "foreign national"),
}
"""What a column may be called; the first is what the Chinese template says."""
REQUIRED = ("number", "name", "ward", "level")
STATUS_WORDS = dict(zip(("在押", "出庭", "就医", "禁闭", "调出", "释放"), STATUSES, strict=True))
LANGUAGE_WORDS = dict(zip(("汉语", "维吾尔语", "哈萨克语", "藏语", "蒙古语", "壮语", "朝鲜语", "彝语", "英语", "其他"), LANGUAGES, strict=True))
YES_NO = dict.fromkeys(("是", "yes", "y", "true", "1"), True) | dict.fromkeys(("否", "no", "n", "false", "0"), False)
MOST_DIGITS = 15
"""A number cell keeps fifteen digits; longer numbers have been rounded by the spreadsheet."""
OLDEST = date(1900, 1, 1)
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?\Z|(\d{4})(\d{2})(\d{2})\Z")

T = TypeVar("T")


@dataclass(frozen=True)
class Known:
    """An inmate of this prison as the database has them; also what a good row asks for (then `id` is 0)."""

    id: int
    number: str
    name: str
    ward_id: int
    level_code: str
    status: str
    birth_date: date | None
    language: str
    foreign: bool


@dataclass(frozen=True)
class World:
    """What rows are judged against. `wards` and `levels`: every spelling, casefolded, to id or code. merged: number of a signpost -> the number that stands."""

    number_pattern: str
    wards: Mapping[str, int]
    levels: Mapping[str, str]
    known: Mapping[str, Known]
    today: date
    merged: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """Why a row was not taken over: its number in the file, the column, a refusal's code with its facts, and what stood there."""

    row: int
    column: str
    code: str
    value: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass
class Plan:
    """What an import will do. `changes`: (as it is, as it will be)."""

    added: list[Known] = field(default_factory=list)
    changes: list[tuple[Known, Known]] = field(default_factory=list)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """Rows, not problems: a row may have several."""
        return len({problem.row for problem in self.problems})


def columns_of(header: Sequence[Cell]) -> dict[str, int]:
    """Which column stands where, by any of its names; the first of two wins. Unknown columns are left alone."""
    names = {word: column for column, words in HEADERS.items() for word in words}
    found: dict[str, int] = {}
    for place, cell in enumerate(header):
        column = names.get(" ".join(str(cell.value or "").split()).casefold().rstrip("*＊"))
        if column is not None:
            found.setdefault(column, place)
    return found


def header_refusals(columns: Mapping[str, int]) -> list[Refusal]:
    missing = [HEADERS[column][0] for column in REQUIRED if column not in columns]
    return [Refusal("IMPORT_COLUMNS", {"columns": ", ".join(missing)})] if missing else []


def plan(rows: Iterable[tuple[int, Mapping[str, Cell]]], world: World) -> Plan:
    """Judge every row: (number in the file, cells by column). A number that comes twice is a problem of the later row."""
    made = Plan()
    first_row: dict[str, int] = {}
    for line, cells in rows:
        reading = _Reading(line, cells, world)
        wanted = reading.entry()
        if wanted is not None and wanted.number in first_row:
            reading.refuse("number", "NUMBER_TWICE", row=first_row[wanted.number])
        elif wanted is not None:
            first_row[wanted.number] = line
        if reading.problems or wanted is None:
            made.problems += reading.problems
        else:
            _sort(made, reading.known, wanted)
    return made


def _sort(made: Plan, known: Known | None, wanted: Known) -> None:
    if known is None:
        made.added.append(wanted)
    elif known == wanted:
        made.unchanged += 1
    else:
        made.changes.append((known, wanted))


class _Reading:
    """One row being read; collects every problem, not only the first."""

    def __init__(self, line: int, cells: Mapping[str, Cell], world: World) -> None:
        self.line, self.cells, self.world = line, cells, world
        self.problems: list[Problem] = []
        self.known: Known | None = None

    def refuse(self, column: str, code: str, **facts: object) -> None:
        self.problems.append(Problem(self.line, column, code, self.cells.get(column, Cell()).shown(), facts))

    def entry(self) -> Known | None:
        """The inmate the row describes; blank cells keep what is known already."""
        number = self._number()
        self.known = self.world.known.get(number)
        old = self.known or Known(0, number, "", 0, "", "held", None, "zh", False)
        name = self._name()
        if self.known is not None and name and name != self.known.name:
            self.refuse("name", "NAME_DIFFERS")
        wanted = Known(
            id=old.id,
            number=number,
            name=name,
            ward_id=self._word("ward", self.world.wards, "WARD_UNKNOWN") or 0,
            level_code=self._word("level", self.world.levels, "LEVEL_UNKNOWN") or "",
            status=self._word("status", _with_codes(STATUS_WORDS), "STATUS_UNKNOWN") or old.status,
            birth_date=self._day() or old.birth_date,
            language=self._word("language", _with_codes(LANGUAGE_WORDS), "LANGUAGE_UNKNOWN") or old.language,
            foreign=_or(self._word("foreign", YES_NO, "CELL_YES_NO"), old.foreign),
        )
        return wanted if number else None

    def _cell(self, column: str) -> Cell | None:
        """The cell, when there is something good in it."""
        cell = self.cells.get(column, Cell())
        if cell.problem:
            self.refuse(column, cell.problem)
        elif cell.is_blank and column in REQUIRED:
            self.refuse(column, "CELL_EMPTY")
        elif not cell.is_blank:
            return cell
        return None

    def _number(self) -> str:
        cell = self._cell("number")
        if cell is None:
            return ""
        text = _whole(cell.value)
        if text is None:
            self.refuse("number", "CELL_NOT_A_NUMBER")
            return ""
        if not isinstance(cell.value, str) and len(text) > MOST_DIGITS:
            self.refuse("number", "CELL_DIGITS_LOST")
            return ""
        number = tidy_number(text)
        if len(number) > 40 or not re.fullmatch(self.world.number_pattern, number):
            self.refuse("number", "NUMBER_SHAPE")
            return ""
        if number in self.world.merged:
            self.refuse("number", "NUMBER_MERGED", number=self.world.merged[number])
            return ""
        return number

    def _name(self) -> str:
        cell = self._cell("name")
        if cell is None:
            return ""
        name = tidy_name(str(cell.value))
        for refusal in name_refusals(name[: LONGEST_NAME + 1]):
            self.refuse("name", refusal.code, **refusal.facts)
        return name

    def _word(self, column: str, words: Mapping[str, T], code: str) -> T | None:
        cell = self._cell(column)
        if cell is None:
            return None
        word = " ".join((_whole(cell.value) or str(cell.value)).split()).casefold()
        if word not in words:
            self.refuse(column, code)
        return words.get(word)

    def _day(self) -> date | None:
        cell = self._cell("birth_date")
        if cell is None:
            return None
        day = _day_of(cell.value)
        if day is None:
            self.refuse("birth_date", "CELL_DATE")
        elif not OLDEST <= day <= self.world.today:
            self.refuse("birth_date", "BIRTH_FUTURE")
        return day


def _with_codes(words: Mapping[str, str]) -> dict[str, str]:
    return {**words, **{code: code for code in words.values()}}


def _or(value: bool | None, otherwise: bool) -> bool:
    return otherwise if value is None else value


def _whole(value: object) -> str | None:
    """Text as it is, a whole number without its `.0`; None for anything else."""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else None
    return str(value) if isinstance(value, (str, int)) else None


def _day_of(value: object) -> date | None:
    if isinstance(value, date):
        return value.date() if isinstance(value, datetime) else value
    match = _DATE.match((_whole(value) or "").strip())
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, month, day)
    except ValueError:
        return None

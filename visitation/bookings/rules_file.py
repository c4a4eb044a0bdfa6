"""A row of a file of bookings: what it says, or every reason why it cannot be read. Pure; nothing here knows who is already booked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

from visitation.kernel.cells import Cell
from visitation.kernel.errors import Refusal
from visitation.kernel.interval import Interval, at_local, local_day

HEADERS: Mapping[str, tuple[str, ...]] = {
    "number": ("服刑人员编号", "inmate number"),
    "inmate": ("服刑人员姓名", "inmate name"),
    "visitor": ("会见人证件号码", "visitor document", "visitor"),
    "companions": ("同行人证件号码", "companions' documents", "companions"),
    "day": ("会见日期", "date"),
    "start": ("开始时间", "start"),
    "minutes": ("时长（分钟）", "minutes"),
    "terminal": ("会见终端", "terminal"),
    "kind": ("会见类型", "kind"),
    "language": ("语言", "language"),
}
"""What a column may be called; the first is what the Chinese template says. People are named by document number or visitor code."""
REQUIRED = ("number", "visitor", "day", "start", "terminal")
KIND_WORDS = {"视频会见": "family_visit", "video visit": "family_visit", "亲情电话": "family_call", "family call": "family_call"}
LANGUAGE_CODES = ("zh", "ug", "kk", "bo", "mn", "za", "ko", "yi", "en", "other")
LANGUAGE_WORDS = dict(zip(("汉语", "维吾尔语", "哈萨克语", "藏语", "蒙古语", "壮语", "朝鲜语", "彝语", "英语", "其他"), LANGUAGE_CODES, strict=True))
SHORTEST, LONGEST, STEP = 5, 240, 5
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?\Z|(\d{4})(\d{2})(\d{2})\Z")
_TIME = re.compile(r"(\d{1,2})\s*[:：]\s*(\d{2})(?:[:：]00)?\Z")
_SEPARATORS = re.compile(r"[\s,;，；、]+")


@dataclass(frozen=True)
class Entry:
    """A row that could be read. `people`: document numbers or visitor codes, the lead first."""

    row: int
    number: str
    inmate: str
    people: tuple[str, ...]
    visit: Interval
    terminal: str
    kind: str
    language: str


@dataclass(frozen=True)
class Problem:
    """Why a row was not taken over. `text`: what stands there."""

    row: int
    code: str
    text: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)


def text_of(cell: Cell) -> str:
    """A cell as text: days as 2026-11-30, whole numbers without decimals."""
    value = cell.value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def columns_of(header: Sequence[Cell]) -> dict[str, int]:
    """Which column stands where, by any of its names; the first of two wins. Unknown columns are left alone."""
    names = {word: column for column, words in HEADERS.items() for word in words}
    found: dict[str, int] = {}
    for place, cell in enumerate(header):
        column = names.get(" ".join(text_of(cell).split()).casefold().rstrip("*＊"))
        if column is not None:
            found.setdefault(column, place)
    return found


def header_refusals(columns: Mapping[str, int]) -> list[Refusal]:
    missing = [HEADERS[column][0] for column in REQUIRED if column not in columns]
    return [Refusal("IMPORT_COLUMNS", {"columns": ", ".join(missing)})] if missing else []


def read(row: int, cells: Mapping[str, str], bad: Mapping[str, str], minutes: Mapping[str, int], now: datetime) -> Entry | list[Problem]:
    """One row. `bad`: problems of cells by column; `minutes`: the usual length by kind. Every reason comes at once."""
    found = [Problem(row, code, cells.get(column, "")) for column, code in bad.items()]
    found += [Problem(row, "ROW_EMPTY", HEADERS[column][0]) for column in REQUIRED if not cells.get(column) and column not in bad]
    kind = _word(cells.get("kind", ""), KIND_WORDS, "family_visit")
    language = _word(cells.get("language", ""), LANGUAGE_WORDS, "zh")
    day, start = day_of(cells.get("day", "")), time_of(cells.get("start", ""))
    length = _minutes(cells.get("minutes", ""), minutes.get(kind or "", 30))
    checks = {"kind": ("ROW_KIND", kind is None), "language": ("ROW_LANGUAGE", language is None)}
    checks |= {"day": ("ROW_DAY", day is None), "start": ("ROW_TIME", start is None), "minutes": ("ROW_MINUTES", length is None)}
    found += [Problem(row, code, cells.get(column, "")) for column, (code, wrong) in checks.items() if wrong and cells.get(column) and column not in bad]
    if found or day is None or start is None or length is None or kind is None or language is None:
        return found
    visit = _visit(day, start, length)
    if visit is None:
        return [Problem(row, "ROW_MIDNIGHT", f"{cells['day']} {cells['start']}")]
    if visit.start <= now:
        return [Problem(row, "ROW_PAST", f"{cells['day']} {cells['start']}")]
    people = tuple(one.upper() for one in (cells["visitor"], *_SEPARATORS.split(cells.get("companions", ""))) if one)
    if len(set(people)) < len(people):
        return [Problem(row, "ROW_PERSON_TWICE", " ".join(people))]
    return Entry(row, cells["number"], cells.get("inmate", ""), people, visit, cells["terminal"], kind, language)


def day_of(text: str) -> date | None:
    """2026-11-30, 2026/11/30, 2026年11月30日 or 20261130; None for what is no day: 2027-02-29."""
    match = _DATE.match(text)
    if match is None:
        return None
    year, month, day = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def time_of(text: str) -> time | None:
    """9:00 or 09:00:00, in steps of five minutes; None for anything else."""
    match = _TIME.match(text)
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2])
    return time(hour, minute) if hour < 24 and minute < 60 and minute % STEP == 0 else None


def _minutes(text: str, usual: int) -> int | None:
    if not text:
        return usual
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    return number if SHORTEST <= number <= LONGEST and number % STEP == 0 else None


def _visit(day: date, start: time, minutes: int) -> Interval | None:
    """None when it would end on another day; midnight itself still belongs to the day before."""
    begin = at_local(day, start)
    last = begin.timestamp() + minutes * 60
    visit = Interval(begin, datetime.fromtimestamp(last, begin.tzinfo))
    return visit if local_day(datetime.fromtimestamp(last - 1, begin.tzinfo)) == day else None


def _word(text: str, words: Mapping[str, str], usual: str) -> str | None:
    if not text:
        return usual
    return words.get(text.casefold()) or (text if text in words.values() else None)

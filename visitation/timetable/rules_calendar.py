"""A year's calendar: what is known of it, and whether a file says every day of it once. Pure (rules.md §4)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from visitation.kernel.errors import Refusal
from visitation.kernel.interval import at_local
from visitation.timetable.rules import Said

YES = frozenset({"1", "true", "yes", "y", "work", "working", "是", "上班", "工作", "工作日", "班"})
NO = frozenset({"0", "false", "no", "n", "off", "holiday", "rest", "否", "休息", "放假", "休", "节假日", "非工作日", "非会见日"})
WEEKDAY_NAMES: tuple[tuple[str, ...], ...] = (
    ("mon", "monday", "一", "1"),
    ("tue", "tuesday", "二", "2"),
    ("wed", "wednesday", "三", "3"),
    ("thu", "thursday", "四", "4"),
    ("fri", "friday", "五", "5"),
    ("sat", "saturday", "六", "6"),
    ("sun", "sunday", "日", "天", "7"),
)
HEADINGS = {
    "day": frozenset({"day", "date", "日期"}),
    "working": frozenset({"working", "working day", "是否工作日", "工作日"}),
    "as_weekday": frozenset({"as weekday", "as_weekday", "按星期几", "执行星期"}),
    "note": frozenset({"note", "备注"}),
}
LONGEST_NOTE = 100
MOST_REFUSALS = 40


class State(StrEnum):
    """What is known of a year: the State Council has published it, an administrator has given every day, or neither."""

    PUBLISHED = "published"
    DECIDED = "decided"
    UNPUBLISHED = "unpublished"


@dataclass(frozen=True)
class YearDay:
    day: date
    said: Said
    note: str = ""


def year_states(years: Iterable[int], said: Mapping[date, Said], published: Callable[[date], bool | None]) -> list[tuple[int, State]]:
    return [(year, _state(year, said, published)) for year in years]


def _state(year: int, said: Mapping[date, Said], published: Callable[[date], bool | None]) -> State:
    if published(date(year, 12, 31)) is not None:
        return State.PUBLISHED
    return State.DECIDED if all(day in said for day in days_of(year)) else State.UNPUBLISHED


def days_of(year: int) -> list[date]:
    """Every day of a year, 29 February too where there is one."""
    first = date(year, 1, 1)
    return [first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days)]


def columns(heading: Sequence[str]) -> dict[str, int] | None:
    """Where each thing stands, by the words of the first row; None when the day or the working day is missing."""
    words = [cell.strip().lower() for cell in heading]
    found = {name: words.index(next(word for word in words if word in known)) for name, known in HEADINGS.items() if not known.isdisjoint(words)}
    return found if {"day", "working"} <= found.keys() else None


def read_year(table: Sequence[tuple[int, Sequence[str]]], year: int) -> tuple[list[YearDay], list[Refusal]]:
    """The days of a file, and everything that is wrong with it by row. `table`: number of the row, its cells as text; the first row has the headings."""
    places = columns(table[0][1]) if table else None
    if places is None:
        return [], [Refusal("YEAR_COLUMNS")]
    found: dict[date, YearDay] = {}
    rows: dict[date, int] = {}
    refusals: list[Refusal] = []
    for number, cells in table[1:]:
        line, wrong = _line(number, {name: cells[at].strip() if at < len(cells) else "" for name, at in places.items()})
        refusals += wrong
        if line is None:
            continue
        if line.day.year != year:
            refusals.append(Refusal("YEAR_OTHER", {"row": number, "day": line.day, "year": year}))
        elif line.day in rows:
            refusals.append(Refusal("YEAR_DOUBLED", {"row": number, "day": line.day, "first": rows[line.day]}))
        else:
            found[line.day], rows[line.day] = line, number
    bad_rows = bool(refusals)
    refusals += [] if bad_rows and not found else _gaps(year, rows)
    return [found[day] for day in sorted(found)], refusals


def _line(number: int, cells: Mapping[str, str]) -> tuple[YearDay | None, list[Refusal]]:
    day, working, weekday = as_day(cells["day"]), as_working(cells["working"]), as_weekday(cells.get("as_weekday", ""))
    wrong = [
        *([Refusal("YEAR_BAD_DAY", {"row": number, "text": cells["day"][:30]})] if day is None else []),
        *([Refusal("YEAR_BAD_WORKING", {"row": number, "text": cells["working"][:30]})] if working is None else []),
        *([Refusal("YEAR_BAD_WEEKDAY", {"row": number, "text": cells.get("as_weekday", "")[:30]})] if weekday == -1 else []),
        *([Refusal("YEAR_WEEKDAY_OFF", {"row": number})] if weekday not in (None, -1) and working is False else []),
        *([Refusal("YEAR_NOTE_LONG", {"row": number, "most": LONGEST_NOTE})] if len(cells.get("note", "")) > LONGEST_NOTE else []),
    ]
    if day is None:
        return None, wrong
    return YearDay(day, Said(bool(working), weekday), cells.get("note", "")[:LONGEST_NOTE]), wrong


def _gaps(year: int, rows: Mapping[date, int]) -> list[Refusal]:
    """Each run of days that are missing, once, with the row after which it would stand."""
    refusals: list[Refusal] = []
    start: date | None = None
    last_row = 1
    for day in [*days_of(year), date(year + 1, 1, 1)]:
        missing = day not in rows and day.year == year
        if missing and start is None:
            start = day
        if not missing and start is not None:
            refusals.append(Refusal("YEAR_GAP", {"first": start, "last": day - timedelta(days=1), "row": last_row}))
            start = None
        last_row = rows.get(day, last_row)
    return refusals


def shown(refusals: Sequence[Refusal]) -> list[Refusal]:
    """Not more of them than anybody reads; the last one says how many there are besides."""
    rest = len(refusals) - MOST_REFUSALS
    return list(refusals) if rest <= 0 else [*refusals[:MOST_REFUSALS], Refusal("YEAR_MORE", {"rest": rest})]


def as_day(text: str) -> date | None:
    """2027-01-31, 2027/1/31 or 2027年1月31日."""
    plain = text.replace("年", "-").replace("月", "-").replace("日", "").replace("/", "-").replace(".", "-").strip()
    parts = plain.split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts) or len(parts[0]) != 4:
        return None
    try:
        return date(*map(int, parts))
    except ValueError:
        return None


def as_working(text: str) -> bool | None:
    plain = text.strip().lower()
    return True if plain in YES else False if plain in NO else None


def as_weekday(text: str) -> int | None:
    """0 Monday; None for nothing; -1 for what is no weekday."""
    plain = text.strip().lower().removeprefix("星期").removeprefix("周").removeprefix("礼拜")
    if not plain:
        return None
    return next((number for number, names in enumerate(WEEKDAY_NAMES) if plain in names), -1)


def changes(lines: Iterable[YearDay], stands: Callable[[date], bool | None], today: date) -> list[tuple[date, bool | None, bool]]:
    """Days to come whose being a working day would change: day, before (None: unpublished), after."""
    return [(line.day, before, line.said.working) for line in lines if line.day >= today and (before := stands(line.day)) is not line.said.working]


def release_at(month: date, day: int, clock: str, ward_minutes: int) -> datetime:
    """When a ward's places of the month after `month` are released."""
    return at_local(month.replace(day=day), time.fromisoformat(clock)) + timedelta(minutes=ward_minutes)

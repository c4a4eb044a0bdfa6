"""A file of institutions: good rows are taken over, bad ones reported by row and reason, and the same file again changes nothing. Pure but for `take_over`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.directory import places, rules
from consult.directory.models import Institution
from consult.directory.service import Entry, put
from visitation.audit.service import record
from visitation.kernel.cells import Cell
from visitation.kernel.errors import Refusal, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day

HEADERS: Mapping[str, tuple[str, ...]] = {
    "kind": ("类别", "机构类别", "kind"),
    "name": ("名称", "机构名称", "name"),
    "place": ("所在县区", "县区", "地区", "place", "county"),
    "address": ("地址", "address"),
    "phone": ("电话", "联系电话", "telephone", "phone"),
    "hours": ("办公时间", "opening hours", "hours"),
    "services": ("业务", "服务内容", "services"),
    "latitude": ("纬度", "latitude"),
    "longitude": ("经度", "longitude"),
}
REQUIRED = ("kind", "name", "place", "address", "phone")
KIND_WORDS = dict(zip(("法律援助中心", "律师事务所", "公证处", "司法鉴定机构", "人民调解委员会", "劳动人事争议仲裁院"), rules.KINDS, strict=True))
KIND_WORDS |= {"司法鉴定所": "forensic", "劳动仲裁": "labour_arbitration", "调解委员会": "mediation"} | {kind: kind for kind in rules.KINDS}
LONGEST = {"name": 120, "address": 200, "phone": 40, "hours": 120, "services": 200}
PHONE = re.compile(r"[0-9+()（）\- ,、/转]{3,40}\Z")


@dataclass(frozen=True)
class Problem:
    """Why a row was not taken over."""

    row: int
    column: str
    value: str
    refusal: Refusal


@dataclass
class Report:
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def failed(self) -> int:
        return len({problem.row for problem in self.problems})


def columns_of(header: Sequence[Cell]) -> dict[str, int]:
    """column -> place in the row."""
    names = {name: column for column, every in HEADERS.items() for name in every}
    found = ((names.get(cell.shown().strip().rstrip("*").casefold()), place) for place, cell in enumerate(header))
    return {column: place for column, place in reversed(list(found)) if column}


def missing(columns: Mapping[str, int]) -> list[Refusal]:
    absent = [HEADERS[column][0] for column in REQUIRED if column not in columns]
    return [Refusal("IMPORT_COLUMNS", {"columns": "、".join(absent)})] if absent else []


def judge(number: int, cells: Mapping[str, Cell]) -> Entry | list[Problem]:
    """One row: an entry, or everything that is wrong with it."""
    texts = {column: cell.shown().strip() for column, cell in cells.items()}
    problems = [Problem(number, column, cell.shown(), Refusal(cell.problem)) for column, cell in cells.items() if cell.problem]
    problems += [Problem(number, column, "", Refusal("CELL_EMPTY")) for column in REQUIRED if not texts.get(column)]
    if problems:
        return problems
    kind, place = rules.kind_of(texts["kind"], KIND_WORDS), places.meant(texts["place"])
    latitude, longitude = (_number(texts.get(name, "")) for name in ("latitude", "longitude"))
    wrong = [
        ("kind", "KIND_UNKNOWN", kind is None),
        ("place", "PLACE_UNKNOWN", place is None),
        ("phone", "PHONE_WRONG", not PHONE.match(texts["phone"])),
        ("latitude", "NUMBER_WRONG", bool(texts.get("latitude")) and latitude is None),
        ("longitude", "NUMBER_WRONG", bool(texts.get("longitude")) and longitude is None),
        *((name, "CELL_LONG", len(texts.get(name, "")) > most) for name, most in LONGEST.items()),
    ]
    found = [Problem(number, column, texts.get(column, ""), Refusal(code)) for column, code, is_wrong in wrong if is_wrong]
    found += [Problem(number, "latitude", texts.get("latitude", ""), refusal) for refusal in rules.point_refusals(latitude, longitude) if not found]
    if found or kind is None or place is None:
        return found
    return Entry(kind, texts["name"], place.code, texts["address"], texts["phone"], texts.get("hours", ""), texts.get("services", ""), latitude, longitude)


def _number(typed: str) -> float | None:
    try:
        return float(typed)
    except ValueError:
        return None


def take_over(session: Session, who: Identity, table: Sequence[tuple[int, list[Cell]]], file_name: str, now: datetime) -> Report:
    """Write the good rows. An institution is known by kind, name and place. Raises Refused when a column is missing."""
    columns = columns_of(table[0][1])
    refuse(missing(columns))
    report = Report()
    known = {(row.kind, row.name, row.place_code): row for row in session.scalars(select(Institution).where(Institution.closed_at.is_(None)))}
    for number, cells in table[1:]:
        judged = judge(number, {column: cells[place] for column, place in columns.items() if place < len(cells)})
        if isinstance(judged, list):
            report.problems += judged
        else:
            _write(session, known, judged, report, now)
    counts = {"added": report.added, "changed": report.changed, "unchanged": report.unchanged, "failed": report.failed}
    record(session, who, "institution.import", "institution", "", now, file=file_name[-200:], **counts)
    return report


def _write(session: Session, known: dict[tuple[str, str, str], Institution], entry: Entry, report: Report, now: datetime) -> None:
    key = (entry.kind, entry.name, entry.place_code)
    row = known.get(key)
    if row is None:
        row = known[key] = Institution(updated_at=now, checked_on=local_day(now))
        session.add(row)
        report.added += 1
    elif _same(row, entry):
        report.unchanged += 1
        return
    else:
        report.changed += 1
    put(row, entry)
    row.updated_at, row.checked_on = now, local_day(now)


def _same(row: Institution, entry: Entry) -> bool:
    here = entry.latitude is None or (row.latitude, row.longitude) == (entry.latitude, entry.longitude)
    return here and all(getattr(row, name) == getattr(entry, name) for name in ("address", "phone", "hours", "services"))

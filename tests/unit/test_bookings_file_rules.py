"""Rows of a file of bookings, value by value: past days, 29 February, midnight, and every reason at once."""

from datetime import UTC, date, datetime, time

import pytest

from visitation.bookings.rules_file import Entry, columns_of, day_of, header_refusals, read, text_of, time_of
from visitation.kernel.cells import Cell

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
GOOD = {"number": "65000001", "visitor": "K7M2Q9TB", "day": "2026-11-30", "start": "09:00", "terminal": "T1"}
USUAL = {"family_visit": 30, "family_call": 10}


def codes(**cells: str) -> list[str]:
    found = read(2, GOOD | cells, {}, USUAL, NOW)
    return [] if isinstance(found, Entry) else [one.code for one in found]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, []),
        ({"minutes": "25", "kind": "亲情电话", "language": "维吾尔语"}, []),
        ({"kind": "family_visit", "language": "ug"}, []),
        ({"day": "2026-11-23"}, ["ROW_PAST"]),
        ({"day": "2026-11-24", "start": "12:00"}, ["ROW_PAST"]),
        ({"day": "2026-11-24", "start": "12:05"}, []),
        ({"day": "2027-02-29"}, ["ROW_DAY"]),
        ({"day": "2028-02-29"}, []),
        ({"day": "2026-13-01"}, ["ROW_DAY"]),
        ({"start": "9.00"}, ["ROW_TIME"]),
        ({"start": "09:02"}, ["ROW_TIME"]),
        ({"start": "24:00"}, ["ROW_TIME"]),
        ({"start": "23:30"}, []),
        ({"start": "23:35"}, ["ROW_MIDNIGHT"]),
        ({"start": "00:00"}, []),
        ({"minutes": "7"}, ["ROW_MINUTES"]),
        ({"minutes": "0"}, ["ROW_MINUTES"]),
        ({"minutes": "245"}, ["ROW_MINUTES"]),
        ({"minutes": "²"}, ["ROW_MINUTES"]),
        ({"kind": "picnic"}, ["ROW_KIND"]),
        ({"language": "klingon"}, ["ROW_LANGUAGE"]),
        ({"companions": "k7m2q9tb"}, ["ROW_PERSON_TWICE"]),
        ({"number": "", "terminal": ""}, ["ROW_EMPTY", "ROW_EMPTY"]),
        ({"day": "x", "start": "x", "minutes": "x", "kind": "x"}, ["ROW_KIND", "ROW_DAY", "ROW_TIME", "ROW_MINUTES"]),
    ],
)
def test_a_row_is_read_or_refused_with_every_reason(cells: dict[str, str], expected: list[str]) -> None:
    assert codes(**cells) == expected


def test_a_bad_cell_is_a_reason_of_its_own() -> None:
    found = read(2, GOOD, {"day": "CELL_FORMULA"}, USUAL, NOW)
    assert not isinstance(found, Entry)
    assert [(one.row, one.code) for one in found] == [(2, "CELL_FORMULA")]


def test_a_good_row_says_who_when_and_where() -> None:
    found = read(7, GOOD | {"companions": "a1；b2, c3"}, {}, USUAL, NOW)
    assert isinstance(found, Entry)
    assert found.people == ("K7M2Q9TB", "A1", "B2", "C3")
    assert (found.visit.start, found.visit.end) == (datetime(2026, 11, 30, 1, tzinfo=UTC), datetime(2026, 11, 30, 1, 30, tzinfo=UTC))


def test_columns_are_found_by_any_of_their_names() -> None:
    found = columns_of([Cell("服刑人员编号*"), Cell("VISITOR  document"), Cell("date"), Cell("Start"), Cell("会见终端"), Cell("?")])
    assert found == {"number": 0, "visitor": 1, "day": 2, "start": 3, "terminal": 4}
    assert [one.facts["columns"] for one in header_refusals({"number": 0, "day": 1, "start": 2})] == ["会见人证件号码, 会见终端"]


def test_cells_become_text() -> None:
    assert [text_of(Cell(value)) for value in (date(2026, 11, 30), 30.0, 65000001, " x ", None)] == ["2026-11-30", "30", "65000001", "x", ""]


@pytest.mark.parametrize("text", ["2026-11-30", "2026/11/30", "2026年11月30日", "20261130", "2026-11-3 "])
def test_days_as_people_write_them(text: str) -> None:
    assert day_of(text.strip()) in (date(2026, 11, 30), date(2026, 11, 3))


def test_times_as_spreadsheets_write_them() -> None:
    assert [time_of(text) for text in ("9:00", "09:00:00", "９:00", "09：30")] == [time(9), time(9), time(9), time(9, 30)]

"""Rows of a file of inmates: what is taken over, what is reported, and how cells are read."""

from datetime import date, datetime

import pytest

from visitation.kernel.cells import Cell
from visitation.people.rules_import import Known, Plan, World, columns_of, header_refusals, plan
from visitation.web.table_file import read_table

TODAY = date(2026, 11, 24)
ANNA = Known(5, "65000001", "安娜", 1, "general", "held", date(1980, 1, 2), "zh", False)
WORLD = World(r"[0-9]{8}", {"一监区": 1, "ward 2": 2}, {"普管": "general", "strict": "strict"}, {ANNA.number: ANNA}, TODAY)
GOOD = {"number": "65000009", "name": "王五", "ward": "一监区", "level": "普管"}


def judged(*rows: dict[str, object]) -> Plan:
    cells = [
        (line, {column: value if isinstance(value, Cell) else Cell(value) for column, value in row.items()})  # type: ignore[arg-type]
        for line, row in enumerate(rows, start=2)
    ]
    return plan(cells, WORLD)


def problems(**changes: object) -> list[tuple[str, str]]:
    return [(problem.column, problem.code) for problem in judged(GOOD | changes).problems]


def test_a_good_row_is_added_with_defaults() -> None:
    made = judged(GOOD)
    assert made.added == [Known(0, "65000009", "王五", 1, "general", "held", None, "zh", False)]
    assert (made.changes, made.unchanged, made.failed) == ([], 0, 0)


def test_words_and_codes_in_both_languages() -> None:
    made = judged(GOOD | {"ward": " WARD  2", "level": "Strict", "status": "就医", "language": "维吾尔语", "foreign": "是", "birth_date": "1985年6月5日"})
    assert made.added == [Known(0, "65000009", "王五", 2, "strict", "hospital", date(1985, 6, 5), "ug", True)]


@pytest.mark.parametrize(("value", "number"), [(65000009, "65000009"), (65000009.0, "65000009"), ("６５０００００９", "65000009"), (" 6500 0009 ", "65000009")])
def test_numbers_that_a_spreadsheet_kept_as_numbers(value: object, number: str) -> None:
    assert judged(GOOD | {"number": value}).added[0].number == number


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("number", None, "CELL_EMPTY"),
        ("number", "  ", "CELL_EMPTY"),
        ("number", "123", "NUMBER_SHAPE"),
        ("number", 65000009.5, "CELL_NOT_A_NUMBER"),
        ("number", date(2026, 1, 1), "CELL_NOT_A_NUMBER"),
        ("number", 1234567890123456, "CELL_DIGITS_LOST"),
        ("number", Cell("=A1+1", "CELL_FORMULA"), "CELL_FORMULA"),
        ("number", Cell("#REF!", "CELL_ERROR"), "CELL_ERROR"),
        ("name", "", "CELL_EMPTY"),
        ("name", "12345", "NAME_EMPTY"),
        ("name", "王五1", "NAME_CHARACTERS"),
        ("name", "王" * 150, "NAME_LONG"),
        ("name", Cell("=1+1", "CELL_FORMULA"), "CELL_FORMULA"),
        ("ward", "九监区", "WARD_UNKNOWN"),
        ("ward", None, "CELL_EMPTY"),
        ("level", "特宽", "LEVEL_UNKNOWN"),
        ("status", "走了", "STATUS_UNKNOWN"),
        ("birth_date", "31.02.1980", "CELL_DATE"),
        ("birth_date", "1980-02-31", "CELL_DATE"),
        ("birth_date", 31000, "CELL_DATE"),
        ("birth_date", "2030-01-01", "BIRTH_FUTURE"),
        ("birth_date", "1899-12-31", "BIRTH_FUTURE"),
        ("language", "Klingon", "LANGUAGE_UNKNOWN"),
        ("foreign", "maybe", "CELL_YES_NO"),
    ],
)
def test_each_bad_cell_is_reported_by_column(column: str, value: object, code: str) -> None:
    assert problems(**{column: value}) == [(column, code)]
    assert judged(GOOD | {column: value}).added == []


def test_all_problems_of_a_row_are_reported_and_it_counts_once() -> None:
    made = judged(GOOD | {"ward": "九监区", "level": "特宽", "birth_date": "x"})
    assert [problem.code for problem in made.problems] == ["WARD_UNKNOWN", "LEVEL_UNKNOWN", "CELL_DATE"]
    assert made.failed == 1


def test_names_with_separators_and_rare_characters_are_kept() -> None:
    made = judged(GOOD | {"name": "阿依古丽.买买提"}, GOOD | {"number": "65000010", "name": "𠮷田"})
    assert [one.name for one in made.added] == ["阿依古丽·买买提", "𠮷田"]


def test_a_number_twice_is_a_problem_of_the_later_row() -> None:
    made = judged(GOOD, GOOD | {"name": "赵六"}, GOOD)
    assert len(made.added) == 1
    assert [(problem.row, problem.code, dict(problem.facts)) for problem in made.problems] == [(3, "NUMBER_TWICE", {"row": 2}), (4, "NUMBER_TWICE", {"row": 2})]


def test_the_same_again_changes_nothing_and_blank_cells_keep_what_is_known() -> None:
    row = {"number": ANNA.number, "name": ANNA.name, "ward": "一监区", "level": "普管"}
    made = judged(row)
    assert (made.added, made.changes, made.unchanged) == ([], [], 1)


def test_a_known_inmate_is_changed() -> None:
    made = judged({"number": ANNA.number, "name": ANNA.name, "ward": "Ward 2", "level": "strict", "status": "释放"})
    assert [(known.id, wanted.ward_id, wanted.level_code, wanted.status, wanted.birth_date) for known, wanted in made.changes] == [
        (5, 2, "strict", "released", date(1980, 1, 2))
    ]


def test_a_known_number_with_another_name_is_reported_not_renamed() -> None:
    made = judged({"number": ANNA.number, "name": "别人", "ward": "一监区", "level": "普管"})
    assert [(problem.column, problem.code) for problem in made.problems] == [("name", "NAME_DIFFERS")]
    assert made.changes == []


def test_columns_are_found_by_any_name_and_in_any_order() -> None:
    header = [Cell("备注"), Cell("姓名*"), Cell(" 编号 "), Cell("TREATMENT LEVEL"), Cell("监区"), Cell("姓名")]
    assert columns_of(header) == {"name": 1, "number": 2, "level": 3, "ward": 4}
    assert header_refusals(columns_of(header)) == []
    missing = header_refusals(columns_of(header[:2]))
    assert [(refusal.code, dict(refusal.facts)) for refusal in missing] == [("IMPORT_COLUMNS", {"columns": "编号, 监区, 处遇等级"})]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_in_the_encodings_and_separators_that_spreadsheets_write(encoding: str, separator: str) -> None:
    text = separator.join(["编号", "姓名"]) + "\r\n" + separator.join(['="00000001"', "阿依古丽·买买提"]) + "\r\n\r\n"
    table = read_table(text.encode(encoding))
    assert table == [(1, [Cell("编号"), Cell("姓名")]), (2, [Cell("00000001"), Cell("阿依古丽·买买提")])]


def test_csv_cells_that_begin_like_formulas() -> None:
    table = read_table("编号,姓名\n=1+1,+cmd|' /C calc'!A0\n".encode())
    assert [cell.problem for cell in table[1][1]] == ["CELL_FORMULA", "CELL_FORMULA"]


def test_a_moment_counts_as_its_day() -> None:
    made = judged(GOOD | {"birth_date": datetime(1985, 6, 15, 12, 30)})  # noqa: DTZ001 - as a spreadsheet gives it
    assert made.added[0].birth_date == date(1985, 6, 15)

"""Importing inmates through the page and the command: good rows in, bad rows reported exactly, the same file again adds nothing."""

import csv
import io
import time
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from tests.conftest import House
from tests.factories import make_family, make_inmate, make_kinship, make_levels, make_prison, make_staff, make_ward
from tests.web.browsing import Browser, browser
from visitation.audit.models import AuditEntry
from visitation.kernel.identity import Role
from visitation.people.models import ImportRun, Inmate, Kinship, Prison

HEADER = ["编号", "姓名", "监区", "处遇等级", "状态", "出生日期"]


def workbook(rows: list[list[Any]], header: list[str] | None = None) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(header or HEADER)
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def row(
    number: object, name: object = "王试", ward: object = "一监区", level: object = "普管", status: object = "在押", born: object = "1985-06-15"
) -> list[Any]:
    return [number, name, ward, level, status, born]


@pytest.fixture
def prison(house: House) -> Prison:
    def work(session):  # type: ignore[no-untyped-def]
        made = make_prison(session, code="QS1")
        make_levels(session)
        make_ward(session, made, name="一监区", name_en="Ward 1")
        make_ward(session, made, name="二监区", name_en="Ward 2")
        return made

    return house.write(work)


@pytest.fixture
def page(house: House, prison: Prison) -> Browser:
    account = house.write(lambda session: make_staff(session, (Role.ADMINISTRATOR,), session.get(Prison, prison.id)))
    made = browser(house, "prison", account)
    made.speak("en")
    return made


def send(page: Browser, prison: Prison, data: bytes, name: str = "inmates.xlsx") -> str:
    page.get("/imports")
    fields = {field: values[0] for field, values in page.form("import")["fields"].items()}
    answer = page.client.post(
        "/imports",
        data={**fields, "prison": str(prison.id), "file": (io.BytesIO(data), name)},
        base_url=page.origin,
        headers={"Origin": page.origin},
        content_type="multipart/form-data",
        follow_redirects=True,
    )
    page.page = answer
    return str(answer.text)


def latest(house: House) -> ImportRun:
    return house.read(lambda session: session.scalar(select(ImportRun).order_by(ImportRun.id.desc())))


def counts(house: House) -> tuple[int, int, int, int]:
    run = latest(house)
    return run.added, run.changed, run.unchanged, run.failed


def count_inmates(house: House) -> int:
    return house.read(lambda session: session.scalar(select(func.count(Inmate.id))))


BAD: list[tuple[Callable[[int], list[Any]], list[tuple[str, str]]]] = [
    (lambda n: row(f"x{n}"), [("number", "NUMBER_SHAPE")]),
    (lambda n: row(f"=A{n}"), [("number", "CELL_FORMULA")]),
    (lambda n: row(n, "=1+1"), [("name", "CELL_FORMULA")]),
    (lambda n: row(n, ""), [("name", "CELL_EMPTY")]),
    (lambda n: row(n, ward="九监区"), [("ward", "WARD_UNKNOWN")]),
    (lambda n: row(n, level="特宽"), [("level", "LEVEL_UNKNOWN")]),
    (lambda n: row(n, status="?"), [("status", "STATUS_UNKNOWN")]),
    (lambda n: row(n, born="1985-02-30"), [("birth_date", "CELL_DATE")]),
    (lambda _n: row(20000000), [("number", "NUMBER_TWICE")]),
    (lambda n: row(n, "王1", "九监区"), [("name", "NAME_CHARACTERS"), ("ward", "WARD_UNKNOWN")]),
]


def test_ten_thousand_rows_with_three_hundred_bad_ones_reported_exactly(house: House, prison: Prison, page: Browser) -> None:
    rows, expected = [], []
    for place in range(10_000):
        line = place + 2
        if place % 33 == 32 and len({one[0] for one in expected}) < 300:
            make, problems = BAD[(place // 33) % len(BAD)]
            rows.append(make(20000000 + place))
            expected += [(line, column, code) for column, code in problems]
        else:
            rows.append(row(20000000 + place if place % 2 else str(20000000 + place), ward="二监区" if place % 3 else "Ward 1"))
    data = workbook(rows)
    began = time.process_time()
    send(page, prison, data)
    elapsed = time.process_time() - began
    run = latest(house)
    assert [(problem["row"], problem["column"], problem["code"]) for problem in run.report] == expected
    assert counts(house) == (9_700, 0, 0, 300)
    assert count_inmates(house) == 9_700
    assert elapsed < 8, f"{elapsed:.1f} s of a core"
    send(page, prison, data)
    assert counts(house) == (0, 0, 9_700, 300)
    assert count_inmates(house) == 9_700


def test_the_report_speaks_the_readers_language_and_names_row_and_column(house: House, prison: Prison, page: Browser) -> None:
    text = send(page, prison, workbook([row("20000001"), row("20000002", ward="九监区"), row("=1+1"), row("20000001", "别人")]))
    assert "This prison has no such ward" in text
    assert "The cell holds a formula" in text
    assert "stands in row 2 of the file already" in text
    assert counts(house) == (1, 0, 0, 3)
    page.speak("zh_Hans_CN")
    text = page.get(page.page.request.path).text
    assert "本监狱没有该监区" in text
    assert "单元格内是公式" in text


def test_the_report_as_a_file_has_no_formula(house: House, prison: Prison, page: Browser) -> None:
    bad = ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1"]
    send(page, prison, workbook([row(value) for value in bad]))
    answer = page.get(f"/imports/{latest(house).id}/report.csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert lines[0] == ["Row", "Column", "In the file", "Why"]
    assert [line[0] for line in lines[1:]] == ["2", "3", "4", "5", "6"]
    assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for line in lines for cell in line)


def test_changes_and_numbers_kept_as_numbers(house: House, prison: Prison, page: Browser) -> None:
    send(page, prison, workbook([row(20000001.0), row(20000002)]))
    send(page, prison, workbook([row("20000001", ward="二监区", level="宽管", status="就医"), row("20000002")]))
    assert counts(house) == (0, 1, 1, 0)
    kept = house.read(lambda session: session.scalar(select(Inmate).where(Inmate.number == "20000001")))
    assert (kept.level_code, kept.status, kept.updated_at) == ("lenient", "hospital", house.now)
    acts = house.read(lambda session: session.scalars(select(AuditEntry).where(AuditEntry.subject_type == "inmate", AuditEntry.act == "inmate.change")).all())
    assert [(entry.subject_id, entry.detail["fields"]) for entry in acts] == [(str(kept.id), ["ward_id", "level_code", "status"])]


def test_a_csv_in_gb18030_as_chinese_spreadsheets_write_it(house: House, prison: Prison, page: Browser) -> None:
    text = "编号,姓名,监区,处遇等级\r\n20000001,𠮷田·买买提,一监区,普管\r\n"
    send(page, prison, text.encode("gb18030"), "名单.csv")
    assert house.read(lambda session: session.scalar(select(Inmate.name))) == "𠮷田·买买提"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no rows under its header"),
        (b"PK\x03\x04 not a workbook", "cannot be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "cannot be read"),
        (b"MZ\x90\x00\x03\0\0\0", "cannot be read"),
        ("编号,姓名\n1,王\n".encode(), "columns are missing in the first row: 监区, 处遇等级"),
        ("编号,姓名,监区,处遇等级\n".encode(), "no rows under its header"),
    ],
)
def test_files_that_are_no_table_are_refused_and_nothing_is_written(house: House, prison: Prison, page: Browser, data: bytes, said: str) -> None:
    assert said in send(page, prison, data)
    assert page.page.request.path == "/imports"
    assert count_inmates(house) == 0
    assert latest(house) is None


def test_too_many_rows_are_refused(house: House, prison: Prison, page: Browser) -> None:
    assert "more than 20000 rows" in send(page, prison, ("编号,姓名,监区,处遇等级\n" + "x,y,z,w\n" * 20_001).encode(), "a.csv")
    assert latest(house) is None


def test_no_file_at_all(house: House, prison: Prison, page: Browser) -> None:
    page.get("/imports")
    page.submit({"prison": str(prison.id)}, form="import")
    assert "Please choose a file." in page.page.text


def test_a_waiting_claim_finds_its_inmate_once_they_are_entered(house: House, prison: Prison, page: Browser) -> None:
    def waiting(session):  # type: ignore[no-untyped-def]
        held = make_inmate(session, make_ward(session, session.get(Prison, prison.id)))
        mine = {"approved": False, "inmate_id": None, "inmate_number": "20000001"}
        return [make_kinship(session, make_family(session).visitor, held, **mine | {"inmate_name": name}).id for name in ("王试", "别人")]

    right, wrong = house.write(waiting)
    send(page, prison, workbook([row("20000001")]))
    found = house.read(lambda session: {claim.id: claim.inmate and claim.inmate.number for claim in session.scalars(select(Kinship))})
    assert (found[right], found[wrong]) == ("20000001", None)


def test_the_template_is_filled_in_and_read_again(house: House, prison: Prison, page: Browser) -> None:
    for language, word in (("zh_Hans_CN", "编号*"), ("en", "Number*")):
        page.speak(language)
        book = load_workbook(io.BytesIO(page.get("/imports/template.xlsx").data))
        sheet = book.worksheets[0]
        assert sheet.cell(1, 1).value == word
        assert "一监区" in [cell.value for cell in book.worksheets[1]["A"]]
        for column, value in enumerate(["20000007", "王试", "一监区", "普管"], start=1):
            sheet.cell(2, column).value = value
        out = io.BytesIO()
        book.save(out)
        send(page, prison, out.getvalue())
        assert latest(house).failed == 0
    assert count_inmates(house) == 1


def test_another_prisons_imports_do_not_exist(house: House, prison: Prison, page: Browser) -> None:
    send(page, prison, workbook([row("20000001")]))
    stranger = browser(house, "prison", house.write(lambda session: make_staff(session, (Role.ADMINISTRATOR,), make_prison(session))))
    for path in (f"/imports/{latest(house).id}", f"/imports/{latest(house).id}/report.csv"):
        assert stranger.get(path).status_code == 404
    assert "inmates.xlsx" not in stranger.get("/imports").text
    before = count_inmates(house)
    send(stranger, prison, workbook([row("20000002")]))
    assert count_inmates(house) == before


@pytest.mark.parametrize("role", [Role.OFFICER, Role.DUTY_CHIEF, Role.WARD_OFFICER, Role.BUREAU, Role.AUDITOR, Role.OPERATOR, Role.LEGAL_OFFICE])
def test_only_an_administrator_imports(house: House, prison: Prison, role: Role) -> None:
    page = browser(house, "prison", house.write(lambda session: make_staff(session, (role,), session.get(Prison, prison.id))))
    for path in ("/imports", "/imports/template.xlsx", "/imports/1"):
        assert page.get(path).status_code == 403


def test_the_command_imports_with_the_same_rules(house: House, prison: Prison, tmp_path: Any) -> None:
    file = tmp_path / "list.xlsx"
    file.write_bytes(workbook([row("20000001"), row("20000002", ward="九监区")]))
    runner = house.prison.test_cli_runner()
    done = runner.invoke(args=["import-inmates", str(file), "--prison", "QS1"])
    assert (done.exit_code, counts(house)) == (1, (1, 0, 0, 1)), done.output
    assert "added 1" in done.output
    assert "row 3, ward: This prison has no such ward" in done.output
    file.write_bytes(workbook([row("20000001")]))
    assert runner.invoke(args=["import-inmates", str(file), "--prison", "QS1"]).exit_code == 0
    assert runner.invoke(args=["import-inmates", str(file), "--prison", "nowhere"]).exit_code != 0
    file.write_bytes(b"PK nothing")
    refused = runner.invoke(args=["import-inmates", str(file), "--prison", "QS1"])
    assert refused.exit_code == 1
    assert "cannot be read" in refused.output

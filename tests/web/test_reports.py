"""The page of figures: who sees which prison, periods and their refusals, charts, the workbook, an empty period."""

import re
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from openpyxl import load_workbook
from sqlalchemy import event, select

from tests.conftest import House, make_house, move_in, move_out
from tests.factories import make_staff
from tests.settings import PRISON_ORIGIN
from tests.web.browsing import Browser, browser
from tests.web.page_rules import Page
from tests.web.reports_world import NOW, fill
from visitation.accounts.models import Account
from visitation.kernel.clock import FixedClock
from visitation.kernel.identity import STAFF, Role
from visitation.people.models import Prison
from visitation.reports.figures import Asked, measure
from visitation.reports.rules import Period
from visitation.reports.words import shown
from visitation.store.db import db

pytestmark = pytest.mark.xdist_group("figures")
AUTUMN = "span=days&first=2026-09-01&last=2026-11-24"
READERS = (Role.BUREAU, Role.DUTY_CHIEF, Role.LEGAL_OFFICE)
MOST_QUERIES = 55
"""Of the whole page: every figure of it, who is asking, and the frame around it."""


@pytest.fixture(scope="module")
def world(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("figures")
    made = make_house(folder, FixedClock(NOW))
    move_in(made, empty_database, folder)
    made.write(lambda session: fill(session, 0.35))
    made.clock.set(NOW)
    yield made
    move_out(made)


def prison(house: House, code: str) -> Prison:
    return house.read(lambda session: session.scalars(select(Prison).where(Prison.code == code)).one())  # type: ignore[no-any-return]


def account(house: House, role: Role, code: str = "") -> Account:
    home = prison(house, code) if code else None
    return house.write(lambda session: make_staff(session, (role,), home))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def bureau(world: House) -> Browser:
    return browser(world, "prison", account(world, Role.BUREAU))


@pytest.fixture(scope="module")
def chief(world: House) -> Browser:
    return browser(world, "prison", account(world, Role.DUTY_CHIEF, "F0"))


def table(text: str, key: str) -> list[list[str]]:
    """The cells of a figure's first table, as text."""
    part = text[text.index(f'id="{key}"') :]
    whole = part[part.index("<table") : part.index("</table>") + 8]
    rows = ET.fromstring(whole.replace("&nbsp;", " ")).iter("tr")
    return [["".join(cell.itertext()).strip() for cell in row] for row in rows]


@pytest.mark.parametrize("role", sorted(STAFF - set(READERS)))
def test_others_have_no_figures(world: House, role: Role) -> None:
    one = browser(world, "prison", account(world, role, "" if role in (Role.AUDITOR, Role.OPERATOR) else "F0"))
    for path in ("/figures", "/figures/visits.svg", "/figures/figures.xlsx"):
        assert one.get(path).status_code == 403, path
    assert "/figures" not in one.get("/desk").text


def test_the_legal_office_reads_its_own_part_of_its_own_prison(world: House) -> None:
    office = browser(world, "prison", account(world, Role.LEGAL_OFFICE, "F0"))
    page = office.get(f"/figures?{AUTUMN}").text
    for figure in world.prison.extensions["figures"]:
        answer = office.get(f"/figures/{figure.key}.svg?{AUTUMN}").status_code
        assert (f'id="{figure.key}"' in page, answer) == ((True, 200) if figure.group == "legal" else (False, 404)), figure.key
    assert "/figures" in office.get("/").text
    assert office.get(f"/figures?{AUTUMN}&prison=F1").status_code == 404
    sheets = load_workbook(BytesIO(office.get(f"/figures/figures.xlsx?{AUTUMN}").data)).sheetnames
    whole = load_workbook(BytesIO(browser(world, "prison", account(world, Role.DUTY_CHIEF, "F0")).get(f"/figures/figures.xlsx?{AUTUMN}").data)).sheetnames
    assert len(whole) - len(sheets) == sum(figure.group != "legal" for figure in world.prison.extensions["figures"])


def test_nobody_signed_in_is_sent_to_sign_in(world: House) -> None:
    assert browser(world, "prison").get("/figures", follow=False).status_code == 302


def test_a_chief_sees_the_own_prison_whatever_is_asked(chief: Browser, world: House) -> None:
    own = chief.get(f"/figures?{AUTUMN}")
    assert own.status_code == 200
    assert prison(world, "F0").name in own.text
    assert prison(world, "F1").name not in own.text
    assert "by=prison" not in own.text
    for path in (f"/figures?{AUTUMN}&prison=F1", f"/figures/visits.svg?{AUTUMN}&prison=F1", f"/figures/figures.xlsx?{AUTUMN}&prison=F1"):
        assert chief.get(path).status_code == 404, path


def test_the_bureau_sees_all_that_were_open_and_each(bureau: Browser, world: House) -> None:
    both = bureau.get(f"/figures?{AUTUMN}").text
    assert both.count("by=prison") >= 10
    comparison = both[both.index('id="visits"') :]
    assert prison(world, "F0").name in comparison
    assert prison(world, "F1").name in comparison
    assert prison(world, "F2").name not in comparison, "it was closed before the period"
    parts = [int(table(bureau.get(f"/figures?{AUTUMN}&prison={code}").text, "visits")[-1][-1]) for code in ("F0", "F1")]
    assert int(table(both, "visits")[-1][-1]) == sum(parts) > 0
    assert bureau.get(f"/figures?{AUTUMN}&prison=NOPE").status_code == 404


def test_without_a_question_the_last_months_are_shown(bureau: Browser) -> None:
    page = bureau.get("/figures")
    assert page.status_code == 200
    assert "2026-06-01 至 2026-11-24" in page.text
    assert len(table(page.text, "visits")) == 1 + 6 + 1


@pytest.mark.parametrize(
    ("asked", "shown_period"),
    [
        ("span=month&month=2026-10", "2026-10-01 至 2026-10-31"),
        ("span=quarter&quarter=2026-4", "2026-10-01 至 2026-12-31"),
        ("span=quarter&quarter=2026-2&month=2026-10", "2026-04-01 至 2026-06-30"),
        ("span=quarter", "2026-10-01 至 2026-12-31"),
        ("span=year&year=2025", "2025-01-01 至 2025-12-31"),
        ("span=days&first=2022-01-01&last=2026-11-24", "2022-01-01 至 2026-11-24"),
        ("span=days&first=2026-11-24&last=2026-11-24", "2026-11-24 至 2026-11-24"),
    ],
)
def test_every_kind_of_period(chief: Browser, asked: str, shown_period: str) -> None:
    page = chief.get(f"/figures?{asked}")
    assert page.status_code == 200
    assert shown_period in page.text


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("span=days&first=2026-11-25&last=2026-11-30", "所选时段尚未开始"),
        ("span=days&first=2026-10-05&last=2026-10-04", "截止日早于起始日"),
        ("span=days&first=1999-01-01&last=1999-02-01", "起始日请选择"),
        ("span=days&first=2019-01-01&last=2026-10-04", "请分段查询"),
        ("span=days&first=2026-10-05&last=", "请填写"),
        ("span=days&first=2026-13-45&last=2026-10-04", "field-wrong"),
        ("span=century", "field-wrong"),
        ("span=month&month=1066-10", "field-wrong"),
        ("span=month&month=", "field-wrong"),
        ("span=quarter&quarter=", "field-wrong"),
        ("span=year&year=20x6", "field-wrong"),
    ],
)
def test_what_cannot_be_asked_is_said_and_what_was_typed_is_kept(chief: Browser, asked: str, words: str) -> None:
    page = chief.get(f"/figures?{asked}")
    assert page.status_code == 422
    assert words in page.text
    for name, value in (pair.split("=") for pair in asked.split("&")):
        if name in ("first", "last") and value:
            assert f'value="{value}"' in page.text
    assert "figure-panel" not in page.text
    assert chief.get(f"/figures/visits.svg?{asked}").status_code == 404
    assert chief.get(f"/figures/figures.xlsx?{asked}").status_code == 404


def test_an_empty_period_says_so(chief: Browser) -> None:
    page = chief.get("/figures?span=days&first=2021-01-01&last=2021-03-31")
    assert page.status_code == 200
    assert page.text.count("所选时段内没有数据") == page.text.count("figure-panel") == 16
    assert "<img" not in page.text[page.text.index("figure-group") :]
    assert chief.get("/figures/visits.svg?span=days&first=2021-01-01&last=2021-03-31").status_code == 200


def test_the_answer_rate_has_both_counts_and_its_lamp(chief: Browser, world: House) -> None:
    rows = table(chief.get(f"/figures?{AUTUMN}").text, "questions")
    assert rows[0][-3:] == ["已到期限", "按期答复", "答复率"]
    due, in_time, rate = int(rows[-1][-3]), int(rows[-1][-2]), rows[-1][-1]
    percent = round(100 * in_time / due, 1)
    assert f"{percent:.1f} %" in rate
    assert ("已达标" if percent >= 98 else "未达标") in rate


@pytest.mark.parametrize("key", ["visits", "technical", "occupancy", "questions", "mediation"])
@pytest.mark.parametrize("by", ["", "&by=prison"])
def test_a_chart_is_a_picture_of_the_table(bureau: Browser, key: str, by: str) -> None:
    answer = bureau.get(f"/figures/{key}.svg?{AUTUMN}{by}")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    words = "".join(ET.fromstring(answer.data).itertext())
    assert ("监狱" if by else "09-07" if key == "occupancy" else "2026-09") in words
    assert ("目标" in words) == (key == "questions" and not by)


def test_there_is_no_chart_of_nothing(bureau: Browser) -> None:
    assert bureau.get("/figures/nothing.svg").status_code == 404


@pytest.mark.parametrize("language", ["zh_Hans_CN", "en"])
def test_the_workbook_has_a_sheet_for_each_in_both_languages(world: House, language: str) -> None:
    risky = '=HYPERLINK("http://x")'
    world.write(lambda session: setattr(session.scalars(select(Prison).where(Prison.code == "F1")).one(), "name", risky))
    one = browser(world, "prison", account(world, Role.BUREAU))
    one.speak(language)
    answer = one.get(f"/figures/figures.xlsx?{AUTUMN}")
    assert "figures-2026-09-01-2026-11-24.xlsx" in answer.headers["Content-Disposition"]
    book = load_workbook(BytesIO(answer.data))
    sheets = [[list(row) for row in sheet.iter_rows()] for sheet in book.worksheets]
    assert len(sheets) == len(world.prison.extensions["figures"]) == 16
    first = {str(cell.value) for row in sheets[0] for cell in row if cell.value is not None}
    assert "会见场次 / Visits held" in first
    assert "2026年9月 / September 2026" in first
    assert any("按会见开始之日统计" in text and "Remote visits that took place" in text for text in first)
    assert any(text.startswith("2026-11-24 12:00") for text in first), "when it was counted"
    assert all(cell.data_type != "f" for sheet in sheets for row in sheet for cell in row), "no formula"
    assert any(text.startswith("'=HYPERLINK") for text in first)
    assert sheet_total(sheets[0]) == expected_total(world)


def sheet_total(rows: list[list[Any]]) -> list[Any]:
    """The numbers of the first total."""
    whole = next(row for row in rows if row[0].value == "合计 / Altogether")
    return [cell.value for cell in whole[1:] if cell.value is not None]


def expected_total(house: House) -> list[Any]:
    def total(session: Any) -> list[Any]:
        (figure,) = (one for one in house.prison.extensions["figures"] if one.key == "visits")
        prisons = tuple(session.scalars(select(Prison).where(Prison.code.in_(("F0", "F1"))).order_by(Prison.code)))
        asked = Asked(prisons, Period(date(2026, 9, 1), date(2026, 11, 24)), NOW)
        return list(measure(session, figure, asked).by_time.total.values)

    return house.read(total)  # type: ignore[no-any-return]


def test_the_page_asks_little(bureau: Browser, world: House) -> None:
    seen: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    with world.prison.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", listen)
    bureau.get("/figures?span=days&first=2022-01-01&last=2026-11-24")
    event.remove(engine, "before_cursor_execute", listen)
    asked = [one for one in seen if one.lstrip().startswith("SELECT")]
    assert 20 <= len(asked) <= MOST_QUERIES, len(asked)


def test_the_form_is_labelled_and_leads_to_itself(bureau: Browser) -> None:
    page = Page(bureau.get("/figures").text)
    names = [one["name"] for one in page.controls if one.get("name") in ("span", "month", "quarter", "year", "first", "last", "prison")]
    assert names == ["span", "month", "quarter", "year", "first", "last", "prison"]
    assert bureau.origin == PRISON_ORIGIN


def test_the_lists_begin_now_and_name_nothing_twice(bureau: Browser, world: House) -> None:
    text = bureau.get("/figures").text
    for name, first, last, many in (("month", "2026-11", "2023-12", 36), ("quarter", "2026-4", "2024-1", 12), ("year", "2026", "2021", 6)):
        part = text[text.index(f'<select class="form-select" id="{name}"') :]
        found = re.findall(r'value="([^"]*)"', part[: part.index("</select>")])
        assert (found[0], found[-1], len(found), len(set(found))) == (first, last, many, many)


@pytest.mark.parametrize(
    ("value", "unit", "words"), [(1234, "count", "1,234"), (98.0, "share", "98.0 %"), (None, "share", "–"), (0, "days", "0"), (2.25, "size", "2.2")]
)
def test_numbers_as_they_are_written(world: House, value: float | None, unit: str, words: str) -> None:
    with world.prison.test_request_context("/"):
        assert shown(value, unit) == words

"""A file of bookings from elsewhere: every bad row by number and reason, nothing lost, progress kept, the same file again adds nothing."""

import io
from datetime import date, time, timedelta
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import func, select
from sqlalchemy.orm import Session

import wsgi
from tests.conftest import House
from tests.factories import make_family, make_staff
from tests.scenes import MONDAY, Scene, make_scene, neighbour, officer_identity
from tests.web.browsing import browser
from visitation.bookings import importing, service
from visitation.bookings.models import Booking, BookingImport, Claim, QuotaEntry
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Role
from visitation.kernel.interval import at_local
from visitation.notices.models import Notice
from visitation.people.models import NonAssociation
from visitation.timetable.models import Closure
from visitation.web.table_file import read_table

HEAD = ("服刑人员编号", "服刑人员姓名", "会见人证件号码", "同行人证件号码", "会见日期", "开始时间", "时长（分钟）", "会见终端", "会见类型", "语言")


class Elsewhere:
    """Eight families of a prison, whose visits are booked in another system until now."""

    def __init__(self, session: Session) -> None:
        first = make_scene(session, terminals=8)
        self.scenes: list[Scene] = [first, *(neighbour(session, first) for _ in range(7))]
        self.account = make_staff(session, (Role.ADMINISTRATOR,), first.prison)
        self.who = officer_identity(self.account, Role.ADMINISTRATOR)
        self.prison_id = first.prison.id
        self.documents = [one.family.visitor.document_number or "" for one in self.scenes]

    def row(self, which: int, day: date = MONDAY, start: str = "09:00", **changed: Any) -> tuple[Any, ...]:
        scene = self.scenes[which]
        given = {
            "number": scene.inmate.number,
            "name": scene.inmate.name,
            "visitor": self.documents[which],
            "others": "",
            "day": day,
            "start": start,
            "minutes": "",
            "terminal": scene.terminals[which].name,
            "kind": "",
            "language": "",
        }
        return tuple((given | changed).values())


@pytest.fixture
def elsewhere(house: House) -> Elsewhere:
    return house.write(Elsewhere)


def workbook(rows: list[tuple[Any, ...]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet, days = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
    for line, cells in enumerate([HEAD, *rows]):
        for place, cell in enumerate(cells):
            if isinstance(cell, date):
                sheet.write_datetime(line, place, cell, days)  # type: ignore[arg-type]
            elif isinstance(cell, str) and cell.startswith("="):
                sheet.write_formula(line, place, cell)
            else:
                sheet.write_string(line, place, str(cell))
    book.close()
    return out.getvalue()


def submit(house: House, elsewhere: Elsewhere, rows: list[tuple[Any, ...]]) -> int:
    data = workbook(rows)
    table = read_table(data)
    return house.write(lambda s: importing.submit(s, elsewhere.who, elsewhere.prison_id, table, "old.xlsx", data, house.now).id)


def bring(house: House, elsewhere: Elsewhere, rows: list[tuple[Any, ...]]) -> BookingImport:
    run_id = submit(house, elsewhere, rows)
    while house.write(lambda s: service.import_rows(s, house.now)):
        pass
    return house.read(lambda s: s.get_one(BookingImport, run_id))


def problems(run: BookingImport) -> list[tuple[int, str]]:
    return [(one["row"], one["code"]) for one in run.report]


def count(house: House, model: Any, *where: Any) -> int:
    return house.read(lambda s: s.scalar(select(func.count()).select_from(model).where(*where)))


def test_good_rows_are_bookings_with_claims_and_their_months_visit(house: House, elsewhere: Elsewhere) -> None:
    run = bring(house, elsewhere, [elsewhere.row(0), elsewhere.row(1, visitor=elsewhere.scenes[1].family.visitor.ref)])
    assert (run.state, run.added, run.failed, run.report) == ("done", 2, 0, [])
    assert house.read(lambda s: s.scalar(select(BookingImport.content))) is None, "the file is forgotten"
    booking = house.read(lambda s: s.scalars(select(Booking).order_by(Booking.id)).first())
    assert (booking.state, booking.starts_at, booking.account_id) == ("confirmed", at_local(MONDAY, time(9)), elsewhere.scenes[0].family.account.id)
    names = house.read(lambda s: {one.split(":")[0] for one in s.scalars(select(Claim.resource).where(Claim.booking_id == booking.id))})
    assert names == {"inmate", "terminal", "uplink", "visitor", "watch"}
    assert count(house, QuotaEntry, QuotaEntry.kind == "used") == 2
    assert count(house, Notice) == 0, "families were told elsewhere"


def test_every_bad_row_is_reported_by_number_and_reason_and_keeps_none_back(house: House, elsewhere: Elsewhere) -> None:
    stranger = house.write(lambda s: make_family(s).visitor.document_number)
    rows = [
        elsewhere.row(0),
        elsewhere.row(1, day=date(2026, 11, 1)),
        elsewhere.row(1, day="2027-02-29"),
        elsewhere.row(1, start="23:50"),
        elsewhere.row(1, number="99999999"),
        elsewhere.row(1, name="另一个人"),
        elsewhere.row(1, visitor=stranger),
        elsewhere.row(1, terminal="T?"),
        elsewhere.row(1, start="=1+1"),
        elsewhere.row(1, start="09:10", terminal=elsewhere.row(0)[7]),
        elsewhere.row(0, start="09:20", terminal=elsewhere.row(2)[7]),
        elsewhere.row(2, minutes="7", kind="?"),
        elsewhere.row(3),
    ]
    run = bring(house, elsewhere, rows)
    assert (run.added, run.failed, run.total) == (2, 11, 13)
    assert problems(run) == [
        (3, "ROW_PAST"),
        (4, "ROW_DAY"),
        (5, "ROW_MIDNIGHT"),
        (6, "ROW_NO_INMATE"),
        (7, "ROW_INMATE_NAME"),
        (8, "ROW_NO_VISITOR"),
        (9, "ROW_NO_TERMINAL"),
        (10, "CELL_FORMULA"),
        (11, "ROW_TERMINAL_TAKEN"),
        (12, "ROW_INMATE_BUSY"),
        (13, "ROW_KIND"),
        (13, "ROW_MINUTES"),
    ]
    assert count(house, Claim) == house.read(lambda s: s.scalar(select(func.count()).select_from(Claim).join(Booking).where(Booking.state == "confirmed")))


def test_closed_times_and_inmates_kept_apart_are_reported(house: House, elsewhere: Elsewhere) -> None:
    def hinder(session: Session) -> None:
        one, other = sorted([elsewhere.scenes[1].inmate.id, elsewhere.scenes[2].inmate.id])
        session.add(NonAssociation(inmate_id=one, other_id=other))
        shut = {"starts_at": at_local(MONDAY, time(14)), "ends_at": at_local(MONDAY, time(16)), "reason": "x", "created_by": elsewhere.account.id}
        session.add(Closure(prison_id=elsewhere.prison_id, created_at=house.now, **shut))

    house.write(hinder)
    run = bring(house, elsewhere, [elsewhere.row(0, start="14:00"), elsewhere.row(1), elsewhere.row(2, start="10:20")])
    assert problems(run) == [(2, "ROW_CLOSED"), (4, "ROW_DAY_NOT_POSSIBLE")]


def test_the_same_file_again_adds_nothing(house: House, elsewhere: Elsewhere) -> None:
    rows = [elsewhere.row(number) for number in range(8)] + [elsewhere.row(0, terminal="T?", day=MONDAY + timedelta(days=1))]
    bring(house, elsewhere, rows)
    again = bring(house, elsewhere, rows)
    assert (again.added, again.unchanged, again.failed) == (0, 8, 1)
    assert count(house, Booking) == 8
    assert count(house, QuotaEntry, QuotaEntry.kind == "used") == 8


def test_a_long_file_goes_on_where_it_was(house: House, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is killed leaves whole parts: the next one takes the rest, and no row is entered twice or left out."""
    monkeypatch.setattr(importing, "AT_ONCE", 10)
    rows = [elsewhere.row(number, MONDAY + timedelta(days=day)) for day in range(4) for number in range(8)]
    run_id = submit(house, elsewhere, rows)
    assert house.write(lambda s: service.import_rows(s, house.now)) == 10

    def killed(session: Session) -> None:
        service.import_rows(session, house.now)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        house.write(killed)
    half = house.read(lambda s: s.get_one(BookingImport, run_id))
    assert (half.state, half.done, half.added, count(house, Booking)) == ("running", 10, 10, 10)
    while house.write(lambda s: service.import_rows(s, house.now)):
        pass
    whole = house.read(lambda s: s.get_one(BookingImport, run_id))
    assert (whole.state, whole.done, whole.added, count(house, Booking)) == ("done", 32, 32, 32)


def test_a_file_without_its_columns_is_refused_at_once(house: House, elsewhere: Elsewhere) -> None:
    data = "日期,终端\n2026-11-30,T1\n".encode()
    with pytest.raises(Refused) as caught:
        house.write(lambda s: importing.submit(s, elsewhere.who, elsewhere.prison_id, read_table(data), "x.csv", data, house.now))
    assert caught.value.codes == ("IMPORT_COLUMNS",)


def test_the_pages_take_a_file_and_show_how_far_it_is(house: House, elsewhere: Elsewhere) -> None:
    pages = browser(house, "prison", elsewhere.account)
    pages.speak("en")
    assert "Nothing has been imported yet" in pages.get("/bookings/imports").text
    assert pages.submit(form="import").status_code == 422
    data = workbook([elsewhere.row(0), elsewhere.row(1, number="99999999")])
    pages.submit({"file": (io.BytesIO(data), "old.xlsx")}, form="import")
    assert "0 of 2 rows are read" in pages.page.text
    path = pages.page.request.path
    while house.write(lambda s: service.import_rows(s, house.now)):
        pass
    report = pages.get(path).text
    assert "rows are read" not in report
    assert "No inmate of this prison has this number" in report
    assert "99999999" in pages.get(f"{path}/report.csv").text
    assert pages.get("/bookings/imports/template.xlsx").data.startswith(b"PK")


def test_the_worker_reads_files(house: House) -> None:
    assert service.import_rows in [one.run for one in wsgi.build_worker(house.prison)._sweeps]

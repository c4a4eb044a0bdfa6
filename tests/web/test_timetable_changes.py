"""What changes of the timetable do to booked visits: places lost and given back, room dealt out anew, terminals that fall silent, years from files."""

from datetime import date, datetime, time, timedelta
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import make_staff, make_ward
from tests.scenes import MONDAY, NINE, Scene, book, make_scene, make_template, neighbour, officer_identity
from tests.web.browsing import Browser, browser
from visitation.accounts.models import Account
from visitation.audit.models import AuditEntry
from visitation.bookings import service as bookings
from visitation.bookings.models import Booking, BookingFlag, Claim
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role
from visitation.kernel.interval import Interval, at_local
from visitation.people.models import Inmate, Level, Prison
from visitation.policies.models import PolicyRow
from visitation.timetable import queries, service
from visitation.timetable.models import CalendarDay, Duty, Template, Terminal, Timetable, WardHours
from visitation.timetable.rules_calendar import days_of
from visitation.timetable.service import Shift
from visitation.timetable.sweeps import capacity_sweep, sweep

TEN = at_local(date(2026, 11, 24), time(10))
"""Two hours before the tests' noon."""


@pytest.fixture
def scene(house: House) -> Scene:
    return house.write(make_scene)


@pytest.fixture
def chief(house: House, scene: Scene) -> Browser:
    account = house.write(lambda s: make_staff(s, (Role.DUTY_CHIEF,), scene.prison, name="王警官"))
    found = browser(house, "prison", account)
    found.speak("en")
    return found


def twice(pages: Browser, path: str, values: dict[str, object], form: str) -> Browser:
    """Fill a form in, look at its plan, and save it."""
    pages.get(path)
    pages.submit(values, form=form)
    assert "What it does" in pages.page.text, pages.page.text
    pages.submit({}, form=form)
    return pages


def flags(house: House) -> list[tuple[int, str, str, bool]]:
    """Every flag: booking, code, source, whether it is open."""
    query = select(BookingFlag).order_by(BookingFlag.id)
    return house.read(lambda s: [(row.booking_id, row.code, row.source, row.cleared_at is None) for row in s.scalars(query)])


def several(house: House, scene: Scene, number: int, start: datetime = NINE) -> list[Booking]:
    """Visits of different families at one time, one after the other."""
    made = []
    for turn in range(number):
        other = house.write(lambda s: neighbour(s, scene))
        at = house.now + timedelta(seconds=turn)
        made.append(house.write(lambda s, other=other, at=at: book(s, other, at, start)))
    return made


def on_duty(house: House, scene: Scene, lanes: int, hours: tuple[int, int] = (8, 12)) -> Duty:
    def make(session: Session) -> Duty:
        officer = make_staff(session, (Role.OFFICER,), scene.prison)
        span = (at_local(MONDAY, time(hours[0])), at_local(MONDAY, time(hours[1])))
        row = Duty(prison_id=scene.prison.id, account_id=officer.id, starts_at=span[0], ends_at=span[1], lanes=lanes)
        session.add(row)
        session.flush()
        return row

    return house.write(make)


def lanes_of(house: House, kind: str = "watch") -> dict[int, set[int]]:
    """booking -> the lanes it has."""
    query = select(Claim.booking_id, Claim.resource).where(Claim.resource.like(f"{kind}:%"))
    found: dict[int, set[int]] = {}
    for booking_id, resource in house.read(lambda s: s.execute(query).all()):
        found.setdefault(booking_id, set()).add(int(resource.rpartition("#")[2]))
    return found


def claims(house: House) -> int:
    return house.read(lambda s: s.scalar(select(func.count()).select_from(Claim))) or 0


# weekly rows


def test_a_changed_row_flags_who_loses_a_place_and_keeps_who_does_not(house: House, chief: Browser, scene: Scene) -> None:
    early, late = house.write(lambda s: book(s, scene, house.now)), several(house, scene, 1, NINE + timedelta(minutes=120))[0]
    row = house.read(lambda s: s.scalars(select(Template).where(Template.weekday == 0)).one())
    chief.get(f"/timetable/{row.id}/change")
    page = chief.submit({"opens": "09:40", "valid_from": "2026-11-30"}, form="template")
    assert "09:00–11:30" in page.text
    assert "09:40–11:30" in page.text
    assert early.ref in page.text
    assert late.ref not in page.text
    page = chief.submit({}, form="template")
    assert "1 visit is flagged" in page.text
    assert flags(house) == [(early.id, "TIMETABLE", f"template:{row.id}", True)]
    rows = house.read(lambda s: s.scalars(select(Template).where(Template.weekday == 0).order_by(Template.id)).all())
    assert [(one.opens, one.valid_from, one.valid_to) for one in rows] == [
        (time(9), date(2026, 1, 1), date(2026, 11, 29)),
        (time(9, 40), date(2026, 11, 30), None),
    ]
    kept = house.read(lambda s: s.get(Booking, early.id))
    assert (kept.state, kept.starts_at) == ("confirmed", NINE)
    twice(chief, f"/timetable/{rows[1].id}/change", {"opens": "09:00", "valid_from": "2026-11-30"}, "template")
    assert [flag[3] for flag in flags(house)] == [False]


def test_a_row_for_one_ward_and_level_is_offered_to_them_only(house: House, scene: Scene) -> None:
    def narrow(session: Session) -> None:
        for row in session.scalars(select(Template)):
            row.wards, row.levels = [scene.inmate.ward_id], ["lenient"]

    house.write(narrow)
    other = house.write(lambda s: neighbour(s, scene))
    house.write(lambda s: book(s, scene, house.now))
    house.write(lambda s: setattr(s.get(Inmate, other.inmate.id), "level_code", "general"))
    with pytest.raises(Refused) as caught:
        house.write(lambda s: book(s, other, house.now))
    assert caught.value.codes == ("SLOT_TAKEN",)
    house.write(lambda s: setattr(s.get(Inmate, other.inmate.id), "level_code", "lenient"))
    house.write(lambda s: setattr(s.get(Inmate, other.inmate.id), "ward_id", make_ward(s, scene.prison).id))
    with pytest.raises(Refused):
        house.write(lambda s: book(s, other, house.now))


def test_every_other_week_on_the_page(house: House, chief: Browser, scene: Scene) -> None:
    place = str(scene.terminals[0].id)
    values = {"kind": "legal_consult", "weekdays": ["2"], "opens": "14:00", "closes": "15:00", "minutes": "20", "turnaround": "10", "stagger": "0"}
    values |= {"every_weeks": "2", "terminals": [place], "valid_from": "2026-12-02", "wards": [str(scene.inmate.ward_id)], "levels": ["lenient"]}
    twice(chief, "/timetable/new", values, "template")
    page = chief.get("/timetable/rows")
    assert "every 2 weeks" in page.text
    row = house.read(lambda s: s.scalars(select(Template).where(Template.kind == "legal_consult")).one())
    assert (row.every_weeks, row.wards, row.levels) == (2, [scene.inmate.ward_id], ["lenient"])
    table = house.read(lambda s: queries.grid(s, scene.prison.id, date(2026, 12, 2), date(2026, 12, 31), 8))
    assert [day for day in table.days() if table.slots(day, "legal_consult", None)] == [date(2026, 12, 2), date(2026, 12, 16), date(2026, 12, 30)]
    assert "14:00" in chief.get("/timetable/?week=2026-12-02").text
    assert "14:00" not in chief.get("/timetable/?week=2026-12-09").text


def test_wards_and_levels_of_nowhere_are_not_accepted(house: House, chief: Browser, scene: Scene) -> None:
    chief.get("/timetable/new")
    values = {"weekdays": ["5"], "opens": "09:00", "closes": "10:00", "terminals": [str(scene.terminals[0].id)]}
    assert chief.submit({**values, "wards": ["9999"]}, form="template").status_code == 422
    assert chief.submit({**values, "levels": ["nonsense"]}, form="template").status_code == 422


def test_too_many_starts_for_the_officers_are_told_with_a_way_out(house: House, chief: Browser, scene: Scene) -> None:
    chief.get("/timetable/new")
    values = {"weekdays": ["5"], "opens": "09:00", "closes": "11:30", "minutes": "30", "turnaround": "10", "stagger": "0"}
    values |= {"terminals": [str(row.id) for row in scene.terminals], "valid_from": "2026-11-25"}
    house.write(lambda s: s.add(CalendarDay(day=date(2026, 11, 28), prison_id=scene.prison.id, working=True)))
    house.write(lambda s: s.add(Duty(prison_id=scene.prison.id, account_id=make_staff(s, (Role.OFFICER,), scene.prison).id, **saturday(), lanes=4)))
    page = chief.submit(values, form="template")
    assert "2 begin, 1 on duty" in page.text
    assert "With 5 minutes between the terminals" in page.text
    assert "Too many visits" not in chief.submit({"stagger": "5"}, form="template").text


def saturday() -> dict[str, datetime]:
    return {"starts_at": at_local(date(2026, 11, 28), time(8)), "ends_at": at_local(date(2026, 11, 28), time(18))}


# wards


def test_a_ward_has_its_own_weekdays_and_who_booked_another_is_flagged(house: House, chief: Browser, scene: Scene) -> None:
    made = house.write(lambda s: book(s, scene, house.now))
    twice(chief, f"/timetable/wards/{scene.inmate.ward_id}", {"weekdays": ["1", "3"], "release_minutes": "10"}, "ward")
    assert "1 visit is flagged" in chief.page.text
    assert flags(house) == [(made.id, "TIMETABLE", f"ward:{scene.inmate.ward_id}", True)]
    other = house.write(lambda s: neighbour(s, scene))
    with pytest.raises(Refused):
        house.write(lambda s: book(s, other, house.now))
    assert house.write(lambda s: book(s, other, house.now, NINE + timedelta(days=1))).state == "confirmed"
    assert "Tuesday" in chief.get("/timetable/wards").text
    twice(chief, f"/timetable/wards/{scene.inmate.ward_id}", {"weekdays": []}, "ward")
    assert [flag[3] for flag in flags(house)] == [False]


def test_a_ward_is_released_after_its_prison(house: House, chief: Browser, scene: Scene) -> None:
    """On 20 November at 09:00 December opens; this ward's share ten minutes later."""
    december = at_local(date(2026, 12, 28), time(9))
    house.write(lambda s: s.add(WardHours(ward_id=scene.inmate.ward_id, prison_id=scene.prison.id, release_minutes=10)))
    before, after = (at_local(date(2026, 11, 20), time(9, minute)) for minute in (9, 10))
    with pytest.raises(Refused) as caught:
        house.write(lambda s: book(s, scene, before, december))
    (refusal,) = caught.value.refusals
    assert (refusal.code, refusal.facts["moment"]) == ("NOT_RELEASED", after)
    assert house.write(lambda s: book(s, scene, after, december)).state == "confirmed"
    chief.get(f"/timetable/wards/{scene.inmate.ward_id}")
    assert "multiple of five" in chief.submit({"release_minutes": "7"}, form="ward").text


# room for fewer


def test_a_shorter_duty_deals_out_lanes_anew_and_flags_the_last_booked(house: House, chief: Browser) -> None:
    scene = house.write(lambda s: make_scene(s, terminals=4))
    account = house.write(lambda s: make_staff(s, (Role.DUTY_CHIEF,), scene.prison))
    chief = browser(house, "prison", account)
    chief.speak("en")
    duty = on_duty(house, scene, 3)
    first, second, third = several(house, scene, 3)
    before = claims(house)
    chief.get(f"/timetable/roster/{duty.id}/change")
    page = chief.submit({"lanes": "2"}, form="duty")
    assert third.ref in page.text
    assert not any(one.ref in page.text for one in (first, second))
    assert "<td>3</td><td><strong>2</strong></td>" in page.text
    assert flags(house) == []
    chief.submit({}, form="duty")
    assert flags(house) == [(third.id, "CAPACITY", f"capacity:{scene.prison.id}", True)]
    found = lanes_of(house)
    assert found[first.id] | found[second.id] <= {0, 1}
    assert claims(house) == before
    assert house.read(lambda s: s.get(Booking, third.id).state) == "confirmed"
    house.write(lambda s: service.change_duty(s, keeper(account), duty.id, shift(duty, 3), seen(house, scene, duty, 3), house.now))
    assert [flag[3] for flag in flags(house)] == [False]


def keeper(account: Account) -> Identity:
    return officer_identity(account, Role.DUTY_CHIEF)


def shift(duty: Duty, lanes: int) -> Shift:
    return Shift(duty.account_id, Interval(duty.starts_at, duty.ends_at), lanes)


def seen(house: House, scene: Scene, duty: Duty, lanes: int) -> str:
    return house.read(lambda s: service.plan_duty(s, scene.prison.id, (shift(duty, lanes),), house.now, duty.id)).fingerprint


def test_a_narrower_line_deals_out_its_lanes_too_and_ends_holds_first(house: House, scene: Scene, chief: Browser) -> None:
    other = house.write(lambda s: neighbour(s, scene))
    held = house.write(lambda s: bookings.hold(s, other.who, other.wanted(), "k", house.now))
    made = house.write(lambda s: book(s, scene, house.now))
    twice(chief, "/timetable/line", {"sessions": "1"}, "line")
    assert "The line is saved." in chief.page.text
    assert house.read(lambda s: s.get(Booking, held.id).state) == "expired"
    assert flags(house) == []
    assert lanes_of(house, "uplink") == {made.id: {0}}
    assert lanes_of(house) == {made.id: {0}}
    assert house.read(lambda s: s.get(Prison, scene.prison.id).uplink_sessions) == 1


def test_a_rule_that_begins_to_hold_is_found_by_the_sweep(house: House, scene: Scene) -> None:
    """Nobody is on the roster: the planned lanes of the rules count, from the day they hold."""
    made = several(house, scene, 2)
    assert house.write(lambda s: capacity_sweep(s, house.now)) == 0
    row = {"key": "planned_lanes", "prison_id": scene.prison.id, "value": 1, "basis": "x", "created_at": house.now}
    house.write(lambda s: s.add(PolicyRow(effective_from=MONDAY + timedelta(days=1), **row)))
    assert house.write(lambda s: capacity_sweep(s, house.now)) == 0
    house.write(lambda s: s.add(PolicyRow(effective_from=MONDAY, **row)))
    assert house.write(lambda s: capacity_sweep(s, house.now)) == 1
    assert house.write(lambda s: capacity_sweep(s, house.now)) == 0
    assert flags(house) == [(made[1].id, "CAPACITY", f"capacity:{scene.prison.id}", True)]


def test_a_duty_is_repeated_on_working_days(house: House, scene: Scene, chief: Browser) -> None:
    officer = house.write(lambda s: make_staff(s, (Role.OFFICER,), scene.prison))
    house.write(lambda s: s.add(CalendarDay(day=date(2026, 12, 2), prison_id=scene.prison.id, working=False)))
    values = {"officer": str(officer.id), "starts": "2026-11-30T08:30", "ends": "2026-11-30T17:00", "lanes": "4", "until": "2026-12-07"}
    twice(chief, "/timetable/roster/new", values, "duty")
    assert "5 duties are on the roster." in chief.page.text
    rows = house.read(lambda s: s.scalars(select(Duty).order_by(Duty.starts_at)).all())
    assert [row.starts_at for row in rows] == [at_local(date(2026, *day), time(8, 30)) for day in ((11, 30), (12, 1), (12, 3), (12, 4), (12, 7))]
    chief.get("/timetable/roster/new")
    assert chief.submit({**values, "starts": "2026-12-04T09:00", "ends": "2026-12-04T10:00"}, form="duty").text.count("already on the roster") == 2
    assert "nor after" in chief.submit({"until": "2028-01-01"}, form="duty").text


def test_a_removed_duty_shows_what_then_has_no_lane(house: House, scene: Scene, chief: Browser) -> None:
    keep, duty = on_duty(house, scene, 1), on_duty(house, scene, 1)
    made = several(house, scene, 2)
    page = chief.get(f"/timetable/roster/{duty.id}/remove")
    assert made[1].ref in page.text
    chief.submit({}, form="remove")
    assert flags(house) == [(made[1].id, "CAPACITY", f"capacity:{scene.prison.id}", True)]
    assert house.read(lambda s: s.scalars(select(Duty.id)).all()) == [keep.id]


def test_a_plan_that_changed_leaves_the_roster(house: House, scene: Scene, chief: Browser) -> None:
    duty = on_duty(house, scene, 2)
    chief.get(f"/timetable/roster/{duty.id}/change")
    chief.submit({"lanes": "1"}, form="duty")
    several(house, scene, 2)
    page = chief.submit({}, form="duty")
    assert page.status_code == 422
    assert "Nothing was saved" in page.text
    assert house.read(lambda s: s.get(Duty, duty.id).lanes) == 2
    chief.submit({}, form="duty")
    assert house.read(lambda s: s.get(Duty, duty.id).lanes) == 1


def test_what_an_officer_left_as_it_is_stays_left(house: House, scene: Scene) -> None:
    duty = on_duty(house, scene, 2)
    made = several(house, scene, 2)
    house.write(lambda s: setattr(s.get(Duty, duty.id), "lanes", 1))
    assert house.write(lambda s: bookings.repack(s, scene.prison.id, house.now)).flagged == 1
    flag = house.read(lambda s: s.scalars(select(BookingFlag)).one())
    officer = house.write(lambda s: make_staff(s, (Role.OFFICER,), scene.prison))
    house.write(lambda s: bookings.dismiss(s, keeper(officer), flag.id, house.now))
    assert house.write(lambda s: bookings.repack(s, scene.prison.id, house.now)).flagged == 0
    assert flags(house) == [(made[1].id, "CAPACITY", f"capacity:{scene.prison.id}", False)]


def test_a_visit_under_way_is_never_touched(house: House, scene: Scene, chief: Browser) -> None:
    made = house.write(lambda s: book(s, scene, house.now))
    house.clock.set(NINE + timedelta(minutes=10))
    chief = browser(house, "prison", house.write(lambda s: make_staff(s, (Role.DUTY_CHIEF,), scene.prison)))
    chief.speak("en")
    chief.get("/timetable/closures/new")
    values = {"scope": "prison", "starts": "2026-11-30T00:00", "ends": "2026-12-01T00:00", "reason": "检修"}
    page = chief.submit(values, form="closure")
    assert "1 visit is under way in this time. It is left alone." in page.text
    chief.submit({}, form="closure")
    twice(chief, "/timetable/line", {"sessions": "1"}, "line")
    assert flags(house) == []
    assert house.read(lambda s: s.get(Booking, made.id).state) == "confirmed"


# terminals


def test_a_terminal_out_of_service_flags_its_visits_until_it_is_back(house: House, scene: Scene, chief: Browser) -> None:
    made = house.write(lambda s: book(s, scene, house.now))
    page = chief.get(f"/timetable/terminals/{made.terminal_id}/service")
    assert made.ref in page.text
    chief.submit({}, form="serve")
    source = f"terminal-out:{made.terminal_id}"
    assert flags(house) == [(made.id, "TERMINAL_OUT", source, True)]
    assert house.read(lambda s: s.get(Terminal, made.terminal_id).in_service) is False
    assert "out of service" in chief.get("/timetable/terminals").text
    chief.get(f"/timetable/terminals/{made.terminal_id}/service")
    chief.submit({}, form="serve")
    assert flags(house) == [(made.id, "TERMINAL_OUT", source, False)]


def test_the_form_of_a_terminal_flags_too(house: House, scene: Scene) -> None:
    made = house.write(lambda s: book(s, scene, house.now))
    pages = browser(house, "prison", house.write(lambda s: make_staff(s, (Role.ADMINISTRATOR,), scene.prison)))
    pages.get(f"/terminals/{made.terminal_id}")
    pages.submit({}, form="", leave_out=("in_service",))
    assert [(flag[1], flag[3]) for flag in flags(house)] == [("TERMINAL_OUT", True)]


def test_the_form_of_a_prison_deals_out_its_line_anew_too(house: House, scene: Scene) -> None:
    made = several(house, scene, 2)
    pages = browser(house, "prison", house.write(lambda s: make_staff(s, (Role.ADMINISTRATOR,), scene.prison)))
    pages.get(f"/prisons/{scene.prison.code}")
    pages.submit({"uplink_sessions": "1"}, form="prison /prisons")
    assert flags(house) == [(made[1].id, "CAPACITY", f"capacity:{scene.prison.id}", True)]
    assert lanes_of(house, "uplink")[made[0].id] == {0}


def today_visit(house: House, scene: Scene) -> Booking:
    """A visit this afternoon, as the prison might have moved it here."""
    return house.write(lambda s: book(s, scene, TEN - timedelta(days=6), at_local(date(2026, 11, 24), time(14))))


def test_a_terminal_that_goes_off_line_closes_its_places_and_is_forgiven_when_it_is_back(house: House, chief: Browser) -> None:
    scene = house.write(lambda s: make_scene(s, terminals=1, days=()))
    house.write(lambda s: make_template(s, scene.prison, scene.terminals, weekday=1, opens=time(14), closes=time(16)))
    made, place = today_visit(house, scene), scene.terminals[0].id
    house.write(lambda s: setattr(s.get(Terminal, place), "seen_at", house.now - timedelta(minutes=9)))
    assert house.write(lambda s: sweep(s, house.now)) == 0
    house.write(lambda s: setattr(s.get(Terminal, place), "seen_at", house.now - timedelta(minutes=11)))
    before = house.read(lambda s: s.get(Timetable, scene.prison.id).version)
    assert house.write(lambda s: sweep(s, house.now)) == 2
    assert house.read(lambda s: s.get(Timetable, scene.prison.id).version) == before + 1
    assert flags(house) == [(made.id, "TERMINAL_OFFLINE", f"terminal:{place}", True)]
    day = date(2026, 11, 24)

    def offered(on: date) -> int:
        table = house.read(lambda s: queries.grid(s, scene.prison.id, on, on, 8))
        return len(table.slots(on, "family_visit", scene.inmate.ward_id))

    assert (offered(day), offered(day + timedelta(days=7))) == (0, 3)
    assert house.write(lambda s: sweep(s, house.now + timedelta(minutes=1))) == 0
    account = house.write(lambda s: make_staff(s, (Role.DUTY_CHIEF,), scene.prison))
    pages = browser(house, "prison", account)
    pages.speak("en")
    assert "off line" in pages.get("/timetable/terminals").text
    house.write(lambda s: setattr(s.get(Terminal, place), "seen_at", house.now))
    assert house.write(lambda s: sweep(s, house.now)) == 1
    assert flags(house) == [(made.id, "TERMINAL_OFFLINE", f"terminal:{place}", False)]
    assert offered(day) == 3
    acts = house.read(lambda s: s.scalars(select(AuditEntry.act).where(AuditEntry.subject_type == "terminal").order_by(AuditEntry.id)).all())
    assert acts == ["terminal.offline", "terminal.online"]


# years


def workbook(*changes: tuple[str, str, str]) -> bytes:
    """2027 as a workbook, Monday to Friday, with some days otherwise (day, working, as weekday)."""
    said = {day: (working, weekday) for day, working, weekday in changes}
    book = Workbook()
    sheet = book.active
    sheet.append(["日期", "是否工作日", "按星期几", "备注"])
    for day in days_of(2027):
        working, weekday = said.get(day.isoformat(), ("是" if day.weekday() < 5 else "否", ""))
        sheet.append([day, working, weekday, ""])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def bring(pages: Browser, data: bytes, name: str = "2027.xlsx", year: str = "2027"):  # type: ignore[no-untyped-def]
    pages.get("/timetable/year")
    return pages.submit({"year": year, "file": (BytesIO(data), name)}, form="year-file")


def test_a_year_is_looked_at_and_saved(house: House, scene: Scene, chief: Browser) -> None:
    assert "not published" in chief.get("/timetable/days").text
    page = bring(chief, workbook(("2027-01-01", "否", ""), ("2027-02-20", "是", "星期五")))
    assert "365 days were read" in page.text
    assert house.read(lambda s: s.scalars(select(CalendarDay)).all()) == []
    page = chief.submit({}, form="year")
    assert "The calendar of the year 2027 is saved." in page.text
    assert "from a file" in page.text
    rows = {row.day: row for row in house.read(lambda s: s.scalars(select(CalendarDay)).all())}
    assert len(rows) == 365
    assert (rows[date(2027, 1, 1)].working, rows[date(2027, 2, 20)].as_weekday) == (False, 4)
    table = house.read(lambda s: queries.grid(s, scene.prison.id, date(2027, 2, 19), date(2027, 2, 20), 8))
    assert [slot.provisional for day in table.days() for slot in table.slots(day, "family_visit", None)] == [False] * 8
    again = bring(chief, workbook())
    assert "2 days to come change." in again.text
    chief.submit({}, form="year")
    assert len(house.read(lambda s: s.scalars(select(CalendarDay)).all())) == 365


def test_a_year_that_closes_booked_days_flags_them_and_one_that_opens_them_clears(house: House, scene: Scene, chief: Browser) -> None:
    now = at_local(date(2026, 12, 20), time(10))
    monday = at_local(date(2027, 1, 4), time(9))
    made = house.write(lambda s: book(s, scene, now, monday))
    page = bring(chief, workbook(("2027-01-04", "否", "")))
    assert made.ref in page.text
    chief.submit({}, form="year")
    source = f"day:{scene.prison.id}:2027-01-04"
    assert flags(house) == [(made.id, "DAY_OFF", source, True)]
    bring(chief, workbook())
    chief.submit({}, form="year")
    assert flags(house) == [(made.id, "DAY_OFF", source, False)]


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda lines: lines[:60] + lines[61:], "days are missing"),
        (lambda lines: [*lines, lines[10]], "stands in row 11 already"),
        (lambda lines: [*lines[:-1], "2026-12-31,1"], "is not in 2027"),
        (lambda lines: [lines[0], "32.1.2027,1", *lines[2:]], "is no day of the calendar"),
        (lambda _lines: ["x"], "The file is empty"),
        (lambda _lines: ["a,b", "c,d"], "must name the columns"),
    ],
)
def test_a_year_file_with_wrong_rows_saves_nothing(house: House, chief: Browser, spoil, sentence: str) -> None:  # type: ignore[no-untyped-def]
    lines = ["date,working", *(f"{day},{int(day.weekday() < 5)}" for day in days_of(2027))]
    page = bring(chief, "\n".join(spoil(lines)).encode(), "2027.csv")
    assert page.status_code == 422
    assert sentence in page.text
    assert house.read(lambda s: s.scalars(select(CalendarDay)).all()) == []


def test_no_calendar_at_all(house: House, chief: Browser) -> None:
    for data in (b"PK\x03\x04 nothing", b"\xff\xfe\x00\x00", b"x" * 3_000_000):
        assert bring(chief, data).status_code == 422
    chief.get("/timetable/year")
    assert bring(chief, workbook()).status_code == 200
    assert "was lost on the way" in chief.submit({"rows": "[[1]]"}, form="year").text


def test_the_table_that_is_taken_along_can_be_brought_back(house: House, chief: Browser, scene: Scene) -> None:
    house.write(lambda s: s.add(CalendarDay(day=date(2027, 5, 1), prison_id=scene.prison.id, working=True, as_weekday=0, note="=1+1")))
    for language in ("en", "zh_Hans_CN"):
        chief.speak(language)
        data = chief.get("/timetable/year/2027.xlsx").data
        sheet = load_workbook(BytesIO(data)).active
        assert sheet.max_row == 366
        assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
        page = bring(chief, data)
        assert page.status_code == 200
    assert chief.get("/timetable/year/1999.xlsx").status_code == 404


def test_a_year_for_all_prisons_leaves_a_prisons_own_word(house: House, scene: Scene) -> None:
    central = browser(house, "prison", house.write(lambda s: make_staff(s, (Role.ADMINISTRATOR,))))
    central.speak("en")
    house.write(lambda s: s.add(CalendarDay(day=date(2027, 1, 4), prison_id=scene.prison.id, working=True)))
    made = house.write(lambda s: book(s, scene, at_local(date(2026, 12, 20), time(10)), at_local(date(2027, 1, 4), time(9))))
    central.get("/timetable/year")
    page = central.submit({"year": "2027", "scope": "all", "file": (BytesIO(workbook(("2027-01-04", "否", ""))), "y.xlsx")}, form="year-file")
    assert made.ref not in page.text
    central.submit({}, form="year")
    assert flags(house) == []
    assert house.read(lambda s: queries.is_working_day(s, scene.prison.id, date(2027, 1, 4))) is True
    assert house.read(lambda s: queries.is_working_day(s, scene.prison.id + 99, date(2027, 1, 4))) is False


def test_one_prisons_administrator_writes_no_year_for_all(house: House, scene: Scene, chief: Browser) -> None:
    bring(chief, workbook())
    assert chief.submit({"scope": "all"}, form="year").status_code == 422
    assert house.read(lambda s: s.scalars(select(CalendarDay)).all()) == []


# the week


def test_the_week_shows_what_is_free_booked_closed_and_possible(house: House, scene: Scene, chief: Browser) -> None:
    several(house, scene, 2)
    on_duty(house, scene, 2)
    page = chief.get("/timetable/?week=2026-12-02")
    assert page.text.count("is-booked") == 2
    assert page.text.count("is-free") == 38
    assert 'run-full" title="09:00: 2 booked, 2 possible"' in page.text
    assert "2 booked" in page.text
    twice(chief, "/timetable/closures/new", {"scope": "prison", "starts": "2026-12-01T09:00", "ends": "2026-12-01T09:30", "reason": "x"}, "closure")
    page = chief.get("/timetable/?week=2026-12-02")
    assert page.text.count("place is-closed") == 2
    assert chief.get("/timetable/?week=nonsense").status_code == 200
    assert chief.get("/timetable/?week=9999-12-31").status_code == 200
    assert "provisional" in chief.get("/timetable/?week=2027-01-04").text


def test_levels_exist_for_the_form(house: House, scene: Scene, chief: Browser) -> None:
    levels = house.read(lambda s: s.scalars(select(Level.name_en)).all())
    page = chief.get("/timetable/new")
    assert all(name in page.text for name in levels)

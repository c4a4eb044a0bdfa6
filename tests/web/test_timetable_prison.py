"""The timetable's pages: weekly rows, closures with their plan, days, roster, and who may not."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.conftest import House
from tests.factories import make_staff
from tests.scenes import MONDAY, NINE, Scene, acceptance, book, make_scene, neighbour, officer_identity
from tests.web.browsing import Browser, browser
from visitation.bookings import service as bookings
from visitation.bookings.models import Booking, BookingFlag
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Role
from visitation.kernel.interval import Interval
from visitation.people.models import Prison
from visitation.timetable import queries, service
from visitation.timetable.models import CalendarDay, Closure, Duty, Template, Timetable
from visitation.timetable.rules import Shut


@pytest.fixture
def scene(house: House) -> Scene:
    return house.write(make_scene)


@pytest.fixture
def chief(house: House, scene: Scene) -> Browser:
    return staff(house, scene, Role.DUTY_CHIEF)


def staff(house: House, scene: Scene, *roles: Role) -> Browser:
    account = house.write(lambda s: make_staff(s, roles, scene.prison, name="王警官"))
    found = browser(house, "prison", account)
    found.speak("en")
    return found


ROW = {
    "kind": "family_visit",
    "weekdays": ["5"],
    "opens": "13:30",
    "closes": "16:30",
    "minutes": "30",
    "turnaround": "10",
    "stagger": "5",
    "valid_from": "2026-11-25",
}
WHOLE_DAY = {"scope": "prison", "starts": "2026-11-30T00:00", "ends": "2026-12-01T00:00", "reason": "线路检修"}


def twice(pages: Browser, path: str, values: dict[str, object], form: str) -> Browser:
    """Fill a form in, look at its plan, and save it."""
    pages.get(path)
    pages.submit(values, form=form)
    assert "What it does" in pages.page.text, pages.page.text
    pages.submit({}, form=form)
    return pages


def test_a_weekly_row_is_added_and_makes_slots(house: House, chief: Browser, scene: Scene) -> None:
    twice(chief, "/timetable/new", {**ROW, "weekdays": ["2", "3"], "terminals": [str(row.id) for row in scene.terminals]}, "template")
    assert "2 weekly rows were added." in chief.page.text
    rows = house.read(lambda s: s.scalars(select(Template).where(Template.stagger == 5)).all())
    assert sorted(row.weekday for row in rows) == [2, 3]
    assert house.read(lambda s: s.get(Timetable, scene.prison.id).version) == 2


def test_a_wrong_row_keeps_what_was_typed(house: House, chief: Browser, scene: Scene) -> None:
    chief.get("/timetable/new")
    page = chief.submit({**ROW, "weekdays": ["0"], "opens": "09:00", "minutes": "32", "terminals": [str(scene.terminals[0].id)]}, form="template")
    assert page.status_code == 422
    assert "multiples of five minutes" in page.text
    assert "already has visits from 09:00 to 11:30" in page.text
    assert 'value="32"' in page.text
    chief.get("/timetable/new")
    assert "at least one weekday" in chief.submit({**ROW, "weekdays": [], "terminals": [str(scene.terminals[0].id)]}, form="template").text


def test_a_terminal_of_another_prison_is_not_accepted(house: House, chief: Browser) -> None:
    other = house.write(make_scene)
    chief.get("/timetable/new")
    assert chief.submit({**ROW, "terminals": [str(other.terminals[0].id)]}, form="template").status_code == 422


def test_ending_a_row_leaves_booked_visits(house: House, chief: Browser, scene: Scene) -> None:
    made = house.write(lambda s: book(s, scene, house.now))
    row = house.read(lambda s: s.scalars(select(Template).where(Template.weekday == 0)).one())
    chief.get(f"/timetable/{row.id}/end")
    assert made.ref in chief.submit({"last_day": "2026-11-24"}, form="end").text
    chief.submit({}, form="end")
    assert flags(house) == [("TIMETABLE", f"template:{row.id}", True)]
    assert house.read(lambda s: s.get(Booking, made.id).state) == "confirmed"
    with pytest.raises(Refused) as caught:
        house.write(lambda s: book(s, neighbour(s, scene), house.now))
    assert caught.value.codes == ("SLOT_TAKEN",)
    twice(chief, f"/timetable/{row.id}/end", {"last_day": "2027-11-24"}, "end")
    assert flags(house) == [("TIMETABLE", f"template:{row.id}", False)]


def flags(house: House) -> list[tuple[str, str, bool]]:
    """Every flag: code, source, whether it is open."""
    return house.read(lambda s: [(row.code, row.source, row.cleared_at is None) for row in s.scalars(select(BookingFlag).order_by(BookingFlag.id))])


def test_a_closure_shows_what_it_hits_and_flags_it(house: House, chief: Browser, scene: Scene) -> None:
    hit = house.write(lambda s: book(s, scene, house.now))
    chief.get("/timetable/closures/new")
    page = chief.submit(WHOLE_DAY, form="closure")
    assert "1 visit is hit" in page.text
    assert hit.ref in page.text
    assert house.read(lambda s: s.scalars(select(Closure)).all()) == []
    page = chief.submit({}, form="closure")
    assert "The closure is saved." in page.text
    assert "1 visit is flagged" in page.text
    assert hit.ref in page.text
    flag = house.read(lambda s: s.scalars(select(BookingFlag)).one())
    assert (flag.booking_id, flag.code, flag.cleared_at) == (hit.id, "CLOSURE", None)
    assert house.read(lambda s: s.get(Booking, hit.id).state) == "confirmed"
    assert "A closure hits this visit" in chief.get(f"/bookings/{hit.ref}").text


def test_a_plan_that_changed_is_not_saved(house: House, chief: Browser, scene: Scene) -> None:
    chief.get("/timetable/closures/new")
    assert "No booked visit is hit." in chief.submit(WHOLE_DAY, form="closure").text
    hit = house.write(lambda s: book(s, scene, house.now))
    page = chief.submit({}, form="closure")
    assert page.status_code == 422
    assert "have changed. Nothing was saved" in page.text
    assert hit.ref in page.text
    assert house.read(lambda s: s.scalars(select(Closure)).all()) == []
    chief.submit({}, form="closure")
    assert len(house.read(lambda s: s.scalars(select(Closure)).all())) == 1


def test_the_same_closure_is_saved_once(house: House, scene: Scene) -> None:
    """A button pressed twice, and a second person with the same notice; another hour, or the same one after it was lifted, is another closure."""
    chief = officer_identity(house.write(lambda s: make_staff(s, (Role.DUTY_CHIEF,), s.get_one(Prison, scene.prison.id))), Role.DUTY_CHIEF)

    def close(minutes: int) -> int:
        draft = service.Draft(Shut(Interval(NINE, NINE + timedelta(minutes=minutes))), "t")
        plan = house.read(lambda s: service.plan_closure(s, scene.prison.id, draft, house.now))
        return house.write(lambda s: service.add_closure(s, chief, scene.prison.id, draft, plan.fingerprint, house.now).id)

    first = close(60)
    with pytest.raises(Refused, match="CLOSURE_EXISTS"):
        close(60)
    close(30)
    house.write(lambda s: service.lift_closure(s, chief, first, house.now) and None)
    close(60)
    assert house.read(lambda s: s.scalar(select(func.count()).select_from(Closure))) == 3


def test_a_closure_closes_times_and_stops_a_hold_at_confirm(house: House, chief: Browser, scene: Scene) -> None:
    held = house.write(lambda s: bookings.hold(s, scene.who, scene.wanted(), "k", house.now))
    chief.get("/timetable/closures/new")
    chief.submit(WHOLE_DAY, form="closure")
    chief.submit({}, form="closure")
    with pytest.raises(Refused) as caught:
        house.write(lambda s: bookings.confirm(s, scene.who, held.id, acceptance(s, held), "k", house.now))
    assert caught.value.codes == ("SLOT_CLOSED",)


def test_lifting_clears_its_own_flags_only(house: House, chief: Browser, scene: Scene) -> None:
    hit = house.write(lambda s: book(s, scene, house.now))
    for scope in ("prison", f"ward:{scene.inmate.ward_id}"):
        chief.get("/timetable/closures/new")
        chief.submit({**WHOLE_DAY, "scope": scope}, form="closure")
        chief.submit({}, form="closure")
    chief.get("/timetable/closures")
    chief.submit({}, form="lift-1")
    open_flags = house.read(lambda s: [row.source for row in s.scalars(select(BookingFlag).where(BookingFlag.cleared_at.is_(None)))])
    assert open_flags == ["closure:2"]
    assert house.read(lambda s: s.get(Booking, hit.id).state) == "confirmed"


@pytest.mark.parametrize(
    ("scope", "hits"), [("prison", 1), ("ward:{ward}", 1), ("terminal:{terminal}", 1), ("terminal:{other}", 0)], ids=["prison", "ward", "terminal", "other"]
)
def test_a_closure_of_a_part_hits_that_part(house: House, chief: Browser, scene: Scene, scope: str, hits: int) -> None:
    made = house.write(lambda s: book(s, scene, house.now))
    other = next(row.id for row in scene.terminals if row.id != made.terminal_id)
    chief.get("/timetable/closures/new")
    wanted = scope.format(ward=scene.inmate.ward_id, terminal=made.terminal_id, other=other)
    page = chief.submit({**WHOLE_DAY, "scope": wanted}, form="closure")
    assert (made.ref in page.text) is bool(hits)


@pytest.mark.parametrize(
    ("changes", "status"), [({"ends": "2026-11-29T00:00"}, 422), ({"ends": "nonsense"}, 422), ({"reason": ""}, 422), ({"scope": "ward:9999"}, 422)]
)
def test_a_strange_closure_is_refused(house: House, chief: Browser, changes: dict[str, str], status: int) -> None:
    chief.get("/timetable/closures/new")
    assert chief.submit({**WHOLE_DAY, **changes}, form="closure").status_code == status
    assert house.read(lambda s: s.scalars(select(Closure)).all()) == []


def test_a_day_off_flags_and_taking_it_back_clears(house: House, chief: Browser, scene: Scene) -> None:
    made = house.write(lambda s: book(s, scene, house.now))
    twice(chief, "/timetable/days/new", {"day": MONDAY.isoformat(), "working": "no", "note": "教育日"}, "day-form")
    assert "1 visit is flagged" in chief.page.text
    assert house.read(lambda s: queries.is_working_day(s, scene.prison.id, MONDAY)) is False
    row = house.read(lambda s: s.scalars(select(CalendarDay)).one())
    chief.get(f"/timetable/days/{row.id}/remove")
    chief.submit({}, form="remove")
    assert house.read(lambda s: queries.is_working_day(s, scene.prison.id, MONDAY)) is True
    assert house.read(lambda s: s.scalars(select(BookingFlag.cleared_at)).one()) is not None
    assert house.read(lambda s: s.get(Booking, made.id).state) == "confirmed"


def test_a_make_up_day_opens_slots(house: House, chief: Browser, scene: Scene) -> None:
    saturday = NINE + timedelta(days=5)
    with pytest.raises(Refused):
        house.write(lambda s: book(s, scene, house.now, saturday))
    twice(chief, "/timetable/days/new", {"day": "2026-12-05", "working": "yes", "as_weekday": "0"}, "day-form")
    made = house.write(lambda s: book(s, scene, house.now, saturday))
    assert made.state == "confirmed"
    row = house.read(lambda s: s.scalars(select(CalendarDay)).one())
    assert made.ref in chief.get(f"/timetable/days/{row.id}/remove").text
    chief.submit({}, form="remove")
    assert flags(house) == [("DAY_OFF", f"day:{scene.prison.id}:2026-12-05", True)]


def test_a_prisons_word_wins_over_the_one_for_all(house: House, scene: Scene) -> None:
    def both(session) -> None:  # type: ignore[no-untyped-def]
        session.add_all([CalendarDay(day=MONDAY, prison_id=scene.prison.id, working=True), CalendarDay(day=MONDAY, prison_id=None, working=False)])

    house.write(both)
    assert house.read(lambda s: queries.is_working_day(s, scene.prison.id, MONDAY)) is True
    assert house.read(lambda s: queries.is_working_day(s, scene.prison.id + 99, MONDAY)) is False


def test_the_roster_limits_visits_and_refuses_two_duties_at_once(house: House, chief: Browser, scene: Scene) -> None:
    officer = house.write(lambda s: make_staff(s, (Role.OFFICER,), scene.prison))
    duty = {"officer": str(officer.id), "starts": "2026-11-30T08:00", "ends": "2026-11-30T12:00", "lanes": "1"}
    twice(chief, "/timetable/roster/new", duty, "duty")
    assert "1 duty is on the roster." in chief.page.text
    chief.get("/timetable/roster/new")
    page = chief.submit({**duty, "starts": "2026-11-30T11:00"}, form="duty")
    assert page.status_code == 422
    assert "already on the roster" in page.text
    house.write(lambda s: book(s, scene, house.now))
    other = house.write(lambda s: neighbour(s, scene))
    with pytest.raises(Refused):
        house.write(lambda s: book(s, other, house.now))
    row = house.read(lambda s: s.scalars(select(Duty)).one())
    chief.get(f"/timetable/roster/{row.id}/remove")
    chief.submit({}, form="remove")
    assert house.write(lambda s: book(s, other, house.now, key="again")).state == "confirmed"


PATHS = ["", "rows", "new", "closures", "closures/new", "days", "days/new", "wards", "roster", "roster/new", "line", "terminals", "year", "year/2027.xlsx"]


@pytest.mark.parametrize("path", PATHS)
def test_who_may_change_the_timetable(house: House, scene: Scene, path: str) -> None:
    for role in (Role.ADMINISTRATOR, Role.DUTY_CHIEF):
        assert staff(house, scene, role).get(f"/timetable/{path}").status_code == 200
    for role in (Role.OFFICER, Role.AUDITOR):
        assert staff(house, scene, role).get(f"/timetable/{path}").status_code == 403


def test_another_prisons_rows_are_not_there(house: House, scene: Scene) -> None:
    other = house.write(make_scene)
    pages = staff(house, other, Role.DUTY_CHIEF)
    row = house.read(lambda s: s.scalars(select(Template).where(Template.prison_id == scene.prison.id)).first())
    assert pages.get(f"/timetable/{row.id}/end").status_code == 404

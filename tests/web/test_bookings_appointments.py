"""Legal appointments come first, and the language of a visit finds an officer (rules.md §1, §5.14)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import make_inmate, make_staff, make_ward
from tests.scenes import NINE, Scene, book, make_scene
from tests.web.browsing import Browser, browser
from visitation.accounts.models import Account
from visitation.bookings import appointments, service
from visitation.bookings.models import Appointment, Booking, BookingFlag
from visitation.bookings.service import Party
from visitation.bookings.terms import fingerprint
from visitation.kernel.errors import Refused, StateChanged
from visitation.kernel.identity import Identity, Role, Zone
from visitation.timetable.models import Duty

LATER = NINE + timedelta(minutes=40)


class Ward:
    def __init__(self, session: Session, house: House) -> None:
        self.scene = make_scene(session)
        self.booking = book(session, self.scene, house.now)
        self.account = make_staff(session, (Role.WARD_OFFICER,), self.scene.prison, wards=[self.scene.inmate.ward])
        wards = frozenset({self.scene.inmate.ward_id})
        self.who = Identity(self.account.id, frozenset({Role.WARD_OFFICER}), "w", Zone.PRISON, self.scene.prison.id, wards)


@pytest.fixture
def ward(house: House) -> Ward:
    return house.write(lambda session: Ward(session, house))


def enter(house: House, ward: Ward, start: datetime, minutes: int = 60, number: str = "", key: str = "k") -> list[Booking]:
    wanted = appointments.Wanted(number or ward.scene.inmate.number, "court", start, start + timedelta(minutes=minutes), "")
    return house.write(lambda s: appointments.enter(s, ward.who, ward.scene.prison.id, wanted, key, house.now))


def open_flags(house: House) -> list[tuple[int, str]]:
    rows = select(BookingFlag.booking_id, BookingFlag.code).where(BookingFlag.cleared_at.is_(None)).order_by(BookingFlag.id)
    return house.read(lambda s: [tuple(row) for row in s.execute(rows)])


@pytest.mark.parametrize(("minutes", "hit"), [(-91, False), (-89, True), (0, True), (59, True), (60, False)])
def test_visits_within_thirty_minutes_are_flagged(house: House, ward: Ward, minutes: int, hit: bool) -> None:
    """An hour's appointment that begins `minutes` after the visit of 09:00 to 09:30."""
    hits = enter(house, ward, NINE + timedelta(minutes=minutes))
    assert [row.id for row in hits] == ([ward.booking.id] if hit else [])
    assert open_flags(house) == ([(ward.booking.id, "APPOINTMENT")] if hit else [])
    assert house.write(lambda s: service.review(s, house.now)) == 0, "the look at all visits finds the same"


def test_taking_it_off_clears_its_own_flags_and_no_others(house: House, ward: Ward) -> None:
    enter(house, ward, NINE)
    enter(house, ward, NINE + timedelta(minutes=10), key="second")
    first = house.read(lambda s: s.scalars(select(Appointment.id).order_by(Appointment.id)).first())
    house.write(lambda s: appointments.cancel(s, ward.who, first, house.now))
    assert open_flags(house) == [(ward.booking.id, "APPOINTMENT")]
    assert house.write(lambda s: service.review(s, house.now)) == 0
    with pytest.raises(StateChanged):
        house.write(lambda s: appointments.cancel(s, ward.who, first, house.now))


def test_no_new_visit_is_booked_there_and_nobody_reads_why(house: House, ward: Ward) -> None:
    enter(house, ward, LATER + timedelta(minutes=30))
    with pytest.raises(Refused) as caught:
        house.write(lambda s: service.hold(s, ward.scene.who, ward.scene.wanted(LATER), "h", house.now))
    assert caught.value.codes == ("INMATE_BUSY",)
    family = browser(house, "family", ward.scene.family.account)
    family.speak("en")
    page = family.get(f"/visits/new?with={ward.scene.kinship.ref}&day=2026-11-30").text
    assert "court" not in page.lower()


def test_a_change_does_not_go_there_either(house: House, ward: Ward) -> None:
    enter(house, ward, LATER)
    with pytest.raises(Refused) as caught:
        house.write(lambda s: service.change_time(s, ward.scene.who, ward.booking.id, LATER, "", "c", house.now))
    assert "INMATE_BUSY" in caught.value.codes


def test_one_that_has_started_is_never_flagged(house: House, ward: Ward) -> None:
    house.clock.set(NINE)
    assert enter(house, ward, NINE) == []


def test_bad_appointments_are_refused_with_every_reason(house: House, ward: Ward) -> None:
    with pytest.raises(Refused) as caught:
        enter(house, ward, house.now - timedelta(days=3), minutes=0, number="nobody")
    assert set(caught.value.codes) == {"APPOINTMENT_NO_INMATE", "APPOINTMENT_ORDER", "APPOINTMENT_PAST"}
    with pytest.raises(Refused):
        enter(house, ward, NINE, minutes=24 * 60 + 1)


def test_another_wards_inmate_is_nobodys(house: House, ward: Ward) -> None:
    def other(session: Session) -> str:
        return make_inmate(session, make_ward(session, session.merge(ward.scene.prison))).number

    with pytest.raises(Refused) as caught:
        enter(house, ward, NINE, number=house.write(other))
    assert caught.value.codes == ("APPOINTMENT_NO_INMATE",)


def page(house: House, ward: Ward) -> Browser:
    found = browser(house, "prison", house.read(lambda s: s.get_one(Account, ward.account.id)))
    found.speak("en")
    return found


def test_the_ward_enters_and_takes_off(house: House, ward: Ward) -> None:
    officer = page(house, ward)
    officer.get("/appointments")
    values = {"number": ward.scene.inmate.number, "kind": "lawyer", "starts_at": "2026-11-30T09:10", "ends_at": "2026-11-30T10:00"}
    bad = officer.submit(values | {"ends_at": "2026-11-30T08:00"}, form="appointment")
    assert bad.status_code == 422
    assert ward.scene.inmate.number in bad.text
    officer.submit(values, form="appointment")
    assert "1 visit is too near" in officer.page.text
    assert ward.scene.inmate.name in officer.page.text
    row = house.read(lambda s: s.scalars(select(Appointment)).one())
    assert row.starts_at == NINE + timedelta(minutes=10), "wall-clock times of Shanghai"
    officer.submit(form=f"/appointments/{row.id}/cancel")
    assert "No appointment is entered" in officer.page.text
    assert open_flags(house) == []


def speak(house: House, scene: Scene, language: str, start: datetime) -> Booking:
    def work(session: Session) -> Booking:
        held = service.hold(session, scene.who, scene.wanted(start), f"{start}", house.now)
        party = Party((), language, True, fingerprint(service.terms_shown(session, held)))
        return service.confirm(session, scene.who, held.id, party, f"{start}", house.now)

    return house.write(work)


def test_a_language_that_nobody_follows_goes_to_an_officer(house: House) -> None:
    scene = house.write(make_scene)
    far = NINE + timedelta(days=14)
    assert speak(house, scene, "zh", far).state == "confirmed"
    assert speak(house, scene, "ug", far + timedelta(days=1)).state == "requested"


def test_a_language_that_an_officer_on_duty_follows_is_confirmed_at_once(house: House) -> None:
    far = NINE + timedelta(days=14)

    def with_speaker(session: Session) -> tuple[Scene, int]:
        scene = make_scene(session)
        make_staff(session, (Role.OFFICER,), scene.prison)
        return scene, make_staff(session, (Role.OFFICER,), scene.prison, spoken=["zh", "ug"]).id

    scene, speaker = house.write(with_speaker)
    assert speak(house, scene, "ug", far).state == "confirmed"

    def others_on_duty(session: Session) -> None:
        other = session.scalars(select(Account.id).where(Account.prison_id == scene.prison.id, Account.id != speaker)).first()
        start = far + timedelta(days=1, hours=-1)
        session.add(Duty(prison_id=scene.prison.id, account_id=other, starts_at=start, ends_at=start + timedelta(hours=8), lanes=4))

    house.write(others_on_duty)
    assert speak(house, scene, "ug", far + timedelta(days=1)).state == "requested", "whoever is on the roster that day does not follow it"

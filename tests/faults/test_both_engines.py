"""The life of bookings on both engines: the same story, the same rows, the same refusals."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.conftest import House
from tests.factories import make_companion, make_kinship, make_staff
from tests.scenes import MONDAY, NINE, acceptance, book, make_scene, neighbour, officer_identity
from tests.web.browsing import browser
from visitation.bookings import service
from visitation.bookings.models import Booking, BookingFlag, Claim, QuotaEntry
from visitation.bookings.queries import hard_end, of_day
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Role
from visitation.kernel.interval import Interval
from visitation.timetable import service as timetable
from visitation.timetable.rules import Shut


def claims(house: House) -> int:
    return int(house.read(lambda s: s.scalar(select(func.count()).select_from(Claim))))


def test_from_hold_to_outcome(either: House) -> None:
    scene = either.write(make_scene)
    child = either.write(lambda s: make_kinship(s, make_companion(s, scene.family), scene.inmate).visitor.ref)
    held = either.write(lambda s: service.hold(s, scene.who, scene.wanted(), "k", either.now))
    again = either.write(lambda s: service.hold(s, scene.who, scene.wanted(), "k", either.now))
    assert again.id == held.id
    made = either.write(lambda s: service.confirm(s, scene.who, held.id, acceptance(s, held, (child,)), "k", either.now))
    assert (made.state, len(made.party), claims(either)) == ("confirmed", 2, 6 * 5 + 8)
    assert [row.ref for row in either.read(lambda s: of_day(s, scene.prison.id, MONDAY))] == [made.ref]
    end = either.write(lambda s: service.extend(s, scene.who, made.id, 5, either.now))
    assert end == either.read(lambda s: hard_end(s, s.get(Booking, made.id)))
    either.clock.advance(NINE + timedelta(minutes=10) - either.now)
    either.write(lambda s: service.record_outcome(s, made.id, "technical", 300, "OUTSIDE_LOST", either.now))
    lines = either.read(lambda s: [(row.kind, row.units) for row in s.scalars(select(QuotaEntry).order_by(QuotaEntry.id))])
    assert lines == [("granted", 2), ("used", 1), ("returned", 1)]
    assert claims(either) == 2  # the terminal's turnaround from now on


def test_a_request_is_decided_once_and_lapses_once(either: House) -> None:
    scene = either.write(lambda s: make_scene(s, document_kind="passport", document_number="X7654321"))
    officer = officer_identity(either.write(lambda s: make_staff(s, prison=scene.prison)))
    first = either.write(lambda s: book(s, scene, either.now, NINE + timedelta(days=14), key="a"))
    second = either.write(lambda s: book(s, scene, either.now, NINE + timedelta(days=15), key="b"))
    assert either.write(lambda s: service.approve(s, officer, first.id, "", either.now)).state == "confirmed"
    with pytest.raises(Refused) as caught:
        either.write(lambda s: service.refuse(s, officer, first.id, "REASON_OTHER", "", "", either.now))
    assert caught.value.codes == ("STATE_CHANGED",)
    either.clock.advance(timedelta(days=8))
    assert [either.write(lambda s: service.sweep(s, either.now)) for _ in range(2)] == [1, 0]
    assert either.read(lambda s: s.get(Booking, second.id).reason_code) == "NOT_ANSWERED_IN_TIME"


def test_a_closure_flags_and_refuses_a_changed_plan(either: House) -> None:
    scene = either.write(make_scene)
    chief = officer_identity(either.write(lambda s: make_staff(s, (Role.DUTY_CHIEF,), scene.prison)), Role.DUTY_CHIEF)
    draft = timetable.Draft(Shut(Interval(NINE, NINE + timedelta(hours=1))), "test")
    before = either.read(lambda s: timetable.plan_closure(s, scene.prison.id, draft, either.now).fingerprint)
    hit = either.write(lambda s: book(s, scene, either.now))
    with pytest.raises(Refused) as caught:
        either.write(lambda s: timetable.add_closure(s, chief, scene.prison.id, draft, before, either.now))
    assert caught.value.codes == ("PLAN_CHANGED",)
    after = either.read(lambda s: timetable.plan_closure(s, scene.prison.id, draft, either.now).fingerprint)
    closure = either.write(lambda s: timetable.add_closure(s, chief, scene.prison.id, draft, after, either.now))
    assert either.read(lambda s: [(row.booking_id, row.source) for row in s.scalars(select(BookingFlag))]) == [(hit.id, f"closure:{closure.id}")]
    other = either.write(lambda s: neighbour(s, scene))
    with pytest.raises(Refused):
        either.write(lambda s: book(s, other, either.now))


def test_the_pages_of_a_family(either: House) -> None:
    scene = either.write(make_scene)
    pages = browser(either, "family", scene.family.account)
    pages.speak("en")
    pages.get("/visits/new?day=2026-11-30")
    pages.submit({"start": NINE.isoformat()}, form="hold")
    pages.submit({"accept": "y"}, form="confirm")
    assert "Your visit is booked." in pages.page.text
    ref = either.read(lambda s: s.scalars(select(Booking.ref)).one())
    pages.get(f"/visits/{ref}/cancel")
    pages.submit({}, form="cancel")
    assert "The visit is cancelled." in pages.page.text
    assert claims(either) == 0

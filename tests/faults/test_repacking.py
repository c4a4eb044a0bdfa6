"""Room for fewer visits at once, on both engines, while others book and cancel.

Every claim belongs to a living booking, and whoever fits has a lane below the limit.
"""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import time, timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import make_staff
from tests.scenes import MONDAY, NINE, Scene, book, make_scene, neighbour, officer_identity
from visitation.bookings import service as bookings
from visitation.bookings.models import Booking, BookingFlag
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Role
from visitation.kernel.interval import Interval, at_local
from visitation.timetable import service as timetable
from visitation.timetable.models import Duty

FAMILIES, ROUNDS = 8, 3

GHOSTS = "SELECT count(*) FROM claim c JOIN booking b ON b.id = c.booking_id WHERE b.state NOT IN ('held', 'requested', 'confirmed')"
WATCHES = "SELECT c.booking_id, c.tick, c.resource FROM claim c WHERE c.resource LIKE 'watch:%'"


def opened(house: House) -> tuple[Scene, Duty, list[Scene]]:
    """Four terminals, three lanes, and as many families as want to come."""

    def make(session: Session) -> tuple[Scene, Duty, list[Scene]]:
        scene = make_scene(session, terminals=4)
        officer = make_staff(session, (Role.OFFICER,), scene.prison)
        span = {"starts_at": at_local(MONDAY, time(8)), "ends_at": at_local(MONDAY, time(12))}
        duty = Duty(prison_id=scene.prison.id, account_id=officer.id, lanes=3, **span)
        session.add(duty)
        session.flush()
        return scene, duty, [neighbour(session, scene) for _ in range(FAMILIES)]

    return house.write(make)


def set_lanes(house: House, scene: Scene, duty: Duty, lanes: int) -> None:
    """As the page does it; a plan that changed in between is made anew."""
    shift = timetable.Shift(duty.account_id, Interval(duty.starts_at, duty.ends_at), lanes)
    chief = officer_identity(house.write(lambda s: make_staff(s, (Role.DUTY_CHIEF,), scene.prison)), Role.DUTY_CHIEF)
    for _ in range(20):
        seen = house.read(lambda s: timetable.plan_duty(s, scene.prison.id, (shift,), house.now, duty.id).fingerprint)
        try:
            house.write(lambda s, seen=seen: timetable.change_duty(s, chief, duty.id, shift, seen, house.now))
            return
        except Refused as refused:
            expected(refused, "PLAN_CHANGED")


def expected(refused: Refused, *codes: str) -> None:
    """Anything else than these is a mistake of the service."""
    if not set(refused.codes) <= set(codes):
        raise refused


def come_and_go(house: House, mine: list[Scene]) -> None:
    """Book at changing times, and cancel every other one."""
    for turn in range(ROUNDS):
        for number, family in enumerate(mine):
            start = NINE + timedelta(minutes=40 * ((number + turn) % 4))
            try:
                made = house.write(lambda s, f=family, at=start, t=turn: book(s, f, house.now, at, key=f"k{t}"))
            except Refused as refused:
                expected(refused, "SLOT_TAKEN", "HOLD_EXPIRED", "QUOTA_USED", "STATE_CHANGED", "INMATE_BUSY", "VISITOR_BUSY")
                continue
            if (number + turn) % 2:
                house.write(lambda s, f=family, m=made: bookings.cancel(s, f.who, m.id, house.now))


def at_once(*works: Callable[[], None]) -> list[BaseException]:
    """Run them in threads of their own; what went wrong in any of them."""
    problems: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return problems


def test_lanes_are_dealt_out_anew_while_others_book_and_cancel(either: House) -> None:
    scene, duty, families = opened(either)

    def squeeze() -> None:
        for lanes in (1, 3, 2):
            set_lanes(either, scene, duty, lanes)

    assert at_once(lambda: come_and_go(either, families[::2]), lambda: come_and_go(either, families[1::2]), squeeze) == []
    for lanes in (1, 3):
        set_lanes(either, scene, duty, lanes)
        check(either, lanes)
    assert either.read(lambda s: s.scalars(select(BookingFlag).where(BookingFlag.code == "CAPACITY", BookingFlag.cleared_at.is_(None))).all()) == []


def check(house: House, lanes: int) -> None:
    """Counted by the tables themselves, not by the service."""
    assert house.read(lambda s: s.scalar(text(GHOSTS))) == 0
    living = house.read(lambda s: s.scalars(select(Booking).where(Booking.state.in_(("held", "requested", "confirmed")))).all())
    assert len(living) >= 4, "nothing was tried"
    flagged = set(house.read(lambda s: s.scalars(select(BookingFlag.booking_id).where(BookingFlag.code == "CAPACITY", BookingFlag.cleared_at.is_(None))).all()))
    rows = house.read(lambda s: s.execute(text(WATCHES)).all())
    assert Counter(row[0] for row in rows) == {booking.id: 6 for booking in living}
    inside = [(tick, int(resource.rpartition("#")[2])) for booking, tick, resource in rows if booking not in flagged]
    assert all(lane < lanes for _tick, lane in inside)
    assert len(inside) == len(set(inside))
    most = Counter(tick for tick, _lane in inside)
    assert all(number <= lanes for number in most.values())

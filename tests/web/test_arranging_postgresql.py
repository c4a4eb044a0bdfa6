"""Arranged sessions on PostgreSQL, each application under its own role: a day at once, a race for one terminal, and the lawyer's way in."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from consult.lawyers.models import Firm
from tests.conftest import House
from tests.factories import make_broker, make_inmate, make_lawyer, make_staff
from tests.scenes import NINE, make_scene, officer_identity
from tests.web.browsing import browser
from visitation.accounts.models import Account
from visitation.bookings import service
from visitation.bookings.models import Booking, Claim
from visitation.bookings.service import Arrangement, NewPlace
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity, Role, Zone
from visitation.people.models import Ward
from visitation.store.transaction import perform
from visitation.supervision.service import participant_token

pytestmark = [pytest.mark.postgresql, pytest.mark.xdist_group("postgresql")]
TWENTY = timedelta(minutes=20)


def test_a_day_is_arranged_raced_for_and_joined(zones: House) -> None:
    house, now = zones, zones.now
    made = house.write(furnish)
    scene, people, lawyers, accounts, who = made
    given = {"kind": "legal_consult", "prison_id": scene.prison.id}

    def wish(n: int, inmate: int, lawyer: int, start: Any = NINE) -> Arrangement:
        begins = start + (n // 2) * TWENTY
        place = scene.terminals[n % 2].id
        span = {"starts_at": begins, "ends_at": begins + TWENTY, "turnaround": 0}
        return Arrangement(**given, inmate_id=people[inmate].id, terminal_id=place, account_id=accounts[lawyer].id, lawyer=lawyers[lawyer].id, **span)

    rows = house.write(lambda s: service.arrange_all(s, who, [wish(n, n, n % 2) for n in range(8)], now))
    assert len({row.ref for row in rows}) == 8
    one, two = rows[0], rows[1]
    places = [NewPlace(one.id, two.terminal_id, one.starts_at, one.ends_at), NewPlace(two.id, one.terminal_id, two.starts_at, two.ends_at)]
    house.write(lambda s: service.rearrange_all(s, who, places, now))
    house.write(lambda s: service.call_off_arranged(s, who, rows[7].id, "x", "cancelled_by_prison", now))
    race(house, who, [wish(0, n, n % 2, NINE + timedelta(days=1)) for n in range(8)])
    house.write(lambda s: service.review(s, now))
    house.clock.set(one.starts_at - timedelta(minutes=5))
    house.write(lambda s: make_broker(s, house.now))
    lawyer = Identity(accounts[0].id, frozenset({Role.LAWYER}), "x", Zone.FAMILY)
    with house.family.app_context():
        grant = perform(lambda s: participant_token(s, lawyer, s.get(Booking, one.id), house.now))
    assert grant["pid"] == f"lawyer:{accounts[0].id}"
    inside = browser(house, "family", accounts[0])
    assert one.ref in inside.get("/sessions").text
    assert inside.get(f"/visits/{one.ref}/room").status_code == 200


def furnish(session: Any) -> tuple[Any, ...]:
    scene = make_scene(session)
    firm = Firm(name="明德所", created_at=NINE)
    session.add(firm)
    session.flush()
    lawyers = [make_lawyer(session, firm) for _ in range(2)]
    accounts = [session.get(Account, one.account_id) for one in lawyers]
    people = [make_inmate(session, session.get(Ward, scene.inmate.ward_id)) for _ in range(8)]
    staff = make_staff(session, [Role.LEGAL_OFFICE], scene.prison)
    return scene, people, lawyers, accounts, officer_identity(staff, Role.LEGAL_OFFICE)


def race(house: House, who: Identity, wanted: list[Arrangement]) -> None:
    """Eight offices want one terminal at one time: one gets it, the others read what has it, and nothing of theirs stays."""

    def try_one(wish: Arrangement) -> tuple[str, ...]:
        try:
            return (house.write(lambda s: service.arrange(s, who, wish, house.now)).ref,)
        except Refused as refused:
            return refused.codes

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(try_one, wanted))
    assert sum(1 for codes in found if not codes[0].startswith("ARRANGE_")) == 1
    assert all("ARRANGE_TERMINAL_BUSY" in codes for codes in found if codes[0].startswith("ARRANGE_"))
    there = (Booking.starts_at == wanted[0].starts_at,)
    assert house.read(lambda s: s.scalar(select(func.count(Booking.id)).where(*there))) == 1
    assert house.read(lambda s: s.scalar(select(func.count(func.distinct(Claim.booking_id))).join(Booking, Booking.id == Claim.booking_id).where(*there))) == 1

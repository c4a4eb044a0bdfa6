"""Changes, offers, moves, the waiting list, appointments and an import on PostgreSQL, each application under its own role."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import House
from tests.factories import make_companion, make_kinship, make_staff
from tests.scenes import MONDAY, NINE, Scene, book, make_scene, neighbour, officer_identity
from tests.web.browsing import browser
from tests.web.test_bookings_importing import workbook
from visitation.accounts import service_account
from visitation.bookings import allowances, appointments, importing, moving, offering, reaching, rebooking, service, waiting, worklist
from visitation.bookings.changing import NewParty
from visitation.bookings.models import Booking, BookingImport, Wish
from visitation.bookings.rules_waiting import Days
from visitation.bookings.terms import fingerprint
from visitation.kernel.identity import Role
from visitation.people import queries_merging, service_merging
from visitation.people.models import Inmate, Prison
from visitation.store.transaction import perform
from visitation.web.table_file import read_table

pytestmark = [pytest.mark.postgresql, pytest.mark.xdist_group("postgresql")]
REASON = ("REASON_CLOSED", "")


def at_home(house: House, work: Any) -> Any:
    """One transaction of the family's application."""
    with house.family.app_context():
        return perform(work)


def test_what_families_and_staff_do_under_both_roles(zones: House) -> None:
    house, now = zones, zones.now
    scene: Scene = house.write(make_scene)
    others = [house.write(lambda s: neighbour(s, scene)) for _ in range(3)]
    account = house.write(lambda s: make_staff(s, (Role.DUTY_CHIEF, Role.OFFICER, Role.ADMINISTRATOR), s.merge(scene.prison)))
    chief = officer_identity(account, Role.DUTY_CHIEF, Role.OFFICER)
    booking = at_home(house, lambda s: book(s, scene, now))
    moved = at_home(house, lambda s: book(s, others[0], now, key="m"))
    changes(house, scene, booking)
    offers(house, scene, booking, chief)
    moves(house, chief, moved, others[0])
    queue(house, scene, others)
    house.write(lambda s: allowances.enter_external(s, chief, scene.inmate.id, allowances.External("visit", MONDAY - timedelta(days=9), "window"), "e", now))
    wanted = appointments.Wanted(scene.inmate.number, "court", NINE + timedelta(days=3), NINE + timedelta(days=3, hours=1), "")
    house.write(lambda s: appointments.enter(s, chief, scene.prison.id, wanted, "a", now))
    house.write(lambda s: service.review(s, now))
    bring(house, scene, others[2], chief)
    becomes_one(house, neighbour, scene)
    staff, kin = browser(house, "prison", account), browser(house, "family", scene.family.account)
    for path in ("/worklist", f"/inmates/{scene.inmate.id}/allowance", "/appointments", "/bookings/imports", "/duplicates"):
        assert staff.get(path).status_code == 200, path
    for path in ("/", "/waiting", "/waiting/new", f"/visits/{booking.ref}", f"/visits/{booking.ref}/change", f"/visits/{booking.ref}/visitors"):
        assert kin.get(path).status_code == 200, path


def becomes_one(house: House, entered: Any, scene: Scene) -> None:
    """Two records of an inmate, then two of the relative: merged by the prison's role; an account is closed by the family's."""
    one, other = (house.write(lambda s: entered(s, scene)) for _ in range(2))
    who = officer_identity(house.write(lambda s: make_staff(s, (Role.ADMINISTRATOR,), s.get_one(Prison, scene.prison.id))), Role.ADMINISTRATOR)
    for each, minutes in ((one, 40), (other, 80)):
        start = NINE + timedelta(days=8, minutes=minutes)
        at_home(house, partial(book, scene=each, now=house.now, start=start, key=f"z{minutes}"))
    house.write(lambda s: setattr(s.get_one(Inmate, other.inmate.id), "name", one.inmate.name))
    parts = house.prison.extensions["merge_parts"]
    for kind, keep, gone in (("inmate", one.inmate.id, other.inmate.id), ("visitor", one.family.visitor.id, other.family.visitor.id)):
        names = (kind, keep, gone)

        def plan(session: Any, names: tuple[str, int, int] = names) -> service_merging.Plan:
            pair = queries_merging.pair(session, *names)
            assert pair is not None
            return service_merging.plan(session, who, parts, pair, house.now)

        found = house.read(plan)
        assert found.refusals == ()
        act = service_merging.ask if found.differences else service_merging.merge
        note = ("seen",) if found.differences else ()
        row = house.write(lambda s, act=act, names=names, seen=found.fingerprint, note=note: act(s, who, parts, names, seen, *note, house.now).id)
        if found.differences:
            second = replace(who, account_id=scene.family.account.id)
            house.write(lambda s, row=row, seen=found.fingerprint, second=second: service_merging.approve(s, second, parts, row, seen, house.now).id)
    assert house.read(lambda s: {row.inmate_id for row in s.scalars(select(Booking).where(Booking.account_id == one.family.account.id))}) == {one.inmate.id}
    third = house.write(lambda s: entered(s, scene))
    at_home(house, lambda s: service.hold(s, third.who, third.wanted(NINE + timedelta(days=8)), "h", house.now).id)
    at_home(house, lambda s: service_account.close(s, third.who, house.now))


def changes(house: House, scene: Scene, booking: Booking) -> None:
    def child(session: Any) -> str:
        made = make_companion(session, scene.family)
        make_kinship(session, made, scene.inmate)
        return str(made.ref)

    code = house.write(child)
    at_home(house, lambda s: service.change_party(s, scene.who, booking.id, NewParty((code,), "zh"), "p", house.now))
    changed = at_home(house, lambda s: service.change_time(s, scene.who, booking.id, NINE + timedelta(days=2), "", "t", house.now))
    assert (changed.ref, changed.starts_at) == (booking.ref, NINE + timedelta(days=2))


def offers(house: House, scene: Scene, booking: Booking, chief: Any) -> None:
    done = house.write(lambda s: worklist.offer_each(s, chief, scene.prison.id, [booking.ref], REASON, house.now))
    assert done.done == (booking.ref,)
    offer = house.read(lambda s: offering.offer_by_ref(s, reaching.open_offer_of(s, booking.id).ref))
    place = offer.places[0].booking
    chosen = at_home(house, lambda s: offering.choose(s, scene.who, offer.id, place.ref, house.now))
    assert chosen.starts_at == place.starts_at


def moves(house: House, chief: Any, booking: Booking, other: Scene) -> None:
    wanted = moving.Wanted((booking.ref,), MONDAY + timedelta(days=7), MONDAY + timedelta(days=9), *REASON)
    seen = house.read(lambda s: moving.plan(s, booking.prison_id, wanted, house.now)).fingerprint
    assert len(house.write(lambda s: moving.move(s, chief, booking.prison_id, wanted, seen, house.now))) == 1
    assert at_home(house, lambda s: reaching.reached(s, other.who, booking.id, "confirmed", "", house.now)) == 1


def queue(house: House, scene: Scene, others: list[Scene]) -> None:
    """A freed place is offered in the family's own transaction, accepted there, booked, and the line's failure booked again."""
    start = NINE + timedelta(days=1)
    for number in (0, 2):
        at_home(house, lambda s, n=number: book(s, others[n], house.now, start, key=f"q{n}"))
    days = Days(MONDAY + timedelta(days=1), MONDAY + timedelta(days=1), frozenset({1}), frozenset({"morning"}))
    wish = at_home(house, lambda s: waiting.join(s, others[1].who, waiting.Wanted(others[1].kinship.ref, "family_visit", days), "w", house.now))
    house.write(lambda s: service.serve_waiting(s, house.now))
    assert house.read(lambda s: s.get_one(Wish, wish.id).state) == "offered"
    offer = house.read(lambda s: waiting.open_offers(s, others[1].who, house.now))[0]
    held = at_home(house, lambda s: waiting.accept(s, others[1].who, offer.id, house.now))
    party = service.Party((), "zh", True, house.read(lambda s: fingerprint(service.terms_shown(s, s.get_one(Booking, held.id)))))
    booked = at_home(house, lambda s: service.confirm(s, others[1].who, held.id, party, "c", house.now))
    house.write(lambda s: service.serve_waiting(s, house.now))
    house.write(lambda s: service.record_outcome(s, booked.id, "technical", 60, "BROKER_LOST", house.now))
    again = at_home(house, lambda s: rebooking.start(s, others[1].who, booked.id, house.now))
    shown = house.read(lambda s: offering.offer_by_ref(s, again.ref))
    place = shown.places[0].booking
    seen = house.read(lambda s: fingerprint(service.terms_shown(s, s.get_one(Booking, place.id))))
    assert at_home(house, lambda s: rebooking.take(s, others[1].who, again.id, place.ref, True, seen, house.now)).state == "confirmed"
    assert house.write(lambda s: service.end_offers(s, house.now)) == 0


def bring(house: House, scene: Scene, other: Scene, chief: Any) -> None:
    row = (other.inmate.number, "", other.family.visitor.ref, "", MONDAY + timedelta(days=4), "15:00", "", scene.terminals[0].name, "", "")
    data = workbook([row, (other.inmate.number, "", "nobody", "", MONDAY, "15:00", "", scene.terminals[0].name, "", "")])
    run = house.write(lambda s: importing.submit(s, chief, scene.prison.id, read_table(data), "x.xlsx", data, house.now))
    while house.write(lambda s: service.import_rows(s, house.now)):
        pass
    done = house.read(lambda s: s.get_one(BookingImport, run.id))
    assert (done.added, done.failed) == (1, 1)

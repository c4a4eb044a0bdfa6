"""Visits that the prison must move: the plan, the move, three places to choose among, and who was reached (rules.md §4, §5.10)."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import make_booking, make_inmate, make_prison, make_staff
from tests.scenes import MONDAY, NINE, Scene, book, make_scene, make_template, neighbour, officer_identity
from tests.web.browsing import Browser, browser
from visitation.accounts.models import Account
from visitation.audit.models import AuditEntry
from visitation.bookings import moving, offering, reaching, service, worklist
from visitation.bookings.ledger import totals
from visitation.bookings.models import Booking, BookingFlag, Claim, Move, Offer
from visitation.kernel.errors import Refused, StateChanged
from visitation.kernel.identity import Role
from visitation.kernel.interval import Interval, at_local, local_day
from visitation.notices.models import Notice
from visitation.people.models import NonAssociation, Suspension, Ward
from visitation.store.db import db
from visitation.timetable import service as timetable
from visitation.timetable.models import Closure
from visitation.timetable.rules import Shut

TUESDAY = MONDAY + timedelta(days=1)
REASON = ("REASON_CLOSED", "")


class Day:
    """Three families on Monday, which is then closed; a duty chief."""

    def __init__(self, session: Session, house: House) -> None:
        self.house = house
        self.scene = make_scene(session)
        self.others = [neighbour(session, self.scene) for _ in range(2)]
        self.bookings = [book(session, one, house.now, NINE + timedelta(minutes=40 * n), key=str(n)) for n, one in enumerate([self.scene, *self.others])]
        self.account = make_staff(session, (Role.DUTY_CHIEF, Role.OFFICER), self.scene.prison)
        self.chief = officer_identity(self.account, Role.DUTY_CHIEF, Role.OFFICER)
        self.refs = tuple(row.ref for row in self.bookings)
        self.prison_id = self.scene.prison.id

    def wanted(self, first: date = TUESDAY, last: date = TUESDAY + timedelta(days=7)) -> moving.Wanted:
        return moving.Wanted(self.refs, first, last, *REASON)

    def close(self, session: Session) -> int:
        whole = Interval(at_local(MONDAY, time()), at_local(TUESDAY, time()))
        draft = timetable.Draft(Shut(whole), "maintenance")
        plan = timetable.plan_closure(session, self.prison_id, draft, self.house.now)
        timetable.add_closure(session, self.chief, self.prison_id, draft, plan.fingerprint, self.house.now)
        return session.scalars(select(Closure.id)).one()


@pytest.fixture
def day(house: House) -> Day:
    return house.write(lambda session: Day(session, house))


def plan(house: House, day: Day, **values: Any) -> moving.Plan:
    return house.read(lambda s: moving.plan(s, day.prison_id, day.wanted(**values), house.now))


def move(house: House, day: Day, **values: Any) -> list[Booking]:
    seen = plan(house, day, **values).fingerprint
    return house.write(lambda s: moving.move(s, day.chief, day.prison_id, day.wanted(**values), seen, house.now))


def fresh(house: House, booking: Booking) -> Booking:
    return house.read(lambda s: s.get_one(Booking, booking.id))


def told(house: House, kind: str) -> int:
    return house.read(lambda s: s.scalar(select(func.count()).select_from(Notice).where(Notice.kind == kind)))


def open_flags(house: House) -> list[str]:
    return house.read(lambda s: list(s.scalars(select(BookingFlag.code).where(BookingFlag.cleared_at.is_(None)))))


def stray_claims(house: House) -> int:
    """Claims whose booking no longer lives."""
    dead = select(Booking.id).where(Booking.state.not_in(("held", "offered", "requested", "confirmed")))
    return house.read(lambda s: s.scalar(select(func.count()).select_from(Claim).where(Claim.booking_id.in_(dead))))


def test_a_closed_day_is_moved_in_one_go_as_it_was_shown(house: House, day: Day) -> None:
    house.write(day.close)
    assert open_flags(house) == ["CLOSURE"] * 3
    shown = plan(house, day)
    assert shown.placed == 3
    moved = move(house, day)
    starts = [row.starts_at for row in moved]
    assert starts == [step.slot.start for step in shown.steps if step.slot]
    assert all(local_day(start) >= TUESDAY for start in starts)
    assert open_flags(house) == [], "the closure is not in the way of the new time"
    assert told(house, "booking_moved") == 3
    assert [fresh(house, row).ref for row in day.bookings] == list(day.refs)
    assert stray_claims(house) == 0


def test_a_move_keeps_the_month_and_needs_no_notice(house: House) -> None:
    day = house.write(lambda s: Day(s, house))
    december = MONDAY + timedelta(days=2)
    moved = move(house, day, first=december, last=december + timedelta(days=3))
    assert all(local_day(row.starts_at).month == 12 for row in moved)
    lines = house.read(lambda s: totals(s, day.scene.inmate.id, "visit", [date(2026, 11, 1), date(2026, 12, 1)]))
    assert lines[date(2026, 11, 1)]["used"] == 1
    assert date(2026, 12, 1) not in lines
    assert house.write(lambda s: service.return_quota(s, day.chief, day.bookings[0].id, "x", house.now))
    lines = house.read(lambda s: totals(s, day.scene.inmate.id, "visit", [date(2026, 11, 1)]))
    assert lines[date(2026, 11, 1)]["returned"] == 1, "and it is given back there"
    tomorrow = local_day(house.now) + timedelta(days=1)
    again = plan(house, day, first=tomorrow, last=tomorrow + timedelta(days=1))
    assert again.placed == 3, "three days' notice hold for a booking, not for a move"


def test_a_move_goes_to_another_wards_weekday_and_not_to_a_day_off(house: House) -> None:
    def other_ward(session: Session) -> tuple[Scene, Booking]:
        scene = make_scene(session, days=(0,))
        stranger = make_inmate(session, session.get_one(Ward, scene.inmate.ward_id))
        ward = Ward(prison_id=scene.prison.id, name="别的监区", name_en="Other ward")
        session.add(ward)
        session.flush()
        make_template(session, scene.prison, scene.terminals, weekday=3, wards=[ward.id])
        assert stranger.ward_id != ward.id
        return scene, book(session, scene, house.now)

    scene, booking = house.write(other_ward)
    chief = house.write(lambda s: officer_identity(make_staff(s, (Role.DUTY_CHIEF,), scene.prison), Role.DUTY_CHIEF))
    wanted = moving.Wanted((booking.ref,), TUESDAY, TUESDAY + timedelta(days=4), *REASON)
    shown = house.read(lambda s: moving.plan(s, scene.prison.id, wanted, house.now))
    moved = house.write(lambda s: moving.move(s, chief, scene.prison.id, wanted, shown.fingerprint, house.now))
    assert local_day(moved[0].starts_at).weekday() == 3
    weekend = moving.Wanted((booking.ref,), MONDAY + timedelta(days=5), MONDAY + timedelta(days=6))
    assert house.read(lambda s: moving.plan(s, scene.prison.id, weekend, house.now)).placed == 0


def test_a_plan_that_has_changed_is_not_done(house: House, day: Day) -> None:
    seen = plan(house, day).fingerprint
    slot = plan(house, day).steps[0].slot
    assert slot is not None
    for key in ("a", "b"):
        stranger = house.write(lambda s: neighbour(s, day.scene))
        house.write(lambda s, stranger=stranger, key=key: book(s, stranger, house.now, slot.start, key=key))
    with pytest.raises(Refused) as caught:
        house.write(lambda s: moving.move(s, day.chief, day.prison_id, day.wanted(), seen, house.now))
    assert caught.value.codes == ("PLAN_CHANGED",)
    assert [fresh(house, row).starts_at for row in day.bookings] == [row.starts_at for row in day.bookings]


def test_a_plan_goes_around_suspensions_and_inmates_kept_apart(house: House, day: Day) -> None:
    def hinder(session: Session) -> None:
        values = {"prison_id": day.prison_id, "code": "other", "decided_by": day.account.id, "decided_at": house.now}
        session.add(Suspension(inmate_id=day.scene.inmate.id, starts_on=TUESDAY, ends_on=TUESDAY, **values))
        first, second = sorted([day.others[0].inmate.id, day.others[1].inmate.id])
        session.add(NonAssociation(inmate_id=first, other_id=second))

    house.write(hinder)
    days = {step.booking.inmate_id: local_day(step.slot.start) for step in plan(house, day).steps if step.slot}
    assert days[day.scene.inmate.id] > TUESDAY
    assert days[day.others[0].inmate.id] != days[day.others[1].inmate.id], "they share the waiting space all day"


def test_one_that_has_started_or_ended_is_never_moved(house: House, day: Day) -> None:
    house.write(lambda s: service.cancel(s, day.scene.who, day.bookings[0].id, house.now))
    house.clock.set(NINE + timedelta(minutes=40))
    assert [step.booking.ref for step in plan(house, day).steps] == [day.refs[2]]


def test_visits_of_another_prison_are_no_part_of_a_plan(house: House, day: Day) -> None:
    other = house.write(make_prison)
    assert house.read(lambda s: moving.plan(s, other.id, day.wanted(), house.now)).steps == ()


def test_a_moved_visit_stays_on_the_list_until_its_family_is_reached(house: House, day: Day) -> None:
    move(house, day)

    def waiting(session: Session) -> list[str]:
        return [row.booking.ref for row in worklist.rows(session, day.prison_id, worklist.Chosen(unreached=True), house.now)]

    assert sorted(house.read(waiting)) == sorted(day.refs)
    page = browser(house, "family", day.scene.family.account)
    page.speak("en")
    assert "Please confirm that you know" in page.get("/").text
    with pytest.raises(Refused) as caught:
        house.write(lambda s: reaching.telephoned(s, day.chief, day.bookings[0].id, " ", house.now))
    assert caught.value.codes == ("CALL_NOTE_MISSING",)
    house.write(lambda s: reaching.telephoned(s, day.chief, day.bookings[0].id, "spoke to the wife", house.now))
    house.write(lambda s: reaching.reached(s, day.others[0].who, day.bookings[1].id, "confirmed", "", house.now))
    assert house.read(waiting) == [day.refs[2]]
    assert "Please confirm that you know" not in page.get("/").text
    first = house.read(lambda s: s.scalars(select(Move).where(Move.booking_id == day.bookings[0].id)).one())
    assert (first.reached_how, first.reached_by, first.reached_at) == ("telephoned", day.account.id, house.now)
    with pytest.raises(StateChanged):
        house.write(lambda s: reaching.telephoned(s, day.chief, day.bookings[0].id, "again", house.now))


def offer(house: House, day: Day, number: int = 0) -> Offer:
    made = house.write(lambda s: offering.offer_alternatives(s, day.chief, day.bookings[number].id, *REASON, house.now))
    return house.read(lambda s: offering.offer_by_ref(s, made.ref))


def test_three_places_are_kept_until_the_family_has_chosen(house: House, day: Day) -> None:
    made = offer(house, day)
    starts = [one.booking.starts_at for one in made.places]
    assert len(set(starts)) == 3
    assert fresh(house, day.bookings[0]).starts_at == NINE, "it keeps its own place until then"
    assert made.expires_at > house.now
    stranger = house.write(lambda s: neighbour(s, day.scene))
    kept = {(one.booking.terminal_id, one.booking.starts_at) for one in made.places}
    taken = house.write(lambda s: book(s, stranger, house.now, starts[2], key="s"))
    assert (taken.terminal_id, taken.starts_at) not in kept
    chosen = made.places[1].booking
    after = house.write(lambda s: offering.choose(s, day.scene.who, made.id, chosen.ref, house.now))
    assert (after.ref, after.starts_at) == (day.refs[0], chosen.starts_at)
    resources = house.read(lambda s: {name.split(":")[0] for name in s.scalars(select(Claim.resource).where(Claim.booking_id == after.id))})
    assert resources == {"inmate", "terminal", "uplink", "visitor", "watch"}
    assert stray_claims(house) == 0
    row = house.read(lambda s: s.scalars(select(Move).where(Move.booking_id == after.id)).one())
    assert row.reached_how == "chosen"
    again = house.write(lambda s: offering.choose(s, day.scene.who, made.id, chosen.ref, house.now))
    assert again.sequence == after.sequence, "a repeat changes nothing"


def test_a_second_choice_after_the_first_is_refused(house: House, day: Day) -> None:
    made = offer(house, day)
    house.write(lambda s: offering.choose(s, day.scene.who, made.id, made.places[0].booking.ref, house.now))
    with pytest.raises(StateChanged):
        house.write(lambda s: offering.choose(s, day.scene.who, made.id, made.places[1].booking.ref, house.now))


def test_unanswered_places_are_free_again_and_the_visit_stays_on_the_list(house: House, day: Day) -> None:
    house.write(day.close)
    made = offer(house, day)
    house.clock.set(made.expires_at - timedelta(seconds=1))
    assert house.write(lambda s: offering.sweep(s, house.now)) == 0
    house.clock.set(made.expires_at)
    assert house.write(lambda s: offering.sweep(s, house.now)) == 1
    assert house.write(lambda s: offering.sweep(s, house.now)) == 0
    assert stray_claims(house) == 0
    rows = house.read(lambda s: worklist.rows(s, day.prison_id, worklist.Chosen(), house.now))
    assert {row.booking.ref: row.offer.state for row in rows if row.offer} == {day.refs[0]: "expired"}


def test_a_hold_of_the_same_account_does_not_end_an_offer(house: House, day: Day) -> None:
    made = offer(house, day)
    house.write(lambda s: service.hold(s, day.scene.who, day.scene.wanted(NINE + timedelta(days=9)), "h", house.now))
    states = house.read(lambda s: [s.get_one(Booking, one.booking_id).state for one in made.places])
    assert states == ["offered"] * 3


def test_the_family_changing_the_visit_itself_settles_the_offer(house: House, day: Day) -> None:
    made = offer(house, day)
    house.write(lambda s: service.change_time(s, day.scene.who, day.bookings[0].id, NINE + timedelta(days=7), "", "c", house.now))
    assert house.read(lambda s: s.get_one(Offer, made.id).state) == "withdrawn"
    assert stray_claims(house) == 0


def test_one_refusal_in_bulk_leaves_the_others_done(house: House, day: Day) -> None:
    offer(house, day, 1)
    done = house.write(lambda s: worklist.offer_each(s, day.chief, day.prison_id, day.refs, REASON, house.now))
    assert (done.done, [ref for ref, _why in done.refused]) == ((day.refs[0], day.refs[2]), [day.refs[1]])
    assert house.read(lambda s: s.scalar(select(func.count()).select_from(Offer))) == 3


def test_left_as_it_is_stays_closed_while_the_reason_goes_on(house: House, day: Day) -> None:
    house.write(day.close)
    done = house.write(lambda s: worklist.keep_each(s, day.chief, day.prison_id, day.refs[:1], house.now))
    assert done.done == day.refs[:1]
    assert len(open_flags(house)) == 2


def test_a_lifted_closure_clears_only_its_own_flags(house: House, day: Day) -> None:
    closure_id = house.write(day.close)
    house.write(lambda s: service.raise_flags(s, [s.get_one(Booking, day.bookings[0].id)], "CAPACITY", "duty:1", house.now))
    house.write(lambda s: timetable.lift_closure(s, day.chief, closure_id, house.now))
    assert open_flags(house) == ["CAPACITY"]


def pages(house: House, day: Day) -> Browser:
    found = browser(house, "prison", house.read(lambda s: s.get_one(Account, day.account.id)))
    found.speak("en")
    return found


def test_the_page_moves_a_closed_day_with_a_preview(house: House, day: Day) -> None:
    house.write(day.close)
    chief = pages(house, day)
    listed = chief.get("/worklist").text
    assert all(ref in listed for ref in day.refs)
    assert "A closure hits this visit" in listed
    answer = chief.submit({"act": "move"}, form="work")
    assert answer.status_code == 422
    assert "choose at least one visit" in answer.text
    shown = chief.submit({"act": "move", "ref": list(day.refs), "reason": "REASON_CLOSED"}, form="work")
    assert "3 of 3 have a place" in shown.text
    done = chief.submit({"do": "move"}, form="plan")
    assert "3 visits are moved" in done.text
    assert "not reached" in done.text
    chief.submit({"note": "spoke to the father"}, form=f"{day.refs[0]}/telephoned")
    assert "was reached by telephone" in chief.page.text
    entries = house.read(lambda s: list(s.scalars(select(AuditEntry.act).where(AuditEntry.subject_id == day.refs[0]).order_by(AuditEntry.id))))
    assert entries[-2:] == ["booking.move", "booking.reached"] or {"booking.move", "booking.reached"} <= set(entries)


def test_the_page_offers_and_cancels(house: House, day: Day) -> None:
    house.write(day.close)
    chief = pages(house, day)
    chief.get("/worklist")
    chief.submit({"act": "offer", "ref": [day.refs[0]], "reason": "REASON_CLOSED"}, form="work")
    assert "Done for 1 visit" in chief.page.text
    assert "Places offered, no answer yet" in chief.page.text
    answer = chief.submit({"act": "cancel", "ref": [day.refs[1]], "reason": ""}, form="work")
    assert answer.status_code == 422
    chief.submit({"act": "cancel", "ref": [day.refs[1]], "reason": "REASON_CLOSED"}, form="work")
    assert fresh(house, day.bookings[1]).outcome == "cancelled_by_prison"


def test_an_officer_reads_the_list_and_does_not_move(house: House, day: Day) -> None:
    officer = browser(house, "prison", house.write(lambda s: make_staff(s, (Role.OFFICER,), s.merge(day.scene.prison))))
    assert officer.get("/worklist").status_code == 200
    assert officer.post("/worklist", {"act": "keep"}).status_code == 403
    assert officer.post("/worklist/move").status_code == 403


def test_fifty_three_visits_of_a_day_are_planned_in_few_questions(house: House) -> None:
    """The Monday of rules.md §6: 53 bookings, eight terminals."""

    def monday(session: Session) -> tuple[int, tuple[str, ...]]:
        scene = make_scene(session, terminals=8)
        refs = []
        for number in range(53):
            one = neighbour(session, scene)
            terminal = scene.terminals[number % 8]
            refs.append(make_booking(session, one.family, one.inmate, terminal, NINE + timedelta(minutes=40 * (number // 8))).ref)
        return scene.prison.id, tuple(refs)

    prison_id, refs = house.write(monday)
    seen: list[str] = []

    def note(*given: Any) -> None:
        seen.append(given[2])

    with house.prison.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
        made = moving.plan(db.session(), prison_id, moving.Wanted(refs, TUESDAY, TUESDAY + timedelta(days=10), *REASON), house.now)
        event.remove(db.engine, "before_cursor_execute", note)
    assert made.placed == 53
    assert len(seen) < 25
    places = [(step.slot.start, step.booking.id) for step in made.steps if step.slot]
    assert max(sum(start == other for other, _id in places) for start, _id in places) <= 8

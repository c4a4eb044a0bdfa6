"""Sweeps: reminders once each, and rows that are forgotten in time."""

import contextlib
import itertools
from datetime import timedelta

from sqlalchemy import select

from tests.conftest import House
from tests.factories import make_companion, make_family, make_inmate, make_kinship, make_prison, make_terminal, make_visitor, make_ward
from visitation.accounts.models import OneTimeCode, SignInAttempt
from visitation.bookings.models import Booking, BookingVisitor
from visitation.jobs.deadlines import overdue_claims
from visitation.jobs.log import open_log
from visitation.jobs.reminders import remind
from visitation.jobs.retention import forget
from visitation.jobs.worker import Sweep, Worker
from visitation.notices.models import Notice
from visitation.store import outbox
from visitation.store.outbox import Outbox

HOUR = timedelta(hours=1)


def book(house: House, ahead: timedelta, booked: timedelta = timedelta(days=5), state: str = "confirmed") -> int:
    """A visit that begins `ahead` from now and was booked `booked` before its beginning."""

    def work(session):  # type: ignore[no-untyped-def]
        prison = make_prison(session)
        inmate = make_inmate(session, make_ward(session, prison))
        family = make_family(session)
        kinship = make_kinship(session, family.visitor, inmate)
        begin = house.now + ahead
        booking = Booking(
            kind="family_visit",
            prison_id=prison.id,
            inmate_id=inmate.id,
            terminal_id=make_terminal(session, prison).id,
            account_id=family.account.id,
            starts_at=begin,
            ends_at=begin + timedelta(minutes=30),
            turnaround=10,
            state=state,
            created_at=begin - booked,
            party=[BookingVisitor(visitor_id=family.visitor.id, kinship_id=kinship.id, place=0)],
        )
        session.add(booking)
        session.flush()
        return booking.id

    return house.write(work)  # type: ignore[no-any-return]


def reminders(house: House) -> int:
    house.write(lambda session: remind(session, house.now))
    return len(house.read(lambda session: session.scalars(select(Notice).where(Notice.kind == "booking_reminder")).all()))


def test_a_day_before_and_an_hour_before_each_once(house: House) -> None:
    book(house, timedelta(hours=25))
    assert reminders(house) == 0
    house.clock.advance(HOUR)
    assert [reminders(house) for _turn in range(3)] == [1, 1, 1]
    house.clock.advance(timedelta(hours=22, minutes=59))
    assert reminders(house) == 1
    house.clock.advance(timedelta(minutes=1))
    assert [reminders(house) for _turn in range(3)] == [2, 2, 2]
    house.clock.advance(HOUR)
    assert reminders(house) == 2


def test_a_visit_that_was_moved_is_reminded_of_again(house: House) -> None:
    booking = book(house, timedelta(hours=20))
    assert reminders(house) == 1

    def move(session):  # type: ignore[no-untyped-def]
        row = session.get(Booking, booking)
        row.starts_at += timedelta(hours=3)
        row.ends_at += timedelta(hours=3)

    house.write(move)
    assert reminders(house) == 2


def test_who_has_just_booked_is_not_reminded_of_the_day(house: House) -> None:
    book(house, timedelta(hours=20), booked=timedelta(hours=20))
    assert reminders(house) == 0
    house.clock.advance(timedelta(hours=19, minutes=30))
    assert reminders(house) == 1


def test_jobs_that_stood_still_send_one_reminder_and_not_two(house: House) -> None:
    book(house, timedelta(minutes=50))
    assert reminders(house) == 1


def test_only_confirmed_visits_are_reminded_of(house: House) -> None:
    for state in ("held", "requested", "cancelled", "refused", "withdrawn", "expired", "ended"):
        book(house, timedelta(minutes=30), state=state)
    assert reminders(house) == 0


def test_a_claim_that_nobody_decided_in_time_is_told_of_once(house: House) -> None:
    def work(session):  # type: ignore[no-untyped-def]
        inmate = make_inmate(session, make_ward(session, make_prison(session)))
        family = make_family(session)
        make_kinship(session, family.visitor, inmate, approved=False, due_at=house.now - HOUR)
        make_kinship(session, make_companion(session, family), inmate, approved=False, due_at=house.now - HOUR)
        make_kinship(session, make_visitor(session), inmate, approved=False, due_at=house.now + HOUR)
        make_kinship(session, make_visitor(session), inmate, due_at=house.now - HOUR)
        return family.account.id

    account = house.write(work)
    assert [house.write(lambda session: overdue_claims(session, house.now)) for _turn in range(3)] == [2, 0, 0]
    told = house.read(lambda session: [(row.kind, row.account_id) for row in session.scalars(select(Notice))])
    assert told == [("kinship_late", account)] * 2
    house.clock.advance(2 * HOUR)
    assert house.write(lambda session: overdue_claims(session, house.now)) == 1, "the third has become late; it has no account to tell"


def test_what_has_served_its_purpose_is_forgotten(house: House) -> None:
    old, young = house.now - timedelta(days=40), house.now - timedelta(hours=1)

    def work(session):  # type: ignore[no-untyped-def]
        for at in (old, young):
            session.add(OneTimeCode(mobile_index="i", purpose="sign_in", code_digest="d", created_at=at, expires_at=at))
            session.add(SignInAttempt(subject="s", address="a", at=at))
            outbox.put(session, "sms", {}, at).done_at = at
        outbox.put(session, "sms", {}, old)

    house.write(work)
    house.write(lambda session: forget(session, house.now))
    counts = house.read(lambda session: [len(session.scalars(select(model)).all()) for model in (OneTimeCode, SignInAttempt)])
    assert counts == [1, 1]
    waiting = house.read(lambda session: [row.done_at for row in session.scalars(select(Outbox).order_by(Outbox.id))])
    assert waiting == [young, None], "what was never delivered stays"


def test_rows_of_other_topics_are_left_alone(house: House) -> None:
    house.write(lambda session: outbox.put(session, "broker", {}, house.now))
    seen: list[int] = []
    worker = Worker(house.prison, house.clock, {"sms": lambda _payload, row: seen.append(row)}, [], open_log())
    assert worker.deliver_due("sms") == 0
    house.write(lambda session: outbox.put(session, "sms", {}, house.now))
    assert worker.deliver_due("sms") == 1
    assert seen == [2]


def test_a_handler_that_breaks_makes_its_row_wait_longer_each_time(house: House) -> None:
    tried = []

    def broken(_payload: object, _row: int) -> None:
        tried.append(house.now)
        raise RuntimeError("13800138000")

    house.write(lambda session: outbox.put(session, "sms", {}, house.now))
    worker = Worker(house.prison, house.clock, {"sms": broken}, [], open_log())
    for _second in range(30):
        worker.deliver_due("sms")
        house.clock.advance(timedelta(seconds=1))
    gaps = [(later - earlier).seconds for earlier, later in itertools.pairwise(tried)]
    assert gaps == [2, 4, 8]
    row = house.read(lambda session: session.scalars(select(Outbox)).one())
    assert (row.error, row.done_at) == ("RuntimeError", None)


def test_a_row_that_another_worker_holds_comes_back_after_its_lease(house: House) -> None:
    house.write(lambda session: outbox.put(session, "sms", {}, house.now))
    house.write(lambda session: outbox.take(session, house.now, topics=["sms"]))
    worker = Worker(house.prison, house.clock, {"sms": lambda _payload, _row: None}, [], open_log())
    assert worker.deliver_due("sms") == 0
    house.clock.advance(outbox.LEASE)
    assert worker.deliver_due("sms") == 1


def test_a_sweep_runs_in_one_transaction(house: House) -> None:
    worker = Worker(house.prison, house.clock, {}, [], open_log())

    def half(session, now):  # type: ignore[no-untyped-def]
        outbox.put(session, "sms", {}, now)
        session.flush()
        raise RuntimeError

    with contextlib.suppress(RuntimeError):
        worker.sweep_once(Sweep("half", 1, half))
    assert house.read(lambda session: session.scalars(select(Outbox)).all()) == []

"""The live visit's use cases on a real database: tokens, check-in, the journal, what is checked again, what it comes to."""

import base64
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import LiveVisit, make_broker, make_family, make_kinship, make_live_visit, make_sign_in, make_staff
from visitation.accounts.models import Account, Device, SignIn
from visitation.audit.models import AuditEntry
from visitation.bookings.models import Booking, BookingVisitor, Claim
from visitation.kernel.errors import NotFound, Refused, StateChanged
from visitation.kernel.identity import Identity, Role, Zone
from visitation.people.models import Inmate, Kinship, Suspension
from visitation.signalling import tokens
from visitation.store.transaction import perform
from visitation.supervision import checkin, closing, commands, journal, register, rights, service
from visitation.supervision.checkin import Verdict
from visitation.supervision.models import Broker, BrokerCommand, LiveSession, Segment, SessionEvent, SessionPass, SessionTask
from visitation.supervision.queries import hard_end_of, session_of, todays_bookings
from visitation.timetable.models import Duty, Terminal


def family_of(visit: LiveVisit) -> Identity:
    return Identity(visit.family.account.id, frozenset({Role.FAMILY}), "x", Zone.FAMILY, visitor_id=visit.family.visitor.id)


def officer_of(visit: LiveVisit, **changes: Any) -> Identity:
    given = {"account_id": visit.officer.id, "roles": frozenset({Role.OFFICER}), "name": "警官", "zone": Zone.PRISON, "prison_id": visit.prison.id}
    return Identity(**given | changes)


def terminal_of(visit: LiveVisit) -> Identity:
    return Identity(visit.terminal.id, frozenset({Role.TERMINAL}), "T1", Zone.PRISON, prison_id=visit.prison.id)


@pytest.fixture
def visit(house: House) -> LiveVisit:
    """A visit that begins in ten minutes, and a living broker."""

    def make(session: Session) -> LiveVisit:
        make_broker(session, house.now)
        return make_live_visit(session, house.now, children=1)

    return house.write(make)


def act(house: House, visit: LiveVisit, work: Callable[[Session, Booking], Any], zone: str = "prison") -> Any:
    """Run work(session, booking) in one transaction of that zone's application."""
    with getattr(house, zone).app_context():
        return perform(lambda session: work(session, session.get_one(Booking, visit.booking.id)))


def join(house: House, visit: LiveVisit) -> dict[str, Any]:
    return act(house, visit, lambda s, b: service.participant_token(s, family_of(visit), b, house.now), "family")


def claims(house: House, zone: str, token: str) -> tokens.Ticket:
    keys = {}
    for one, app in (("family", house.family), ("prison", house.prison)):
        private = tokens.load_private_key(app.extensions["settings"].signing_key.get_secret_value())
        keys[tokens.Zone(one)] = base64.b64encode(private.public_key().public_bytes_raw()).decode()
    return tokens.verify(token, keys, "broker-1/boot1", tokens.Zone(zone), house.now).ticket


def refused(work: Callable[[], Any]) -> tuple[str, ...]:
    with pytest.raises(Refused) as caught:
        work()
    return caught.value.codes


def live_of(house: House, visit: LiveVisit) -> LiveSession:
    found = house.read(lambda session: session_of(session, visit.booking.id))
    assert found is not None
    return found


# -- tokens


def test_a_family_gets_a_token_for_its_own_seat(house: House, visit: LiveVisit) -> None:
    grant = join(house, visit)
    ticket = claims(house, "family", grant["token"])
    assert ticket.pid == f"visitor:{visit.family.visitor.id}"
    assert (ticket.role, ticket.persons, ticket.admitted) == ("visitor", 2, False)
    assert ticket.facts is not None
    assert (ticket.facts.kind, ticket.facts.minutes, ticket.facts.record, ticket.facts.checked_in) == ("family_visit", 30, True, False)
    assert grant["url"] == "ws://127.0.0.1:9/ws"
    assert grant["stage"] == "scheduled"


def test_the_facts_are_the_same_for_everybody(house: House, visit: LiveVisit) -> None:
    family = claims(house, "family", join(house, visit)["token"])
    prison = act(house, visit, lambda s, b: service.officer_token(s, officer_of(visit), b, "check_in", house.now))
    box = act(house, visit, lambda s, b: service.participant_token(s, terminal_of(visit), b, house.now))
    assert family.facts == claims(house, "prison", prison["token"]).facts == claims(house, "prison", box["token"]).facts
    assert claims(house, "prison", box["token"]).admitted


def test_the_facts_were_frozen_with_the_notice(house: House, visit: LiveVisit) -> None:
    def change(session: Session, booking: Booking) -> None:
        booking.terms = {**booking.terms, "record": False, "warn_at": [120]}

    act(house, visit, change)
    facts = claims(house, "family", join(house, visit)["token"]).facts
    assert facts is not None
    assert facts.record is False
    act(house, visit, lambda _s, b: setattr(b, "terms", {**b.terms, "record": True}))
    again = claims(house, "family", join(house, visit)["token"]).facts
    assert again is not None
    assert again.record is False, "what the session began with holds"


@pytest.mark.parametrize("minutes", [-25, -11])
def test_before_the_time_there_is_no_token(house: House, minutes: int) -> None:
    def make(session: Session) -> LiveVisit:
        make_broker(session, house.now)
        return make_live_visit(session, house.now, starts_at=house.now + timedelta(minutes=30 - minutes))

    visit = house.write(make)
    assert refused(lambda: join(house, visit)) == ("TOO_EARLY",)
    assert refused(lambda: act(house, visit, lambda s, b: service.participant_token(s, terminal_of(visit), b, house.now))) == ("TOO_EARLY",)
    assert refused(lambda: act(house, visit, lambda s, b: service.officer_token(s, officer_of(visit), b, "supervise", house.now))) == ("TOO_EARLY",)
    assert house.read(lambda s: s.scalar(select(func.count(LiveSession.id)))) == 0


def test_after_the_end_and_after_cancelling_there_is_no_token(house: House, visit: LiveVisit) -> None:
    act(house, visit, lambda _s, b: setattr(b, "state", "cancelled"))
    assert refused(lambda: join(house, visit)) == ("VISIT_NOT_CONFIRMED",)
    act(house, visit, lambda _s, b: setattr(b, "state", "confirmed"))
    house.clock.advance(timedelta(hours=3))
    act(house, visit, lambda s, _b: setattr(s.get_one(Broker, "broker-1"), "beat_at", house.now))
    assert refused(lambda: join(house, visit)) == ("SESSION_ENDED",)


def test_a_suspension_and_a_withdrawn_consent_close_the_door(house: House, visit: LiveVisit) -> None:
    def suspend(session: Session, _booking: Booking) -> None:
        session.add(
            Suspension(
                prison_id=visit.prison.id,
                visitor_id=visit.family.visitor.id,
                code="misconduct",
                starts_on=house.now.date(),
                decided_by=visit.officer.id,
                decided_at=house.now,
            )
        )

    act(house, visit, lambda s, _b: setattr(s.scalar(select(Kinship).where(Kinship.visitor_id == visit.family.visitor.id)), "inmate_answer", "withdrawn"))
    assert refused(lambda: join(house, visit)) == ("VISIT_RESTRICTED",)
    act(house, visit, lambda s, _b: setattr(s.scalar(select(Kinship).where(Kinship.visitor_id == visit.family.visitor.id)), "inmate_answer", "accepted"))
    join(house, visit)
    act(house, visit, suspend)
    assert refused(lambda: join(house, visit)) == ("VISIT_RESTRICTED",)


def test_without_a_broker_the_refusal_says_so(house: House, visit: LiveVisit) -> None:
    house.clock.advance(timedelta(seconds=7))
    assert refused(lambda: join(house, visit)) == ("NO_BROKER",)


def test_another_terminal_and_another_prison_are_refused(house: House, visit: LiveVisit) -> None:
    other = Identity(visit.terminal.id + 1, frozenset({Role.TERMINAL}), "T2", Zone.PRISON, prison_id=visit.prison.id)
    assert refused(lambda: act(house, visit, lambda s, b: service.participant_token(s, other, b, house.now))) == ("NOT_IN_PARTY",)
    far = officer_of(visit, prison_id=visit.prison.id + 1)
    assert refused(lambda: act(house, visit, lambda s, b: service.officer_token(s, far, b, "supervise", house.now))) == ("NOT_YOUR_PRISON",)
    ward = officer_of(visit, roles=frozenset({Role.WARD_OFFICER}))
    assert refused(lambda: act(house, visit, lambda s, b: service.officer_token(s, ward, b, "supervise", house.now))) == ("NOT_YOUR_PRISON",)


def test_an_officers_lanes_come_from_the_roster(house: House, visit: LiveVisit) -> None:
    def lanes() -> int:
        grant = act(house, visit, lambda s, b: service.officer_token(s, officer_of(visit), b, "supervise", house.now))
        return claims(house, "prison", grant["token"]).lanes

    assert lanes() == 4, "the policy's"
    day = timedelta(hours=8)
    act(
        house,
        visit,
        lambda s, _b: s.add(Duty(prison_id=visit.prison.id, account_id=visit.officer.id, starts_at=house.now - day, ends_at=house.now + day, lanes=9)),
    )
    assert lanes() == 9
    assert live_of(house, visit).officer_id == visit.officer.id


def test_the_hard_end_is_three_minutes_before_the_next_claim(house: House, visit: LiveVisit) -> None:
    def claim_next(session: Session, booking: Booking) -> None:
        tick = int((booking.ends_at + timedelta(minutes=15)).timestamp()) // 300
        other = make_live_visit(session, house.now + timedelta(days=3)).booking
        session.add(Claim(resource=f"terminal:{visit.terminal.id}", tick=tick, booking_id=other.id))

    act(house, visit, claim_next)
    join(house, visit)
    assert live_of(house, visit).facts["hard_end"] == (visit.booking.ends_at + timedelta(minutes=12)).timestamp()


def test_a_test_needs_no_visit(house: House, visit: LiveVisit) -> None:
    grant = act(house, visit, lambda s, _b: service.test_token(s, family_of(visit), house.now), "family")
    ticket = claims(house, "family", grant["token"])
    assert ticket.purpose == "test"
    assert ticket.facts is None


# -- brokers


def test_the_session_stays_on_its_broker_and_moves_when_that_dies(house: House, visit: LiveVisit) -> None:
    join(house, visit)
    act(house, visit, lambda s, _b: make_broker(s, house.now, id="broker-2", boot="boot2", outside_url="ws://127.0.0.1:8"))
    assert "127.0.0.1:9" in join(house, visit)["url"], "the second has less load, but a session stays"
    act(house, visit, lambda s, b: setattr(session_of(s, b.id), "seconds_used", 300.0))
    house.clock.advance(timedelta(seconds=10))
    act(house, visit, lambda s, _b: setattr(s.get_one(Broker, "broker-2"), "beat_at", house.now))
    assert "127.0.0.1:8" in join(house, visit)["url"]
    live = live_of(house, visit)
    assert (live.broker_id, live.boot, live.seconds_before) == ("broker-2", "boot2", 300.0)
    left = house.read(lambda s: [row.body for row in s.scalars(select(BrokerCommand).where(BrokerCommand.broker_id == "broker-1"))])
    assert left == [{"op": "hand_over", "sid": live.sid}], "should it only have been cut off"
    assert house.read(lambda s: s.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.act == "session.moved"))) == 1


def test_a_new_run_of_a_broker_gives_only_the_minutes_left(house: House, visit: LiveVisit) -> None:
    join(house, visit)
    act(house, visit, lambda s, b: setattr(session_of(s, b.id), "seconds_used", 600.0))
    act(house, visit, lambda s, _b: setattr(s.get_one(Broker, "broker-1"), "boot", "later"))
    join(house, visit)
    live = live_of(house, visit)
    assert live.seconds_before == 600.0
    grant = join(house, visit)
    assert grant["sid"] == live.sid
    assert live_of(house, visit).seconds_before == 600.0, "once for each run"


# -- check-in


def decide(house: House, visit: LiveVisit, visitor_id: int, verdict: str, reason: str = "", who: Identity | None = None) -> LiveSession:
    one = Verdict(visitor_id, verdict, reason, leg=f"visitor:{visit.family.visitor.id}")
    return act(house, visit, lambda s, b: checkin.decide(s, who or officer_of(visit), b, one, house.now))


def sent(house: House) -> list[dict[str, Any]]:
    return house.read(lambda s: [row.body for row in s.scalars(select(BrokerCommand).order_by(BrokerCommand.number))])


def child_of(house: House, visit: LiveVisit) -> int:
    return house.read(lambda s: s.get_one(Booking, visit.booking.id).party[1].visitor_id)


def test_everybody_is_ticked_and_the_session_waits(house: House, visit: LiveVisit) -> None:
    join(house, visit)
    decide(house, visit, visit.family.visitor.id, "confirmed")
    assert refused(lambda: act(house, visit, lambda s, b: checkin.finish(s, officer_of(visit), b, house.now))) == ("CHECK_IN_INCOMPLETE",)
    decide(house, visit, child_of(house, visit), "confirmed")
    act(house, visit, lambda s, b: checkin.finish(s, officer_of(visit), b, house.now))
    live = live_of(house, visit)
    assert live.stage == "waiting"
    pid = f"visitor:{visit.family.visitor.id}"
    ops = [(body["op"], body.get("pid"), body.get("persons")) for body in sent(house)]
    assert ops == [("admit", pid, 1), ("admit", pid, 2), ("admit", pid, 2), ("checked_in", None, None)]
    ticket = claims(house, "family", join(house, visit)["token"])
    assert (ticket.admitted, ticket.persons) == (True, 2)
    assert ticket.facts is not None
    assert ticket.facts.checked_in
    assert refused(lambda: decide(house, visit, child_of(house, visit), "failed", "face_differs")) == ("ALREADY_CHECKED_IN",)
    assert refused(lambda: act(house, visit, lambda s, b: service.officer_token(s, officer_of(visit), b, "check_in", house.now))) == ("ALREADY_CHECKED_IN",)


def test_somebody_who_came_late_is_ticked_in_a_pause_and_admitted(house: House, visit: LiveVisit) -> None:
    lead, child = visit.family.visitor.id, child_of(house, visit)
    join(house, visit)
    decide(house, visit, lead, "confirmed")
    decide(house, visit, child, "absent")
    act(house, visit, lambda s, b: checkin.finish(s, officer_of(visit), b, house.now))
    ticket = act(house, visit, lambda s, b: service.officer_token(s, officer_of(visit), b, "check_in", house.now))
    assert claims(house, "prison", ticket["token"]).purpose == "check_in"
    house.write(lambda s: setattr(s.scalars(select(LiveSession)).one(), "stage", "live"))
    assert refused(lambda: decide(house, visit, child, "confirmed")) == ("PAUSE_FIRST",)
    house.write(lambda s: setattr(s.scalars(select(LiveSession)).one(), "stage", "paused"))
    assert refused(lambda: decide(house, visit, lead, "failed", "face_differs")) == ("ALREADY_CHECKED_IN",)
    decide(house, visit, child, "confirmed")
    assert live_of(house, visit).legs == {f"visitor:{lead}": [lead, child]}
    assert sent(house)[-1] | {"sid": ""} == {"op": "admit", "sid": "", "pid": f"visitor:{lead}", "persons": 2}
    assert refused(lambda: decide(house, visit, child, "failed", "face_differs")) == ("ALREADY_CHECKED_IN",)
    assert refused(lambda: act(house, visit, lambda s, b: service.officer_token(s, officer_of(visit), b, "check_in", house.now))) == ("ALREADY_CHECKED_IN",)


def test_a_failed_lead_refuses_the_visit(house: House, visit: LiveVisit) -> None:
    join(house, visit)
    assert refused(lambda: decide(house, visit, visit.family.visitor.id, "failed")) == ("REASON_MISSING",)
    decide(house, visit, visit.family.visitor.id, "failed", "face_differs")
    booking = house.read(lambda s: s.get_one(Booking, visit.booking.id))
    assert (booking.state, booking.outcome) == ("ended", "failed_identity")
    assert sent(house)[-1]["op"] == "end"
    assert refused(lambda: join(house, visit)) == ("SESSION_ENDED",)


def test_another_person_only_leaves_the_party(house: House, visit: LiveVisit) -> None:
    join(house, visit)
    decide(house, visit, visit.family.visitor.id, "confirmed")
    decide(house, visit, child_of(house, visit), "failed", "other_person")
    act(house, visit, lambda s, b: checkin.finish(s, officer_of(visit), b, house.now))
    assert claims(house, "family", join(house, visit)["token"]).persons == 1


def test_a_suspended_person_cannot_be_confirmed(house: House, visit: LiveVisit) -> None:
    join(house, visit)
    child = child_of(house, visit)
    act(house, visit, lambda s, _b: setattr(s.scalar(select(Kinship).where(Kinship.visitor_id == child)), "state", "withdrawn"))
    assert refused(lambda: decide(house, visit, child_of(house, visit), "confirmed")) == ("VISITOR_RESTRICTED",)


def test_two_officers_cannot_decide_differently(house: House, visit: LiveVisit) -> None:
    join(house, visit)
    decide(house, visit, child_of(house, visit), "absent")
    second = house.write(lambda s: make_staff(s, prison=visit.prison).id)
    with pytest.raises(StateChanged):
        decide(house, visit, child_of(house, visit), "confirmed", who=officer_of(visit, account_id=second))


def test_nobody_outside_the_party_can_be_ticked(house: House, visit: LiveVisit) -> None:
    with pytest.raises(NotFound):
        decide(house, visit, 99999, "confirmed")


# -- the journal


def event(number: int, sid: str, name: str, at: datetime, pid: str | None = None, /, **data: Any) -> dict[str, Any]:
    return {"n": number, "id": f"{sid}#{number}", "at": at.isoformat(), "sid": sid, "type": name, "pid": pid, "generation": 1, "data": data}


SEGMENT = {"recording": "r", "file": "outside1-1.webm.sealed", "leg": "outside1", "segment": 1, "started_ms": 1, "sha256": "a" * 64, "bytes": 9, "seconds": 3.0}
"""A segment as a broker reports it."""


def history(house: House, visit: LiveVisit, sid: str) -> list[dict[str, Any]]:
    at, guest, box = house.now, f"visitor:{visit.family.visitor.id}", f"terminal:{visit.terminal.id}"
    return [
        event(1, sid, "session_opened", at),
        event(2, sid, "joined", at, guest),
        event(3, sid, "joined", at, box),
        event(4, sid, "gate", at, open=True, reason=None),
        event(5, sid, "stage", at, to="live", **{"from": "waiting"}),
        event(6, sid, "task", at, id="t1", kind="LINE_BAD", severity="low", since=at.timestamp(), pid=guest, closed_after=None),
        event(7, sid, "warned", at, f"officer:{visit.officer.id}", id="m1", rule=3, to=[guest], text=""),
        event(8, sid, "task", at, id="t1", kind="LINE_BAD", severity="low", since=at.timestamp(), pid=guest, closed_after=14.0),
        event(9, "test:abc", "joined", at, "visitor:1"),
        event(10, sid, "segment", at, **SEGMENT),
        event(11, sid, "coverage", at, live=1800.0, leased=1800.0, seen=1790.0, heard=1700.0),
        event(12, sid, "ended", at, outcome="completed", cause="TIME_UP", seconds_used=1800.0),
    ]


def test_the_journal_is_taken_over_once_whatever_happens(house: House, visit: LiveVisit) -> None:
    sid = join(house, visit)["sid"]
    events = history(house, visit, sid)

    def take(part: list[dict[str, Any]]) -> int:
        return house.write(lambda s: journal.take_over(s, "broker-1", part, house.now))

    assert take(events[:5]) == 5
    assert take(events[:5]) == 0, "a repeat does nothing"
    with pytest.raises(RuntimeError):
        house.write(lambda s: (journal.take_over(s, "broker-1", events[5:], house.now), (_ for _ in ()).throw(RuntimeError("killed")))[0])
    assert take(events[3:]) == 6, "what was rolled back comes again; the test's event is passed over"
    live = live_of(house, visit)
    assert (live.stage, live.gate_open, live.seconds_used, live.cause) == ("ended", False, 1800.0, "TIME_UP")
    assert live.coverage == {"live": 1800.0, "leased": 1800.0, "seen": 1790.0, "heard": 1700.0}
    booking = house.read(lambda s: s.get_one(Booking, visit.booking.id))
    assert (booking.state, booking.outcome) == ("ended", "completed")
    assert house.read(lambda s: s.scalar(select(func.count(SessionEvent.id)))) == 11
    assert house.read(lambda s: s.scalar(select(func.count(Segment.id)))) == 1
    task = house.read(lambda s: s.scalars(select(SessionTask)).one())
    assert task.closed_at == house.now
    warned = house.read(lambda s: s.scalars(select(AuditEntry).where(AuditEntry.act == "session.warned")).one())
    assert warned.actor_id == visit.officer.id
    assert house.read(lambda s: s.get_one(Broker, "broker-1").cursor) == 12


def test_a_broker_that_lost_the_session_no_longer_speaks_for_it(house: House, visit: LiveVisit) -> None:
    sid = join(house, visit)["sid"]
    act(house, visit, lambda s, _b: make_broker(s, house.now, id="broker-2"))
    act(house, visit, lambda s, b: setattr(session_of(s, b.id), "broker_id", "broker-2"))
    house.write(lambda s: journal.take_over(s, "broker-1", history(house, visit, sid), house.now))
    live = live_of(house, visit)
    assert live.ended_at is None
    assert house.read(lambda s: s.scalar(select(func.count(Segment.id)))) == 1, "what it recorded is fetched all the same"


def told(house: House, **changes: Any) -> dict[str, Any]:
    usual = {
        "broker": "broker-1",
        "boot": "boot1",
        "now": house.now.timestamp(),
        "draining": False,
        "load": {"sessions": 1, "legs": 2, "cpu": 0.1},
        "outside_url": "ws://o",
        "inside_url": "ws://i",
        "done": [],
        "last_event": 0,
        "sessions": [],
    }
    return usual | changes


def beat(house: House, **changes: Any) -> None:
    house.write(lambda s: register.enter(s, "http://x", told(house, **changes), house.now, house.now))


def seen(sid: str, pid: str, **changes: Any) -> dict[str, Any]:
    people = [{"pid": pid, "role": "visitor", "state": "in_session", "quality": "good"}]
    return {"sid": sid, "stage": "live", "gate": {"open": True, "reason": None}, "participants": people, "seconds_used": 12.0, "hard_end": 0} | changes


def test_a_beat_registers_the_broker_and_its_sessions(house: House, visit: LiveVisit) -> None:
    sid = join(house, visit)["sid"]
    pid = f"visitor:{visit.family.visitor.id}"
    command = act(house, visit, lambda s, _b: commands.queue(s, "broker-1", {"op": "drain"}, house.now))
    beat(house, sessions=[seen(sid, pid)], done=[command])
    live = live_of(house, visit)
    assert (live.stage, live.gate_open, live.seconds_used) == ("live", True, 12.0)
    assert live.participants[0]["pid"] == pid
    assert house.read(lambda s: commands.waiting(s, "broker-1")) == []
    beat(house)
    assert live_of(house, visit).participants == [], "the broker no longer has it"


def test_a_clock_that_differs_drains_the_broker(house: House, visit: LiveVisit) -> None:
    beat(house, now=house.now.timestamp() + 2.1)
    assert house.read(lambda s: (s.get_one(Broker, "broker-1").draining, s.get_one(Broker, "broker-1").skew_ms)) == (True, 2100)
    beat(house, now=house.now.timestamp() + 1.9)
    assert house.read(lambda s: s.get_one(Broker, "broker-1").draining) is False


def test_a_lost_journal_begins_again_without_doubling(house: House, visit: LiveVisit) -> None:
    sid = join(house, visit)["sid"]
    house.write(lambda s: journal.take_over(s, "broker-1", history(house, visit, sid)[:5], house.now))
    beat(house, last_event=3)
    assert house.read(lambda s: s.get_one(Broker, "broker-1").cursor) == 0
    assert house.write(lambda s: journal.take_over(s, "broker-1", history(house, visit, sid)[:5], house.now)) == 0


# -- rights, every second


@pytest.fixture
def running(house: House, visit: LiveVisit) -> LiveVisit:
    """The visit with family, terminal and a signed-in officer inside."""
    sid = join(house, visit)["sid"]
    act(house, visit, lambda s, b: service.participant_token(s, terminal_of(visit), b, house.now))
    act(house, visit, lambda s, b: service.officer_token(s, officer_of(visit), b, "supervise", house.now))
    act(house, visit, lambda s, _b: make_sign_in(s, s.get_one(Account, visit.officer.id), "prison", house.now))
    people = [f"visitor:{visit.family.visitor.id}", f"terminal:{visit.terminal.id}", f"officer:{visit.officer.id}"]
    inside = [{"pid": pid, "role": pid.partition(":")[0], "state": "in_session", "quality": "good"} for pid in people]
    beat(house, sessions=[seen(sid, people[0], participants=inside)])
    return visit


def findings(house: House, visit: LiveVisit) -> tuple[set[str], list[str]]:
    found = house.read(lambda s: rights.look(s, [live_of(house, visit).sid], house.now))
    return {one.pid.partition(":")[0] for one in found.leave}, [state for _number, state in found.end]


def test_nobody_has_to_leave_as_long_as_nothing_changes(house: House, running: LiveVisit) -> None:
    assert findings(house, running) == (set(), [])


def close_account(session: Session, visit: LiveVisit, now: datetime) -> None:
    session.get_one(Account, visit.family.account.id).closed_at = now


def fail_identity(session: Session, visit: LiveVisit, _now: datetime) -> None:
    session.get_one(BookingVisitor, (visit.booking.id, visit.family.visitor.id)).identity = "failed"


def suspend(session: Session, visit: LiveVisit, now: datetime) -> None:
    row = Suspension(prison_id=visit.prison.id, visitor_id=visit.family.visitor.id, code="x", starts_on=now.date(), decided_by=visit.officer.id, decided_at=now)
    session.add(row)


def withdraw(session: Session, visit: LiveVisit, _now: datetime) -> None:
    session.scalars(select(Kinship).where(Kinship.visitor_id == visit.family.visitor.id)).one().inmate_answer = "withdrawn"


def revoke_device(session: Session, visit: LiveVisit, now: datetime) -> None:
    session.scalars(select(Device).where(Device.terminal_id == visit.terminal.id)).one().revoked_at = now


def out_of_service(session: Session, visit: LiveVisit, _now: datetime) -> None:
    session.get_one(Terminal, visit.terminal.id).in_service = False


def close_officer(session: Session, visit: LiveVisit, now: datetime) -> None:
    session.get_one(Account, visit.officer.id).closed_at = now


def sign_out(session: Session, visit: LiveVisit, now: datetime) -> None:
    session.scalars(select(SignIn).where(SignIn.account_id == visit.officer.id)).one().revoked_at = now


def lose_role(session: Session, visit: LiveVisit, _now: datetime) -> None:
    account = session.get_one(Account, visit.officer.id)
    account.roles.clear()


def transfer(session: Session, visit: LiveVisit, _now: datetime) -> None:
    session.get_one(Account, visit.officer.id).prison_id = make_live_visit(session, _now).prison.id


CASES = [
    (close_account, {"visitor"}),
    (fail_identity, {"visitor"}),
    (suspend, {"visitor"}),
    (withdraw, {"visitor"}),
    (revoke_device, {"terminal"}),
    (out_of_service, {"terminal"}),
    (close_officer, {"officer"}),
    (sign_out, {"officer"}),
    (lose_role, {"officer"}),
    (transfer, {"officer"}),
]


@pytest.mark.parametrize(("change", "expected"), CASES, ids=[case[0].__name__ for case in CASES])
def test_a_right_that_is_gone_throws_out_exactly_whom_it_concerns(
    house: House, running: LiveVisit, change: Callable[[Session, LiveVisit, datetime], None], expected: set[str]
) -> None:
    house.write(lambda s: change(s, running, house.now))
    assert findings(house, running) == (expected, [])


def test_a_revocation_is_queued_once_and_a_new_token_is_for_another_pid(house: House, running: LiveVisit) -> None:
    house.write(lambda s: sign_out(s, running, house.now))
    found = house.read(lambda s: rights.look(s, [live_of(house, running).sid], house.now))
    assert house.write(lambda s: rights.act(s, found, house.now)) == 1
    assert house.write(lambda s: rights.act(s, found, house.now)) == 0
    assert [body["op"] for body in sent(house)] == ["revoke"]
    assert house.read(lambda s: s.get_one(SessionPass, (live_of(house, running).id, f"officer:{running.officer.id}")).revoked_at) == house.now
    act(house, running, lambda s, _b: make_sign_in(s, s.get_one(Account, running.officer.id), "prison", house.now))
    grant = act(house, running, lambda s, b: service.officer_token(s, officer_of(running), b, "supervise", house.now))
    assert grant["pid"] == f"officer:{running.officer.id}.2", "a broker forgets no revocation, and a supervisor can always get back in"


def test_a_cancelled_visit_ends_at_the_broker(house: House, running: LiveVisit) -> None:
    act(house, running, lambda _s, b: setattr(b, "state", "cancelled"))
    found = house.read(lambda s: rights.look(s, [live_of(house, running).sid], house.now))
    assert house.write(lambda s: rights.act(s, found, house.now)) == 1
    assert house.write(lambda s: rights.act(s, found, house.now)) == 0
    assert sent(house)[-1] == {"op": "end", "sid": live_of(house, running).sid, "outcome": "cancelled"}


# -- while it runs, and afterwards


def test_an_extension_claims_first_and_then_tells_the_broker(house: House, running: LiveVisit) -> None:
    act(house, running, lambda s, b: service.extend(s, officer_of(running), b, 5, house.now))
    live = live_of(house, running)
    assert live.facts["minutes"] == 35
    assert sent(house)[-1] == {"op": "extend", "sid": live.sid, "hard_end": live.facts["hard_end"], "minutes": 35}
    booking = house.read(lambda s: s.get_one(Booking, running.booking.id))
    assert booking.ends_at == running.booking.starts_at + timedelta(minutes=35)


def test_an_extension_that_others_need_is_refused_and_nothing_is_sent(house: House, running: LiveVisit) -> None:
    def occupy(session: Session, booking: Booking) -> None:
        other = make_live_visit(session, house.now + timedelta(days=3)).booking
        tick = int(booking.ends_at.timestamp()) // 300
        session.add(Claim(resource=f"inmate:{running.inmate.id}", tick=tick, booking_id=other.id))

    act(house, running, occupy)
    assert refused(lambda: act(house, running, lambda s, b: service.extend(s, officer_of(running), b, 5, house.now))) == ("EXTENSION_TAKEN",)
    assert live_of(house, running).facts["minutes"] == 30
    assert sent(house) == []


def test_a_session_whose_broker_died_is_closed_by_the_sweep(house: House, running: LiveVisit) -> None:
    until = datetime.fromtimestamp(live_of(house, running).facts["hard_end"], house.now.tzinfo)
    house.clock.advance(until - house.now + timedelta(minutes=2))
    assert house.write(lambda s: closing.close_overdue(s, house.now)) == 0
    house.clock.advance(timedelta(seconds=1))
    assert house.write(lambda s: closing.close_overdue(s, house.now)) == 1
    assert house.write(lambda s: closing.close_overdue(s, house.now)) == 0
    booking = house.read(lambda s: s.get_one(Booking, running.booking.id))
    assert (booking.state, booking.outcome) == ("ended", "technical")


def test_a_visit_nobody_joined_is_a_no_show(house: House, visit: LiveVisit) -> None:
    house.clock.advance(timedelta(minutes=49))
    assert house.write(lambda s: closing.close_unopened(s, house.now)) == 0
    house.clock.advance(timedelta(minutes=2))
    act(house, visit, lambda s, _b: setattr(s.get_one(Broker, "broker-1"), "beat_at", house.now))
    assert house.write(lambda s: closing.close_unopened(s, house.now)) == 1
    assert house.read(lambda s: s.get_one(Booking, visit.booking.id).outcome) == "no_show_visitor"


@pytest.mark.parametrize("fault", ["no broker now", "a broker was away", "a broker had to start again"])
def test_nobody_is_blamed_for_not_coming_when_nobody_could_come(house: House, visit: LiveVisit, fault: str) -> None:
    house.clock.advance(timedelta(minutes=20))
    if fault == "a broker was away":
        beat(house)
    if fault == "a broker had to start again":
        act(house, visit, lambda s, _b: setattr(s.get_one(Broker, "broker-1"), "beat_at", house.now))
        beat(house, boot="later")
    house.clock.advance(timedelta(minutes=35))
    if fault != "no broker now":
        act(house, visit, lambda s, _b: setattr(s.get_one(Broker, "broker-1"), "beat_at", house.now))
    assert house.write(lambda s: closing.close_unopened(s, house.now)) == 1
    assert house.read(lambda s: s.get_one(Booking, visit.booking.id).outcome) == "technical"


def test_the_outcome_is_written_and_corrected(house: House, running: LiveVisit) -> None:
    written = {"outcome": "completed", "note": "quiet", "inmate_note": "mother well", "concern": True}
    assert refused(lambda: act(house, running, lambda s, b: service.write_outcome(s, officer_of(running), b, written, house.now))) == ("SESSION_NOT_ENDED",)
    act(house, running, lambda s, b: service.end_by_command(s, officer_of(running), b, "technical", "line down", house.now))
    assert house.read(lambda s: s.get_one(Booking, running.booking.id).outcome) == "technical"
    act(house, running, lambda s, b: service.write_outcome(s, officer_of(running), b, written, house.now))
    live = live_of(house, running)
    assert house.read(lambda s: [getattr(s.get_one(Booking, running.booking.id), name) for name in ("outcome", "staff_note", "inmate_note")]) == [
        "completed",
        "quiet",
        "mother well",
    ]
    assert (live.concern, live.outcome_by) == (True, running.officer.id)


def test_a_console_nobody_answers_is_a_task_until_somebody_is_back(house: House, running: LiveVisit) -> None:
    for present in (False, False, True, True):
        act(house, running, lambda s, b, p=present: service.attention(s, officer_of(running), b, p, house.now))
    task = house.read(lambda s: s.scalars(select(SessionTask)).one())
    assert (task.kind, task.closed_at) == ("OFFICER_SILENT", house.now)


def test_a_second_relative_joins_on_a_leg_of_their_own(house: House) -> None:
    def make(session: Session) -> tuple[LiveVisit, Any]:
        make_broker(session, house.now)
        other = make_family(session)
        visit = make_live_visit(session, house.now)
        kinship = make_kinship(session, other.visitor, session.get_one(Inmate, visit.inmate.id))
        session.add(BookingVisitor(booking_id=visit.booking.id, visitor_id=other.visitor.id, kinship_id=kinship.id, place=1))
        return visit, other

    visit, other = house.write(make)
    who = Identity(other.account.id, frozenset({Role.FAMILY}), "y", Zone.FAMILY, visitor_id=other.visitor.id)
    first = claims(house, "family", join(house, visit)["token"])
    second = claims(house, "family", act(house, visit, lambda s, b: service.participant_token(s, who, b, house.now), "family")["token"])
    assert first.pid != second.pid
    assert first.facts is not None
    assert first.facts.legs == 2


@pytest.mark.parametrize(("hour", "minute"), [(14, 35), (15, 20), (15, 55)])
def test_midnight_cuts_no_visit_and_hides_none(house: House, visit: LiveVisit, hour: int, minute: int) -> None:
    """Begins at 22:35, 23:20 or 23:55 in Shanghai, for half an hour."""
    starts_at = house.now.replace(hour=hour, minute=minute)

    def late(session: Session) -> None:
        booking = session.get_one(Booking, visit.booking.id)
        booking.starts_at, booking.ends_at = starts_at, starts_at + timedelta(minutes=30)

    house.write(late)
    end = house.read(lambda s: hard_end_of(s, s.get_one(Booking, visit.booking.id)))
    assert end == starts_at + timedelta(minutes=90), "paused minutes have their room"
    for away in (-60, 30, 60):
        shown = house.read(lambda s, away=away: todays_bookings(s, visit.prison.id, starts_at + timedelta(minutes=away)))
        assert [row.id for row in shown] == [visit.booking.id], away

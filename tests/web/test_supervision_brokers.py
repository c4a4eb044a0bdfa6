"""Which broker carries a session, what goes along when it moves, and a journal that may arrive in any order."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import LiveVisit, make_broker, make_live_visit
from tests.web.test_supervision_service import act, beat, claims, event, join, live_of, officer_of, seen, told
from visitation.audit.models import AuditEntry
from visitation.signalling import tokens
from visitation.supervision import journal, register, service
from visitation.supervision.brokers import NoBroker
from visitation.supervision.models import Broker, LiveSession, SessionEvent
from visitation.supervision.queries import session_of


@pytest.fixture
def visit(house: House) -> LiveVisit:
    """A visit that begins in ten minutes, and two living brokers: the first has room for one session more, the second is half as full."""

    def make(session: Session) -> LiveVisit:
        make_broker(session, house.now, capacity=40, sessions=30)
        make_broker(session, house.now, id="broker-2", boot="boot2", outside_url="ws://127.0.0.1:8", inside_url="ws://127.0.0.1:8", capacity=20, sessions=10)
        return make_live_visit(session, house.now)

    return house.write(make)


def change(house: House, broker_id: str, **values: Any) -> None:
    def work(session: Session) -> None:
        row = session.get_one(Broker, broker_id)
        for name, value in values.items():
            setattr(row, name, value)

    house.write(work)


def change_live(house: House, visit: LiveVisit, **values: Any) -> None:
    def work(session: Session) -> None:
        row = session_of(session, visit.booking.id)
        for name, value in values.items():
            setattr(row, name, value)

    house.write(work)


def carrier(house: House, visit: LiveVisit) -> tuple[str | None, int]:
    join(house, visit)
    live = live_of(house, visit)
    return live.broker_id, live.run


def audited(house: House, name: str) -> int:
    return int(house.read(lambda s: s.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.act == name))))


def test_the_least_share_of_what_it_may_carry_decides(house: House, visit: LiveVisit) -> None:
    change(house, "broker-1", sessions=12, capacity=40)
    change(house, "broker-2", sessions=8, capacity=20)
    assert carrier(house, visit) == ("broker-1", 1), "12 of 40 is less than 8 of 20"


@pytest.mark.parametrize(
    ("first", "second", "chosen"),
    [
        ({"draining": True}, {}, "broker-2"),
        ({}, {"leaving": True}, "broker-1"),
        ({}, {"sessions": 20}, "broker-1"),
        ({"sessions": 40}, {"sessions": 19}, "broker-2"),
        ({}, {"skew_ms": -2001}, "broker-1"),
    ],
)
def test_who_cannot_take_a_session_is_not_asked(house: House, visit: LiveVisit, first: dict[str, Any], second: dict[str, Any], chosen: str) -> None:
    change(house, "broker-1", **first)
    change(house, "broker-2", **second)
    assert carrier(house, visit)[0] == chosen


def test_a_lost_broker_is_left_at_once(house: House, visit: LiveVisit) -> None:
    assert carrier(house, visit) == ("broker-2", 1)
    assert house.write(lambda s: register.lose(s, "broker-2", house.now)) is False, "it has answered since the doubt began"
    assert house.write(lambda s: register.lose(s, "broker-2", house.now + timedelta(seconds=1))) is True
    assert house.write(lambda s: register.lose(s, "broker-2", house.now + timedelta(seconds=1))) is False, "known"
    assert audited(house, "broker.lost") == 1
    assert carrier(house, visit) == ("broker-1", 2)


def test_nobody_is_sent_to_a_broker_that_is_lost(house: House, visit: LiveVisit) -> None:
    later = house.now + timedelta(seconds=1)
    house.write(lambda s: (register.lose(s, "broker-1", later), register.lose(s, "broker-2", later)))
    with pytest.raises(NoBroker):
        join(house, visit)
    answer = told(house, broker="broker-2", boot="boot2", outside_url="ws://127.0.0.1:8")
    house.write(lambda s: register.enter(s, "http://x", answer, house.now, house.now))
    assert carrier(house, visit)[0] == "broker-2", "it answers again"


def test_a_draining_broker_keeps_whom_it_has_and_a_leaving_one_does_not(house: House, visit: LiveVisit) -> None:
    assert carrier(house, visit) == ("broker-2", 1)
    change_live(house, visit, participants=[{"pid": "visitor:1", "state": "in_session"}])
    change(house, "broker-2", draining=True)
    assert carrier(house, visit) == ("broker-2", 1)
    change(house, "broker-2", leaving=True)
    assert carrier(house, visit) == ("broker-1", 2)


def test_a_draining_broker_that_has_not_opened_it_yet_gives_it_up(house: House, visit: LiveVisit) -> None:
    assert carrier(house, visit) == ("broker-2", 1)
    change(house, "broker-2", draining=True)
    assert carrier(house, visit) == ("broker-1", 2), "there it would be refused for ever"


def test_where_there_is_no_other_a_leaving_broker_is_better_than_none(house: House, visit: LiveVisit) -> None:
    assert carrier(house, visit) == ("broker-2", 1)
    change(house, "broker-2", leaving=True)
    change(house, "broker-1", draining=True)
    assert carrier(house, visit) == ("broker-2", 1)


def test_a_session_its_broker_no_longer_has_begins_a_new_run_there(house: House, visit: LiveVisit) -> None:
    change(house, "broker-2", draining=True)
    sid = join(house, visit)["sid"]
    pid = f"visitor:{visit.family.visitor.id}"
    beat(house, sessions=[seen(sid, pid, seconds_used=100.0)])
    beat(house)
    live = live_of(house, visit)
    assert (live.boot, live.gate_open, live.gate_reason, live.participants) == ("", False, "BROKER", [])
    assert live.interrupted_at is not None
    assert carrier(house, visit) == ("broker-1", 2)
    assert live_of(house, visit).seconds_before == 100.0
    beat(house, sessions=[seen(sid, pid, seconds_used=5.0)])
    assert live_of(house, visit).seconds_used == 105.0


def test_the_gap_is_in_the_audit(house: House, visit: LiveVisit) -> None:
    sid = join(house, visit)["sid"]
    change_live(house, visit, live_at=house.now, interrupted_at=house.now)
    opened = event(1, sid, "gate", house.now + timedelta(seconds=3.4), open=True, reason=None)
    house.write(lambda s: journal.take_over(s, "broker-2", [opened], house.now))
    row = house.read(lambda s: s.scalars(select(AuditEntry).where(AuditEntry.act == "session.gap")).one())
    assert row.detail["gap_seconds"] == 3.4
    assert live_of(house, visit).interrupted_at is None


def test_what_was_decided_goes_along_signed_by_the_prison_alone(house: House, visit: LiveVisit) -> None:
    sid = join(house, visit)["sid"]
    guest, officer = f"visitor:{visit.family.visitor.id}", f"officer:{visit.officer.id}"
    events = [
        event(1, sid, "gate", house.now, open=True, reason=None),
        event(2, sid, "muted", house.now, officer, pid=guest),
        event(3, sid, "warned", house.now, officer, id="m1", rule=3, to=[guest, "terminal:1"], text="t"),
        event(4, sid, "confirmed", house.now, "terminal:1", id="m1", rule=3),
        event(5, sid, "pause", house.now, officer, reason="technical: the words of the officer"),
    ]
    house.write(lambda s: journal.take_over(s, "broker-2", events, house.now))
    change_live(house, visit, seconds_used=300.0)
    change(house, "broker-2", lost_at=house.now)
    grant = act(house, visit, lambda s, b: service.officer_token(s, officer_of(visit), b, "supervise", house.now))
    facts = claims(house, "prison", grant["token"]).facts
    assert facts is not None
    assert facts.minutes == 25
    assert facts.resume == tokens.Resume(
        run=1, was_live=True, pause="technical", muted=(guest,), warnings=1, unconfirmed=(tokens.Unconfirmed(rule=3, to=(guest,)),)
    )
    family = claims(house, "family", join(house, visit)["token"]).facts
    assert family is not None
    assert family.resume == tokens.Resume(), "a family's token tells nothing of what officers decided"


# -- any order


def history(house: House, visit: LiveVisit, sid: str) -> list[dict[str, Any]]:
    """Joined, lost, rejoined, open, left: five lines of a journal."""
    guest = f"visitor:{visit.family.visitor.id}"
    at = [house.now + timedelta(seconds=n) for n in range(6)]
    return [
        event(1, sid, "joined", at[1], guest),
        event(2, sid, "lost", at[2], guest, media=False, socket=True),
        event(3, sid, "rejoined", at[3], guest) | {"generation": 2},
        event(4, sid, "gate", at[4], open=True, reason=None),
        event(5, sid, "left", at[5], guest) | {"generation": 2},
    ]


def state(session: Session, live_id: int) -> tuple[Any, ...]:
    session.flush()
    live = session.get_one(LiveSession, live_id)
    events = session.execute(select(SessionEvent.number, SessionEvent.type, SessionEvent.pid, SessionEvent.generation).order_by(SessionEvent.id)).all()
    cursor = session.scalar(select(Broker.cursor).where(Broker.id == "broker-2"))
    return live.stage, live.gate_open, live.live_at, [tuple(row) for row in events], cursor


class Undo(Exception):
    """Rolls a transaction back."""


def test_every_order_of_arrival_gives_one_state(house: House, visit: LiveVisit) -> None:
    """Lines arrive late, early and twice, from as many readers as there are lines; each says behind which line it was read."""
    sid = join(house, visit)["sid"]
    lines, live_id = history(house, visit, sid), live_of(house, visit).id
    seen_states = []

    def deliver(order: tuple[dict[str, Any], ...]) -> None:
        def work(session: Session) -> None:
            for _ in lines:  # what was put aside is fetched again, from the cursor
                for line in order:
                    journal.take_over(session, "broker-2", [line], house.now, after=line["n"] - 1)
            seen_states.append(state(session, live_id))
            raise Undo

        with pytest.raises(Undo):
            house.write(work)

    for order in permutations(lines):
        deliver(order)
    assert len(seen_states) == 120
    assert all(one == seen_states[0] for one in seen_states)
    guest = lines[0]["pid"]
    kept = [(1, "joined", guest, 1), (2, "lost", guest, 1), (3, "rejoined", guest, 2), (4, "gate", "", 1), (5, "left", guest, 2)]
    assert seen_states[0][3] == kept
    assert (seen_states[0][1], seen_states[0][4]) == (True, 5)


def test_a_batch_in_disorder_is_put_in_order(house: House, visit: LiveVisit) -> None:
    sid = join(house, visit)["sid"]
    assert house.write(lambda s: journal.take_over(s, "broker-2", history(house, visit, sid)[::-1], house.now)) == 5
    assert house.read(lambda s: s.get_one(Broker, "broker-2").cursor) == 5


def test_two_people_who_ask_at_once_get_the_same_broker(house: House, visit: LiveVisit) -> None:
    """One after the other here; truly at once in tests/faults."""
    first = join(house, visit)["url"]
    change(house, "broker-1", sessions=0)
    second = act(house, visit, lambda s, b: service.officer_token(s, officer_of(visit), b, "supervise", house.now))["url"]
    assert first == second

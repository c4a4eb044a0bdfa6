"""The live visit on PostgreSQL, each application under its own role: what the services lock, read and write is what the roles may."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import House
from tests.factories import LiveVisit, make_broker, make_live_visit, make_sign_in
from tests.web.browsing import browser
from tests.web.test_supervision_service import SEGMENT, act, event, family_of, live_of, officer_of, seen, terminal_of, told
from visitation.accounts.models import Account
from visitation.bookings.models import Booking
from visitation.supervision import checkin, closing, commands, journal, recordings, register, rights, service
from visitation.supervision.checkin import Verdict
from visitation.supervision.models import LiveSession, Segment

pytestmark = [pytest.mark.postgresql, pytest.mark.xdist_group("postgresql")]


def test_a_visit_under_both_roles(zones: House) -> None:
    house, now = zones, zones.now
    visit: LiveVisit = house.write(lambda s: (make_broker(s, now), make_live_visit(s, now))[1])
    lead, pid = visit.family.visitor.id, f"visitor:{visit.family.visitor.id}"
    sid = act(house, visit, lambda s, b: service.participant_token(s, family_of(visit), b, now), "family")["sid"]
    act(house, visit, lambda s, _b: make_sign_in(s, s.get_one(Account, visit.officer.id), "prison", now))
    act(house, visit, lambda s, b: service.officer_token(s, officer_of(visit), b, "check_in", now))
    act(house, visit, lambda s, b: checkin.decide(s, officer_of(visit), b, Verdict(lead, "confirmed", leg=pid), now))
    act(house, visit, lambda s, b: checkin.finish(s, officer_of(visit), b, now))
    act(house, visit, lambda s, b: service.participant_token(s, terminal_of(visit), b, now))
    beats(house, told(house, sessions=[seen(sid, pid)], done=[one["id"] for one in house.read(lambda s: commands.waiting(s, "broker-1"))]))
    assert house.read(lambda s: rights.look(s, [sid], now)) == rights.Findings()
    act(house, visit, lambda s, b: service.extend(s, officer_of(visit), b, 5, now))
    officer = browser(house, "prison", visit.officer)
    for page in ("/", f"/visits/{visit.booking.ref}/console", "/recordings"):
        assert officer.get(page).status_code == 200, page
    events = [
        event(1, sid, "gate", now, open=True, reason=None),
        event(2, sid, "segment", now, **SEGMENT),
        event(3, sid, "ended", now, outcome="completed", cause="TIME_UP", seconds_used=2100.0),
    ]
    assert house.write(lambda s: journal.take_over(s, "broker-1", events, now)) == 3
    assert house.read(lambda s: s.get_one(Booking, visit.booking.id).outcome) == "completed"
    act(house, visit, lambda s, b: service.write_outcome(s, officer_of(visit), b, {"outcome": "completed", "note": "n", "inmate_note": "", "concern": 0}, now))
    assert officer.get(f"/recordings/{visit.booking.ref}").status_code == 200
    sweeps(house, visit)


def beats(house: House, answer: dict[str, Any]) -> None:
    house.write(lambda s: register.enter(s, "http://x", answer, house.now, house.now))


def sweeps(house: House, visit: LiveVisit) -> None:
    """Everything that runs by itself."""
    settings = house.prison.extensions["settings"]
    house.write(lambda s: closing.close_overdue(s, house.now))
    house.write(lambda s: closing.close_unopened(s, house.now))
    house.write(lambda s: commands.forget(s, house.now + timedelta(days=30)))

    def age(session: Any) -> None:
        row = session.scalars(select(Segment)).one()
        row.state, row.keep_until = "stored", house.now.date() - timedelta(days=1)

    house.write(age)
    with house.prison.app_context():
        sweep = recordings.retention(settings.data_dir, recordings.copies())
    assert house.write(lambda s: sweep(s, house.now)) == 1
    assert live_of(house, visit).ended_at is not None


def test_a_broker_that_dies_is_replaced_from_either_side(zones: House) -> None:
    house = zones
    visit: LiveVisit = house.write(lambda s: (make_broker(s, house.now), make_live_visit(s, house.now))[1])
    act(house, visit, lambda s, b: service.participant_token(s, family_of(visit), b, house.now), "family")
    house.clock.advance(timedelta(seconds=10))
    house.write(lambda s: make_broker(s, house.now, id="broker-2", boot="b2"))
    act(house, visit, lambda s, b: service.participant_token(s, family_of(visit), b, house.now), "family")
    assert house.read(lambda s: s.scalars(select(LiveSession)).one().broker_id) == "broker-2"

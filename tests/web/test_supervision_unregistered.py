"""An unregistered person in the picture: what the officer marked is in the record under their name, and the outcome follows from it."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.conftest import House
from tests.factories import LiveVisit, make_broker, make_live_visit
from visitation.audit.models import AuditEntry
from visitation.bookings.models import Booking
from visitation.supervision import journal, service
from visitation.supervision.models import LiveSession

REASON = "unregistered_person: a man behind the sofa"
LIVE = [("gate", {"open": True, "reason": None}), ("stage", {"from": "waiting", "to": "live", "reason": None})]
PAUSED = [("stage", {"from": "live", "to": "paused", "reason": REASON}), ("marked", {"note_code": "unregistered_person", "seconds_used": 300.0})]
RESUMED = [("stage", {"from": "paused", "to": "live", "reason": None})]


def played(house: House, *happened: tuple[str, dict[str, Any]], outcome: str = "completed", cause: str = "HARD_END") -> tuple[LiveVisit, str | None]:
    """A visit in which this happened, as the broker's journal tells it, up to its end; and the outcome of its booking."""

    def play(session: Session) -> LiveVisit:
        broker = make_broker(session, house.now)
        visit = make_live_visit(session, house.now)
        live = service.open_session(session, visit.booking, house.now)
        live.broker_id, live.boot = broker.id, broker.boot
        ending = [("stage", {"from": "paused", "to": "ended", "reason": cause}), ("ended", {"outcome": outcome, "cause": cause, "seconds_used": 300.0})]
        events = [
            {
                "n": n,
                "id": f"e{n}",
                "at": house.now.isoformat(),
                "sid": live.sid,
                "type": kind,
                "pid": f"officer:{visit.officer.id}",
                "generation": 1,
                "data": data,
            }
            for n, (kind, data) in enumerate([*happened, *ending], 1)
        ]
        journal.take_over(session, broker.id, events, house.now)
        return visit

    visit = house.write(play)
    return visit, house.read(lambda s: s.get_one(Booking, visit.booking.id)).outcome


@pytest.mark.parametrize(
    ("happened", "said", "cause", "outcome"),
    [
        (PAUSED, "completed", "HARD_END", "ended_by_officer"),
        (PAUSED, "abandoned", "OUTSIDE_LOST", "ended_by_officer"),
        (PAUSED, "ended_by_officer", REASON, "ended_by_officer"),
        (PAUSED, "technical", "TERMINAL_LOST", "technical"),
        ([*PAUSED, *RESUMED], "completed", "TIME_UP", "completed"),
        ([*PAUSED, *RESUMED], "abandoned", "OUTSIDE_LOST", "ended_by_visitor"),
    ],
)
def test_the_outcome_follows(house: House, happened: list[tuple[str, dict[str, Any]]], said: str, cause: str, outcome: str) -> None:
    _visit, came = played(house, *LIVE, *happened, outcome=said, cause=cause)
    assert came == outcome


def test_the_record_names_the_officer(house: House) -> None:
    visit, _ = played(house, *LIVE, *PAUSED)
    row = house.read(lambda s: s.scalars(select(AuditEntry).where(AuditEntry.act == "session.marked")).one())
    assert (row.actor_id, row.detail["note_code"]) == (visit.officer.id, "unregistered_person")
    assert house.read(lambda s: s.scalars(select(LiveSession)).one()).stage == "ended"

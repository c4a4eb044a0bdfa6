"""A legal-help afternoon for tests: a day that is on, a lawyer with cases in seats, and the prison around them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consult.directory.models import Institution
from consult.helpdays.models import HelpDuty, HelpSeat
from consult.lawyers.models import Lawyer
from consult.requests.models import HelpRequest
from tests.conftest import NOON
from tests.web.helpday_world import Day, make_day, make_request

PLACES = {"441900": (23.02, 113.75), "440300": (22.54, 114.06), "510100": (30.57, 104.07)}


@dataclass
class Afternoon:
    """The day, and its seats by lawyer in the order of time."""

    day: Day
    seats: list[list[HelpSeat]]

    @property
    def lawyer(self) -> Lawyer:
        return self.day.lawyers[0]

    @property
    def request(self) -> HelpRequest:
        return self.seats[0][0].request


def make_afternoon(session: Session, cases: int = 1, lawyers: int = 1, starts_at: datetime = NOON, **wanted: Any) -> Afternoon:
    """A published day from `starts_at`; seats without bookings, 20 minutes each, terminals by turns. `wanted`: columns of the requests."""
    day = make_day(session, ({},) * lawyers, wards=2)
    day.day.starts_at, day.day.ends_at, day.day.state = starts_at, starts_at + timedelta(minutes=150), "published"
    seats = []
    for duty in session.scalars(select(HelpDuty).where(HelpDuty.day_id == day.day.id).order_by(HelpDuty.place)).all():
        row = []
        for number in range(cases):
            request = make_request(session, day, **wanted)
            request.state = "seated"
            begins = starts_at + timedelta(minutes=20 * number)
            terminal = day.day.terminals[2 * (duty.place - 1) + number % 2]
            seat = HelpSeat(day_id=day.day.id, request_id=request.id, duty_id=duty.id, terminal_id=terminal, state="published")
            seat.starts_at, seat.ends_at = begins, begins + timedelta(minutes=20)
            session.add(seat)
            row.append(seat)
        seats.append(row)
    session.flush()
    return Afternoon(day, seats)


def make_institutions(session: Session) -> list[Institution]:
    """A labour arbitration and a mediation committee in each of three cities."""
    rows = []
    for code, (latitude, longitude) in PLACES.items():
        for kind in ("labour_arbitration", "mediation"):
            spot = {"place_code": code, "latitude": latitude, "longitude": longitude, "address": f"{code}路1号", "phone": "0769-12345678"}
            rows.append(Institution(kind=kind, name=f"{code}{kind}", hours="周一至周五", checked_on=NOON.date(), updated_at=NOON, **spot))
    session.add_all(rows)
    session.flush()
    return rows

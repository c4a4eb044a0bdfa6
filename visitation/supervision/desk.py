"""The desk: what needs a decision today, on one screen, the most urgent first."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from visitation.bookings.models import Booking
from visitation.kernel.identity import Identity
from visitation.movements.queries import places_of
from visitation.officers.queries import officers_of
from visitation.policies.queries import policies_of
from visitation.supervision.models import LiveSession, SessionTask
from visitation.supervision.queries import damaged_recordings, open_tasks, sessions_of, to_relisten, todays_bookings, unwritten_outcomes
from visitation.supervision.rules import phase


@dataclass(frozen=True)
class DeskItem:
    """A pile of things that wait for a decision in some room: `count` of them, the most urgent one's lamp (green, yellow, red), and the page they are on."""

    text: Any
    count: int
    url: str
    lamp: str = "green"


DeskProvider = Callable[[Session, Identity, datetime], Iterable[DeskItem]]
"""What a room registers at the composition root: its piles, for this person. It leaves out what this person may not decide."""

LAMPS = {"red": 0, "yellow": 1, "green": 2}


@dataclass(frozen=True)
class Row:
    """A visit of today: its booking, its session if one is open, and the phase it is in (rules.phase).

    officer: the name of whom the plan of the day gives it to; mine: that is who looks. place: where the inmate is (movements.rules.place).
    """

    booking: Booking
    live: LiveSession | None
    phase: str
    officer: str = ""
    mine: bool = False
    place: str = ""

    @property
    def minutes_used(self) -> int:
        return round((self.live.seconds_used if self.live else 0) / 60)


@dataclass(frozen=True)
class Board:
    """Everything that one look at the desk shows."""

    now: datetime
    tasks: list[SessionTask] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    unwritten: list[LiveSession] = field(default_factory=list)
    relisten: list[LiveSession] = field(default_factory=list)
    damaged: list[LiveSession] = field(default_factory=list)
    items: list[DeskItem] = field(default_factory=list)

    @property
    def to_check_in(self) -> list[Row]:
        return _mine_first(row for row in self.rows if row.phase in ("late", "ready", "checking_in"))

    @property
    def running(self) -> list[Row]:
        return _mine_first(row for row in self.rows if row.phase in ("waiting", "live", "paused"))


def _mine_first(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: not row.mine)


def board(session: Session, who: Identity, now: datetime, providers: Iterable[DeskProvider], supervises: bool) -> Board:
    """The desk of this person at this moment. `supervises`: whether live visits are theirs to see."""
    piles = [item for provider in providers for item in provider(session, who, now) if item.count]
    items = sorted(piles, key=lambda item: LAMPS.get(item.lamp, 3))
    if not supervises:
        return Board(now, items=items)
    return Board(
        now,
        tasks=open_tasks(session, who.prison_id),
        rows=rows(session, who, now),
        unwritten=unwritten_outcomes(session, who.prison_id),
        relisten=to_relisten(session, who.prison_id),
        damaged=damaged_recordings(session, who.prison_id),
        items=items,
    )


def rows(session: Session, who: Identity, now: datetime) -> list[Row]:
    """Today's visits with their sessions, in order of their start."""
    booked = todays_bookings(session, who.prison_id, now)
    live = sessions_of(session, [booking.id for booking in booked])
    named, places = officers_of(session, [booking.id for booking in booked]), places_of(session, booked)
    ready = policies_of(session, who.prison_id, ("ready_minutes",)).value("ready_minutes", now.date())
    found = []
    for booking in booked:
        one = live.get(booking.id)
        minutes = booking.terms.get("ready_minutes", ready)
        now_in = phase(booking.state, one.stage if one else "scheduled", booking.starts_at, minutes, now)
        account, name = named.get(booking.id, (None, ""))
        found.append(Row(booking, one, now_in, name, account == who.account_id, places.get(booking.id, "")))
    return found

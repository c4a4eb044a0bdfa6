"""Months that are over, for the figures: visits as they ended, who watched them, what was held elsewhere, who waited. Written in bulk, once.

They claim nothing any more, and nothing follows from them today: nobody is told or suspended, and their recordings have been deleted.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.bookings.models import Booking, BookingVisitor, QuotaEntry, Wish
from visitation.demo.logins import FAMILIES, STAFF
from visitation.demo.places import TRIAL
from visitation.demo.sessions import HELD, watched
from visitation.demo.visits import PAST
from visitation.kernel.interval import at_local, local_day, month_start, next_month
from visitation.people.models import Kinship
from visitation.supervision.models import LiveSession, Segment
from visitation.timetable.models import Terminal
from visitation.timetable.queries import days_off

DAYS = 240
SETTLED = timedelta(days=7)
"""From the decision on a claim to the family's first visit."""
STARTS = (time(9), time(9, 40), time(10, 20), time(13, 30), time(14, 10), time(14, 50), time(15, 30))
ENDS = (
    *(("completed", 1740),) * 15,
    ("ended_by_officer", 900),
    ("ended_by_visitor", 1200),
    ("no_show_visitor", 0),
    ("refused_by_inmate", 0),
    ("technical", 300),
)
KEPT = timedelta(days=14)
BYTES_A_SECOND = 52_000


@dataclass(frozen=True)
class Family:
    """A kinship that has been approved, and since when."""

    kinship: Kinship
    account_id: int
    since: datetime


def past(session: Session, now: datetime) -> None:
    """Every month from DAYS ago until what the engine itself has booked begins."""
    chance = random.Random(65)
    last = local_day(now) + timedelta(days=PAST.start - 1)
    watchers = _watchers(session)
    taken: set[tuple[int, datetime]] = set()
    known = _families(session)
    for family in known:
        off = set(days_off(session, family.kinship.prison_id, local_day(family.since), last))
        for day in _days(family, local_day(now) - timedelta(days=DAYS), last, off, chance):
            _visit(session, chance, family, day, watchers[family.kinship.prison_id], taken)
    session.flush()
    _elsewhere(session, known, watchers, now)
    _waited(session, known, now)


def _families(session: Session) -> list[Family]:
    """Without the demo's own sign-ins: whoever tries one finds only what the engine has booked for it."""
    own = [login.name for login in FAMILIES]
    query = select(Kinship, Account.id).join(Account, Account.visitor_id == Kinship.visitor_id)
    rows = session.execute(query.where(Kinship.state == "approved", Kinship.inmate_id.is_not(None), Account.name.not_in(own)).order_by(Kinship.id))
    return [Family(kinship, account_id, kinship.decided_at) for kinship, account_id in rows if kinship.decided_at is not None]


def _watchers(session: Session) -> dict[int, list[tuple[int, int]]]:
    """prison -> (officer, terminal), by turns."""
    logins = [login.login for login in STAFF if "officer" in login.roles]
    found: dict[int, list[tuple[int, int]]] = {}
    officers = session.execute(select(Account.id, Account.prison_id).where(Account.login.in_(logins)).order_by(Account.id)).all()
    terminals = session.execute(select(Terminal.id, Terminal.prison_id).where(Terminal.name != TRIAL).order_by(Terminal.id)).all()
    for officer, prison in officers:
        if prison is not None:
            found.setdefault(prison, []).extend((officer, terminal) for terminal, place in terminals if place == prison)
    return found


def _days(family: Family, begin: date, last: date, off: Iterable[date], chance: random.Random) -> Iterator[date]:
    """Some days of each month, none of them a day off."""
    first, closed = max(begin, local_day(family.since + SETTLED)), set(off)
    month = month_start(first)
    while month <= last:
        whole = [month + timedelta(days=number) for number in range((next_month(month) - month).days)]
        open_days = [day for day in whole if first <= day <= last and day not in closed and day.weekday() < 5]
        yield from sorted(chance.sample(open_days, min(len(open_days), chance.choice((1, 2, 2, 3)))))
        month = next_month(month)


def _visit(session: Session, chance: random.Random, family: Family, day: date, places: list[tuple[int, int]], taken: set[tuple[int, datetime]]) -> None:
    officer, terminal = chance.choice(places)
    starts_at, call = at_local(day, chance.choice(STARTS)), chance.random() < 0.2
    if (terminal, starts_at) in taken:
        return
    taken.add((terminal, starts_at))
    outcome, seconds = chance.choice(ENDS)
    minutes, seconds = (10, min(seconds, 560)) if call else (30, seconds)
    asked_at = starts_at - timedelta(days=chance.randint(4, 24), hours=chance.randint(0, 5))
    reviewed = chance.random() < 0.2
    decided_at = asked_at + timedelta(hours=chance.randint(3, 90)) if reviewed else asked_at
    booking = Booking(
        kind="family_call" if call else "family_visit",
        prison_id=family.kinship.prison_id,
        inmate_id=family.kinship.inmate_id,
        terminal_id=terminal,
        account_id=family.account_id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        turnaround=10,
        state="ended",
        outcome=outcome,
        terms={"minutes": minutes},
        notice_accepted_at=asked_at,
        created_at=asked_at,
        due_at=asked_at + timedelta(days=3) if reviewed else None,
        decided_at=decided_at,
        decided_by=officer if reviewed else None,
        reason_code="BROKER_LOST" if outcome == "technical" else None,
    )
    booking.party = [BookingVisitor(visitor_id=family.kinship.visitor_id, kinship_id=family.kinship.id, place=0)]
    session.add(booking)
    if outcome in HELD:
        live = watched(booking, officer, seconds)
        session.add(live)
        if not call and len(taken) % 4 == 0:
            session.add_all(_recorded(live, leg) for leg in ("terminal", "outside1"))


def _recorded(live: LiveSession, leg: str) -> Segment:
    """A side's recording whose time was over."""
    made_at, kept_until = live.booking.starts_at, local_day(live.booking.starts_at + KEPT)
    segment = Segment(session=live, broker_id="broker-1", file=f"{live.sid}-{leg}-1", leg=leg, number=1, sha256="0" * 64, seconds=live.seconds_used)
    segment.bytes, segment.starts_at, segment.keep_until = round(live.seconds_used * BYTES_A_SECOND), made_at, kept_until
    segment.state, segment.fetched_at, segment.deleted_at = "deleted", made_at + timedelta(hours=1), at_local(kept_until, time(23))
    segment.forget_asked_at = segment.forgotten_at = segment.deleted_at
    return segment


def _elsewhere(session: Session, known: list[Family], watchers: dict[int, list[tuple[int, int]]], now: datetime) -> None:
    """Some visits that were held on site, entered by an officer."""
    for number, family in enumerate(known[::3]):
        held_on = local_day(now) - timedelta(days=35 + 29 * (number % 6))
        line = QuotaEntry(inmate_id=family.kinship.inmate_id, month=month_start(held_on), purse="visit", kind="external", units=1)
        line.at, line.held_on, line.note = at_local(held_on, time(17)), held_on, "现场会见"
        line.entered_by = watchers[family.kinship.prison_id][0][0]
        session.add(line)


def _waited(session: Session, known: list[Family], now: datetime) -> None:
    """Some who waited for a place and got one, or gave up, or waited in vain."""
    for number, family in enumerate(known):
        at = now - timedelta(days=18 + 9 * number)
        first = local_day(at) + timedelta(days=5)
        wish = Wish(account_id=family.account_id, prison_id=family.kinship.prison_id, inmate_id=family.kinship.inmate_id, kinship_id=family.kinship.id)
        wish.kind, wish.first_day, wish.last_day = "family_visit", first, first + timedelta(days=20)
        wish.weekdays, wish.parts, wish.created_at = "01234", "morning,afternoon", at
        wish.state, wish.ended_at = ("done", "done", "left", "over")[number % 4], at + timedelta(days=3 + 5 * (number % 3))
        session.add(wish)

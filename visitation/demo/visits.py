"""Visits of the last and the coming weeks, held and confirmed through the booking engine as on the day they would have been booked."""

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.accounts.queries import identity_of
from visitation.bookings import queries, service
from visitation.bookings.models import Booking
from visitation.bookings.service import Party, Wanted
from visitation.bookings.terms import fingerprint
from visitation.demo.logins import FAMILIES, STAFF
from visitation.demo.sessions import HELD, watched
from visitation.kernel.errors import Refused
from visitation.kernel.identity import Identity
from visitation.kernel.ids import secret_token
from visitation.kernel.interval import Interval, at_local, local_day
from visitation.people.models import Kinship, Visitor

PAST = range(-14, 0)
TODAY = 8
"""How many visits are tried for today."""
COMING = range(1, 15)
BEFORE = timedelta(days=6)
"""How long before its day a visit was booked."""
NEAR = timedelta(minutes=40)
TRIES = 4
"""How many families are asked for each place of the plan: most have used their month by then."""
OUTCOMES = (
    *(("completed", 1740, None),) * 6,
    ("no_show_visitor", 0, None),
    ("technical", 420, "BROKER_LOST"),
    ("ended_by_officer", 900, None),
    ("refused_by_inmate", 0, None),
)


def plan(now: datetime) -> list[tuple[int, bool]]:
    """(days from today, whether it is a call) of each visit that is tried."""
    chance = random.Random(64)
    days = [*(day for day in PAST for _turn in range(3)), *(0 for _turn in range(TODAY)), *(day for day in COMING for _turn in range(3))]
    return [(day, chance.random() < 0.15) for day in days]


def claims(session: Session) -> list[int]:
    """Approved claims of people with an account of their own, in a fixed order; without the one who has not booked yet."""
    own = select(Account.visitor_id).where(Account.kind == "family", Account.visitor_id.is_not(None), Account.name != FAMILIES[1].name)
    rows = select(Kinship.id).where(Kinship.state == "approved", Kinship.visitor_id.in_(own)).order_by(Kinship.id)
    return list(session.scalars(rows))


def book_one(session: Session, kinship_id: int, day: date, call: bool, now: datetime, key: str) -> Booking | None:
    """Book one visit on `day`, as if some days before; None when this family may not, or nothing is free. A refusal leaves nothing behind."""
    kinship = session.get_one(Kinship, kinship_id)
    who = account_of(session, kinship)
    booked = min(at_local(day, time(10)) - BEFORE, now - timedelta(hours=1))
    kind = "family_call" if call else "family_visit"
    case = queries.case_of(session, who, kinship, kind, day, day, booked)
    slots = [slot for slot in (case.offered(day, booked) if case is not None else []) if not _is_now(slot.visit, now)]
    if not slots:
        return None
    slot = slots[(kinship_id * 7) % len(slots)]
    return confirm(session, who, Wanted(kinship.ref, kind, slot.start), booked, key)


def confirm(session: Session, who: Identity, wanted: Wanted, at: datetime, key: str, codes: tuple[str, ...] = ()) -> Booking:
    """Hold and confirm in one go. Raises Refused."""
    held = service.hold(session, who, wanted, key, at)
    session.flush()
    terms = fingerprint(service.terms_shown(session, held))
    return service.confirm(session, who, held.id, Party(codes, "zh", True, terms), key, at + timedelta(minutes=2))


def _is_now(visit: Interval, now: datetime) -> bool:
    """A visit that would be going on, or about to, and at which nobody would appear."""
    return visit.start - NEAR < now < visit.end


def finish(session: Session, booking: Booking, turn: int) -> None:
    """Give a visit of the past its outcome."""
    outcome, seconds, cause = OUTCOMES[turn % len(OUTCOMES)]
    if booking.state == "confirmed":
        seconds = seconds if booking.kind == "family_visit" else min(seconds, 580)
        service.record_outcome(session, booking.id, outcome, seconds, cause, booking.ends_at)
        if outcome in HELD:
            session.add(watched(booking, _officer(session, booking.prison_id), seconds))


def _officer(session: Session, prison_id: int) -> int:
    """Who is on duty there."""
    logins = [login.login for login in STAFF if "officer" in login.roles]
    return session.scalars(select(Account.id).where(Account.login.in_(logins), Account.prison_id == prison_id).order_by(Account.id).limit(1)).one()


def account_of(session: Session, kinship: Kinship) -> Identity:
    visitor = session.get_one(Visitor, kinship.visitor_id)
    mine = select(Account).where((Account.visitor_id == visitor.id) | (Account.id == visitor.manager_id)).order_by(Account.id)
    return identity_of(session.scalars(mine).first() or session.get_one(Account, visitor.manager_id), "family")


def work(now: datetime) -> Iterator[tuple[int, bool, int, str]]:
    """(day offset, call, turn, key) of each booking to try, in order."""
    for turn, (offset, call) in enumerate(plan(now)):
        yield offset, call, turn, f"demo-{turn}-{secret_token()[:8]}"


def try_turn(session: Session, turn: int, offset: int, call: bool, key: str, now: datetime) -> bool:
    """One booking of the plan, by the next family in the round that may."""
    people = claims(session)
    day = local_day(now) + timedelta(days=offset)
    for step in range(min(TRIES, len(people))):
        kinship_id = people[(turn * 5 + step) % len(people)]
        try:
            with session.begin_nested():
                booking = book_one(session, kinship_id, day, call, now, f"{key}-{step}")
        except Refused:
            continue
        if booking is not None:
            if booking.ends_at < now:
                finish(session, booking, turn)
            return True
    return False

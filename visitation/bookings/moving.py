"""The prison moves visits, one or a whole closed day, by a plan that is shown before it is done. Nothing of the month's allowance changes (rules.md §4)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from visitation.audit.service import record
from visitation.bookings.locks import booking_for_change
from visitation.bookings.models import Booking, BookingVisitor, Move
from visitation.bookings.planning import Planner
from visitation.bookings.reaching import end_offer, offer_for_change, open_offer_of
from visitation.bookings.seating import clear_time_flags, seat
from visitation.bookings.telling import tell_party
from visitation.kernel.errors import Refused, StateChanged
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.people.models import Inmate, NonAssociation, Visitor
from visitation.timetable.queries import lock_shared
from visitation.timetable.rules import Slot

MOST = 200
SPAN = timedelta(days=45)


@dataclass(frozen=True)
class Wanted:
    """Which visits (references), to which days, and what the families are told."""

    refs: tuple[str, ...]
    first: date
    last: date
    reason_code: str = ""
    reason_text: str = ""


@dataclass(frozen=True)
class Step:
    """One visit of a plan. `slot` None: no place was found for it."""

    booking: Booking
    slot: Slot | None


@dataclass(frozen=True)
class Plan:
    """What would be done, and the name of exactly that: doing refuses when it has become another."""

    steps: tuple[Step, ...]
    fingerprint: str

    @property
    def placed(self) -> int:
        return sum(step.slot is not None for step in self.steps)


def coming(session: Session, prison_id: int, refs: Sequence[str], now: datetime) -> list[Booking]:
    """Those of the visits that can still be moved, in order of time: of this prison, not started, not ended."""
    query = (
        select(Booking)
        .where(Booking.ref.in_(list(refs)[:MOST]), Booking.prison_id == prison_id, Booking.state.in_(("requested", "confirmed")), Booking.starts_at > now)
        .options(joinedload(Booking.inmate).joinedload(Inmate.ward), joinedload(Booking.terminal))
        .options(selectinload(Booking.party).joinedload(BookingVisitor.visitor), selectinload(Booking.party).joinedload(BookingVisitor.kinship))
        .order_by(Booking.starts_at, Booking.id)
    )
    return list(session.scalars(query.execution_options(populate_existing=True)))


def plan(session: Session, prison_id: int, wanted: Wanted, now: datetime) -> Plan:
    """A place for each visit, the nearest to its own time that is still free when its turn comes; visits in order of time."""
    rows = coming(session, prison_id, wanted.refs, now)
    last = min(wanted.last, wanted.first + SPAN)
    steps: list[Step] = []
    if rows and last >= wanted.first:
        planner = Planner(session, rows, wanted.first, last, now + timedelta(hours=1))
        for row in rows:
            slot = next(iter(planner.nearest(row)), None)
            if slot is not None:
                planner.give(row, slot)
            steps.append(Step(row, slot))
    else:
        steps = [Step(row, None) for row in rows]
    told = [f"{prison_id} {wanted}", *(f"{s.booking.ref} {s.booking.sequence} {s.booking.starts_at} {s.slot and s.slot.start}" for s in steps)]
    return Plan(tuple(steps), hashlib.sha256("\n".join(told).encode()).hexdigest()[:32])


def move(session: Session, who: Identity, prison_id: int, wanted: Wanted, seen: str, now: datetime) -> list[Booking]:
    """Do the plan that was shown. Raises Refused PLAN_CHANGED when it is another by now, MOVE_NOWHERE when it moves nothing."""
    _stand_still(session, prison_id, wanted.refs)
    made = plan(session, prison_id, wanted, now)
    if made.fingerprint != seen:
        raise Refused("PLAN_CHANGED")
    if not made.placed:
        raise Refused("MOVE_NOWHERE")
    grid_of = Planner(session, [step.booking for step in made.steps], wanted.first, min(wanted.last, wanted.first + SPAN), now).grid
    moved = []
    for step in made.steps:
        if step.slot is not None:
            booking = booking_for_change(session, step.booking.id)
            old = booking.starts_at
            seat(session, booking, step.slot, grid_of, now)
            after_move(session, who, booking, old, wanted.reason_code, wanted.reason_text, now)
            tell_party(session, booking, "booking_moved", now, wanted.reason_code, wanted.reason_text)
            moved.append(booking)
    return moved


def after_move(session: Session, who: Identity, booking: Booking, old: datetime, reason_code: str, reason_text: str, now: datetime) -> Move:
    """What follows when a visit has been given another place: minutes, number of the invitation, flags of the old time, the move's own row."""
    if booking.state not in ("requested", "confirmed") or old <= now:
        raise StateChanged
    minutes = int((booking.ends_at - booking.starts_at).total_seconds()) // 60
    if booking.terms and booking.terms.get("minutes") != minutes:
        booking.terms = {**booking.terms, "minutes": minutes}
    booking.sequence += 1
    cleared = clear_time_flags(session, booking, now)
    offer = open_offer_of(session, booking.id)
    if offer is not None:
        end_offer(session, offer_for_change(session, offer.id), "withdrawn", now)
    row = Move(booking_id=booking.id, at=now, moved_by=who.account_id or None, from_start=old, to_start=booking.starts_at)
    row.reason_code, row.reason_text = reason_code, reason_text
    session.add(row)
    session.flush()
    moved = {"old": old.isoformat(), "new": booking.starts_at.isoformat(), "flags": cleared, "days": (local_day(booking.starts_at) - local_day(old)).days}
    record(session, who, "booking.move", "booking", booking.ref, now, booking.prison_id, **moved)
    return row


def _stand_still(session: Session, prison_id: int, refs: Sequence[str]) -> None:
    """The locks of all these visits in the order of one booking's: timetable, inmates and those kept apart from them, visitors, bookings; each by id."""
    lock_shared(session, prison_id)
    chosen = select(Booking.id).where(Booking.ref.in_(list(refs)[:MOST]), Booking.prison_id == prison_id)
    inmates = set(session.scalars(select(Booking.inmate_id).where(Booking.id.in_(chosen))))
    for one, other in session.execute(select(NonAssociation.inmate_id, NonAssociation.other_id).where(NonAssociation.ended_at.is_(None))):
        if {one, other} & inmates:
            inmates |= {one, other}
    session.execute(select(Inmate.id).where(Inmate.id.in_(inmates)).order_by(Inmate.id).with_for_update(key_share=True)).all()
    visitors = select(BookingVisitor.visitor_id).where(BookingVisitor.booking_id.in_(chosen))
    session.execute(select(Visitor.id).where(Visitor.id.in_(visitors)).order_by(Visitor.id).with_for_update(read=True)).all()
    session.execute(select(Booking.id).where(Booking.id.in_(chosen)).order_by(Booking.id).with_for_update(key_share=True)).all()

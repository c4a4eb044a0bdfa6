"""Holding a time: the claims are taken while the form is still being filled in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.bookings import claims, facts, ledger, queries, requests, rules
from visitation.bookings.locks import stand_still
from visitation.bookings.models import Booking, BookingVisitor
from visitation.kernel.errors import NotFound, Refused, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.people.models import Kinship
from visitation.timetable.rules import Slot


@dataclass(frozen=True)
class Wanted:
    """The time a family has chosen."""

    kinship_ref: str
    kind: str
    start: datetime


def hold(session: Session, who: Identity, wanted: Wanted, key: str, now: datetime) -> Booking:
    """Keep a time while the form is filled in. A repeat with the same `key` returns the first result.

    Raises Refused with every reason, PlaceTaken when somebody was faster, NotFound for a kinship that is not theirs.
    """
    key = f"h:{int(wanted.start.timestamp())}:{key}"[:64]  # one page offers many times: each has its own key
    first = requests.first_result(session, who.account_id, key, now)
    if first is not None and (booking := requests.booking_of(session, first)).state != "expired":
        return booking
    seen = _theirs(session, who, wanted)
    stand_still(session, seen.prison_id, seen.inmate_id, [seen.visitor_id])
    booking = _place(session, who, seen.id, wanted, now)
    requests.remember(session, who.account_id, key, booking.ref)
    record(session, who, "booking.hold", "booking", booking.ref, now, booking.prison_id, starts_at=booking.starts_at.isoformat())
    return booking


def hold_again(session: Session, who: Identity, expired: Booking, now: datetime) -> Booking:
    """Take the same time once more for a hold that ran out, while it is still free. The caller holds the locks. Raises as `hold`."""
    kinship_id = expired.party[0].kinship_id
    kinship = session.get_one(Kinship, kinship_id)
    return _place(session, who, kinship_id, Wanted(kinship.ref, expired.kind, expired.starts_at), now)


def _theirs(session: Session, who: Identity, wanted: Wanted) -> Row[tuple[int, int, int, int]]:
    query = select(Kinship.id, Kinship.prison_id, Kinship.inmate_id, Kinship.visitor_id)
    row = session.execute(query.where(Kinship.ref == wanted.kinship_ref, Kinship.inmate_id.is_not(None))).one_or_none()
    if row is None or wanted.kind not in ledger.PURSES or row.visitor_id not in {person.id for person in queries.people_of(session, who)}:
        raise NotFound
    return row  # type: ignore[return-value]


def _place(session: Session, who: Identity, kinship_id: int, wanted: Wanted, now: datetime) -> Booking:
    """Try the free terminals of the time until one is claimed or none is left."""
    account_id = queries.account_for(session, who)
    found, slot = _look(session, kinship_id, wanted, account_id, now)
    counted = claims.Counted(slot.prison_id, found.grid.lanes_during(slot.visit), found.grid.uplink)
    people = claims.people_of(slot.visit, found.inmate.id, [found.lead.visitor_id])
    every = [place for number in slot.terminals for place in claims.terminal_of(slot.visit, number, slot.turnaround)]
    claims.clear_dead(session, [*people, *every], counted, now, account_id)
    booking = _held(session, who, found, slot, account_id, now)
    for attempt in range(claims.ATTEMPTS):
        booking.terminal_id = slot.terminals[(booking.id + attempt) % len(slot.terminals)]
        try:
            claims.take(session, booking.id, [*people, *claims.terminal_of(slot.visit, booking.terminal_id, slot.turnaround)], counted)
        except claims.Busy as busy:
            if claims.inmate(booking.inmate_id) in busy.resources:
                raise Refused("INMATE_BUSY") from None
            found, slot = _look(session, kinship_id, wanted, account_id, now)
            continue
        session.flush()
        return booking
    raise rules.PlaceTaken


def _look(session: Session, kinship_id: int, wanted: Wanted, account_id: int, now: datetime) -> tuple[facts.Case, Slot]:
    """The free slot of the wanted time. Refusals of the time are raised; a time that nobody can have any more is PlaceTaken."""
    day = local_day(wanted.start)
    kinship = facts.kinship_with_people(session, kinship_id)
    assert kinship is not None
    found = facts.case(session, kinship, wanted.kind, day, day, now, account_id)
    for slot, refusals in found.judged(day, now):
        if slot.start == wanted.start:
            refuse(refusals)
            return found, slot
    raise rules.PlaceTaken


def _held(session: Session, who: Identity, found: facts.Case, slot: Slot, account_id: int, now: datetime) -> Booking:
    minutes = found.policies.value("hold_minutes", local_day(now))
    booking = Booking(
        kind=found.kind,
        prison_id=slot.prison_id,
        inmate_id=found.inmate.id,
        terminal_id=slot.terminals[0],
        account_id=account_id,
        assisted_by=who.clerk_id,
        starts_at=slot.visit.start,
        ends_at=slot.visit.end,
        turnaround=slot.turnaround,
        state="held",
        language=found.kinship.visitor.language,
        hold_expires_at=now + timedelta(minutes=minutes),
        created_at=now,
        party=[BookingVisitor(visitor_id=found.lead.visitor_id, kinship_id=found.kinship.id, place=0)],
    )
    session.add(booking)
    session.flush()
    return booking

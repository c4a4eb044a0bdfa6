"""Holding a time: the claims are taken while the form is still being filled in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, insert, or_, select
from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.bookings import claims, facts, ledger, queries, requests, rules
from visitation.bookings.ground import Ground, ground
from visitation.bookings.locks import Still, stand_still
from visitation.bookings.models import Booking, BookingVisitor
from visitation.kernel.errors import NotFound, Refused, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.ids import reference
from visitation.kernel.interval import local_day
from visitation.people.models import Kinship, Visitor
from visitation.store.rows import add_row, change_row
from visitation.store.transaction import run
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
    key, ref = f"h:{int(wanted.start.timestamp())}:{key}"[:64], reference()  # one page offers many times: each has its own key
    first = requests.first_result(session, who.account_id, key, now, ref)
    if first is not None and (booking := requests.booking_of(session, first)).state != "expired":
        return booking
    account_id = queries.account_for(session, who)
    seen = _theirs(session, who, wanted, account_id)
    still = stand_still(session, seen.prison_id, seen.inmate_id, [seen.visitor_id])
    booking = _place(session, who, account_id, Asked(seen.id, wanted, ref, still), now)
    if first is not None:
        requests.remember(session, who.account_id, key, ref)
    record(session, who, "booking.hold", "booking", booking.ref, now, booking.prison_id, starts_at=booking.starts_at.isoformat())
    return booking


def hold_again(session: Session, who: Identity, expired: Booking, now: datetime, still: Still) -> Booking:
    """Take the same time once more for a hold that ran out, while it is still free. `still`: the locks that the caller has taken. Raises as `hold`."""
    kinship_id = expired.party[0].kinship_id
    wanted = Wanted(session.get_one(Kinship, kinship_id).ref, expired.kind, expired.starts_at)
    return _place(session, who, queries.account_for(session, who), Asked(kinship_id, wanted, reference(), still), now)


THEIRS = (
    select(Kinship.__table__.c.id, Kinship.__table__.c.prison_id, Kinship.__table__.c.inmate_id, Kinship.__table__.c.visitor_id)
    .join(Visitor.__table__, Visitor.__table__.c.id == Kinship.__table__.c.visitor_id)
    .where(
        Kinship.__table__.c.ref == bindparam("ref"),
        Kinship.__table__.c.inmate_id.is_not(None),
        or_(Visitor.__table__.c.id == bindparam("visitor"), Visitor.__table__.c.manager_id == bindparam("account")),
    )
)
"""A kinship of the person who is acting, or of somebody they look after (queries.people_of)."""


def _theirs(session: Session, who: Identity, wanted: Wanted, account_id: int) -> Row[Any]:
    row = run(session, THEIRS, {"ref": wanted.kinship_ref, "visitor": who.visitor_id, "account": account_id}).one_or_none()
    if row is None or wanted.kind not in ledger.PURSES:
        raise NotFound
    return row


@dataclass(frozen=True)
class Asked:
    """What is to be placed, under which reference and which locks."""

    kinship_id: int
    wanted: Wanted
    ref: str
    still: Still


def _place(session: Session, who: Identity, account_id: int, asked: Asked, now: datetime) -> Booking:
    """Try the free terminals of the time until one is claimed or none is left."""
    found, slot, standing = _look(session, asked, account_id, now)
    if standing.dead:
        claims.bury(session, standing.dead, claims.dead(now, account_id))
    booking = _held(session, who, found, slot, account_id, asked.ref, now)
    for attempt in range(claims.ATTEMPTS):
        terminal_id = slot.terminals[(booking.id + attempt) % len(slot.terminals)] if attempt else booking.terminal_id
        people = claims.people_of(slot.visit, found.inmate.id, [found.lead.visitor_id])
        try:
            claims.take(session, booking.id, [*people, *claims.terminal_of(slot.visit, terminal_id, slot.turnaround)], _counted(found, slot), standing.places)
        except claims.Busy as busy:
            if claims.inmate(booking.inmate_id) in busy.resources:
                raise Refused("INMATE_BUSY") from None
            found, slot, standing = _look(session, asked, account_id, now)
            continue
        if terminal_id != booking.terminal_id:
            change_row(session, booking, terminal_id=terminal_id)
        return booking
    raise rules.PlaceTaken


def _counted(found: facts.Case, slot: Slot) -> claims.Counted:
    return claims.Counted(slot.prison_id, found.grid.lanes_during(slot.visit), found.grid.uplink)


def _look(session: Session, asked: Asked, account_id: int, now: datetime) -> tuple[facts.Case, Slot, claims.Standing]:
    """The free slot of the wanted time. Refusals of the time are raised; a time that nobody can have any more is PlaceTaken."""
    day = local_day(asked.wanted.start)
    kinship = _bond(session, asked)
    here = ground(session, kinship.prison_id, asked.still.mark)
    wanted, standing = _standing(session, here, kinship, asked.wanted, account_id, now)
    busy = {name: standing.ticks(name) for name in (claims.inmate(kinship.inmate.id), claims.visitor(kinship.visitor.id))}
    found = facts.case(session, kinship, asked.wanted.kind, day, day, now, account_id, under=here, busy=busy, occupied=standing.occupancy(wanted.terminals))
    slot = found.free_at(wanted)
    if slot is None:
        raise rules.PlaceTaken
    refuse(found.judge(slot, now))
    return found, slot, standing


def _bond(session: Session, asked: Asked) -> facts.Bond:
    """The kinship as it stands under the locks. Where somebody was kept apart between the look for the others and the lock, the others are locked too."""
    kinship = facts.kinship_with_people(session, asked.kinship_id)
    assert kinship is not None
    if asked.still.apart is not None and kinship.apart > asked.still.apart:
        stand_still(session, kinship.prison_id, kinship.inmate_id, [kinship.visitor_id])
    return kinship


def _standing(session: Session, here: Ground, kinship: facts.Bond, wanted: Wanted, account_id: int, now: datetime) -> tuple[Slot, claims.Standing]:
    """The wanted time, taken or not, and everything that has claims on what it could need."""
    day, inmate = local_day(wanted.start), kinship.inmate
    grid = here.grid(session, day, day)
    slot = next((one for one in here.slots(grid, day, wanted.kind, inmate.ward_id, inmate.level_code) if one.start == wanted.start), None)
    if slot is None:
        raise rules.PlaceTaken
    people = [claims.inmate(inmate.id), claims.visitor(kinship.visitor.id)]
    counted = claims.Counted(slot.prison_id, grid.lanes_during(slot.visit), grid.uplink)
    names = [*people, *map(claims.terminal, slot.terminals), *claims.lanes_of(counted)]
    return slot, claims.standing(session, names, list(slot.occupied.ticks()), now, account_id)


MEMBER = insert(BookingVisitor.__table__)  # type: ignore[arg-type]


def _held(session: Session, who: Identity, found: facts.Case, slot: Slot, account_id: int, ref: str, now: datetime) -> Booking:
    """The row of a hold at one of the free terminals: which one is tried first differs, so that simultaneous ones rarely choose the same."""
    terminal_id = slot.terminals[hash(ref) % len(slot.terminals)]
    minutes = found.policies.value("hold_minutes", local_day(now))
    booking = Booking(
        ref=ref,
        kind=found.kind,
        prison_id=slot.prison_id,
        inmate_id=found.inmate.id,
        terminal_id=terminal_id,
        account_id=account_id,
        assisted_by=who.clerk_id,
        starts_at=slot.visit.start,
        ends_at=slot.visit.end,
        turnaround=slot.turnaround,
        state="held",
        language=found.kinship.visitor.language,
        terms={},
        hold_expires_at=now + timedelta(minutes=minutes),
        created_at=now,
        sequence=0,
    )
    add_row(session, booking)
    run(session, MEMBER, {"booking_id": booking.id, "visitor_id": found.lead.visitor_id, "kinship_id": found.kinship.id, "place": 0})
    return booking

"""The waiting list: who waits longest and may take a place that has become free gets it offered, as a claimed hold, for a limited time; then the next.

Nothing of the order lives in memory: a sweep that was killed in the middle has written nothing, and one that runs twice offers nothing twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from visitation.audit.service import record
from visitation.bookings import facts, ledger, queries, requests, rules
from visitation.bookings.availability import Occupancy, free
from visitation.bookings.locks import booking_for_change, stand_still
from visitation.bookings.models import Booking, BookingVisitor, Offer, PassedPlace, Wish
from visitation.bookings.offering import For, decline, keep
from visitation.bookings.planning import occupied
from visitation.bookings.reaching import end_offer, offer_for_change
from visitation.bookings.rules_waiting import Days, answer_by, wish_refusals
from visitation.kernel.errors import NotFound, Refused, StateChanged, refuse
from visitation.kernel.identity import SYSTEM, Identity
from visitation.kernel.interval import local_day
from visitation.notices.service import tell
from visitation.people.models import Kinship
from visitation.policies.queries import policies_of
from visitation.timetable import queries as timetable
from visitation.timetable.rules import Slot

FARTHEST = timedelta(days=92)
LOOKED_AT = 200
"""Wishes of a prison that are looked at in one go, the longest waiting first."""
OFFERS_AT_ONCE = 20
LIVING = ("waiting", "offered")


@dataclass(frozen=True)
class Wanted:
    """What a family asks for."""

    kinship_ref: str
    kind: str
    days: Days


def days_of(wish: Wish) -> Days:
    return Days(wish.first_day, wish.last_day, frozenset(int(one) for one in wish.weekdays), frozenset(wish.parts.split(",")))


def join(session: Session, who: Identity, wanted: Wanted, key: str, now: datetime) -> Wish:
    """Put somebody on the list. Raises Refused with every reason, NotFound for a kinship that is not theirs. A repeat returns the first result."""
    key = f"w:{key}"[:64]
    first = requests.first_result(session, who.account_id, key, now)
    if first is not None:
        return session.scalars(select(Wish).where(Wish.ref == first)).one()
    kinship = _theirs(session, who, wanted)
    today = local_day(now)
    twice = exists().where(Wish.inmate_id == kinship.inmate_id, Wish.account_id == queries.account_for(session, who), Wish.kind == wanted.kind)
    waits = bool(session.scalar(select(twice.where(Wish.state.in_(LIVING)))))
    refuse(wish_refusals(wanted.days, today, today + FARTHEST, waits))
    row = Wish(
        account_id=queries.account_for(session, who),
        assisted_by=who.clerk_id,
        prison_id=kinship.prison_id,
        inmate_id=kinship.inmate_id,
        kinship_id=kinship.id,
        kind=wanted.kind,
        first_day=max(wanted.days.first, today),
        last_day=wanted.days.last,
        weekdays="".join(str(one) for one in sorted(wanted.days.weekdays)),
        parts=",".join(sorted(wanted.days.parts)),
        created_at=now,
    )
    session.add(row)
    session.flush()
    record(session, who, "waiting.join", "wish", row.ref, now, row.prison_id, first=row.first_day.isoformat(), last=row.last_day.isoformat())
    requests.remember(session, who.account_id, key, row.ref)
    return row


def _theirs(session: Session, who: Identity, wanted: Wanted) -> Kinship:
    row = session.scalar(select(Kinship).where(Kinship.ref == wanted.kinship_ref, Kinship.inmate_id.is_not(None), Kinship.state == "approved"))
    if row is None or wanted.kind not in ledger.PURSES or row.visitor_id not in {person.id for person in queries.people_of(session, who)}:
        raise NotFound
    return row


def leave(session: Session, who: Identity, wish_id: int, now: datetime) -> None:
    """Off the list, with what was being offered. A repeat changes nothing."""
    offer = _open_offer(session, wish_id)
    if offer is not None:
        end_offer(session, offer_for_change(session, offer.id), "declined", now)
    wish = _for_change(session, wish_id)
    if wish.state in LIVING:
        wish.state, wish.ended_at = "left", now
        record(session, who, "waiting.leave", "wish", wish.ref, now, wish.prison_id)


def accept(session: Session, who: Identity, offer_id: int, now: datetime) -> Booking:
    """The kept place becomes a hold, to be filled in and confirmed as any other. A repeat returns it. Raises StateChanged when it is over."""
    offer = offer_for_change(session, offer_id)
    if offer.kind != "waiting" or not offer.places:
        raise NotFound
    place = booking_for_change(session, offer.places[0].booking_id)
    if offer.state == "taken":
        return place
    if offer.state != "open" or place.state != "offered":
        raise StateChanged
    minutes = policies_of(session, place.prison_id, ("hold_minutes",)).value("hold_minutes", local_day(now))
    place.state, place.hold_expires_at = "held", now + timedelta(minutes=minutes)
    end_offer(session, offer, "taken", now)
    record(session, who, "waiting.accept", "wish", offer.wish.ref if offer.wish else offer.ref, now, place.prison_id, booking=place.ref)
    return place


def pass_on(session: Session, who: Identity, offer_id: int, now: datetime) -> None:
    """Not this one: the place goes to the next, and the wish keeps its rank."""
    offer = decline(session, who, offer_id, now)
    if offer.wish_id is not None and offer.state == "declined":
        _back_to_the_list(session, _for_change(session, offer.wish_id), offer, now)


def place_in_line(session: Session, wish: Wish) -> tuple[int, int]:
    """(place, how many): among those who wait in the same prison for the same kind of visit on days in common, in order of joining."""
    same = (Wish.prison_id == wish.prison_id, Wish.kind == wish.kind, Wish.state.in_(LIVING))
    common = (Wish.first_day <= wish.last_day, Wish.last_day >= wish.first_day)
    earlier = or_(Wish.created_at < wish.created_at, (Wish.created_at == wish.created_at) & (Wish.id < wish.id))
    count = select(func.count()).select_from(Wish).where(*same, *common)
    return (session.scalar(count.where(earlier)) or 0) + 1, session.scalar(count) or 0


def of_person(session: Session, who: Identity) -> list[Wish]:
    """Wishes of the account, the latest first."""
    query = select(Wish).where(Wish.account_id == queries.account_for(session, who)).options(joinedload(Wish.kinship).joinedload(Kinship.visitor))
    return list(session.scalars(query.order_by(Wish.id.desc()).limit(50)))


def open_offers(session: Session, who: Identity, now: datetime) -> list[Offer]:
    """Places that are kept for this person now, of whatever kind, the shortest time first."""
    query = select(Offer).where(Offer.account_id == queries.account_for(session, who), Offer.state == "open", Offer.expires_at > now)
    return list(session.scalars(query.options(joinedload(Offer.wish), joinedload(Offer.booking)).order_by(Offer.expires_at)))


def wish_by_ref(session: Session, ref: str) -> Wish | None:
    return session.scalar(select(Wish).where(Wish.ref == ref).options(joinedload(Wish.kinship).joinedload(Kinship.visitor)))


def sweep(session: Session, now: datetime) -> int:
    """Everything that time does to the list: answers that did not come, days that have passed, and free places for who waits longest. Idempotent."""
    changed = _settle(session, now) + _over(session, now)
    prisons = session.scalars(select(Wish.prison_id).where(Wish.state == "waiting").distinct().order_by(Wish.prison_id)).all()
    return changed + sum(offer_free(session, prison_id, now) for prison_id in prisons)


def freed(session: Session, prison_id: int, now: datetime) -> None:
    """A place has become free just now: who waits longest gets it before anybody else can look. What goes wrong here never undoes what has freed it."""
    if session.scalar(select(exists().where(Wish.prison_id == prison_id, Wish.state == "waiting"))):
        offer_free(session, prison_id, now, most=1)


def _settle(session: Session, now: datetime) -> int:
    """Wishes whose last offer is no longer open: done once the visit is booked, else back to the list."""
    changed = 0
    for wish_id in session.scalars(select(Wish.id).where(Wish.state == "offered").order_by(Wish.id).limit(LOOKED_AT)).all():
        offer = session.scalars(select(Offer).where(Offer.wish_id == wish_id).order_by(Offer.id.desc()).limit(1)).first()
        if offer is None or offer.state == "open":
            continue
        wish = _for_change(session, wish_id)
        state = offer.places[0].booking.state
        if offer.state == "taken" and state in ("requested", "confirmed", "ended", "refused", "cancelled", "withdrawn"):
            wish.state, wish.ended_at = "done", now
        elif offer.state == "taken" and state == "held":
            continue
        else:
            _back_to_the_list(session, wish, offer, now)
        changed += 1
    return changed


def _back_to_the_list(session: Session, wish: Wish, offer: Offer, now: datetime) -> None:
    """Not taken: this time is not offered to them again; after several without any answer the wish ends."""
    start = offer.places[0].booking.starts_at
    if session.get(PassedPlace, (wish.id, start)) is None:
        session.add(PassedPlace(wish_id=wish.id, starts_at=start, at=now))
    unanswered = session.scalar(select(func.count()).select_from(Offer).where(Offer.wish_id == wish.id, Offer.state == "expired")) or 0
    most = policies_of(session, wish.prison_id, ("offers_unanswered",)).value("offers_unanswered", local_day(now))
    if offer.state == "expired" and unanswered >= most:
        _end(session, wish, now)
    elif wish.state == "offered":
        wish.state = "waiting"
    session.flush()


def _over(session: Session, now: datetime) -> int:
    ended = session.scalars(select(Wish.id).where(Wish.state == "waiting", Wish.last_day < local_day(now)).order_by(Wish.id).limit(LOOKED_AT)).all()
    for wish_id in ended:
        _end(session, _for_change(session, wish_id), now)
    return len(ended)


def _end(session: Session, wish: Wish, now: datetime) -> None:
    if wish.state in LIVING:
        wish.state, wish.ended_at = "over", now
        record(session, SYSTEM, "waiting.over", "wish", wish.ref, now, wish.prison_id)
        tell(session, wish.account_id, "waiting_over", {"ref": wish.ref}, now, "/waiting")


def offer_free(session: Session, prison_id: int, now: datetime, most: int = OFFERS_AT_ONCE) -> int:
    """Offer the free places of a prison to those who wait, in their order. Returns how many offers were made."""
    query = select(Wish.id, Wish.kind, Wish.first_day, Wish.last_day, Wish.weekdays, Wish.parts).where(Wish.prison_id == prison_id, Wish.state == "waiting")
    waiting = session.execute(query.order_by(Wish.created_at, Wish.id).limit(LOOKED_AT)).all()
    first, last = _span(now, [row.first_day for row in waiting], [row.last_day for row in waiting])
    if not waiting or last < first:
        return 0
    open_slots = _free_slots(session, prison_id, {row.kind for row in waiting}, first, last)
    offered = 0
    for row in waiting:
        days = Days(row.first_day, row.last_day, frozenset(int(one) for one in row.weekdays), frozenset(row.parts.split(",")))
        if offered < most and any(slot.kind == row.kind and days.want(slot.start) for slot in open_slots):
            offered += _offer_to(session, row.id, days, open_slots, now)
    return offered


def _span(now: datetime, firsts: Sequence[date], lasts: Sequence[date]) -> tuple[date, date]:
    today = local_day(now)
    return max([today, min(firsts, default=today)]), min(max(lasts, default=today), today + FARTHEST)


def _free_slots(session: Session, prison_id: int, kinds: Iterable[str], first: date, last: date) -> list[Slot]:
    """Places that nobody has, for whomever: a first look that costs few questions and mostly ends here."""
    planned = policies_of(session, prison_id, ("planned_lanes",)).value("planned_lanes", first)
    grid = timetable.grid(session, prison_id, first, last, planned)
    occupancy = Occupancy(occupied(session, prison_id, first, last, ()))
    return [slot for day in grid.days() for kind in kinds for slot in free(grid.slots(day, kind, None), occupancy, grid.lanes_during)]


def _offer_to(session: Session, wish_id: int, days: Days, open_slots: Sequence[Slot], now: datetime) -> int:
    """The first place that this person wants and may take. The people are locked and judged as for a booking."""
    kinship_id = session.scalars(select(Wish.kinship_id).where(Wish.id == wish_id)).one()
    kinship = facts.kinship_with_people(session, kinship_id)
    if kinship is None:
        return 0
    stand_still(session, kinship.prison_id, kinship.inmate_id, [kinship.visitor_id])
    wish = _for_change(session, wish_id)
    passed = set(session.scalars(select(PassedPlace.starts_at).where(PassedPlace.wish_id == wish_id)))
    starts = [slot.start for slot in open_slots if slot.kind == wish.kind and days.want(slot.start) and slot.start not in passed]
    if wish.state != "waiting" or not starts:
        return 0
    found = facts.case(session, kinship, wish.kind, local_day(min(starts)), local_day(max(starts)), now, wish.account_id)
    slot = _first_possible(found, set(starts), now)
    if slot is None:
        return 0
    try:
        with session.begin_nested():
            _make(session, wish, found, slot, now)
    except Refused:
        return 0
    return 1


def _first_possible(found: facts.Case, starts: set[datetime], now: datetime) -> Slot | None:
    for day in sorted({local_day(start) for start in starts}):
        for slot in found.offered(day, now):
            wish = found.wish(slot)
            reasons = rules.review_reasons(wish, found.inside, found.limits)
            if slot.start in starts and not rules.review_notice(wish, reasons, found.limits.window):
                return slot
    return None


def _make(session: Session, wish: Wish, found: facts.Case, slot: Slot, now: datetime) -> None:
    minutes = found.policies.value("offer_minutes", local_day(now))
    like = Booking(
        kind=wish.kind,
        prison_id=wish.prison_id,
        inmate_id=wish.inmate_id,
        assisted_by=wish.assisted_by,
        language=found.kinship.visitor.language,
        party=[BookingVisitor(visitor_id=found.lead.visitor_id, kinship_id=wish.kinship_id, place=0)],
    )
    until = answer_by(now, minutes, slot.start)
    offer = keep(session, SYSTEM, like, [slot], found.grid, For("waiting", wish.account_id, None, wish.id), until, now)
    wish.state = "offered"
    record(session, SYSTEM, "waiting.offer", "wish", wish.ref, now, wish.prison_id, starts_at=slot.start.isoformat(), until=until.isoformat())
    tell(session, wish.account_id, "waiting_offer", {"ref": wish.ref, "starts_at": slot.start.isoformat()}, now, f"/offers/{offer.ref}")


def _for_change(session: Session, wish_id: int) -> Wish:
    row = session.get(Wish, wish_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def _open_offer(session: Session, wish_id: int) -> Offer | None:
    return session.scalars(select(Offer).where(Offer.wish_id == wish_id, Offer.state == "open").limit(1)).first()

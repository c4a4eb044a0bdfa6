"""Taking resources tick by tick. The primary key of `claim` decides, on both engines; nothing here counts and then hopes (architecture.md, Booking: claims)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, insert, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from visitation.bookings.models import Booking, Claim
from visitation.kernel.interval import Interval, tick_of

ATTEMPTS = 40
"""Tries for counted lanes when others keep taking the one chosen: each lost try is somebody else's win."""

Place = tuple[str, int]


class Busy(Exception):
    """Resources that somebody else has at these times."""

    def __init__(self, resources: Iterable[str]) -> None:
        self.resources = frozenset(resources)
        super().__init__(", ".join(sorted(self.resources)))


@dataclass(frozen=True)
class Counted:
    """How many sessions there may be at once: `lanes` by tick (officers), `uplink` for the prison's line."""

    prison_id: int
    lanes: Mapping[int, int]
    uplink: int


def terminal(number: int) -> str:
    return f"terminal:{number}"


def inmate(number: int) -> str:
    return f"inmate:{number}"


def visitor(number: int) -> str:
    return f"visitor:{number}"


def watch(prison_id: int, lane: int) -> str:
    return f"watch:{prison_id}#{lane}"


def uplink(prison_id: int, lane: int) -> str:
    return f"uplink:{prison_id}#{lane}"


def people_of(visit: Interval, inmate_id: int, visitor_ids: Iterable[int]) -> list[Place]:
    names = [inmate(inmate_id), *(visitor(number) for number in visitor_ids)]
    return [(name, tick) for name in names for tick in visit.ticks()]


def terminal_of(visit: Interval, terminal_id: int, turnaround: int) -> list[Place]:
    """The terminal, for the visit and the turnaround after it."""
    whole = Interval(visit.start, visit.end + timedelta(minutes=turnaround))
    return [(terminal(terminal_id), tick) for tick in whole.ticks()]


def take(session: Session, booking_id: int, fixed: Sequence[Place], counted: Counted | None) -> None:
    """Claim `fixed`, and one free lane of each counted resource in every tick; `n` may differ between ticks.

    Raises Busy with what is taken (counted resources as `watch` or `uplink`); nothing is claimed then.
    """
    for attempt in range(ATTEMPTS):
        places = [*fixed, *(_lanes(session, counted, booking_id + attempt) if counted else ())]
        if _inserted(session, booking_id, places):
            return
        lost = _taken(session, fixed)
        if lost:
            raise Busy(lost)
    raise Busy({"watch"})


def _inserted(session: Session, booking_id: int, places: Iterable[Place]) -> bool:
    """One statement, sorted, so that two of them never wait for each other in a circle."""
    rows = [{"resource": resource, "tick": tick, "booking_id": booking_id} for resource, tick in sorted(places)]
    try:
        with session.begin_nested():
            session.execute(insert(Claim.__table__).values(rows))  # type: ignore[arg-type]
    except IntegrityError:
        return False
    return True


def _lanes(session: Session, counted: Counted, turn: int) -> list[Place]:
    """A free lane for each tick. The search begins at another lane for each booking, so that simultaneous ones rarely choose the same."""
    ticks = sorted(counted.lanes)
    most = max([*counted.lanes.values(), 0])
    names = [watch(counted.prison_id, n) for n in range(most)] + [uplink(counted.prison_id, n) for n in range(counted.uplink)]
    query = select(Claim.resource, Claim.tick).where(Claim.resource.in_(names), Claim.tick.between(ticks[0], ticks[-1]))
    used = {(resource, tick) for resource, tick in session.execute(query)}
    found = []
    for tick in ticks:
        found.append(_one("watch", [watch(counted.prison_id, n) for n in range(counted.lanes[tick])], tick, used, turn))
        found.append(_one("uplink", [uplink(counted.prison_id, n) for n in range(counted.uplink)], tick, used, turn))
    return found


def _one(kind: str, names: Sequence[str], tick: int, used: set[Place], turn: int) -> Place:
    for step in range(len(names)):
        name = names[(turn + step) % len(names)]
        if (name, tick) not in used:
            return name, tick
    raise Busy({kind})


def _taken(session: Session, places: Sequence[Place]) -> set[str]:
    """Which of these resources somebody has by now."""
    wanted = set(places)
    return {resource for resource, tick, _booking in _holders(session, places) if (resource, tick) in wanted}


def _holders(session: Session, places: Sequence[Place]) -> list[tuple[str, int, int]]:
    ticks = [tick for _resource, tick in places]
    names = {name for name, _tick in places}
    query = select(Claim.resource, Claim.tick, Claim.booking_id).where(Claim.resource.in_(names), Claim.tick.between(min(ticks), max(ticks)))
    return [(resource, tick, booking) for resource, tick, booking in session.execute(query)]


def give_back(session: Session, booking_id: int) -> None:
    """Free everything a booking has claimed."""
    session.execute(delete(Claim).where(Claim.booking_id == booking_id))


def keep_turnaround(session: Session, booking: Booking, now: datetime) -> None:
    """After the end of a session only its terminal stays claimed, for the turnaround from now on."""
    first, last = tick_of(now), tick_of(now + timedelta(minutes=booking.turnaround))
    keeps = and_(Claim.resource == terminal(booking.terminal_id), Claim.tick >= first, Claim.tick < last)
    session.execute(delete(Claim).where(Claim.booking_id == booking.id, ~keeps))


def dead(now: datetime, account_id: int | None) -> ColumnElement[bool]:
    """Condition on Booking: a hold that has run out, or one this account left behind, which must not block them (rules.md §5.2).

    `now` is the request's moment: the hosts' clocks are compared at every beat, and a hold's owner may still confirm while its claims exist.
    """
    run_out = Booking.hold_expires_at <= now
    return and_(Booking.state == "held", run_out if account_id is None else or_(run_out, Booking.account_id == account_id))


def clear_dead(session: Session, places: Sequence[Place], counted: Counted, now: datetime, account_id: int) -> None:
    """End the dead holds that stand in the way, with all their claims. Rows are locked by id, before anything is claimed."""
    condition = dead(now, account_id)
    lanes = [watch(counted.prison_id, n) for n in range(max([*counted.lanes.values(), 0]))]
    names = {name for name, _tick in places} | set(lanes) | {uplink(counted.prison_id, n) for n in range(counted.uplink)}
    ticks = [tick for _name, tick in places]
    standing = select(Claim.booking_id).where(Claim.resource.in_(names), Claim.tick.between(min(ticks), max(ticks)))
    found = session.scalars(select(Booking.id).where(condition, or_(Booking.id.in_(standing), Booking.account_id == account_id)))
    bury(session, sorted(found), condition)


def clear_run_out(session: Session, places: Sequence[Place], now: datetime, spare: int) -> None:
    """End holds that have run out and stand in the way of these places; `spare` is the booking that is being confirmed."""
    if places:
        condition = and_(dead(now, None), Booking.id != spare)
        found = {booking for _resource, _tick, booking in _holders(session, places)}
        bury(session, sorted(session.scalars(select(Booking.id).where(Booking.id.in_(found), condition))), condition)


def bury(session: Session, ids: Sequence[int], condition: ColumnElement[bool]) -> list[Booking]:
    """Expire those of the holds that are still dead when their rows are locked; a confirmation that came first wins."""
    if not ids:
        return []
    query = select(Booking).where(Booking.id.in_(ids), condition).order_by(Booking.id)
    rows = list(session.scalars(query.with_for_update(key_share=True).execution_options(populate_existing=True)))
    for row in rows:
        row.state = "expired"
        give_back(session, row.id)
    return rows


def has_claims(session: Session, booking_id: int) -> bool:
    return bool(session.scalar(select(func.count()).select_from(Claim).where(Claim.booking_id == booking_id)))

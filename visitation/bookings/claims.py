"""Taking resources tick by tick. The primary key of `claim` decides, on both engines; nothing here counts and then hopes (architecture.md, Booking: claims)."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, TextClause, and_, bindparam, delete, or_, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from visitation.bookings.availability import Occupancy
from visitation.bookings.models import Booking, Claim
from visitation.kernel.interval import Interval, tick_of
from visitation.store.transaction import run

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


def lawyer(number: int) -> str:
    return f"lawyer:{number}"


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


def take(session: Session, booking_id: int, fixed: Sequence[Place], counted: Counted | None, used: Collection[Place] | None = None) -> None:
    """Claim `fixed`, and one free lane of each counted resource in every tick; `n` may differ between ticks. `used`: lanes known to be taken.

    Raises Busy with what is taken (counted resources as `watch` or `uplink`); nothing is claimed then.
    """
    for attempt in range(ATTEMPTS):
        if counted and (used is None or attempt):
            used = _used(session, counted)
        places = [*fixed, *(free_lanes(counted, used or (), booking_id + attempt) if counted else ())]
        if _inserted(session, booking_id, places):
            return
        lost = _taken(session, fixed)
        if lost:
            raise Busy(lost)
    raise Busy({"watch"})


INSERT = {
    "sqlite": text(
        "INSERT INTO claim (resource, tick, booking_id) SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), :booking FROM json_each(:places)"
    ),
    "postgresql": text(
        "INSERT INTO claim (resource, tick, booking_id) SELECT place->>0, (place->>1)::integer, :booking"
        " FROM json_array_elements(CAST(:places AS json)) WITH ORDINALITY AS given(place, number) ORDER BY number ON CONFLICT DO NOTHING"
    ),
}


def _inserted(session: Session, booking_id: int, places: Collection[Place]) -> bool:
    return _all_or_none(session, INSERT, {"booking": booking_id, "places": json.dumps(sorted(places))}, len(places))


def _all_or_none(session: Session, statements: Mapping[str, TextClause], given: Mapping[str, object], wanted: int) -> bool:
    """One statement, sorted, so that two of them never wait for each other in a circle. Either all are inserted or none.

    SQLite takes back a statement that fails, and nothing else; on PostgreSQL the savepoint lets go at once what others may be waiting for.
    """
    session.flush()
    connection = session.connection()
    statement = statements[connection.dialect.name]
    if connection.dialect.name == "sqlite":
        try:
            connection.execute(statement, given)
        except IntegrityError:
            return False
        return True
    connection.exec_driver_sql("SAVEPOINT claims")
    if connection.execute(statement, given).rowcount == wanted:
        return True
    connection.exec_driver_sql("ROLLBACK TO SAVEPOINT claims; RELEASE SAVEPOINT claims")  # else the next try would begin inside this one, forty deep
    return False


PUT = {
    "sqlite": text(
        "INSERT INTO claim (resource, tick, booking_id)"
        " SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]') FROM json_each(:places)"
    ),
    "postgresql": text(
        "INSERT INTO claim (resource, tick, booking_id) SELECT place->>0, (place->>1)::integer, (place->>2)::integer"
        " FROM json_array_elements(CAST(:places AS json)) WITH ORDINALITY AS given(place, number) ORDER BY number ON CONFLICT DO NOTHING"
    ),
}


def put(session: Session, places: Collection[tuple[str, int, int]]) -> bool:
    """Claim (resource, tick, booking) for several bookings in one sorted statement. False: somebody was faster, and nothing is claimed."""
    return _all_or_none(session, PUT, {"places": json.dumps(sorted(places))}, len(places))


def lanes_of(counted: Counted) -> list[str]:
    """The names of all lanes there are."""
    most = max([*counted.lanes.values(), 0])
    return [watch(counted.prison_id, n) for n in range(most)] + [uplink(counted.prison_id, n) for n in range(counted.uplink)]


_claim, _booking = Claim.__table__.c, Booking.__table__.c
_here = (_claim.resource.in_(bindparam("names", expanding=True)), _claim.tick.between(bindparam("first"), bindparam("last")))
USED = select(_claim.resource, _claim.tick).where(*_here)
HOLDERS = select(_claim.resource, _claim.tick, _claim.booking_id).where(*_here)
STANDING = (
    select(_claim.resource, _claim.tick, _claim.booking_id, _booking.state, _booking.hold_expires_at, _booking.account_id)
    .join(Booking.__table__, _booking.id == _claim.booking_id)
    .where(*_here)
)
LEFT_BEHIND = select(_booking.id).where(_booking.account_id == bindparam("account"), _booking.state == "held")


def _around(names: Iterable[str], ticks: Sequence[int]) -> dict[str, object]:
    return {"names": list(names), "first": min(ticks), "last": max(ticks)}


def _used(session: Session, counted: Counted) -> set[Place]:
    rows = run(session, USED, _around(lanes_of(counted), sorted(counted.lanes)))
    return {(resource, tick) for resource, tick in rows}


def free_lanes(counted: Counted, used: Collection[Place], turn: int) -> list[Place]:
    """A free lane for each tick; raises Busy where there is none.

    The search begins at another lane for each booking, so that simultaneous ones rarely choose the same.
    """
    found = []
    for tick in sorted(counted.lanes):
        found.append(_one("watch", [watch(counted.prison_id, n) for n in range(counted.lanes[tick])], tick, used, turn))
        found.append(_one("uplink", [uplink(counted.prison_id, n) for n in range(counted.uplink)], tick, used, turn))
    return found


def _one(kind: str, names: Sequence[str], tick: int, used: Collection[Place], turn: int) -> Place:
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
    rows = run(session, HOLDERS, _around({name for name, _tick in places}, [tick for _name, tick in places]))
    return [(resource, tick, booking) for resource, tick, booking in rows]


@dataclass(frozen=True)
class Standing:
    """What has claims on some resources around a time, dead holds left out; and the dead ones, with those that the account left behind elsewhere."""

    places: frozenset[Place]
    dead: tuple[int, ...]

    def ticks(self, resource: str) -> frozenset[int]:
        return frozenset(tick for name, tick in self.places if name == resource)

    def occupancy(self, terminals: Sequence[int]) -> Occupancy:
        """What is occupied of these terminals, and of the officers."""
        numbers = {terminal(number): number for number in terminals}
        here = [(numbers[name], tick) for name, tick in self.places if name in numbers]
        return Occupancy.of_claims(here, [tick for name, tick in self.places if name.startswith("watch:")])


def standing(session: Session, names: Iterable[str], ticks: Sequence[int], now: datetime, account_id: int) -> Standing:
    """Look once at everything a visit needs. Nothing is decided here: the insert decides."""
    places, dead_ones = set(), set(run(session, LEFT_BEHIND, {"account": account_id}).scalars())
    for resource, tick, booking_id, state, expires_at, account in run(session, STANDING, _around(names, ticks)):
        if state == "held" and (account == account_id or (expires_at is not None and expires_at <= now)):
            dead_ones.add(booking_id)
        else:
            places.add((resource, tick))
    return Standing(frozenset(places), tuple(sorted(dead_ones)))


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
    names = {name for name, _tick in places} | set(lanes_of(counted))
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


ANY = select(_claim.tick).where(_claim.booking_id == bindparam("booking")).limit(1)


def has_claims(session: Session, booking_id: int) -> bool:
    return run(session, ANY, {"booking": booking_id}).first() is not None

"""When there is room for fewer visits at once (duty, uplink): the counted claims of visits to come are dealt out anew in one transaction, and what no
longer fits is flagged. With more room again the flags go. The caller holds the prison's timetable row, so nothing is placed meanwhile."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.orm import Session

from visitation.bookings import claims
from visitation.bookings.models import Booking, BookingFlag, Claim
from visitation.bookings.rules import LIVING
from visitation.bookings.rules_packing import LEGAL, Holder, overfull, renumbered
from visitation.kernel.interval import TICK, Interval, local_day, tick_of
from visitation.policies.queries import policies_of
from visitation.timetable.queries import Grid, grid

CODE = "CAPACITY"
Place = tuple[str, int, int]
"""Resource, tick, booking."""


@dataclass(frozen=True)
class Repacked:
    """moved: claims that got another lane; flagged: visits newly without room; expired: holds that were let go."""

    moved: int
    flagged: int
    expired: int


def source_of(prison_id: int) -> str:
    return f"capacity:{prison_id}"


def repack(session: Session, prison_id: int, now: datetime) -> Repacked:
    """Deal out the lanes of a prison anew by its timetable as it stands now. Idempotent."""
    run_out = select(Booking.id).where(Booking.prison_id == prison_id, claims.dead(now, None)).order_by(Booking.id)
    claims.bury(session, list(session.scalars(run_out)), claims.dead(now, None))
    rows = _living(session, prison_id, now, lock=True)
    if not rows:
        follow(session, CODE, source_of(prison_id), set(), now)
        return Repacked(0, 0, 0)
    table = _grid(session, prison_id, rows, now)
    out = overfull([_holder(row) for row in rows], lanes_at(table), now)
    lost_holds = [row for row in rows if row.id in out and row.state == "held"]
    for row in lost_holds:
        row.state = "expired"
        claims.give_back(session, row.id)
    session.flush()
    moved = _deal(session, prison_id, [row.id for row in rows], table, out, now)
    firm = {row.id for row in rows if row.id in out and row.state != "expired"}
    return Repacked(moved, follow(session, CODE, source_of(prison_id), firm, now), len(lost_holds))


def overfull_now(session: Session, prison_id: int, now: datetime, grids: Sequence[Grid]) -> list[frozenset[int]]:
    """For each timetable, the visits that it has no room for: what a preview compares. Nothing is locked or written."""
    rows = [row for row in _living(session, prison_id, now, lock=False) if row.state != "held"]
    holders = [_holder(row) for row in rows]
    return [overfull(holders, lanes_at(table), now) for table in grids]


def without_room(session: Session, prison_id: int, now: datetime) -> frozenset[int]:
    """Visits to come that are known to have no room: flagged, or looked at and left."""
    open_or_left = or_(BookingFlag.cleared_at.is_(None), BookingFlag.dismissed_by.is_not(None))
    query = select(BookingFlag.booking_id).join(Booking, Booking.id == BookingFlag.booking_id)
    query = query.where(BookingFlag.code == CODE, BookingFlag.source == source_of(prison_id), open_or_left)
    return frozenset(session.scalars(query.where(Booking.starts_at > now, Booking.state.in_(("requested", "confirmed")))))


def lanes_at(table: Grid) -> "_Lanes":
    return _Lanes(table)


class _Lanes:
    """Sessions at once in a tick, whatever the day; days outside the timetable that was read count as without limit."""

    def __init__(self, table: Grid) -> None:
        self._table = table

    def __call__(self, tick: int) -> int:
        day = local_day(datetime.fromtimestamp(tick * TICK.total_seconds(), tz=UTC))
        return self._table.lanes(tick, day) if self._table.first <= day <= self._table.last else 10**6


def _living(session: Session, prison_id: int, now: datetime, lock: bool) -> list[Booking]:
    """Living bookings that have not ended, by id; locked in that order when they are to be changed."""
    query = select(Booking).where(Booking.prison_id == prison_id, Booking.state.in_(LIVING), Booking.ends_at > now, ~claims.dead(now, None))
    query = query.order_by(Booking.id).execution_options(populate_existing=True)
    return list(session.scalars(query.with_for_update(key_share=True) if lock else query))


def _grid(session: Session, prison_id: int, rows: Sequence[Booking], now: datetime) -> Grid:
    first = local_day(now)
    policies = policies_of(session, prison_id, ("planned_lanes",))
    return grid(session, prison_id, first, max(local_day(row.ends_at) for row in rows), lambda day: int(policies.value("planned_lanes", day)))


def _holder(row: Booking) -> Holder:
    return Holder(row.id, Interval(row.starts_at, row.ends_at), row.state != "held", row.kind in LEGAL, row.created_at)


def _deal(session: Session, prison_id: int, ids: Sequence[int], table: Grid, out: frozenset[int], now: datetime) -> int:
    lanes, moved, ours = lanes_at(table), 0, frozenset(ids)
    mine = select(Booking.id).where(Booking.prison_id == prison_id, Booking.ends_at > now)
    for kind, name in (("watch", claims.watch), ("uplink", claims.uplink)):
        held: dict[int, dict[int, int]] = {}
        query = select(Claim.resource, Claim.tick, Claim.booking_id).where(Claim.booking_id.in_(mine), Claim.tick > tick_of(now))
        query = query.where(Claim.resource.like(f"{kind}:{prison_id}#%"))
        for resource, tick, booking_id in session.execute(query.with_for_update()):
            held.setdefault(tick, {})[booking_id] = int(resource.rpartition("#")[2])
        old: list[Place] = []
        new: list[Place] = []
        for tick, lane in held.items():
            found = renumbered(lane, lanes(tick) if kind == "watch" else table.uplink, out, frozenset(lane.keys() - ours))
            for booking_id in lane:
                if found[booking_id] != lane[booking_id]:
                    old.append((name(prison_id, lane[booking_id]), tick, booking_id))
                    new.append((name(prison_id, found[booking_id]), tick, booking_id))
        _change(session, old, new)
        moved += len(new)
    return moved


def _change(session: Session, old: Iterable[Place], new: Sequence[Place]) -> None:
    for resource, tick, _booking in old:
        session.execute(delete(Claim).where(Claim.resource == resource, Claim.tick == tick))
    if new:
        rows = [{"resource": resource, "tick": tick, "booking_id": booking_id} for resource, tick, booking_id in sorted(new)]
        session.execute(insert(Claim.__table__), rows)  # type: ignore[arg-type]


def follow(session: Session, code: str, source: str, wanted: set[int], now: datetime) -> int:
    """Let the flags of a source follow what is true now: raised for `wanted`, cleared for everything else. Returns how many are newly open.

    What an officer has looked at and left stays closed for as long as its reason goes on.
    """
    query = select(BookingFlag).join(Booking, Booking.id == BookingFlag.booking_id)
    query = query.where(BookingFlag.code == code, BookingFlag.source == source, Booking.starts_at > now).execution_options(populate_existing=True)
    known = {row.booking_id: row for row in session.scalars(query)}
    fresh = 0
    for booking_id in sorted(wanted - known.keys()):
        session.add(BookingFlag(booking_id=booking_id, code=code, source=source, raised_at=now))
        fresh += 1
    for booking_id, flag in known.items():
        if booking_id in wanted and flag.cleared_at is not None and flag.dismissed_by is None:
            flag.cleared_at, flag.raised_at, fresh = None, now, fresh + 1
        elif booking_id not in wanted and (flag.cleared_at is None or flag.dismissed_by is not None):
            flag.cleared_at, flag.dismissed_by = flag.cleared_at or now, None
    session.flush()
    return fresh

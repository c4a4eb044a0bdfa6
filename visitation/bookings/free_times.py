"""Free times of a day for a session that staff arrange: while the visiting room is open, with everybody free, a terminal, an officer and the line."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from visitation.bookings import claims
from visitation.bookings.ground import ground, mark_of
from visitation.bookings.models import Booking, Claim
from visitation.bookings.rules_arranging import LONGEST_MINUTES, joined, starts
from visitation.kernel.interval import Interval
from visitation.timetable import queries as timetable
from visitation.timetable.models import Terminal

STEP = timedelta(minutes=15)


@dataclass(frozen=True)
class FreeTime:
    """A time, and the terminals that are free for it, turnaround included."""

    visit: Interval
    terminals: tuple[Terminal, ...]


@dataclass(frozen=True)
class Whom:
    """Who must be free. ward_id: of the inmate, for closures of a ward; own: a booking that is to be moved, whose claims do not count."""

    inmate_id: int
    ward_id: int
    lawyer: int | None = None
    visitors: tuple[int, ...] = ()
    own: int | None = None

    def names(self) -> set[str]:
        lawyer = {claims.lawyer(self.lawyer)} if self.lawyer is not None else set()
        return {claims.inmate(self.inmate_id), *map(claims.visitor, self.visitors)} | lawyer


def free_times(session: Session, prison_id: int, kind: str, whom: Whom, day: date, now: datetime) -> list[FreeTime]:
    """Every quarter of an hour of a day at which a session of this kind can begin. Whether it still can is asked again when it is arranged.

    Families' holds do not count: they give way.
    """
    here = ground(session, prison_id, mark_of(session, prison_id))
    policies, grid = here.policies(session), here.grid(session, day, day)
    lasts = timedelta(minutes=min(LONGEST_MINUTES, int(policies.value("visit_minutes", day)[kind])))
    pause = timedelta(minutes=int(policies.value("turnaround_minutes", day)[kind]))
    hours = joined(slot.occupied for slot in grid.places(day))
    terminals = [one for one in timetable.terminals(session, prison_id) if one.in_service]
    if not hours or not terminals:
        return []
    taken = _taken(session, prison_id, whom, terminals, Interval(hours[0].start, hours[-1].end + pause))
    found = []
    for start in (start for one in hours for start in starts(one, lasts, STEP)):
        visit, whole = Interval(start, start + lasts), Interval(start, start + lasts + pause)
        busy = any(not whom.names().isdisjoint(taken[tick]) for tick in visit.ticks())
        if visit.start <= now or busy or not _has_lane(grid.lanes_during(visit), grid.uplink, taken):
            continue
        fit = [one for one in terminals if not any(claims.terminal(one.id) in taken[tick] for tick in whole.ticks())]
        fit = [one for one in fit if not any(shut.hits(visit, whom.ward_id, one.id) for shut in grid.shut)]
        if fit:
            found.append(FreeTime(visit, tuple(fit)))
    return found


def _taken(session: Session, prison_id: int, whom: Whom, terminals: Collection[Terminal], span: Interval) -> defaultdict[int, set[str]]:
    names = [*whom.names(), *(claims.terminal(one.id) for one in terminals)]
    lanes = or_(*(Claim.resource.startswith(f"{name}:{prison_id}#", autoescape=True) for name in ("watch", "uplink")))
    query = select(Claim.tick, Claim.resource).join(Booking, Booking.id == Claim.booking_id).where(Booking.state != "held")
    query = query.where(Claim.tick.between(span.span.start, span.span.stop), or_(Claim.resource.in_(names), lanes), Claim.booking_id != (whom.own or 0))
    found: defaultdict[int, set[str]] = defaultdict(set)
    for tick, resource in session.execute(query):
        found[tick].add(resource)
    return found


def _has_lane(lanes: Mapping[int, int], uplink: int, taken: Mapping[int, set[str]]) -> bool:
    """Whether one more session fits in every tick."""
    for tick, most in lanes.items():
        used = Counter(resource.partition(":")[0] for resource in taken.get(tick, ()) if "#" in resource)
        if used["watch"] >= most or used["uplink"] >= uplink:
            return False
    return True

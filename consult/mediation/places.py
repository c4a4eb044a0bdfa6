"""When and where a mediation can be held by video: hours in which the visiting room is open, at a terminal that is free, with both sides free."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from consult.mediation import rules
from consult.mediation.models import MediationCase
from visitation.accounts.models import Account
from visitation.bookings.models import Claim
from visitation.kernel.interval import Interval, local_day
from visitation.people.models import Kinship, Visitor
from visitation.policies.queries import Policies, policies_of
from visitation.timetable import queries as timetable
from visitation.timetable.models import Terminal

KIND = "mediation_session"
STEP, FARTHEST = timedelta(minutes=15), timedelta(days=366)


@dataclass(frozen=True)
class Free:
    """A time, and the terminals that are free for it."""

    visit: Interval
    terminals: tuple[Terminal, ...]


@dataclass(frozen=True)
class Relative:
    """An approved relative of the inmate, and the account that joins."""

    kinship: Kinship
    account_id: int


def relatives(session: Session, case: MediationCase) -> list[Relative]:
    """Whom the inmate may speak to by video: approved, accepted, without a restriction, and with an account that is open."""
    query = select(Kinship, Account.id).join(Visitor, Visitor.id == Kinship.visitor_id).join(Account, Account.visitor_id == Visitor.id)
    query = query.where(Kinship.inmate_id == case.inmate_id, Kinship.state == "approved", Kinship.inmate_answer == "accepted", Kinship.restriction == "none")
    rows = session.execute(query.where(Account.closed_at.is_(None)).options(joinedload(Kinship.visitor)).order_by(Kinship.id))
    return [Relative(kinship, account_id) for kinship, account_id in rows]


def length(policies: Policies, day: date) -> timedelta:
    """How long a session is, as the policy of that day says."""
    return timedelta(minutes=int(policies.value("visit_minutes", day)[KIND]))


def free(session: Session, case: MediationCase, visitor_id: int, day: date, own: int | None, now: datetime) -> list[Free]:
    """Every quarter of an hour of a day at which it can be. `own`: a booking that is to be moved, whose claims do not count."""
    policies = policies_of(session, case.prison_id)
    lasts, pause = length(policies, day), timedelta(minutes=int(policies.value("turnaround_minutes", day)[KIND]))
    grid = timetable.grid(session, case.prison_id, day, day, int(policies.value("planned_lanes", day)))
    hours = [slot.occupied for slot in grid.places(day)]
    terminals = [one for one in timetable.terminals(session, case.prison_id) if one.in_service]
    if not hours or not terminals:
        return []
    open_hours = rules.joined(hours)
    span = Interval(open_hours[0].start, open_hours[-1].end)
    taken = _taken(session, case, visitor_id, [one.id for one in terminals], Interval(span.start, span.end + pause), own)
    found = []
    for start in (start for one in open_hours for start in rules.starts(one, lasts, STEP)):
        visit = Interval(start, start + lasts)
        people = {f"inmate:{case.inmate_id}", f"visitor:{visitor_id}"}
        if start <= now or any(people & taken[tick] for tick in visit.ticks()) or not _has_lane(case.prison_id, grid.lanes_during(visit), taken):
            continue
        at = Interval(visit.start, visit.end + pause)
        fit = [one for one in terminals if not any(f"terminal:{one.id}" in taken[tick] for tick in at.ticks())]
        fit = [one for one in fit if not any(shut.hits(visit, case.inmate.ward_id, one.id) for shut in grid.shut)]
        if fit:
            found.append(Free(visit, tuple(fit)))
    return found


def _taken(session: Session, case: MediationCase, visitor_id: int, terminal_ids: Iterable[int], span: Interval, own: int | None) -> defaultdict[int, set[str]]:
    """Resources that have a claim, by tick: of these people and terminals, and the lanes of officers and line."""
    names = [f"inmate:{case.inmate_id}", f"visitor:{visitor_id}", *(f"terminal:{number}" for number in terminal_ids)]
    lanes = or_(*(Claim.resource.startswith(f"{name}:{case.prison_id}#", autoescape=True) for name in ("watch", "uplink")))
    query = select(Claim.tick, Claim.resource).where(Claim.tick.between(span.span.start, span.span.stop), or_(Claim.resource.in_(names), lanes))
    if own is not None:
        query = query.where(Claim.booking_id != own)
    found: defaultdict[int, set[str]] = defaultdict(set)
    for tick, resource in session.execute(query):
        found[tick].add(resource)
    return found


def _has_lane(prison_id: int, lanes: Mapping[int, int], taken: Mapping[int, set[str]]) -> bool:
    """Whether one more session fits in every tick under the officers' lanes and the line."""
    for tick, most in lanes.items():
        used = Counter(resource.partition(":")[0] for resource in taken.get(tick, ()) if "#" in resource)
        if max(used["watch"], used["uplink"]) >= most:
            return False
    return True


def day_shown(asked: str, now: datetime) -> date:
    """The day that is asked for (ISO), from today to a year ahead; tomorrow while none is."""
    today = local_day(now)
    try:
        return min(max(date.fromisoformat(asked), today), today + FARTHEST)
    except ValueError:
        return today + timedelta(days=1)

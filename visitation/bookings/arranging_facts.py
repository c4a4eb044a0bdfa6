"""What is known about sessions that are to be arranged together: their people, their terminals, and what else has a claim at those times."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from visitation.accounts.models import Account
from visitation.bookings import claims, facts
from visitation.bookings.ground import Ground
from visitation.bookings.models import Booking, Claim
from visitation.bookings.rules import LIVING, Ban, Tie
from visitation.bookings.rules_arranging import Case, Clash
from visitation.kernel.interval import Interval, at_local, local_day
from visitation.people.models import Inmate, Kinship, NonAssociation
from visitation.timetable.models import Terminal
from visitation.timetable.queries import Grid


@dataclass(frozen=True)
class Arrangement:
    """A session that staff want: who with whom, where and when.

    account_id: who joins from outside, a lawyer's account or the lead visitor's; lawyer: the number of their claim `lawyer:n`.
    visitors: ids of kinships, the lead first (mediation). turnaround: minutes at the terminal afterwards; None: as the policy says.
    unseen: defence in a pending case, of which officers see connection and timer only (rules.md §2).
    """

    kind: str
    prison_id: int
    inmate_id: int
    terminal_id: int
    starts_at: datetime
    ends_at: datetime
    account_id: int
    lawyer: int | None = None
    visitors: tuple[int, ...] = ()
    language: str = "zh"
    turnaround: int | None = None
    unseen: bool = False

    @property
    def visit(self) -> Interval:
        return Interval(self.starts_at, self.ends_at)


@dataclass(frozen=True)
class Other:
    """A booking that has something. It is a hold, which gives way to a legal appointment, or more than one."""

    booking_id: int
    ref: str
    starts_at: datetime
    is_hold: bool = False


@dataclass(frozen=True)
class People:
    """Everybody and everything that the arrangements name, by id."""

    inmates: dict[int, Inmate]
    terminals: dict[int, Terminal]
    ties: dict[int, Kinship]
    accounts: dict[int, Account]
    apart: frozenset[tuple[int, int]]
    bans: dict[tuple[int, int], tuple[Ban, ...]]
    """(inmate, visitor) -> suspensions of the visitor."""

    def visitor_ids(self, wish: Arrangement) -> list[int]:
        return [self.ties[number].visitor_id for number in wish.visitors if number in self.ties]


@dataclass
class Look:
    """One look at the resources. taken: who has each place; cases: the sessions as the rules judge them; places: what is to be claimed, by number."""

    taken: dict[claims.Place, Other]
    cases: list[Case] = field(default_factory=list)
    places: list[list[claims.Place]] = field(default_factory=list)
    holds: set[int] = field(default_factory=set)


def read_people(session: Session, wanted: Sequence[Arrangement]) -> People:
    """Five queries, whatever their number; two more for the suspensions of visitors."""
    inmates = {row.id: row for row in session.scalars(select(Inmate).where(Inmate.id.in_({one.inmate_id for one in wanted})))}
    terminals = {row.id: row for row in session.scalars(select(Terminal).where(Terminal.id.in_({one.terminal_id for one in wanted})))}
    ties = {number for one in wanted for number in one.visitors}
    tied = select(Kinship).where(Kinship.id.in_(ties)).options(joinedload(Kinship.visitor))
    accounts = {row.id: row for row in session.scalars(select(Account).where(Account.id.in_({one.account_id for one in wanted})))}
    kin = {row.id: row for row in session.scalars(tied)} if ties else {}
    bans: dict[tuple[int, int], tuple[Ban, ...]] = {}
    for one in wanted:
        numbers = [kin[number].visitor_id for number in one.visitors if number in kin]
        found = facts.bans_of(session, one.inmate_id, numbers) if numbers else {}
        bans |= {(one.inmate_id, number): found.get(claims.visitor(number), ()) for number in numbers}
    return People(inmates, terminals, kin, accounts, _apart(session, inmates), bans)


def _apart(session: Session, inmates: Iterable[int]) -> frozenset[tuple[int, int]]:
    """Pairs of whom at least one is among these, both ways round."""
    ids = list(inmates)
    query = select(NonAssociation.inmate_id, NonAssociation.other_id).where(NonAssociation.ended_at.is_(None))
    rows = session.execute(query.where(or_(NonAssociation.inmate_id.in_(ids), NonAssociation.other_id.in_(ids)))).all()
    return frozenset(pair for one, other in rows for pair in ((one, other), (other, one)))


def look(session: Session, here: Ground, grid: Grid, people: People, wanted: Sequence[Arrangement], own: Sequence[int], now: datetime) -> Look:
    """See what has a claim at these times, and find a place for each in turn. `own`: bookings whose claims do not count (they are moved)."""
    names = [name for one in wanted for name in _names(people, one)]
    first, last = min(one.starts_at for one in wanted), max(one.ends_at + timedelta(minutes=turnaround(session, here, one)) for one in wanted)
    counted = claims.Counted(here.prison_id, grid.lanes_during(Interval(first, last)), grid.uplink)
    found = Look(_taken(session, [*names, *claims.lanes_of(counted)], Interval(first, last), own))
    busy_days = _days_of_others(session, people, wanted, own)
    for number, wish in enumerate(wanted):
        case, places = _judge(session, here, grid, people, found, number, wish)
        apart = (wish.inmate_id, local_day(wish.starts_at)) in busy_days
        found.cases.append(replace(case, apart=apart))
        found.places.append(places)
        mine = Other(-number - 1, case.inmate, wish.starts_at)
        found.taken.update({place: mine for place in places if place not in found.taken or found.taken[place].is_hold})
    return found


def turnaround(session: Session, here: Ground, wish: Arrangement) -> int:
    """Minutes that the terminal is kept after the session."""
    if wish.turnaround is not None:
        return wish.turnaround
    return int(here.policies(session).value("turnaround_minutes", local_day(wish.starts_at)).get(wish.kind, 10))


def _names(people: People, wish: Arrangement) -> list[str]:
    lawyer = [claims.lawyer(wish.lawyer)] if wish.lawyer is not None else []
    return [claims.terminal(wish.terminal_id), claims.inmate(wish.inmate_id), *lawyer, *map(claims.visitor, people.visitor_ids(wish))]


def _taken(session: Session, names: Iterable[str], span: Interval, own: Sequence[int]) -> dict[claims.Place, Other]:
    query = select(Claim.resource, Claim.tick, Booking.id, Booking.ref, Booking.starts_at, Booking.state).join(Booking, Booking.id == Claim.booking_id)
    query = query.where(Claim.resource.in_(set(names)), Claim.tick.between(span.span.start, span.span.stop - 1), Claim.booking_id.not_in(list(own)))
    return {(resource, tick): Other(number, ref, start, state == "held") for resource, tick, number, ref, start, state in session.execute(query)}


def _judge(session: Session, here: Ground, grid: Grid, people: People, found: Look, number: int, wish: Arrangement) -> tuple[Case, list[claims.Place]]:
    visit, inmate, terminal = wish.visit, people.inmates.get(wish.inmate_id), people.terminals.get(wish.terminal_id)
    fixed = [(claims.lawyer(wish.lawyer), tick) for tick in visit.ticks()] if wish.lawyer is not None else []
    fixed += claims.people_of(visit, wish.inmate_id, people.visitor_ids(wish))
    fixed += claims.terminal_of(visit, wish.terminal_id, turnaround(session, here, wish))
    clashes = _clashes(people, found, wish, fixed)
    lanes, without = _lanes(here, grid, found, visit, number)
    account = people.accounts.get(wish.account_id)
    case = Case(
        number,
        wish.kind,
        visit,
        inmate.name if inmate is not None else "",
        inmate.status if inmate is not None and inmate.prison_id == wish.prison_id else "transferred",
        bool(here.policies(session).value("remote", local_day(wish.starts_at)).get(wish.kind)),
        terminal is not None and terminal.prison_id == wish.prison_id and terminal.in_service,
        any(shut.hits(visit, inmate.ward_id if inmate is not None else None, wish.terminal_id) for shut in grid.shut),
        reachable=account is not None and account.closed_at is None,
        clashes=(*clashes, *without),
        barred=_barred(people, wish),
    )
    return case, [*fixed, *lanes]


def _clashes(people: People, found: Look, wish: Arrangement, fixed: Sequence[claims.Place]) -> list[Clash]:
    """What is taken, each resource once, by the first booking that has it. Holds give way and are remembered."""
    seen: dict[str, Clash] = {}
    for place in sorted(fixed, key=lambda one: one[1]):
        other = found.taken.get(place)
        if other is None or place[0] in seen:
            continue
        if other.is_hold:
            found.holds.add(other.booking_id)
            continue
        what, number = place[0].split(":")
        seen[place[0]] = Clash(what, _called(people, wish, what, int(number)), other.ref, other.starts_at)
    return list(seen.values())


def _called(people: People, wish: Arrangement, what: str, number: int) -> str:
    if what == "terminal":
        return people.terminals[number].name if number in people.terminals else ""
    if what == "visitor":
        return next((tie.visitor.name for tie in people.ties.values() if tie.visitor_id == number), "")
    account = people.accounts.get(wish.account_id)
    return account.name if what == "lawyer" and account is not None else ""


def _lanes(here: Ground, grid: Grid, found: Look, visit: Interval, number: int) -> tuple[list[claims.Place], list[Clash]]:
    """A lane of officers and of the line for each tick; without one, which of the two is missing."""
    counted = claims.Counted(here.prison_id, grid.lanes_during(visit), grid.uplink)
    try:
        return claims.free_lanes(counted, found.taken, number), []
    except claims.Busy as busy:
        return [], [Clash(what) for what in sorted(busy.resources)]


def _barred(people: People, wish: Arrangement) -> tuple[str, ...]:
    """Names of visitors whose kinship does not stand, or who are suspended on that day."""
    day, found = local_day(wish.starts_at), []
    for number in wish.visitors:
        tie = people.ties.get(number)
        if tie is None:
            found.append("")
        elif not _may_come(people, wish, tie, day):
            found.append(tie.visitor.name)
    return tuple(found)


def _may_come(people: People, wish: Arrangement, tie: Kinship, day: date) -> bool:
    stands = Tie(tie.state, tie.inmate_answer, tie.restriction, tie.relation).stands and tie.inmate_id == wish.inmate_id
    return stands and not any(ban.covers(day) for ban in people.bans.get((wish.inmate_id, tie.visitor_id), ()))


def _days_of_others(session: Session, people: People, wanted: Sequence[Arrangement], own: Sequence[int]) -> set[tuple[int, date]]:
    """(inmate, day) on which somebody from whom the inmate is kept apart comes, or would come with another of these sessions (rules.md §5.16)."""
    if not people.apart:
        return set()
    days = sorted({local_day(one.starts_at) for one in wanted})
    others = {other for _one, other in people.apart}
    span = Booking.starts_at >= at_local(days[0], time()), Booking.starts_at < at_local(days[-1] + timedelta(days=1), time())
    query = select(Booking.inmate_id, Booking.starts_at).where(Booking.inmate_id.in_(others), Booking.state.in_(LIVING), Booking.id.not_in(list(own)), *span)
    there = {(inmate, local_day(start)) for inmate, start in session.execute(query)}
    there |= {(one.inmate_id, local_day(one.starts_at)) for one in wanted}
    return {(one, day) for one, other in people.apart for number, day in there if number == other}

"""Gathering what the rules want to know, for one inmate and one lead visitor over a span of days, in a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload

from visitation.bookings import claims, ledger, rules
from visitation.bookings.availability import Occupancy, Taken, free, taken
from visitation.bookings.models import Booking, Claim
from visitation.bookings.rules import Ban, Inside, Limits, Person, Tie, Window, Wish
from visitation.bookings.window import window
from visitation.kernel.errors import Refusal
from visitation.kernel.interval import at_local, local_day, month_start, next_month
from visitation.people.models import Inmate, Kinship, NonAssociation, Suspension, Visitor
from visitation.policies.queries import Policies, policies_of
from visitation.timetable import queries as timetable
from visitation.timetable.rules import Slot

Ticks = dict[str, frozenset[int]]


@dataclass(frozen=True)
class Case:
    """One inmate, one lead visitor, one kind of session, and all that is known of the days from `grid.first` to `grid.last`."""

    kinship: Kinship
    inmate: Inmate
    kind: str
    policies: Policies
    grid: timetable.Grid
    occupancy: Occupancy
    lead: Person
    inside: Inside
    limits: Limits

    def free_on(self, day: date) -> list[Slot]:
        """Places that nobody has, whether this visit may take them or not."""
        return free(self.grid.slots(day, self.kind, self.inmate.ward_id, self.inmate.level_code), self.occupancy, self.grid.lanes_during)

    def judged(self, day: date, now: datetime) -> list[tuple[Slot, list[Refusal]]]:
        """The day's free places with what stands against each."""
        return [(slot, rules.standing(self.wish(slot), self.inside, self.limits, now)) for slot in self.free_on(day)]

    def offered(self, day: date, now: datetime) -> list[Slot]:
        """The places of a day that this visit may take now: what the page shows, and the only ones that are held."""
        return [slot for slot, refusals in self.judged(day, now) if not refusals]

    def wish(self, slot: Slot) -> Wish:
        return Wish(slot.visit, (self.lead,))


def kinship_with_people(session: Session, kinship_id: int) -> Kinship | None:
    """A kinship with its inmate, prison and visitor, in one query; None also while no inmate is known for it."""
    people = (joinedload(Kinship.inmate).joinedload(Inmate.ward), joinedload(Kinship.prison), joinedload(Kinship.visitor))
    query = select(Kinship).where(Kinship.id == kinship_id, Kinship.inmate_id.is_not(None)).options(*people)
    return session.scalar(query.execution_options(populate_existing=True))


def case(session: Session, kinship: Kinship, kind: str, first: date, last: date, now: datetime, account_id: int, ignore: int | None = None) -> Case:
    """Gather a case. `ignore`: a booking whose own claims do not count against it. 11 queries, however long the span."""
    inmate = kinship.inmate
    assert inmate is not None
    policies = policies_of(session, kinship.prison_id)
    grid = timetable.grid(session, kinship.prison_id, first, last, policies.value("planned_lanes", first))
    busy = busy_ticks(session, inmate.id, [kinship.visitor_id], first, last, now, account_id, ignore)
    bans = bans_of(session, inmate.id, [kinship.visitor_id])
    return Case(
        kinship,
        inmate,
        kind,
        policies,
        grid,
        Occupancy(_taken(session, kinship.prison_id, first, last, now, account_id, ignore)),
        person_of(kinship.visitor, kinship, busy, bans),
        Inside(
            inmate.status,
            inmate.foreign,
            bans.get(claims.inmate(inmate.id), ()),
            busy.get(claims.inmate(inmate.id), frozenset()),
            separated_days(session, inmate.id, first, last, now),
        ),
        _limits(session, kinship.prison_id, inmate, kind, policies, first, last, now, ignore, grid.release_minutes.get(inmate.ward_id, 0)),
    )


def person_of(visitor: Visitor, kinship: Kinship | None, busy: Ticks, bans: dict[str, tuple[Ban, ...]]) -> Person:
    tie = Tie(kinship.state, kinship.inmate_answer, kinship.restriction, kinship.relation) if kinship else None
    name = claims.visitor(visitor.id)
    return Person(visitor.id, visitor.name, visitor.birth_date, visitor.document_kind, tie, bans.get(name, ()), busy.get(name, frozenset()))


def bans_of(session: Session, inmate_id: int, visitor_ids: Iterable[int]) -> dict[str, tuple[Ban, ...]]:
    """Suspensions not lifted, by `inmate:<id>` and `visitor:<id>`. A visitor's counts in the prison that set it, and nowhere else."""
    here = select(Inmate.prison_id).where(Inmate.id == inmate_id).scalar_subquery()
    target = or_(Suspension.inmate_id == inmate_id, and_(Suspension.visitor_id.in_(list(visitor_ids)), Suspension.prison_id == here))
    found: dict[str, tuple[Ban, ...]] = {}
    for row in session.scalars(select(Suspension).where(target, Suspension.lifted_at.is_(None))):
        name = claims.inmate(row.inmate_id) if row.inmate_id is not None else claims.visitor(row.visitor_id or 0)
        found[name] = (*found.get(name, ()), Ban(row.starts_on, row.ends_on))
    return found


def busy_ticks(
    session: Session, inmate_id: int, visitor_ids: Iterable[int], first: date, last: date, now: datetime, account_id: int, ignore: int | None = None
) -> Ticks:
    """Ticks at which these people have something else, by resource; dead holds do not count."""
    names = [claims.inmate(inmate_id), *(claims.visitor(number) for number in visitor_ids)]
    start, end = timetable.tick_range(first, last)
    query = (
        select(Claim.resource, Claim.tick)
        .join(Booking, Booking.id == Claim.booking_id)
        .where(Claim.resource.in_(names), Claim.tick >= start, Claim.tick < end, _counts(now, account_id), Booking.id != (ignore or 0))
    )
    found: dict[str, set[int]] = {}
    for resource, tick in session.execute(query):
        found.setdefault(resource, set()).add(tick)
    return {resource: frozenset(ticks) for resource, ticks in found.items()}


def separated_days(session: Session, inmate_id: int, first: date, last: date, now: datetime) -> frozenset[date]:
    """Days on which an inmate who must be kept apart from this one has a living booking: they share the waiting space all day (rules.md §5.16)."""
    pair = or_(
        and_(NonAssociation.inmate_id == inmate_id, Booking.inmate_id == NonAssociation.other_id),
        and_(NonAssociation.other_id == inmate_id, Booking.inmate_id == NonAssociation.inmate_id),
    )
    query = (
        select(Booking.starts_at)
        .join(NonAssociation, pair)
        .where(NonAssociation.ended_at.is_(None), _counts(now, None), *_between(first, last))
        .execution_options(populate_existing=True)
    )
    return frozenset(local_day(start) for start in session.scalars(query))


def window_of(session: Session, prison_id: int, policies: Policies, now: datetime, ward_minutes: int = 0) -> Window:
    """The booking window of a prison at this moment, for a ward that is released `ward_minutes` after it."""
    today = local_day(now)
    days = policies.value("review_workdays", today) + policies.value("notify_workdays", today) + 1
    review_from = timetable.add_workdays(session, prison_id, now, days)
    return window(
        now,
        policies.value("window_min_days", today),
        policies.value("window_months", today),
        policies.value("release_day", today),
        policies.value("release_time", today),
        review_from,
        ward_minutes,
    )


def months_between(first: date, last: date) -> list[date]:
    months = [month_start(first)]
    while next_month(months[-1]) <= last:
        months.append(next_month(months[-1]))
    return months


def entitlement(policies: Policies, kind: str, level: str, month: date) -> int:
    """Visits (or calls) of a level in a month, by the policy on its first day: a change within a month counts from the next."""
    _purse, key = ledger.PURSES[kind]
    return int(policies.value(key, month).get(level, 0))


def _limits(
    session: Session,
    prison_id: int,
    inmate: Inmate,
    kind: str,
    policies: Policies,
    first: date,
    last: date,
    now: datetime,
    ignore: int | None,
    ward_minutes: int,
) -> Limits:
    months = months_between(first, last)
    lines = ledger.totals(session, inmate.id, ledger.PURSES[kind][0], months, ignore)
    relations = policies.value("relations", first)
    return Limits(
        window_of(session, prison_id, policies, now, ward_minutes),
        {month: ledger.allowance(entitlement(policies, kind, inmate.level_code, month), lines.get(month, {})) for month in months},
        policies.value("max_visitors", first),
        policies.value("guardian_age", first),
        policies.value("adult_age", first),
        frozenset(relation["code"] for relation in relations if relation["needs_approval"]),
        bool(policies.value("instant_booking", first)),
    )


def _taken(session: Session, prison_id: int, first: date, last: date, now: datetime, account_id: int, ignore: int | None = None) -> list[Taken]:
    columns = (Booking.terminal_id, Booking.starts_at, Booking.ends_at, Booking.turnaround)
    query = select(*columns).where(Booking.prison_id == prison_id, _counts(now, account_id), Booking.id != (ignore or 0), *_between(first, last))
    return [taken(*row) for row in session.execute(query)]


def _counts(now: datetime, account_id: int | None) -> ColumnElement[bool]:
    """Condition on Booking: it occupies something. A hold that has run out, or that this account left behind, does not."""
    return and_(Booking.state.in_(rules.LIVING), ~claims.dead(now, account_id))


def _between(first: date, last: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Booking.starts_at >= at_local(first, time()), Booking.starts_at < at_local(last + timedelta(days=1), time())

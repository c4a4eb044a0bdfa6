"""Gathering what the rules want to know, for one inmate and one lead visitor over a span of days, in a fixed number of queries.

The statements are put together once: building one costs more than running it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from visitation.bookings import claims, ledger, rules
from visitation.bookings.availability import Occupancy, Taken, free, taken
from visitation.bookings.ground import Ground, ground, mark_of
from visitation.bookings.models import Appointment, Booking, Claim
from visitation.bookings.rules import Ban, Inside, Limits, Person, Tie, Window, Wish
from visitation.bookings.rules_packing import LEGAL
from visitation.bookings.window import window
from visitation.kernel.errors import Refusal
from visitation.kernel.interval import Interval, at_local, local_day, month_start, next_month
from visitation.people.models import Inmate, Kinship, NonAssociation, Suspension, Visitor
from visitation.policies.queries import Policies
from visitation.store.transaction import run
from visitation.timetable import queries as timetable
from visitation.timetable.rules import Slot

Ticks = dict[str, frozenset[int]]
Lines = Mapping[date, Mapping[str, int]]
ONE_DAY = timedelta(days=1)


class Inmates(NamedTuple):
    """An inmate as the rules see them."""

    id: int
    ward_id: int
    level_code: str
    status: str
    foreign: bool


class Visitors(NamedTuple):
    """A person outside as the rules see them."""

    id: int
    name: str
    birth_date: date
    document_kind: str
    language: str


@dataclass(frozen=True)
class Bond:
    """A kinship with its two people. `bans`: how many suspensions stand against either; `apart`: from how many inmates this one is kept apart;
    `appointments`: how many of the inmate's are entered, or arranged as sessions with a lawyer."""

    id: int
    ref: str
    prison_id: int
    state: str
    inmate_answer: str
    restriction: str
    relation: str
    inmate: Inmates
    visitor: Visitors
    bans: int
    apart: int
    appointments: int

    @property
    def inmate_id(self) -> int:
        return self.inmate.id

    @property
    def visitor_id(self) -> int:
        return self.visitor.id


class Outside(Protocol):
    """What is asked of a visitor."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def birth_date(self) -> date: ...
    @property
    def document_kind(self) -> str: ...


class Related(Protocol):
    """What is asked of a kinship."""

    @property
    def state(self) -> str: ...
    @property
    def inmate_answer(self) -> str: ...
    @property
    def restriction(self) -> str: ...
    @property
    def relation(self) -> str: ...


@dataclass(frozen=True)
class Case:
    """One inmate, one lead visitor, one kind of session, and all that is known of the days from `first` to `last`.

    `lines`: month -> kind -> units of the inmate's ledger.
    """

    kinship: Bond
    kind: str
    first: date
    last: date
    ground: Ground
    policies: Policies
    grid: timetable.Grid
    look: Callable[[], Occupancy]
    lead: Person
    inside: Inside
    limits: Limits
    lines: Lines

    @property
    def inmate(self) -> Inmates:
        return self.kinship.inmate

    @cached_property
    def occupancy(self) -> Occupancy:
        """What the bookings of these days occupy; read when somebody asks."""
        return self.look()

    def days(self) -> Iterator[date]:
        return (self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1))

    def slots(self, day: date) -> list[Slot]:
        """Places of a day that admit this inmate, taken or not."""
        return self.ground.slots(self.grid, day, self.kind, self.inmate.ward_id, self.inmate.level_code)

    def lanes(self, visit: Interval) -> Mapping[int, int]:
        """How many sessions there may be at once in each tick of a visit."""
        return self.ground.lanes(self.grid, visit)

    def free_on(self, day: date) -> list[Slot]:
        """Places that nobody has, whether this visit may take them or not."""
        return free(self.slots(day), self.occupancy, self.lanes)

    def judged(self, day: date, now: datetime) -> list[tuple[Slot, list[Refusal]]]:
        """The day's free places with what stands against each: as `judge`, with what is the same all day asked once."""
        always, window = rules.of_the_day(day, self.lead, self.inside, self.limits), self.limits.window
        return [(slot, always + rules.of_the_time(slot.visit, self.lead, self.inside, window, now)) for slot in self.free_on(day)]

    def judge(self, slot: Slot, now: datetime) -> list[Refusal]:
        return rules.standing(self.wish(slot), self.inside, self.limits, now)

    def free_at(self, slot: Slot) -> Slot | None:
        """A slot with the terminals that are free for it, judged by the same function as the days' lists; None when there is none."""
        return next(iter(free([slot], self.occupancy, self.lanes)), None)

    def offered(self, day: date, now: datetime) -> list[Slot]:
        """The places of a day that this visit may take now: what the page shows, and the only ones that are held."""
        return [slot for slot, refusals in self.judged(day, now) if not refusals]

    def wish(self, slot: Slot) -> Wish:
        return Wish(slot.visit, (self.lead,))


def one_of(column: Any, values: Iterable[str]) -> ColumnElement[bool]:
    """As `column.in_(values)`, for values that never change: an IN is put together anew each time the statement runs."""
    return or_(*(column == value for value in values))


def legal_session(row: Any) -> tuple[ColumnElement[bool], ...]:
    """Conditions on Booking, or an alias of it: a session with a lawyer that is to come, before which family visits give way."""
    return one_of(row.kind, sorted(LEGAL)), row.state == "confirmed"


def _bond() -> Select[Any]:
    against = or_(Suspension.inmate_id == Kinship.inmate_id, and_(Suspension.visitor_id == Kinship.visitor_id, Suspension.prison_id == Kinship.prison_id))
    bans = select(func.count(Suspension.id)).where(against, Suspension.lifted_at.is_(None))
    pair = or_(NonAssociation.inmate_id == Kinship.inmate_id, NonAssociation.other_id == Kinship.inmate_id)
    apart = select(func.count(NonAssociation.id)).where(pair, NonAssociation.ended_at.is_(None))
    elsewhere = select(func.count(Appointment.id)).where(Appointment.inmate_id == Kinship.inmate_id, Appointment.cancelled_at.is_(None))
    sessions = select(func.count(Booking.id)).where(Booking.inmate_id == Kinship.inmate_id, *legal_session(Booking))
    tie = [getattr(Kinship.__table__.c, name) for name in ("id", "ref", "prison_id", "state", "inmate_answer", "restriction", "relation")]
    inside = [getattr(Inmate.__table__.c, name) for name in Inmates._fields]
    outside = [getattr(Visitor.__table__.c, name) for name in Visitors._fields]
    banned, kept, met, arranged = [part.correlate(Kinship.__table__).scalar_subquery() for part in (bans, apart, elsewhere, sessions)]
    counted = [banned, kept, met + arranged]
    people = Kinship.__table__.join(Inmate.__table__, Inmate.id == Kinship.inmate_id).join(Visitor.__table__, Visitor.id == Kinship.visitor_id)
    return select(*tie, *inside, *outside, *counted).select_from(people).where(Kinship.id == bindparam("kinship"))


BOND = _bond()


def kinship_with_people(session: Session, kinship_id: int) -> Bond | None:
    """A kinship with its inmate and visitor, in one query; None also while no inmate is known for it."""
    row = run(session, BOND, {"kinship": kinship_id}).one_or_none()
    if row is None:
        return None
    values = list(row)
    number, ref, prison_id, state, answer, restriction, relation = values[:7]
    inmate, visitor = Inmates._make(values[7:12]), Visitors._make(values[12:17])
    return Bond(number, ref, prison_id, state, answer, restriction, relation, inmate, visitor, *values[17:])


def case(
    session: Session,
    kinship: Bond,
    kind: str,
    first: date,
    last: date,
    now: datetime,
    account_id: int,
    ignore: int | None = None,
    under: Ground | None = None,
    busy: Ticks | None = None,
    occupied: Occupancy | None = None,
) -> Case:
    """Gather a case: 2 queries, one more when its places are looked at, and one each for suspensions and separations where there are any.

    `ignore`: a booking whose own claims do not count against it. `under`: the prison's ground, read under the lock. `busy`: the people's ticks, if known;
    `occupied`: what the asked places are occupied by, if known.
    """
    inmate, here = kinship.inmate, under or ground(session, kinship.prison_id, mark_of(session, kinship.prison_id))
    policies, grid = here.policies(session), here.grid(session, first, last)
    if busy is None:
        busy = busy_ticks(session, inmate.id, [kinship.visitor_id], first, last, now, account_id, ignore)
    bans = bans_of(session, inmate.id, [kinship.visitor_id]) if kinship.bans else {}
    lines = ledger.totals(session, inmate.id, ledger.PURSES[kind][0], months_between(first, last), ignore)
    return Case(
        kinship,
        kind,
        first,
        last,
        here,
        policies,
        grid,
        lambda: occupied or Occupancy(_taken(session, kinship.prison_id, first, last, now, account_id, ignore)),
        person_of(kinship.visitor, kinship, busy, bans),
        Inside(
            inmate.status,
            inmate.foreign,
            bans.get(claims.inmate(inmate.id), ()),
            busy.get(claims.inmate(inmate.id), frozenset()) | (_elsewhere(session, inmate.id, policies, first) if kinship.appointments else frozenset()),
            separated_days(session, inmate.id, first, last, now) if kinship.apart else frozenset(),
        ),
        _limits(session, here, kinship, kind, first, last, now, lines),
        lines,
    )


def _elsewhere(session: Session, inmate_id: int, policies: Policies, day: date) -> frozenset[int]:
    """Ticks in which the inmate is with a court or lawyer, with the margin before and after: legal appointments come first (rules.md §5.14).

    A session with a lawyer that staff have arranged is one.
    """
    margin = timedelta(minutes=policies.value("appointment_margin_minutes", day))
    query = select(Appointment.starts_at, Appointment.ends_at).where(Appointment.inmate_id == inmate_id, Appointment.cancelled_at.is_(None))
    sessions = select(Booking.starts_at, Booking.ends_at).where(Booking.inmate_id == inmate_id, *legal_session(Booking))
    times = [*session.execute(query), *session.execute(sessions)]
    return frozenset(tick for first, last in times for tick in Interval(first - margin, last + margin).ticks())


def person_of(visitor: Outside, kinship: Related | None, busy: Ticks, bans: dict[str, tuple[Ban, ...]]) -> Person:
    tie = Tie(kinship.state, kinship.inmate_answer, kinship.restriction, kinship.relation) if kinship else None
    name = claims.visitor(visitor.id)
    return Person(visitor.id, visitor.name, visitor.birth_date, visitor.document_kind, tie, bans.get(name, ()), busy.get(name, frozenset()))


def bans_of(session: Session, inmate_id: int, visitor_ids: Iterable[int]) -> dict[str, tuple[Ban, ...]]:
    """Suspensions not lifted, by `inmate:<id>` and `visitor:<id>`. A visitor's counts in the prison that set it, and nowhere else."""
    here = select(Inmate.prison_id).where(Inmate.id == inmate_id).scalar_subquery()
    target = or_(Suspension.inmate_id == inmate_id, and_(Suspension.visitor_id.in_(list(visitor_ids)), Suspension.prison_id == here))
    found: dict[str, tuple[Ban, ...]] = {}
    columns = (Suspension.inmate_id, Suspension.visitor_id, Suspension.starts_on, Suspension.ends_on)
    for inmate, visitor, first, last in session.execute(select(*columns).where(target, Suspension.lifted_at.is_(None))):
        name = claims.inmate(inmate) if inmate is not None else claims.visitor(visitor or 0)
        found[name] = (*found.get(name, ()), Ban(first, last))
    return found


def _counts() -> ColumnElement[bool]:
    """Condition on Booking, with the parameters now and account (0: nobody): it occupies something. A hold that has run out, or that this account left
    behind, does not."""
    b = Booking.__table__.c
    dead = and_(b.state == "held", or_(b.hold_expires_at <= bindparam("now", type_=b.hold_expires_at.type), b.account_id == bindparam("account")))
    return and_(one_of(b.state, rules.LIVING), ~dead, b.id != bindparam("ignore"))


BUSY = (
    select(Claim.__table__.c.resource, Claim.__table__.c.tick)
    .join(Booking.__table__, Booking.__table__.c.id == Claim.__table__.c.booking_id)
    .where(
        Claim.__table__.c.resource.in_(bindparam("names", expanding=True)),
        Claim.__table__.c.tick >= bindparam("start"),
        Claim.__table__.c.tick < bindparam("end"),
        _counts(),
    )
)


def busy_ticks(
    session: Session, inmate_id: int, visitor_ids: Iterable[int], first: date, last: date, now: datetime, account_id: int, ignore: int | None = None
) -> Ticks:
    """Ticks at which these people have something else, by resource; dead holds do not count."""
    names = [claims.inmate(inmate_id), *(claims.visitor(number) for number in visitor_ids)]
    start, end = timetable.tick_range(first, last)
    found: dict[str, set[int]] = {}
    wanted = {"names": names, "start": start, "end": end, "now": now, "account": account_id, "ignore": ignore or 0}
    for resource, tick in run(session, BUSY, wanted):
        found.setdefault(resource, set()).add(tick)
    return {resource: frozenset(ticks) for resource, ticks in found.items()}


def separated_days(session: Session, inmate_id: int, first: date, last: date, now: datetime) -> frozenset[date]:
    """Days on which an inmate who must be kept apart from this one has a living booking: they share the waiting space all day (rules.md §5.16)."""
    pair = or_(
        and_(NonAssociation.inmate_id == inmate_id, Booking.inmate_id == NonAssociation.other_id),
        and_(NonAssociation.other_id == inmate_id, Booking.inmate_id == NonAssociation.inmate_id),
    )
    query = select(Booking.starts_at).join(NonAssociation, pair).where(NonAssociation.ended_at.is_(None), _counts(), *_between())
    return frozenset(local_day(start) for start in session.scalars(query, {**_span(first, last), "now": now, "account": 0, "ignore": 0}))


def window_of(session: Session, here: Ground, now: datetime, ward_minutes: int = 0) -> Window:
    """The booking window of a prison at this moment, for a ward that is released `ward_minutes` after it."""
    today, policies = local_day(now), here.policies(session)
    days = policies.value("review_workdays", today) + policies.value("notify_workdays", today) + 1
    review_from = here.add_workdays(session, now, days)
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


def _limits(session: Session, here: Ground, kinship: Bond, kind: str, first: date, last: date, now: datetime, lines: Lines) -> Limits:
    policies, inmate = here.policies(session), kinship.inmate
    ward_minutes = here.grid(session, first, last).release_minutes.get(inmate.ward_id, 0)
    months = months_between(first, last)
    return Limits(
        window_of(session, here, now, ward_minutes),
        {month: ledger.allowance(entitlement(policies, kind, inmate.level_code, month), lines.get(month, {})) for month in months},
        policies.value("max_visitors", first),
        policies.value("guardian_age", first),
        policies.value("adult_age", first),
        frozenset(relation["code"] for relation in policies.value("relations", first) if relation["needs_approval"]),
        bool(policies.value("instant_booking", first)),
    )


def _between() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Condition on Booking with the parameters from_time and to_time."""
    starts = Booking.__table__.c.starts_at
    return starts >= bindparam("from_time", type_=starts.type), starts < bindparam("to_time", type_=starts.type)


def _span(first: date, last: date) -> dict[str, datetime]:
    return {"from_time": at_local(first, time()), "to_time": at_local(last + ONE_DAY, time())}


TAKEN = select(*(getattr(Booking.__table__.c, name) for name in ("terminal_id", "starts_at", "ends_at", "turnaround"))).where(
    Booking.__table__.c.prison_id == bindparam("prison"), _counts(), *_between()
)


def _taken(session: Session, prison_id: int, first: date, last: date, now: datetime, account_id: int, ignore: int | None = None) -> list[Taken]:
    wanted = {**_span(first, last), "prison": prison_id, "now": now, "account": account_id, "ignore": ignore or 0}
    return [taken(*row) for row in run(session, TAKEN, wanted)]

"""Reading bookings."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import Select, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from visitation.accounts.models import Account
from visitation.bookings import claims
from visitation.bookings.availability import nearest
from visitation.bookings.facts import Case, case, kinship_with_people
from visitation.bookings.models import Booking, BookingFlag, BookingVisitor, Claim
from visitation.kernel.identity import Identity
from visitation.kernel.interval import Interval, at_local, local_day, tick_of
from visitation.people.models import Inmate, Kinship, Visitor
from visitation.timetable.rules import Shut, Slot

HARD_END_MARGIN = timedelta(minutes=3)
"""A session ends at the latest this long before the next claim on any of its resources (architecture.md, A session)."""


def _whole() -> Select[Booking]:
    """A booking with everything its pages show: 2 queries, whatever the number of rows."""
    people = selectinload(Booking.party)
    return select(Booking).options(
        people.joinedload(BookingVisitor.visitor),
        people.joinedload(BookingVisitor.kinship),
        joinedload(Booking.prison),
        joinedload(Booking.inmate).joinedload(Inmate.ward),
        joinedload(Booking.terminal),
    )


def _one_query() -> Select[Booking]:
    """As `_whole`, of one booking in one query: a party is small."""
    people = joinedload(Booking.party)
    return select(Booking).options(
        people.joinedload(BookingVisitor.visitor),
        people.joinedload(BookingVisitor.kinship),
        joinedload(Booking.prison),
        joinedload(Booking.inmate).joinedload(Inmate.ward),
        joinedload(Booking.terminal),
    )


BY_REF = _one_query().where(Booking.ref == bindparam("ref"))
MINE = select(Visitor).where(or_(Visitor.id == bindparam("visitor"), Visitor.manager_id == bindparam("account")))
BOOKABLE = (
    select(Kinship)
    .where(Kinship.visitor_id.in_(bindparam("visitors", expanding=True)), Kinship.state == "approved", Kinship.inmate_id.is_not(None))
    .options(joinedload(Kinship.visitor), joinedload(Kinship.prison))
)
COMING_ALONG = select(Kinship.visitor_id).where(
    Kinship.visitor_id.in_(bindparam("visitors", expanding=True)), Kinship.inmate_id == bindparam("inmate"), Kinship.state == "approved"
)
"""Asked with each step of a booking; put together once."""


def booking_by_ref(session: Session, ref: str) -> Booking | None:
    return session.scalars(BY_REF, {"ref": ref}).unique().one_or_none()


def outside_names(session: Session, bookings: Iterable[Booking]) -> dict[int, str]:
    """Booking -> name of whoever joins with its account, for bookings without a party: a lawyer, a mediator."""
    owners = {row.id: row.account_id for row in bookings if not row.party}
    if not owners:
        return {}
    names: dict[int, str] = dict(session.execute(select(Account.id, Account.name).where(Account.id.in_(set(owners.values())))).all())
    return {number: names.get(owner, "") for number, owner in owners.items()}


def first_of_day(session: Session, booking: Booking) -> bool:
    """Whether a lawyer's day begins with this session: seven cases in a row are one reminder, and one test of camera and microphone."""
    day = at_local(local_day(booking.starts_at), time())
    before = (Booking.lawyer == booking.lawyer, Booking.account_id == booking.account_id, Booking.state.in_(("confirmed", "ended")))
    query = select(Booking.id).where(*before, Booking.starts_at >= day, Booking.starts_at < booking.starts_at)
    return session.scalar(query.limit(1)) is None


def of_day(session: Session, prison_id: int, day: date) -> list[Booking]:
    """Confirmed, requested and ended visits of a day in a prison, in order of time and terminal."""
    span = (Booking.starts_at >= at_local(day, time()), Booking.starts_at < at_local(day + timedelta(days=1), time()))
    query = _whole().where(Booking.prison_id == prison_id, Booking.state.in_(("requested", "confirmed", "ended")), *span)
    return list(session.scalars(query.order_by(Booking.starts_at, Booking.terminal_id)))


def requests(session: Session, prison_id: int | None, limit: int = 200) -> list[Booking]:
    """Requests that wait for an officer, the most urgent first."""
    query = _whole().where(Booking.state == "requested", *((Booking.prison_id == prison_id,) if prison_id is not None else ()))
    return list(session.scalars(query.order_by(Booking.due_at, Booking.id).limit(limit)))


def mine(session: Session, who: Identity, limit: int = 100) -> list[Booking]:
    """Visits of this account or with this person in the party, the latest first; expired holds and places of an offer are left out."""
    in_party = exists().where(BookingVisitor.booking_id == Booking.id, BookingVisitor.visitor_id == who.visitor_id)
    own = in_party if who.clerk_id is not None else or_(Booking.account_id == who.account_id, in_party)
    query = _whole().where(own, Booking.state.not_in(("expired", "offered"))).order_by(Booking.starts_at.desc(), Booking.id)
    return list(session.scalars(query.limit(limit)))


def account_for(session: Session, who: Identity) -> int:
    """The account a booking belongs to: one's own; with a clerk, the assisted person's, or the clerk's while that person has none."""
    if who.clerk_id is None:
        return who.account_id
    return session.scalar(select(Account.id).where(Account.visitor_id == who.visitor_id)) or who.account_id


def people_of(session: Session, who: Identity) -> list[Visitor]:
    """The person who is acting, first, and those they look after."""
    mine = {"visitor": who.visitor_id or 0, "account": account_for(session, who)}
    return sorted(session.scalars(MINE, mine), key=lambda row: (row.id != who.visitor_id, row.id))


def bookable(session: Session, visitors: Iterable[Visitor]) -> list[Kinship]:
    """Approved kinships of these people, in the people's order: with whom, and through whom, a visit can be booked."""
    order = {row.id: place for place, row in enumerate(visitors)}
    rows = session.scalars(BOOKABLE, {"visitors": list(order)})
    return sorted(rows, key=lambda row: (row.prison_id, row.inmate_id or 0, order[row.visitor_id]))


def case_of(session: Session, who: Identity, kinship: Kinship, kind: str, first: date, last: date, now: datetime) -> Case | None:
    """Everything about the free places of a span of days, for the pages. None while the kinship leads to nobody."""
    whole = kinship_with_people(session, kinship.id)
    return case(session, whole, kind, first, last, now, account_for(session, who)) if whole is not None else None


def nearest_free(session: Session, booking: Booking, now: datetime, around: int = 5) -> list[Slot]:
    """The free times nearest to one that somebody else got: up to three, within some days around it."""
    kinship = kinship_with_people(session, booking.party[0].kinship_id)
    if kinship is None:
        return []
    day = local_day(booking.starts_at)
    first, last = max(day - timedelta(days=around), local_day(now)), day + timedelta(days=around)
    found = case(session, kinship, booking.kind, first, last, now, booking.account_id)
    return nearest([slot for each in found.days() for slot in found.offered(each, now)], booking.starts_at)


def visitors_by_code(session: Session, codes: Sequence[str], inmate_id: int) -> dict[str, tuple[Visitor, Kinship]]:
    """code -> the person and their approved kinship with this inmate. A code of nobody and one of somebody not approved look the same: absent."""
    if not codes:
        return {}
    named = aliased(Visitor)  # the code of a record that was merged still finds the person
    query = (
        select(named.ref, Visitor, Kinship)
        .join(Visitor, Visitor.id == func.coalesce(named.merged_into_id, named.id))
        .join(Kinship, Kinship.visitor_id == Visitor.id)
        .where(named.ref.in_(list(codes)), Kinship.inmate_id == inmate_id, Kinship.state == "approved")
        .order_by(Kinship.id)
        .execution_options(populate_existing=True)
    )
    return {code: (person, tie) for code, person, tie in session.execute(query)}


def companions_for(session: Session, who: Identity, booking: Booking) -> list[Visitor]:
    """People of this account who could come along: approved for the same inmate, and not the lead."""
    here = {person.visitor_id for person in booking.party if person.place == 0}
    people = [row for row in people_of(session, who) if row.id not in here]
    if not people:
        return []
    known = set(session.scalars(COMING_ALONG, {"visitors": [row.id for row in people], "inmate": booking.inmate_id}))
    return [row for row in people if row.id in known]


def hit_by(session: Session, prison_id: int, shut: Shut, now: datetime) -> list[Booking]:
    """Living bookings that a closure would hit: not those that have started, and no holds (they are refused at confirm)."""
    query = _whole().where(
        Booking.prison_id == prison_id,
        Booking.state.in_(("requested", "confirmed")),
        Booking.starts_at < shut.interval.end,
        Booking.ends_at > shut.interval.start,
        Booking.starts_at > now,
    )
    rows = session.scalars(query.order_by(Booking.starts_at, Booking.id).execution_options(populate_existing=True))
    return [row for row in rows if shut.hits(Interval(row.starts_at, row.ends_at), row.inmate.ward_id, row.terminal_id)]


def flagged(session: Session, prison_id: int | None, now: datetime) -> list[BookingFlag]:
    """Open flags on bookings still to come, in order of the visit."""
    query = (
        select(BookingFlag)
        .join(BookingFlag.booking)
        .where(BookingFlag.cleared_at.is_(None), Booking.state.in_(("requested", "confirmed")), Booking.starts_at > now)
        .options(joinedload(BookingFlag.booking).joinedload(Booking.terminal), joinedload(BookingFlag.booking).joinedload(Booking.inmate))
    )
    if prison_id is not None:
        query = query.where(Booking.prison_id == prison_id)
    return list(session.scalars(query.order_by(Booking.starts_at, BookingFlag.id)))


def flags_of(session: Session, booking_ids: Iterable[int]) -> dict[int, list[BookingFlag]]:
    found: dict[int, list[BookingFlag]] = {}
    for row in session.scalars(select(BookingFlag).where(BookingFlag.booking_id.in_(list(booking_ids)), BookingFlag.cleared_at.is_(None))):
        found.setdefault(row.booking_id, []).append(row)
    return found


def hard_end(session: Session, booking: Booking) -> datetime:
    """When a session of this booking must end whatever happens: 3 minutes before the next claim on its terminal or anybody in it, at most a day later.

    Midnight is no limit: a visit of the late evening that was paused goes on after it.
    """
    names = [claims.terminal(booking.terminal_id), claims.inmate(booking.inmate_id), *(claims.visitor(person.visitor_id) for person in booking.party)]
    names += [claims.lawyer(booking.lawyer)] if booking.lawyer is not None else []
    after = tick_of(booking.ends_at)
    query = select(Claim.tick).where(Claim.resource.in_(names), Claim.booking_id != booking.id, Claim.tick >= after)
    next_claim = session.scalar(query.order_by(Claim.tick).limit(1))
    latest = booking.ends_at + timedelta(days=1)
    following = latest if next_claim is None else min(latest, datetime.fromtimestamp(next_claim * 300, booking.starts_at.tzinfo))
    return following - HARD_END_MARGIN

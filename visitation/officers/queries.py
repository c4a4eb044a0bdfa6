"""Reading a day's officers, their visits and who is not there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from visitation.accounts.models import Account
from visitation.bookings.models import Booking
from visitation.kernel.interval import Interval, at_local, local_day
from visitation.officers import rules
from visitation.officers.models import OfficerAbsence, OfficerAssignment
from visitation.people.models import Inmate
from visitation.policies.queries import policies_of
from visitation.timetable.models import Duty

KEYS = ("check_in_gap_minutes", "watch_stretch_minutes", "watch_break_minutes")


@dataclass(frozen=True)
class Day:
    """Everything a plan needs. bookings: of the day, in order of their start; names: of the officers."""

    prison_id: int
    day: date
    bookings: tuple[Booking, ...]
    officers: tuple[rules.Officer, ...]
    assigned: dict[int, OfficerAssignment]
    absences: tuple[OfficerAbsence, ...]
    limits: rules.Limits
    names: dict[int, str]

    def visits(self) -> list[rules.Visit]:
        return [visit_of(booking) for booking in self.bookings]

    def held_by(self, account_id: int) -> list[rules.Visit]:
        return [visit_of(booking) for booking in self.bookings if self.officer_of(booking.id) == account_id]

    def officer_of(self, booking_id: int) -> int | None:
        row = self.assigned.get(booking_id)
        return row.account_id if row else None

    def is_uncovered(self, booking: Booking, now: datetime) -> bool:
        """Nobody is to watch a visit that is still to come or going on."""
        return booking.state == "confirmed" and booking.ends_at > now and self.officer_of(booking.id) is None

    def officer(self, account_id: int) -> rules.Officer | None:
        return next((officer for officer in self.officers if officer.account_id == account_id), None)


def visit_of(booking: Booking) -> rules.Visit:
    return rules.Visit(booking.id, Interval(booking.starts_at, booking.ends_at), booking.language)


def span_of(day: date) -> tuple[datetime, datetime]:
    """The day's first moment, and the next day's."""
    return at_local(day, time()), at_local(day + timedelta(days=1), time())


def day_of(session: Session, prison_id: int, day: date) -> Day:
    """A prison's day, in seven queries whatever its size."""
    start, end = span_of(day)
    query = select(Booking).where(Booking.prison_id == prison_id, Booking.starts_at >= start, Booking.starts_at < end)
    query = query.where(Booking.state.in_(("confirmed", "ended"))).options(joinedload(Booking.terminal), joinedload(Booking.inmate))
    bookings = tuple(session.scalars(query.order_by(Booking.starts_at, Booking.terminal_id, Booking.id).execution_options(populate_existing=True)))
    assigned = assignments_of(session, [booking.id for booking in bookings])
    away = absences(session, prison_id, start, end)
    officers = _officers(session, prison_id, start, end, away)
    known = {officer.account_id for officer in officers} | {row.account_id for row in assigned.values()} | {row.account_id for row in away}
    return Day(prison_id, day, bookings, officers, assigned, away, limits_of(session, prison_id, day), names_of(session, known))


def limits_of(session: Session, prison_id: int, day: date) -> rules.Limits:
    values = policies_of(session, prison_id, KEYS)
    gap, stretch, rest = (timedelta(minutes=values.value(key, day)) for key in KEYS)
    return rules.Limits(gap, stretch, rest)


def assignments_of(session: Session, booking_ids: Iterable[int]) -> dict[int, OfficerAssignment]:
    query = select(OfficerAssignment).where(OfficerAssignment.booking_id.in_(list(booking_ids)))
    return {row.booking_id: row for row in session.scalars(query.execution_options(populate_existing=True))}


def absences(session: Session, prison_id: int, start: datetime, end: datetime) -> tuple[OfficerAbsence, ...]:
    """Absences that touch a span and have not ended before it."""
    query = select(OfficerAbsence).where(OfficerAbsence.prison_id == prison_id, OfficerAbsence.from_at < end, OfficerAbsence.until_at > start)
    rows = session.scalars(query.order_by(OfficerAbsence.id).execution_options(populate_existing=True))
    return tuple(row for row in rows if row.ended_at is None or row.ended_at > max(row.from_at, start))


def away_span(row: OfficerAbsence) -> Interval:
    """From when to when somebody is not there."""
    return Interval(row.from_at, row.ended_at or row.until_at)


def _officers(session: Session, prison_id: int, start: datetime, end: datetime, away: Iterable[OfficerAbsence]) -> tuple[rules.Officer, ...]:
    query = select(Duty, Account.spoken).join(Account, Account.id == Duty.account_id)
    query = query.where(Duty.prison_id == prison_id, Duty.starts_at < end, Duty.ends_at > start, Account.closed_at.is_(None)).order_by(Duty.starts_at, Duty.id)
    gone: dict[int, list[Interval]] = {}
    for row in away:
        gone.setdefault(row.account_id, []).append(away_span(row))
    shifts: dict[int, list[rules.Shift]] = {}
    spoken: dict[int, frozenset[str]] = {}
    for duty, languages in session.execute(query):
        spoken[duty.account_id] = frozenset(languages or ("zh",))
        whole = rules.Shift(Interval(duty.starts_at, duty.ends_at), duty.lanes)
        shifts.setdefault(duty.account_id, []).extend(rules.without(whole, gone.get(duty.account_id, ())))
    return tuple(rules.Officer(account, tuple(shifts[account]), spoken[account]) for account in sorted(shifts))


def names_of(session: Session, account_ids: Iterable[int]) -> dict[int, str]:
    rows = session.execute(select(Account.id, Account.name).where(Account.id.in_(set(account_ids))))
    return {number: name for number, name in rows}  # noqa: C416 - a Row is no plain pair for the type checker


def officers_of(session: Session, booking_ids: Iterable[int]) -> dict[int, tuple[int, str]]:
    """booking -> (account, name) of its officer, for other rooms' lists."""
    query = select(OfficerAssignment.booking_id, Account.id, Account.name).join(Account, Account.id == OfficerAssignment.account_id)
    return {booking: (account, name) for booking, account, name in session.execute(query.where(OfficerAssignment.booking_id.in_(list(booking_ids))))}


def of_officer(session: Session, account_id: int, start: datetime, end: datetime) -> list[Booking]:
    """Confirmed visits that this officer is to watch, in order."""
    query = select(Booking).join(OfficerAssignment, OfficerAssignment.booking_id == Booking.id).options(joinedload(Booking.terminal))
    query = query.where(OfficerAssignment.account_id == account_id, Booking.state == "confirmed", Booking.ends_at > start, Booking.starts_at < end)
    return list(session.scalars(query.order_by(Booking.starts_at, Booking.id)))


def booking_by_ref(session: Session, ref: str) -> Booking | None:
    query = select(Booking).where(Booking.ref == ref).options(joinedload(Booking.inmate).joinedload(Inmate.ward), joinedload(Booking.terminal))
    return session.scalar(query)


def officer_account(session: Session, account_id: int) -> Account | None:
    """An open staff account."""
    row = session.get(Account, account_id)
    return row if row is not None and row.kind == "staff" and row.closed_at is None else None


def uncovered(session: Session, prison_id: int | None, now: datetime) -> tuple[int, datetime | None]:
    """How many visits of today and tomorrow nobody is to watch, and when the first of them begins."""
    _start, until = span_of(local_day(now) + timedelta(days=1))
    given = exists().where(OfficerAssignment.booking_id == Booking.id)
    ahead = (Booking.state == "confirmed", Booking.ends_at > now, Booking.starts_at < until)
    query = select(func.count(Booking.id), func.min(Booking.starts_at)).where(*ahead, ~given)
    number, first = session.execute(query if prison_id is None else query.where(Booking.prison_id == prison_id)).one()
    return number, first


def unsettled_days(session: Session, now: datetime) -> list[tuple[int, date]]:
    """(prison, day) of visits within rules.AHEAD that have no officer, or one who is not on duty then, where somebody is on the roster."""
    covers = and_(Duty.prison_id == Booking.prison_id, Duty.starts_at <= Booking.starts_at, Duty.ends_at >= Booking.ends_at)
    rostered = exists().where(covers)
    still = exists().where(covers, Duty.account_id == OfficerAssignment.account_id)
    query = select(Booking.prison_id, Booking.starts_at).outerjoin(OfficerAssignment, OfficerAssignment.booking_id == Booking.id)
    query = query.where(Booking.state == "confirmed", Booking.starts_at > now, Booking.starts_at < now + rules.AHEAD)
    query = query.where(or_(and_(OfficerAssignment.booking_id.is_(None), rostered), and_(OfficerAssignment.booking_id.is_not(None), ~still)))
    return sorted({(prison_id, local_day(starts_at)) for prison_id, starts_at in session.execute(query)})

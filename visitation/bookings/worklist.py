"""What must be done about visits that cannot stay as they are, and which families do not know yet that theirs was moved."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from visitation.accounts.models import Account
from visitation.audit.service import record
from visitation.bookings import deciding, offering
from visitation.bookings.locks import booking_for_change
from visitation.bookings.models import Booking, BookingFlag, BookingVisitor, Move, Offer
from visitation.bookings.queries import outside_names
from visitation.kernel.errors import Refused, StateChanged
from visitation.kernel.identity import Identity
from visitation.kernel.interval import at_local
from visitation.people.models import Inmate

MOST = 500


@dataclass(frozen=True)
class Chosen:
    """What of the list is shown. `source` and `code`: of a flag; `unreached`: only visits whose families do not know of a move."""

    source: str = ""
    code: str = ""
    day: date | None = None
    unreached: bool = False


@dataclass(frozen=True)
class Row:
    """One visit of the list: why it is there, since when, what was offered, and whether the family knows of its last move."""

    booking: Booking
    flags: tuple[BookingFlag, ...]
    moves: tuple[Move, ...]
    offer: Offer | None
    phone: str | None
    name: str

    @property
    def since(self) -> datetime:
        return min([*(flag.raised_at for flag in self.flags), *(move.at for move in self.moves)])


@dataclass(frozen=True)
class Done:
    """What came of an act on several visits: the references it was done to, and those that refused it, each with its refusals."""

    done: tuple[str, ...]
    refused: tuple[tuple[str, Refused], ...]


def rows(session: Session, prison_id: int, chosen: Chosen, now: datetime) -> list[Row]:
    """The list in order of the visits; 6 queries whatever its length."""
    flags: dict[int, list[BookingFlag]] = {}
    for flag in session.scalars(_flags(prison_id, chosen, now)):
        flags.setdefault(flag.booking_id, []).append(flag)
    moves: dict[int, list[Move]] = {}
    for move in session.scalars(_moves(prison_id, now)):
        moves.setdefault(move.booking_id, []).append(move)
    wanted = set(moves) if chosen.unreached else set(flags) if chosen.source or chosen.code else set(flags) | set(moves)
    bookings = _bookings(session, wanted, chosen.day)
    offers = {row.booking_id: row for row in session.scalars(select(Offer).where(Offer.booking_id.in_(wanted), Offer.kind == "move").order_by(Offer.id))}
    phones, alone = _phones(session, bookings), outside_names(session, bookings)
    return [
        Row(row, tuple(flags.get(row.id, ())), tuple(moves.get(row.id, ())), offers.get(row.id), phones.get(row.id), alone.get(row.id) or _lead(row))
        for row in bookings
        if row.id in wanted
    ]


def _lead(booking: Booking) -> str:
    return booking.party[0].visitor.name if booking.party else ""


def _flags(prison_id: int, chosen: Chosen, now: datetime) -> Select[BookingFlag]:
    query = select(BookingFlag).join(Booking, Booking.id == BookingFlag.booking_id)
    query = query.where(
        BookingFlag.cleared_at.is_(None), Booking.prison_id == prison_id, Booking.state.in_(("requested", "confirmed")), Booking.starts_at > now
    )
    if chosen.source:
        query = query.where(BookingFlag.source == chosen.source)
    if chosen.code:
        query = query.where(BookingFlag.code == chosen.code)
    return query.order_by(BookingFlag.id)


def _moves(prison_id: int, now: datetime) -> Select[Move]:
    """Moves that the family does not know of, until the visit is over."""
    query = select(Move).join(Booking, Booking.id == Move.booking_id).where(Move.reached_at.is_(None), Booking.prison_id == prison_id)
    return query.where(Booking.state.in_(("requested", "confirmed")), Booking.ends_at > now).order_by(Move.id)


def _bookings(session: Session, ids: Iterable[int], day: date | None) -> list[Booking]:
    query = (
        select(Booking)
        .where(Booking.id.in_(list(ids)))
        .options(joinedload(Booking.inmate).joinedload(Inmate.ward), joinedload(Booking.terminal))
        .options(selectinload(Booking.party).joinedload(BookingVisitor.visitor))
        .order_by(Booking.starts_at, Booking.id)
    )
    if day is not None:
        query = query.where(Booking.starts_at >= at_local(day, time()), Booking.starts_at < at_local(day + timedelta(days=1), time()))
    return list(session.scalars(query.limit(MOST)))


def _phones(session: Session, bookings: Sequence[Booking]) -> dict[int, str]:
    """booking -> a number at which the family can be telephoned: of the lead, else of the account that booked."""
    leads = {row.party[0].visitor_id: row.id for row in bookings if row.party}
    owners = {row.account_id for row in bookings}
    found: dict[int, str] = {}
    numbers = {row.id: row.mobile for row in session.scalars(select(Account).where(or_(Account.id.in_(owners), Account.visitor_id.in_(leads))))}
    for row in bookings:
        number = numbers.get(row.account_id) or (row.party[0].visitor.mobile if row.party else None)
        if number:
            found[row.id] = number
    return found


def sources(session: Session, prison_id: int, now: datetime) -> list[tuple[str, str, int]]:
    """What has flagged visits, and how many each: (code, source, visits)."""
    counts: dict[tuple[str, str], int] = {}
    for flag in session.scalars(_flags(prison_id, Chosen(), now)):
        counts[flag.code, flag.source] = counts.get((flag.code, flag.source), 0) + 1
    return [(code, source, number) for (code, source), number in sorted(counts.items(), key=lambda item: -item[1])]


Act = Callable[[Session, Booking], object]


def each(session: Session, prison_id: int, refs: Sequence[str], act: Act) -> Done:
    """Do something to each of the visits; one that refuses does not keep the others from it, and leaves nothing behind."""
    done, refused = [], []
    query = select(Booking).where(Booking.ref.in_(list(refs)[:MOST]), Booking.prison_id == prison_id).order_by(Booking.starts_at, Booking.id)
    for booking in session.scalars(query).all():
        try:
            with session.begin_nested():
                act(session, booking)
                session.flush()
        except Refused as refusal:
            session.expire(booking)
            refused.append((booking.ref, refusal))
        else:
            done.append(booking.ref)
    return Done(tuple(done), tuple(refused))


def offer_each(session: Session, who: Identity, prison_id: int, refs: Sequence[str], reason: tuple[str, str], now: datetime) -> Done:
    """Three places for each, which its family chooses among."""
    return each(session, prison_id, refs, lambda inner, row: offering.offer_alternatives(inner, who, row.id, *reason, now))


def cancel_each(session: Session, who: Identity, prison_id: int, refs: Sequence[str], reason: tuple[str, str], now: datetime) -> Done:
    """Cancelled by the prison: nothing of the month is used, and the family may book again with priority."""
    if not reason[0]:
        raise Refused("DECISION_REASON_MISSING")
    return each(session, prison_id, refs, lambda inner, row: deciding.call_off(inner, who, row.id, *reason, now))


def keep_each(session: Session, who: Identity, prison_id: int, refs: Sequence[str], now: datetime) -> Done:
    """Looked at, and left as it is: open flags are closed and not raised again while their reason goes on."""

    def keep(inner: Session, row: Booking) -> None:
        booking = booking_for_change(inner, row.id)
        query = select(BookingFlag).where(BookingFlag.booking_id == booking.id, BookingFlag.cleared_at.is_(None)).order_by(BookingFlag.id)
        open_ones = list(inner.scalars(query.with_for_update()))
        if not open_ones:
            raise StateChanged
        for flag in open_ones:
            flag.cleared_at, flag.dismissed_by = now, who.account_id
            record(inner, who, "booking.clear_flag", "booking", booking.ref, now, booking.prison_id, code=flag.code, source=flag.source)

    return each(session, prison_id, refs, keep)

"""Sessions that staff arrange: a legal consultation, a meeting with a lawyer, a mediation. The same claims as a family's booking, and no allowance.

All sessions of a day are arranged together: their locks are taken in the order of one booking's, everything that stands against any of them is named in
one Refused, and their claims are one statement. Families' holds give way; visits near a legal session are flagged (rules.md §5.14).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session, selectinload

from visitation.audit.service import record
from visitation.bookings import claims
from visitation.bookings.arranging_facts import Arrangement, Look, People, look, read_people, turnaround
from visitation.bookings.flags import clear_flags, raise_flags
from visitation.bookings.ground import Ground, ground, mark_of
from visitation.bookings.ledger import PURSES
from visitation.bookings.locks import booking_for_change
from visitation.bookings.models import Booking, BookingVisitor, Claim
from visitation.bookings.rules import gives_way
from visitation.bookings.rules_arranging import CANCELLED, reason_parts, refusals
from visitation.bookings.rules_packing import LEGAL
from visitation.bookings.seating import clear_time_flags
from visitation.bookings.telling import tell_party
from visitation.bookings.terms import frozen
from visitation.bookings.waiting import freed
from visitation.kernel.errors import NotFound, SlotTaken, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import Interval, local_day
from visitation.people.models import Inmate, NonAssociation, Visitor
from visitation.timetable.queries import Grid, lock_shared

__all__ = ["Arrangement", "NewPlace", "arrange", "arrange_all", "call_off", "rearrange", "rearrange_all"]


@dataclass(frozen=True)
class NewPlace:
    """Where and when an arranged session is to be instead."""

    booking_id: int
    terminal_id: int
    starts_at: datetime
    ends_at: datetime


def arrange(session: Session, who: Identity, arrangement: Arrangement, now: datetime) -> Booking:
    """Arrange one session: a confirmed booking with its claims. Raises Refused with everything that stands against it."""
    return arrange_all(session, who, [arrangement], now)[0]


def arrange_all(session: Session, who: Identity, wanted: Sequence[Arrangement], now: datetime) -> list[Booking]:
    """Arrange sessions of one prison together, in the order given. Either all are arranged or none.

    Raises Refused; each refusal's facts name the session: `number` (its place in `wanted`), `inmate`, `moment`, and what it collides with: `name`, `ref`.
    Whoever joins a legal consultation is not told here: the day that is published tells its lawyers once. Everybody else is told.
    """
    if not wanted:
        return []
    here, grid = _stand_still(session, wanted)
    people = read_people(session, wanted)
    found = _look(session, here, grid, people, wanted, [], now)
    rows = [_row(session, here, people, one, who, now) for one in wanted]
    session.add_all(rows)
    session.flush()
    _claim(session, here, grid, people, wanted, rows, found, now)
    _before_visits(session, here, rows, now)
    for row in rows:
        record(session, who, "booking.arrange", "booking", row.ref, now, row.prison_id, kind=row.kind, starts_at=row.starts_at.isoformat(), lawyer=row.lawyer)
        if row.kind != "legal_consult":
            tell_party(session, row, "session_arranged", now)
    return rows


def rearrange(session: Session, who: Identity, booking_id: int, terminal_id: int, starts_at: datetime, ends_at: datetime, now: datetime) -> Booking:
    """Another terminal or time for an arranged session, under the same reference. Nothing is changed when it is there already."""
    return rearrange_all(session, who, [NewPlace(booking_id, terminal_id, starts_at, ends_at)], now)[0]


def rearrange_all(session: Session, who: Identity, places: Sequence[NewPlace], now: datetime) -> list[Booking]:
    """Move arranged sessions of one prison together, so that two may change places. Raises Refused as arrange_all, StateChanged when one is not to come."""
    seen = {
        row.id: row for row in session.scalars(select(Booking).where(Booking.id.in_([one.booking_id for one in places])).options(selectinload(Booking.party)))
    }
    if len(seen) < len({one.booking_id for one in places}):
        raise NotFound
    wanted = [_moved(seen[one.booking_id], one) for one in places]
    if not wanted:
        return []
    here, grid = _stand_still(session, wanted)
    rows = [booking_for_change(session, one.booking_id) for one in sorted(places, key=lambda one: one.booking_id)]
    order = {row.id: row for row in rows}
    rows = [order[one.booking_id] for one in places]
    if any(row.state != "confirmed" or row.kind in PURSES for row in rows):
        raise StateChanged
    changed = [(row, one) for row, one in zip(rows, wanted, strict=True) if (row.terminal_id, row.starts_at, row.ends_at) != _where(one)]
    if changed:
        _move(session, who, here, grid, [row for row, _one in changed], [one for _row, one in changed], now)
    return rows


def call_off(session: Session, who: Identity, booking_id: int, reason: str, outcome: str, now: datetime) -> Booking:
    """An arranged session does not take place. outcome: cancelled_by_lawyer, _inmate, _visitor or _prison; reason: a code of the sentences, or words.

    Also one that should have begun and has not: its live session, if there is one, is ended by the supervision. A repeat changes nothing.
    Raises ValueError for another outcome, StateChanged when it is not to come.
    """
    if outcome not in CANCELLED:
        raise ValueError(outcome)
    booking = booking_for_change(session, booking_id)
    if booking.state == "cancelled":
        return booking
    if booking.state != "confirmed" or booking.kind in PURSES:
        raise StateChanged
    code, words = reason_parts(reason)
    booking.state, booking.outcome, booking.reason_code, booking.reason_text = "cancelled", outcome, code or None, words
    booking.decided_at, booking.decided_by = now, who.account_id or None
    booking.sequence += 1
    claims.give_back(session, booking.id)
    clear_flags(session, "APPOINTMENT", source_of(booking), now)
    record(session, who, "booking.call_off", "booking", booking.ref, now, booking.prison_id, reason=reason, outcome=outcome)
    if booking.kind != "legal_consult":
        tell_party(session, booking, "session_called_off", now, code, words)
    freed(session, booking.prison_id, now)
    return booking


def source_of(booking: Booking) -> str:
    """Of the flags that a legal session raises on visits near it."""
    return f"booking:{booking.id}"


def _where(one: Arrangement) -> tuple[int, datetime, datetime]:
    return one.terminal_id, one.starts_at, one.ends_at


def _moved(row: Booking, place: NewPlace) -> Arrangement:
    kin = tuple(person.kinship_id for person in row.party)
    given = (row.kind, row.prison_id, row.inmate_id, place.terminal_id, place.starts_at, place.ends_at, row.account_id)
    return Arrangement(*given, lawyer=row.lawyer, visitors=kin, language=row.language, turnaround=row.turnaround)


def _move(session: Session, who: Identity, here: Ground, grid: Grid, rows: Sequence[Booking], wanted: Sequence[Arrangement], now: datetime) -> None:
    people = read_people(session, wanted)
    session.execute(delete(Claim).where(Claim.booking_id.in_([row.id for row in rows])))
    found = _look(session, here, grid, people, wanted, [row.id for row in rows], now)
    for row, one in zip(rows, wanted, strict=True):
        old = row.starts_at
        row.terminal_id, row.starts_at, row.ends_at = one.terminal_id, one.starts_at, one.ends_at
        row.terms = {**row.terms, "minutes": int((one.ends_at - one.starts_at).total_seconds()) // 60}
        row.sequence += 1
        cleared = clear_time_flags(session, row, now)
        clear_flags(session, "APPOINTMENT", source_of(row), now)
        moved = {"old": old.isoformat(), "new": row.starts_at.isoformat(), "terminal": row.terminal_id, "flags": cleared}
        record(session, who, "booking.rearrange", "booking", row.ref, now, row.prison_id, **moved)
        if row.kind != "legal_consult" and old != row.starts_at:
            tell_party(session, row, "session_moved", now)
    _claim(session, here, grid, people, wanted, rows, found, now)
    for row in rows:
        session.expire(row, ["terminal"])
    _before_visits(session, here, rows, now)


def _stand_still(session: Session, wanted: Sequence[Arrangement]) -> tuple[Ground, Grid]:
    """The locks of all these sessions in the order of one booking's, and the timetable under them."""
    prisons = {one.prison_id for one in wanted}
    if len(prisons) != 1:
        raise ValueError("sessions of one prison are arranged together")
    prison_id = prisons.pop()
    if session.get_bind().dialect.name != "sqlite":
        lock_shared(session, prison_id)
        inmates = {one.inmate_id for one in wanted}
        pair = or_(NonAssociation.inmate_id.in_(inmates), NonAssociation.other_id.in_(inmates))
        for one, other in session.execute(select(NonAssociation.inmate_id, NonAssociation.other_id).where(NonAssociation.ended_at.is_(None), pair)):
            inmates |= {one, other}
        session.execute(select(Inmate.id).where(Inmate.id.in_(inmates)).order_by(Inmate.id).with_for_update(key_share=True)).all()
        _lock_visitors(session, wanted)
    here = ground(session, prison_id, mark_of(session, prison_id))
    days = [local_day(one.starts_at) for one in wanted]
    return here, here.grid(session, min(days), max(days))


def _lock_visitors(session: Session, wanted: Sequence[Arrangement]) -> None:
    kin = [number for one in wanted for number in one.visitors]
    if kin:
        ids = read_people(session, wanted).ties.values()
        session.execute(select(Visitor.id).where(Visitor.id.in_({tie.visitor_id for tie in ids})).order_by(Visitor.id).with_for_update(read=True)).all()


def _look(session: Session, here: Ground, grid: Grid, people: People, wanted: Sequence[Arrangement], own: Sequence[int], now: datetime) -> Look:
    found = look(session, here, grid, people, wanted, own, now)
    refuse(refusal for case in found.cases for refusal in refusals(case, now))
    return found


def _row(session: Session, here: Ground, people: People, one: Arrangement, who: Identity, now: datetime) -> Booking:
    day, minutes, policies = local_day(one.starts_at), int((one.ends_at - one.starts_at).total_seconds()) // 60, here.policies(session)
    terms = frozen(lambda key: policies.value(key, day), one.kind, minutes, policies.version(day)) | ({"officer_sees": False} if one.unseen else {})
    tied = [(people.ties[number].visitor_id, number) for number in one.visitors]
    return Booking(
        kind=one.kind,
        prison_id=one.prison_id,
        inmate_id=one.inmate_id,
        terminal_id=one.terminal_id,
        account_id=one.account_id,
        lawyer=one.lawyer,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        turnaround=turnaround(session, here, one),
        state="confirmed",
        language=one.language,
        terms=terms,
        created_at=now,
        decided_at=now,
        decided_by=who.account_id or None,
        party=[BookingVisitor(visitor_id=visitor, kinship_id=number, place=place) for place, (visitor, number) in enumerate(tied)],
    )


def _claim(
    session: Session, here: Ground, grid: Grid, people: People, wanted: Sequence[Arrangement], rows: Sequence[Booking], found: Look, now: datetime
) -> None:
    """Insert the claims; where somebody was faster, look again, so that the refusal says with whom they collide now."""
    for _attempt in range(claims.ATTEMPTS):
        if found.holds:
            claims.bury(session, sorted(found.holds), Booking.state == "held")
        if claims.put(session, [(name, tick, row.id) for row, places in zip(rows, found.places, strict=True) for name, tick in places]):
            return
        found = _look(session, here, grid, people, wanted, [row.id for row in rows], now)
    raise SlotTaken


def _before_visits(session: Session, here: Ground, rows: Iterable[Booking], now: datetime) -> None:
    """Family visits near a legal session are flagged: legal appointments come first (rules.md §5.14)."""
    legal = [row for row in rows if row.kind in LEGAL]
    if not legal:
        return
    margin = int(here.policies(session).value("appointment_margin_minutes", local_day(now)))
    around = timedelta(minutes=margin)
    near = select(Booking).where(
        Booking.inmate_id.in_({row.inmate_id for row in legal}),
        Booking.kind.in_(PURSES),
        Booking.state.in_(("requested", "confirmed")),
        Booking.starts_at > now,
        Booking.starts_at < max(row.ends_at for row in legal) + around,
        Booking.ends_at > min(row.starts_at for row in legal) - around,
    )
    visits = list(session.scalars(near))
    for row in legal:
        whole = Interval(row.starts_at, row.ends_at)
        hits = [one for one in visits if one.inmate_id == row.inmate_id and gives_way(Interval(one.starts_at, one.ends_at), whole, margin)]
        if hits:
            raise_flags(session, hits, "APPOINTMENT", source_of(row), now)

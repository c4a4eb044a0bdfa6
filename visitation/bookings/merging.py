"""Bookings of somebody who is entered twice: claims, parties, wishes and the ledger go along when the two records become one (rules.md §5.20)."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from visitation.audit.service import record
from visitation.bookings import claims, ledger
from visitation.bookings.models import Appointment, Booking, BookingFlag, BookingVisitor, Claim, Offer, QuotaEntry, Wish
from visitation.kernel.errors import Refusal
from visitation.kernel.identity import SYSTEM
from visitation.store.moving import Part, named, place, stays

AROUND = timedelta(minutes=30)
"""So long before a visit its people are already being checked in."""
LIVING_WISHES = ("waiting", "offered")
Name = Callable[[int], str]


def _claims_in_the_way(session: Session, name: Name, keep: int, gone: int, now: datetime) -> list[Refusal]:
    """Both have something at the same time: two visits of one person, or two persons after all. Holds that have run out do not count."""
    mine, theirs, first, second = aliased(Claim), aliased(Claim), aliased(Booking), aliased(Booking)
    both = and_(mine.tick == theirs.tick, mine.resource == name(keep), theirs.resource == name(gone))
    query = select(first.ref, second.ref).select_from(mine).join(theirs, both)
    query = query.join(first, first.id == mine.booking_id).join(second, second.id == theirs.booking_id).distinct()
    for row in (first, second):
        query = query.where(or_(row.state != "held", row.hold_expires_at > now))
    pairs = session.execute(query).all()
    names = ", ".join(sorted({ref for pair in pairs for ref in pair}))
    return [Refusal("MERGE_SAME_TIME", {"refs": names})] if pairs else []


def _running(session: Session, query: Any, now: datetime) -> list[Refusal]:
    soon = (Booking.state == "confirmed", Booking.starts_at <= now + AROUND, Booking.ends_at > now)
    refs = sorted(session.scalars(query.where(*soon)))
    return [Refusal("MERGE_RUNNING", {"refs": ", ".join(refs)})] if refs else []


def _inmate_clashes(session: Session, keep: int, gone: int, now: datetime) -> Sequence[Refusal]:
    running = select(Booking.ref).where(Booking.inmate_id.in_((keep, gone)))
    return [*_claims_in_the_way(session, claims.inmate, keep, gone, now), *_running(session, running, now)]


def _visitor_clashes(session: Session, keep: int, gone: int, now: datetime) -> Sequence[Refusal]:
    running = select(Booking.ref).join(BookingVisitor, BookingVisitor.booking_id == Booking.id).where(BookingVisitor.visitor_id.in_((keep, gone))).distinct()
    return [*_claims_in_the_way(session, claims.visitor, keep, gone, now), *_running(session, running, now)]


def _bookings_of_inmate(session: Session, number: int) -> int:
    return session.scalar(select(func.count()).where(Booking.inmate_id == number)) or 0


def _move_inmate(session: Session, keep: int, gone: int, now: datetime) -> None:
    _claims_go(session, claims.inmate, keep, gone, now)
    session.execute(update(Booking).where(Booking.inmate_id == gone).values(inmate_id=keep))
    _flags_go(session, claims.inmate(keep), claims.inmate(gone))


def _claims_go(session: Session, name: Name, keep: int, gone: int, now: datetime) -> None:
    """Holds that have run out let go first: they stand in nobody's way (rules.md §5.2)."""
    condition = claims.dead(now, None)
    here = select(Claim.booking_id).where(Claim.resource.in_((name(keep), name(gone))))
    claims.bury(session, sorted(session.scalars(select(Booking.id).where(Booking.id.in_(here), condition))), condition)
    session.execute(update(Claim).where(Claim.resource == name(gone)).values(resource=name(keep)))


def _flags_go(session: Session, keep: str, gone: str) -> None:
    """Flags that this person raised keep their history under the record that stays, so that what an officer has looked at is not raised again."""
    twice = select(BookingFlag.booking_id).where(BookingFlag.source == keep)
    session.execute(update(BookingFlag).where(BookingFlag.source == gone, BookingFlag.booking_id.not_in(twice)).values(source=keep))


def _parties_of(session: Session, number: int) -> int:
    return session.scalar(select(func.count()).where(BookingVisitor.visitor_id == number)) or 0


def _move_visitor(session: Session, keep: int, gone: int, now: datetime) -> None:
    """In a visit that is over both may stand in the party: the one line that stays leads if one of them did."""
    _claims_go(session, claims.visitor, keep, gone, now)
    mine = select(BookingVisitor.booking_id).where(BookingVisitor.visitor_id == keep)
    twice = (BookingVisitor.visitor_id == gone, BookingVisitor.booking_id.in_(mine))
    led = list(session.scalars(select(BookingVisitor.booking_id).where(*twice, BookingVisitor.place == 0)))
    session.execute(delete(BookingVisitor).where(*twice).execution_options(synchronize_session=False))
    session.execute(update(BookingVisitor).where(BookingVisitor.visitor_id == keep, BookingVisitor.booking_id.in_(led)).values(place=0))
    session.execute(update(BookingVisitor).where(BookingVisitor.visitor_id == gone).values(visitor_id=keep))
    _flags_go(session, claims.visitor(keep), claims.visitor(gone))


def _ledger_of(session: Session, number: int) -> int:
    return session.scalar(select(func.count()).where(QuotaEntry.inmate_id == number)) or 0


def _move_wishes(session: Session, keep: int, gone: int, now: datetime) -> None:
    """The older of two places on the list stays; whoever asked twice waited once."""
    session.execute(update(Wish).where(Wish.inmate_id == gone).values(inmate_id=keep))
    seen: set[tuple[int, str]] = set()
    query = select(Wish).where(Wish.inmate_id == keep, Wish.state.in_(LIVING_WISHES)).order_by(Wish.state, Wish.created_at, Wish.id)
    for wish in session.scalars(query.execution_options(populate_existing=True)).all():
        if (wish.account_id, wish.kind) in seen and wish.state == "waiting":
            wish.state, wish.ended_at = "left", now
            record(session, SYSTEM, "waiting.leave", "wish", wish.ref, now, wish.prison_id, why="merged")
        seen.add((wish.account_id, wish.kind))


def _wishes_of(session: Session, number: int) -> int:
    return session.scalar(select(func.count()).where(Wish.inmate_id == number)) or 0


VISITS = _l("Visits")
PARTS = (
    Part("inmate", (place(Booking.inmate_id),), VISITS, _bookings_of_inmate, _move_inmate, _inmate_clashes),
    Part("inmate", (place(QuotaEntry.inmate_id),), _l("Lines of the allowance"), _ledger_of, ledger.join),
    Part("inmate", (place(Wish.inmate_id),), _l("Places on the waiting list"), _wishes_of, _move_wishes),
    named("inmate", _l("Appointments"), Appointment.inmate_id),
    Part("visitor", (place(BookingVisitor.visitor_id),), VISITS, _parties_of, _move_visitor, _visitor_clashes),
    named("kinship", None, BookingVisitor.kinship_id, Wish.kinship_id),
    named("account", None, Booking.account_id, Wish.account_id, Offer.account_id),
    stays("account", Booking.assisted_by),
)
"""What this room has of people (store/moving.py)."""

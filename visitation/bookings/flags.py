"""Flags: something an officer must look at before the visit. Raising and clearing never touches the booking itself (rules.md §5.10)."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.bookings.models import Booking, BookingFlag
from visitation.kernel.identity import Identity


def raise_flags(session: Session, bookings: Iterable[Booking], code: str, source: str, now: datetime) -> int:
    """Flag these bookings, once for each source; one cleared before is open again. Returns how many are newly open."""
    rows = {row.id: row for row in bookings}
    known = {row.booking_id: row for row in session.scalars(select(BookingFlag).where(BookingFlag.code == code, BookingFlag.source == source))}
    fresh = 0
    for booking_id in sorted(rows):
        flag = known.get(booking_id)
        if flag is None:
            session.add(BookingFlag(booking_id=booking_id, code=code, source=source, raised_at=now))
        elif flag.cleared_at is not None:
            flag.cleared_at, flag.dismissed_by = None, None
        else:
            continue
        fresh += 1
    return fresh


def clear_flags(session: Session, code: str, source: str, now: datetime) -> None:
    """The cause is gone: its own flags are cleared, and nobody else's."""
    open_ones = (BookingFlag.code == code, BookingFlag.source == source, BookingFlag.cleared_at.is_(None))
    session.execute(update(BookingFlag).where(*open_ones).values(cleared_at=now))


def dismiss(session: Session, who: Identity, flag_id: int, now: datetime) -> None:
    """An officer has looked at it and leaves the visit as it is."""
    flag = session.get_one(BookingFlag, flag_id)
    if flag.cleared_at is None:
        flag.cleared_at, flag.dismissed_by = now, who.account_id
        record(session, who, "booking.clear_flag", "booking", flag.booking.ref, now, flag.booking.prison_id, code=flag.code, source=flag.source)

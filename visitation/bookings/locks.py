"""Row locks for what a claim cannot guard, always in this order: the prison's timetable (shared), inmates by id, visitors by id, bookings by id.

Changes of the timetable, suspensions and kinship decisions take the same rows exclusively. SQLite has one writer at a time and ignores the locks.
"""

from collections.abc import Iterable

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from visitation.bookings.models import Booking
from visitation.kernel.errors import NotFound
from visitation.people.models import Inmate, NonAssociation, Visitor
from visitation.timetable.queries import lock_shared


def stand_still(session: Session, prison_id: int, inmate_id: int, visitor_ids: Iterable[int]) -> None:
    """Keep everything a booking is judged by as it is until the end of the transaction."""
    lock_shared(session, prison_id)
    pairs = select(NonAssociation.inmate_id, NonAssociation.other_id).where(
        or_(NonAssociation.inmate_id == inmate_id, NonAssociation.other_id == inmate_id), NonAssociation.ended_at.is_(None)
    )
    inmates = {inmate_id} | {number for pair in session.execute(pairs) for number in pair}
    session.execute(select(Inmate.id).where(Inmate.id.in_(inmates)).order_by(Inmate.id).with_for_update(key_share=True)).all()
    session.execute(select(Visitor.id).where(Visitor.id.in_(set(visitor_ids))).order_by(Visitor.id).with_for_update(read=True)).all()


def booking_for_change(session: Session, booking_id: int) -> Booking:
    """The booking's row, locked and fresh. Raises NotFound."""
    row = session.get(Booking, booking_id, with_for_update={"key_share": True}, populate_existing=True)
    if row is None:
        raise NotFound
    return row

"""Reading suspensions and objections, and the visits they touch."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.bookings.models import Booking, BookingVisitor
from visitation.kernel.identity import Identity
from visitation.kernel.interval import LOCAL, local_day
from visitation.people.models import Inmate, Kinship, Objection, Suspension, Visitor

LIVING_BOOKINGS = ("held", "requested", "confirmed")


def suspension_list(session: Session, who: Identity, today: date, past: bool = False) -> list[tuple[Suspension, Inmate | None, Visitor | None]]:
    """Suspensions of the person's prison: current and coming ones, or those that are over or lifted."""
    query = select(Suspension, Inmate, Visitor).outerjoin(Inmate, Inmate.id == Suspension.inmate_id).outerjoin(Visitor, Visitor.id == Suspension.visitor_id)
    if who.prison_id is not None:
        query = query.where(Suspension.prison_id == who.prison_id)
    living = Suspension.lifted_at.is_(None) & (Suspension.ends_on.is_(None) | (Suspension.ends_on >= today))
    rows = session.execute(query.where(~living if past else living).order_by(Suspension.starts_on.desc(), Suspension.id.desc()).limit(200))
    return [(row, inmate, visitor) for row, inmate, visitor in rows]


def visitor_by_id(session: Session, visitor_id: int | None) -> Visitor | None:
    return session.get(Visitor, visitor_id) if visitor_id is not None else None


def others_of(session: Session, inmate_id: int | None, visitor_id: int | None, prison_id: int) -> tuple[tuple[date, date | None], ...]:
    """Days of the target's suspensions in this prison that were not lifted."""
    query = select(Suspension.starts_on, Suspension.ends_on).where(Suspension.lifted_at.is_(None), Suspension.prison_id == prison_id)
    query = query.where(Suspension.inmate_id == inmate_id if inmate_id is not None else Suspension.visitor_id == visitor_id)
    return tuple((starts, ends) for starts, ends in session.execute(query))


def bookings_hit(session: Session, suspension: Suspension) -> Sequence[Booking]:
    """Visits in the days of a suspension that somebody has to look at: none is cancelled by itself (rules.md §5.10)."""
    first = datetime.combine(suspension.starts_on, datetime.min.time(), LOCAL)
    query = select(Booking).where(Booking.state.in_(LIVING_BOOKINGS), Booking.starts_at >= first, Booking.prison_id == suspension.prison_id)
    if suspension.ends_on is not None:
        query = query.where(Booking.starts_at < datetime.combine(suspension.ends_on + timedelta(days=1), datetime.min.time(), LOCAL))
    if suspension.inmate_id is not None:
        query = query.where(Booking.inmate_id == suspension.inmate_id)
    else:
        query = query.join(BookingVisitor).where(BookingVisitor.visitor_id == suspension.visitor_id)
    return session.scalars(query.order_by(Booking.starts_at)).all()


def suspension_by_ref(session: Session, ref: str) -> Suspension | None:
    return session.scalar(select(Suspension).where(Suspension.ref == ref))


def current_of(session: Session, inmate_id: int | None, visitor_id: int | None, prison_id: int, now: datetime) -> Sequence[Suspension]:
    """Suspensions of one person that hold in this prison, today or later."""
    target = Suspension.inmate_id == inmate_id if inmate_id is not None else Suspension.visitor_id == visitor_id
    ahead = Suspension.ends_on.is_(None) | (Suspension.ends_on >= local_day(now))
    held = select(Suspension).where(target, ahead, Suspension.lifted_at.is_(None), Suspension.prison_id == prison_id)
    return session.scalars(held.order_by(Suspension.starts_on)).all()


def objections(session: Session, who: Identity, state: str = "open") -> Sequence[Objection]:
    """Open objections by due time, or decided ones, the latest first."""
    query = select(Objection).where(Objection.state == "open" if state == "open" else Objection.state != "open")
    if who.prison_id is not None:
        query = query.where(Objection.prison_id == who.prison_id)
    order = (Objection.due_at, Objection.id) if state == "open" else (Objection.decided_at.desc(), Objection.id)
    return session.scalars(query.order_by(*order).limit(200)).all()


def objection_by_ref(session: Session, ref: str) -> Objection | None:
    return session.scalar(select(Objection).where(Objection.ref == ref))


def subject_of(session: Session, objection: Objection) -> Kinship | Suspension | Booking | None:
    """What is objected to."""
    if objection.subject_type == "kinship":
        return session.get(Kinship, objection.subject_id)
    if objection.subject_type == "suspension":
        return session.get(Suspension, objection.subject_id)
    return session.get(Booking, objection.subject_id) if objection.subject_type == "booking" else None


def claim_of_visitor(session: Session, visitor_id: int, prison_id: int) -> bool:
    """Whether this person has anything to do with this prison."""
    return session.scalar(select(Kinship.id).where(Kinship.visitor_id == visitor_id, Kinship.prison_id == prison_id).limit(1)) is not None


def relatives_of(session: Session, inmate_id: int) -> list[int]:
    """Visitors with an approved claim to this inmate, by id."""
    return list(session.scalars(select(Kinship.visitor_id).where(Kinship.inmate_id == inmate_id, Kinship.state == "approved").order_by(Kinship.visitor_id)))

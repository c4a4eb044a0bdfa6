"""What this room has of people, for the merge of two records (store/moving.py)."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from visitation.people.models import Inmate, Kinship, KinshipProof, NonAssociation, Objection, Suspension, Visitor
from visitation.store.moving import Part, named, place, stays


def _pairs_of(session: Session, number: int) -> int:
    return session.scalar(select(func.count()).where(or_(NonAssociation.inmate_id == number, NonAssociation.other_id == number))) or 0


def _move_pairs(session: Session, keep: int, gone: int, _now: datetime) -> None:
    """Whoever is kept apart from the one record is kept apart from the other. A pair of both records (ended: refused otherwise) stays as it is."""
    rows = session.scalars(select(NonAssociation).where(or_(NonAssociation.inmate_id == gone, NonAssociation.other_id == gone))).all()
    for row in rows:
        other = row.other_id if row.inmate_id == gone else row.inmate_id
        if other == keep:
            continue
        lower, higher = sorted((keep, other))
        known = session.scalar(select(NonAssociation).where(NonAssociation.inmate_id == lower, NonAssociation.other_id == higher))
        if known is None:
            row.inmate_id, row.other_id = lower, higher
        else:
            if row.ended_at is None and known.ended_at is not None:
                known.ended_at, known.note = None, row.note
            session.execute(delete(NonAssociation).where(NonAssociation.id == row.id))
        session.flush()


PARTS = (
    named("inmate", _l("Kinship claims"), Kinship.inmate_id),
    named("inmate", _l("Suspensions"), Suspension.inmate_id),
    Part("inmate", (place(NonAssociation.inmate_id), place(NonAssociation.other_id)), _l("Kept apart from"), _pairs_of, _move_pairs),
    named("inmate", None, Inmate.merged_into_id),
    named("visitor", _l("Kinship claims"), Kinship.visitor_id),
    named("visitor", _l("Suspensions"), Suspension.visitor_id),
    named("visitor", None, Visitor.merged_into_id),
    stays("kinship", KinshipProof.kinship_id),
    named("account", None, Objection.account_id, Visitor.manager_id),
)

"""Whose telephone number a person needs. Asked by the web layer through the composition root."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from visitation.kernel.identity import Identity, Zone
from visitation.people.models import Kinship, Prison, Visitor


def places(session: Session, who: Identity | None) -> list[Prison]:
    """Staff: their own prison. Family: where they have named a relative, whatever became of the claim; all prisons while nowhere."""
    if who is not None and who.zone is Zone.PRISON:
        own = session.get(Prison, who.prison_id) if who.prison_id is not None else None
        return [own] if own is not None else []
    if who is not None and (named := _named(session, who)):
        return named
    return list(session.scalars(select(Prison).where(Prison.closed_at.is_(None)).order_by(Prison.name)))


def _named(session: Session, who: Identity) -> list[Prison]:
    looked_after = Visitor.manager_id == who.account_id
    mine = looked_after if who.visitor_id is None else or_(Visitor.id == who.visitor_id, looked_after)
    claimed = select(Kinship.prison_id).join(Visitor, Kinship.visitor_id == Visitor.id).where(mine)
    return list(session.scalars(select(Prison).where(Prison.id.in_(claimed)).order_by(Prison.name)))

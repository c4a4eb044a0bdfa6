"""Reading people: who stands behind an account, and whom they may visit. What only the staff reads is in queries_staff."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from visitation.accounts.models import Account
from visitation.kernel.errors import NotFound
from visitation.kernel.identity import Identity, Zone
from visitation.people.models import Inmate, Kinship, Objection, Prison, Suspension, Visitor
from visitation.people.rules import DOCUMENT_KINDS
from visitation.store.sealed import indexed_value, vault


def open_prisons(session: Session) -> list[Prison]:
    """Prisons that receive visits, by code."""
    return list(session.scalars(select(Prison).where(Prison.closed_at.is_(None)).order_by(Prison.code)))


def visitor_of(session: Session, who: Identity) -> Visitor:
    """The person that `who` stands for. Raises NotFound for an account without one (staff, a clerk who assists nobody)."""
    visitor = session.get(Visitor, who.visitor_id) if who.visitor_id is not None else None
    if visitor is None:
        raise NotFound
    return visitor


def companions(session: Session, account_id: int) -> list[Visitor]:
    """People without an account of their own whom this account looks after, oldest entry first."""
    return list(session.scalars(select(Visitor).where(Visitor.manager_id == account_id).order_by(Visitor.id)))


def people_of(session: Session, who: Identity) -> list[Visitor]:
    """The person of this account first, then their companions."""
    return [visitor_of(session, who), *companions(session, who.account_id)]


def visitor_by_ref(session: Session, ref: str) -> Visitor | None:
    """The person with this visitor code, as it is read aloud: case and spaces do not matter."""
    return _standing(session, session.scalar(select(Visitor).where(Visitor.ref == "".join(ref.split()).upper())))


def _standing(session: Session, visitor: Visitor | None) -> Visitor | None:
    """The person: a record that was merged into another one is a signpost to it."""
    return visitor if visitor is None or visitor.merged_into_id is None else session.get(Visitor, visitor.merged_into_id)


def visitor_by_document(session: Session, kind: str, number: str) -> Visitor | None:
    """By the kind and the tidy number of a document, through the blind index."""
    return _standing(session, session.scalar(select(Visitor).where(Visitor.document_number_index == _document_index(kind, number))))


def visitors_by_number(session: Session, number: str) -> list[Visitor]:
    """Everybody with this number on a document of any kind: a passport and a permit may share one."""
    indexes = [_document_index(kind, number) for kind in DOCUMENT_KINDS]
    found = [_standing(session, row) for row in session.scalars(select(Visitor).where(Visitor.document_number_index.in_(indexes)).order_by(Visitor.id))]
    return list({row.id: row for row in found if row is not None}.values())


def _document_index(kind: str, number: str) -> str:
    return vault().index(indexed_value(number, kind), "document_number")


def account_of_visitor(session: Session, visitor_id: int) -> Account | None:
    """The account to tell about this person: their own, else the one that looks after them."""
    own = session.scalar(select(Account).where(Account.visitor_id == visitor_id))
    manager = select(Account).join(Visitor, Visitor.manager_id == Account.id).where(Visitor.id == visitor_id)
    return own or session.scalar(manager)


def approved_kinships(session: Session, visitor_id: int) -> list[Kinship]:
    """Kinships that let this person visit, newest decision first. Whether the inmate still accepts is asked again at each booking."""
    query = select(Kinship).where(Kinship.visitor_id == visitor_id, Kinship.state == "approved", Kinship.inmate_id.is_not(None))
    return list(session.scalars(query.order_by(Kinship.decided_at.desc(), Kinship.id)))


def claims_of(session: Session, visitor_ids: Iterable[int]) -> list[Kinship]:
    """Every kinship claim of these people, newest first."""
    return list(session.scalars(select(Kinship).where(Kinship.visitor_id.in_(list(visitor_ids))).order_by(Kinship.submitted_at.desc(), Kinship.id.desc())))


def kinship_by_ref(session: Session, ref: str) -> Kinship | None:
    return session.scalar(select(Kinship).where(Kinship.ref == ref))


def inmate_matching(session: Session, prison_id: int, number: str, name: str) -> Inmate | None:
    """The inmate with exactly this number and name. One look-up either way, so that the time tells nothing."""
    kept = aliased(Inmate)
    both = select(Inmate.name, Inmate, kept).outerjoin(kept, kept.id == Inmate.merged_into_id)
    found = session.execute(both.where(Inmate.prison_id == prison_id, Inmate.number == number)).one_or_none()
    named, here, standing = found if found is not None else ("", None, None)
    return (standing or here) if name in (named, standing.name if standing is not None else named) else None


def numbered(prison_id: int | None, number: str) -> ColumnElement[bool]:
    """Condition on Inmate: the person with this number in this prison. The number of a record that was merged finds the one that stays."""
    signpost = aliased(Inmate)
    named = select(func.coalesce(signpost.merged_into_id, signpost.id)).where(signpost.prison_id == prison_id, signpost.number == number)
    return Inmate.id == named.scalar_subquery()


def open_claim(session: Session, visitor_id: int, prison_id: int, number: str) -> Kinship | None:
    """A claim by this person for this number that is waiting or approved."""
    query = select(Kinship).where(Kinship.visitor_id == visitor_id, Kinship.prison_id == prison_id, Kinship.inmate_number == number)
    return session.scalar(query.where(or_(Kinship.state == "submitted", Kinship.state == "approved")))


def suspensions_of(session: Session, visitor_ids: Iterable[int]) -> list[Suspension]:
    """Suspensions of these people that were not lifted, newest first. Those of an inmate are never shown to a family."""
    query = select(Suspension).where(Suspension.visitor_id.in_(list(visitor_ids)), Suspension.lifted_at.is_(None))
    return list(session.scalars(query.order_by(Suspension.starts_on.desc(), Suspension.id)))


def suspension_by_ref(session: Session, ref: str) -> Suspension | None:
    return session.scalar(select(Suspension).where(Suspension.ref == ref))


def objection_to(session: Session, account_id: int, subject_type: str, subject_id: int) -> Objection | None:
    """This account's objection to one refusal or suspension."""
    query = select(Objection).where(Objection.account_id == account_id, Objection.subject_type == subject_type, Objection.subject_id == subject_id)
    return session.scalar(query)


def objection_by_ref(session: Session, ref: str) -> Objection | None:
    return session.scalar(select(Objection).where(Objection.ref == ref))


def places(session: Session, who: Identity | None) -> list[Prison]:
    """Whose telephone number a person needs; asked by the web layer through the composition root.

    Staff: their own prison. Family: where they have named a relative, whatever became of the claim; all prisons while nowhere.
    """
    if who is not None and who.zone is Zone.PRISON:
        own = session.get(Prison, who.prison_id) if who.prison_id is not None else None
        return [own] if own is not None else []
    if who is not None and (named := _named(session, who)):
        return named
    return list(session.scalars(select(Prison).where(Prison.closed_at.is_(None)).order_by(Prison.name)))


CLAIMED = select(Kinship.prison_id).join(Visitor, Kinship.visitor_id == Visitor.id)
NAMED = (
    select(Prison)
    .where(Prison.id.in_(CLAIMED.where(or_(Visitor.id == bindparam("visitor"), Visitor.manager_id == bindparam("account")))))
    .order_by(Prison.name)
)
"""Where a person, or somebody they look after, has named a relative. Asked on every page; put together once."""


def _named(session: Session, who: Identity) -> list[Prison]:
    return list(session.scalars(NAMED, {"visitor": who.visitor_id or 0, "account": who.account_id}))

"""Reading for the kinship desk: the queue, a claim with its papers, and whom to tell."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from visitation.accounts.models import Account
from visitation.kernel.identity import Identity
from visitation.people.models import Inmate, Kinship, KinshipProof, Visitor
from visitation.people.rules_staff import PRISON_WIDE
from visitation.uploads.models import Upload

MOST = 200


def scoped(query: Select[Kinship], who: Identity) -> Select[Kinship]:
    """Claims of the person's prison; of their wards for who is only a ward officer."""
    if who.prison_id is not None:
        query = query.where(Kinship.prison_id == who.prison_id)
    if not who.has(*PRISON_WIDE):
        query = query.where(Kinship.inmate_id.in_(select(Inmate.id).where(Inmate.ward_id.in_(who.ward_ids))))
    return query


def queue(session: Session, who: Identity, state: str = "submitted") -> Sequence[Kinship]:
    """Claims of the desk: waiting ones by due time, decided ones the latest first. At most MOST."""
    query = scoped(select(Kinship), who).where(Kinship.state == state)
    query = query.order_by(Kinship.due_at, Kinship.id) if state == "submitted" else query.order_by(Kinship.decided_at.desc(), Kinship.id.desc())
    return session.scalars(_with_people(query).limit(MOST)).all()


def unanswered(session: Session, who: Identity) -> Sequence[Kinship]:
    """Claims whose inmate has not been asked yet, of the wards of `who`, by due time."""
    query = scoped(select(Kinship), who).where(Kinship.state == "submitted", Kinship.inmate_answer == "unasked", Kinship.inmate_id.is_not(None))
    return session.scalars(_with_people(query).order_by(Kinship.due_at, Kinship.id).limit(MOST)).all()


def answered(session: Session, who: Identity) -> Sequence[Kinship]:
    """Claims that an inmate has accepted and may still withdraw from, the latest answer first."""
    living = Kinship.state.in_(("submitted", "approved"))
    query = scoped(select(Kinship), who).where(living, Kinship.inmate_answer != "unasked", Kinship.inmate_id.is_not(None))
    return session.scalars(_with_people(query).order_by(Kinship.inmate_answer_at.desc(), Kinship.id).limit(MOST)).all()


def counts(session: Session, who: Identity, now: datetime) -> dict[str, int]:
    """How many wait, and how many of them are overdue: for the desk's first line."""
    waiting: ColumnElement[bool] = Kinship.state == "submitted"
    chosen = scoped(select(Kinship), who).where(waiting).subquery()
    total = session.scalar(select(func.count()).select_from(chosen)) or 0
    late = session.scalar(select(func.count()).select_from(chosen).where(chosen.c.due_at < now)) or 0
    return {"waiting": total, "overdue": late}


def claim_by_ref(session: Session, ref: str) -> Kinship | None:
    return session.scalar(_with_people(select(Kinship).where(Kinship.ref == ref)))


def earlier_claims(session: Session, claim: Kinship) -> Sequence[Kinship]:
    """Other claims of the same person in this prison, the latest first."""
    query = select(Kinship).where(Kinship.visitor_id == claim.visitor_id, Kinship.prison_id == claim.prison_id, Kinship.id != claim.id)
    return session.scalars(query.order_by(Kinship.submitted_at.desc())).all()


def papers_of(session: Session, claim: Kinship) -> list[tuple[KinshipProof, Upload]]:
    """Proofs of a claim with their files, in the order they were handed in."""
    query = select(KinshipProof, Upload).join(Upload, Upload.id == KinshipProof.upload_id).where(KinshipProof.kinship_id == claim.id)
    return [(proof, upload) for proof, upload in session.execute(query.order_by(KinshipProof.id))]


def pictures_of(session: Session, visitor: Visitor) -> dict[str, Upload]:
    """The face photo taken at registration and the picture of the identity document, where there are."""
    wanted = {"face": visitor.photo_id, "document": visitor.document_photo_id}
    found = {name: session.get(Upload, upload_id) for name, upload_id in wanted.items() if upload_id is not None}
    return {name: upload for name, upload in found.items() if upload is not None}


def file_of_claim(session: Session, claim: Kinship, uid: str) -> Upload | None:
    """A file that belongs to this claim: one of its proofs or its visitor's pictures. Nothing else can be opened through a claim."""
    files = [upload for _proof, upload in papers_of(session, claim)] + list(pictures_of(session, claim.visitor).values())
    return next((upload for upload in files if upload.uid == uid), None)


def accounts_of(session: Session, visitor_ids: Iterable[int]) -> list[int]:
    """Family accounts to tell about these people: their own, and those that look after them. Each once, by id."""
    ids = list(visitor_ids)
    managers = select(Visitor.manager_id).where(Visitor.id.in_(ids), Visitor.manager_id.is_not(None))
    query = select(Account.id).where(or_(Account.visitor_id.in_(ids), Account.id.in_(managers)), Account.closed_at.is_(None))
    return list(session.scalars(query.order_by(Account.id)))


def names_of_staff(session: Session, account_ids: Iterable[int | None]) -> dict[int, str]:
    wanted = {account_id for account_id in account_ids if account_id is not None}
    return {row.id: row.name for row in session.execute(select(Account.id, Account.name).where(Account.id.in_(wanted)))}


def _with_people(query: Select[Kinship]) -> Select[Kinship]:
    return query.options(joinedload(Kinship.visitor), joinedload(Kinship.prison), joinedload(Kinship.inmate).joinedload(Inmate.ward))

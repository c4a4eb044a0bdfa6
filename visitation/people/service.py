"""What a family does about people: register them, claim kinship, withdraw it, object."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.bookings.models import RequestKey
from visitation.kernel.errors import NotFound, Refusal, StateChanged, refuse
from visitation.kernel.identity import Identity
from visitation.kernel.interval import local_day
from visitation.notices.service import tell
from visitation.people import queries, rules
from visitation.people.models import Kinship, KinshipProof, Objection, Prison, Visitor
from visitation.people.rules import Person
from visitation.policies.queries import value
from visitation.timetable.queries import add_workdays
from visitation.uploads import service as uploads
from visitation.uploads.queries import by_ids as upload_rows


@dataclass(frozen=True)
class Pictures:
    """Uids of staged files, and under whom they wait (web/browser.py)."""

    face: str
    document: str
    owner_key: str
    owner_id: int | None


def new_visitor(session: Session, person: Person, pictures: Pictures, now: datetime, **values: object) -> Visitor:
    """Keep a person who was judged fit (rules.judge). `values`: further columns. Raises Refused(FILE_GONE)."""
    face = uploads.attach(session, pictures.face, pictures.owner_key, pictures.owner_id, "face", now)
    document = uploads.attach(session, pictures.document, pictures.owner_key, pictures.owner_id, "document", now) if pictures.document else None
    visitor = Visitor(
        name=person.name,
        document_kind=person.document_kind,
        document_number=person.document_number,
        birth_date=person.birth_date,
        photo_id=face.id,
        document_photo_id=document.id if document else None,
        created_at=now,
        **values,
    )
    session.add(visitor)
    session.flush()
    return visitor


def hand_over_pictures(session: Session, visitor: Visitor, account_id: int) -> None:
    """Give the pictures of a person to the account that was made for them: whoever brought them keeps no right to see them."""
    for upload in upload_rows(session, [key for key in (visitor.photo_id, visitor.document_photo_id) if key]).values():
        upload.owner_id, upload.owner_key = account_id, ""


def add_companion(session: Session, who: Identity, person: Person, pictures: Pictures, key: str, now: datetime) -> tuple[Visitor, tuple[Refusal, ...]]:
    """A person without an account, looked after by this one. Returns the person and warnings. The same form twice gives the first answer."""
    earlier = _earlier(session, who, key, "visitor")
    if earlier is not None:
        return session.get_one(Visitor, earlier), ()
    judged = rules.judge(person, local_day(now))
    taken = queries.visitor_by_document(session, judged.person.document_kind, judged.person.document_number) is not None
    count = len(queries.companions(session, who.account_id))
    refuse([*judged.refusals, *rules.companion_refusals(taken, bool(pictures.face), count)])
    visitor = new_visitor(session, judged.person, pictures, now, manager_id=who.account_id)
    _keep(session, who, key, f"visitor:{visitor.id}", now)
    record(session, who, "visitor.add_companion", "visitor", visitor.id, now, document_kind=visitor.document_kind)
    return visitor, judged.warnings


@dataclass(frozen=True)
class Claim:
    """A kinship claim as the family fills it in."""

    visitor_id: int
    prison_id: int
    inmate_name: str
    inmate_number: str
    relation: str
    relation_note: str
    proof_kind: str
    proofs: Sequence[str]


def claim_kinship(session: Session, who: Identity, claim: Claim, key: str, now: datetime) -> Kinship:
    """Take a claim. Whether an inmate has this name and number changes nothing that the family could notice. Raises Refused with every reason."""
    earlier = _earlier(session, who, key, "kinship")
    if earlier is not None:
        return session.get_one(Kinship, earlier)
    name, number = rules.tidy_name(claim.inmate_name), rules.tidy_number(claim.inmate_number)
    prison = session.get(Prison, claim.prison_id)
    if prison is None or prison.closed_at is not None:
        raise NotFound
    refuse(rules.claim_refusals(_claim_facts(session, who, claim, name, number, prison, local_day(now))))
    inmate = queries.inmate_matching(session, prison.id, number, name)
    kinship = Kinship(
        visitor_id=claim.visitor_id,
        prison_id=prison.id,
        inmate_id=inmate.id if inmate else None,
        inmate_name=name,
        inmate_number=number,
        relation=claim.relation,
        relation_note=claim.relation_note,
        submitted_at=now,
        due_at=add_workdays(session, prison.id, now, value(session, "review_workdays", prison.id, local_day(now))),
    )
    kinship.proofs = [_proof(session, who, uid, claim.proof_kind, now) for uid in claim.proofs]
    session.add(kinship)
    session.flush()
    _keep(session, who, key, f"kinship:{kinship.id}", now)
    record(session, who, "kinship.claim", "kinship", kinship.id, now, prison.id, relation=claim.relation, proofs=len(claim.proofs))
    tell(session, who.account_id, "kinship_received", {"ref": kinship.ref}, now, f"/relatives/{kinship.ref}")
    return kinship


def _claim_facts(session: Session, who: Identity, claim: Claim, name: str, number: str, prison: Prison, day: date) -> rules.ClaimFacts:
    return rules.ClaimFacts(
        inmate_name=name,
        inmate_number=number,
        number_pattern=prison.inmate_number_pattern,
        relation=claim.relation,
        relations=value(session, "relations", prison.id, day),
        relation_note=claim.relation_note,
        proofs=len(claim.proofs),
        is_mine=claim.visitor_id in {person.id for person in queries.people_of(session, who)},
        claimed_already=queries.open_claim(session, claim.visitor_id, prison.id, number) is not None,
    )


def _proof(session: Session, who: Identity, uid: str, kind: str, now: datetime) -> KinshipProof:
    upload = uploads.attach(session, uid, "", who.account_id, "proof", now)
    return KinshipProof(upload_id=upload.id, kind=kind)


def withdraw(session: Session, who: Identity, kinship_id: int, now: datetime) -> None:
    """The family takes a claim, or an approved kinship, back. Withdrawing twice is the same as once. Raises StateChanged when it was refused meanwhile."""
    kinship = session.get(Kinship, kinship_id, with_for_update=True, populate_existing=True)
    if kinship is None:
        raise NotFound
    if kinship.state == "withdrawn":
        return
    if not rules.may_withdraw(kinship.state):
        raise StateChanged
    before, kinship.state = kinship.state, "withdrawn"
    record(session, who, "kinship.withdraw", "kinship", kinship.id, now, kinship.prison_id, before=before)


@dataclass(frozen=True)
class Subject:
    """What an objection is against. `refused_by`: the account that decided, who must not decide again."""

    kind: str
    id: int
    prison_id: int
    state: str
    refused_by: int | None


def object_to(session: Session, who: Identity, subject: Subject, text: str, now: datetime) -> Objection:
    """An objection to a refusal or suspension, with a due time. One for each; a repeat gives the first. Raises StateChanged when nothing was refused."""
    earlier = queries.objection_to(session, who.account_id, subject.kind, subject.id)
    if earlier is not None:
        return earlier
    if not rules.may_object(subject.state, ()):
        raise StateChanged
    days = value(session, "objection_workdays", subject.prison_id, local_day(now))
    objection = Objection(
        prison_id=subject.prison_id,
        account_id=who.account_id,
        subject_type=subject.kind,
        subject_id=subject.id,
        text=text,
        created_at=now,
        due_at=add_workdays(session, subject.prison_id, now, days),
        refused_by=subject.refused_by,
    )
    session.add(objection)
    session.flush()
    record(session, who, "objection.submit", "objection", objection.id, now, subject.prison_id, against=subject.kind, against_id=subject.id)
    tell(session, who.account_id, "objection_received", {"ref": objection.ref}, now, f"/objections/{objection.ref}")
    return objection


def _earlier(session: Session, who: Identity, key: str, kind: str) -> int | None:
    """Id of what the same form brought when it came first."""
    result = session.scalar(select(RequestKey.result).where(RequestKey.account_id == who.account_id, RequestKey.key == key)) if key else None
    return int(result.removeprefix(f"{kind}:")) if result and result.startswith(f"{kind}:") else None


def _keep(session: Session, who: Identity, key: str, result: str, now: datetime) -> None:
    if key:
        session.add(RequestKey(account_id=who.account_id, key=key, result=result, at=now))
        session.flush()

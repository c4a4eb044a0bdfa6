"""Finding a person for the auditor, the way people know them, within the auditor's own prison."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from visitation.kernel.identity import Identity
from visitation.people.models import Inmate, Prison, Visitor
from visitation.people.queries import visitor_by_ref, visitors_by_number
from visitation.people.queries_merging import MODELS, signposts
from visitation.people.queries_suspensions import claim_of_visitor
from visitation.people.rules import masked, tidy_number


@dataclass(frozen=True)
class Found:
    """A person as the audit's page shows them: kind and id as in the audit's rows, name, masked number, prison (id) of an inmate."""

    kind: str
    id: int
    name: str
    number: str
    prison_id: int | None


def find(session: Session, who: Identity, kind: str, words: str) -> list[Found]:
    """Inmates by their number, visitors by their code or the number of their document. Usually one, none, or one in each prison."""
    number = tidy_number(words)
    if kind == "inmate":
        query = select(func.coalesce(Inmate.merged_into_id, Inmate.id)).join(Prison).where(Inmate.number == number).order_by(Prison.code)
        ids = list(session.scalars(query))
    else:
        visitor = visitor_by_ref(session, words)
        ids = [one.id for one in ([visitor] if visitor is not None else visitors_by_number(session, number))]
    found = [person(session, who, kind, one) for one in ids]
    return [one for one in found if one is not None]


def records_of(session: Session, kind: str, row_id: int) -> tuple[str, ...]:
    """Ids under which the audit knows a person: this record's, and those of records that were merged into it."""
    return (str(row_id), *(str(number) for number in signposts(session, kind, row_id))) if kind in MODELS else (str(row_id),)


def person(session: Session, who: Identity, kind: str, row_id: int) -> Found | None:
    """The person of an audit's row; None when there is none, or none in the auditor's prison."""
    if kind == "inmate":
        inmate = session.get(Inmate, row_id)
        if inmate is None or who.prison_id not in (None, inmate.prison_id):
            return None
        return Found("inmate", inmate.id, inmate.name, masked(inmate.number), inmate.prison_id)
    visitor = session.get(Visitor, row_id) if kind == "visitor" else None
    if visitor is None or (who.prison_id is not None and not claim_of_visitor(session, visitor.id, who.prison_id)):
        return None
    return Found("visitor", visitor.id, visitor.name, masked(visitor.document_number), None)

"""Claims that named somebody before that person was entered here: once the inmate is known, the claim finds them."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from visitation.audit.service import record
from visitation.kernel.identity import Identity
from visitation.people.models import Inmate, Kinship


def link_waiting_claims(session: Session, who: Identity, prison_id: int, now: datetime) -> int:
    """Give each waiting claim without an inmate the one with exactly its name and number. Returns how many were linked."""
    same = (Inmate.prison_id == Kinship.prison_id) & (Inmate.number == Kinship.inmate_number) & (Inmate.name == Kinship.inmate_name)
    query = select(Kinship, func.coalesce(Inmate.merged_into_id, Inmate.id)).join(Inmate, same)
    query = query.where(Kinship.prison_id == prison_id, Kinship.inmate_id.is_(None), Kinship.state == "submitted")
    found = session.execute(query.with_for_update(of=Kinship)).all()
    for claim, inmate_id in found:
        claim.inmate_id = inmate_id
        record(session, who, "kinship.found_inmate", "kinship", claim.id, now, prison_id)
    return len(found)

"""Claims whose time of review has passed: the record says so once, and the family is told that it takes longer."""

from datetime import datetime

from sqlalchemy import String, cast, exists, select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account
from visitation.audit.models import AuditEntry
from visitation.audit.service import record
from visitation.kernel.identity import SYSTEM
from visitation.notices.service import tell
from visitation.people.models import Kinship, Visitor

AT_ONCE = 100
ACT = "kinship.overdue"


def overdue_claims(session: Session, now: datetime) -> int:
    """Every claim that nobody decided by its due time, once. The desk's lamps show the same; this leaves a trace of it. Returns how many."""
    known = exists().where(AuditEntry.act == ACT, AuditEntry.subject_type == "kinship", AuditEntry.subject_id == cast(Kinship.id, String))
    late = select(Kinship).where(Kinship.state == "submitted", Kinship.due_at < now, ~known).order_by(Kinship.due_at).limit(AT_ONCE)
    rows = session.scalars(late.with_for_update(skip_locked=True)).all()
    for claim in rows:
        record(session, SYSTEM, ACT, "kinship", claim.id, now, claim.prison_id, due_at=claim.due_at.isoformat())
        account_id = _account(session, claim.visitor_id)
        if account_id is not None:
            tell(session, account_id, "kinship_late", {"ref": claim.ref}, now, f"/relatives/{claim.ref}")
    return len(rows)


def _account(session: Session, visitor_id: int) -> int | None:
    """The person's own account, or that of whoever looks after them."""
    own = session.scalar(select(Account.id).where(Account.visitor_id == visitor_id, Account.closed_at.is_(None)))
    return own or session.scalar(select(Visitor.manager_id).where(Visitor.id == visitor_id))

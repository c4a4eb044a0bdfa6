"""Reading firms and lawyers."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from consult.lawyers.models import Firm, Lawyer, LawyerInvitation
from consult.lawyers.rules import Standing, tidy_code
from visitation.kernel.identity import Identity
from visitation.kernel.ids import digest


def firms(session: Session, closed: bool = False) -> list[Firm]:
    query = select(Firm).where(Firm.closed_at.is_not(None) if closed else Firm.closed_at.is_(None))
    return list(session.scalars(query.order_by(Firm.name)))


def open_firm_by_ref(session: Session, ref: str) -> Firm | None:
    return session.scalar(select(Firm).where(Firm.ref == ref.upper(), Firm.closed_at.is_(None)))


def lawyers(session: Session, state: str) -> list[Lawyer]:
    """Lawyers of one state with their firms, by firm and name."""
    query = select(Lawyer).join(Firm).where(Lawyer.state == state).options(joinedload(Lawyer.firm), selectinload(Lawyer.away))
    return list(session.scalars(query.order_by(Firm.name, Lawyer.name, Lawyer.id)))


def lawyer_by_ref(session: Session, ref: str) -> Lawyer | None:
    return session.scalar(select(Lawyer).where(Lawyer.ref == ref.upper()))


def lawyer_of(session: Session, who: Identity) -> Lawyer | None:
    """The lawyer who is signed in."""
    return session.scalar(select(Lawyer).where(Lawyer.account_id == who.account_id))


def verified_of(session: Session, who: Identity) -> Lawyer | None:
    """As lawyer_of, once an officer has verified the licence."""
    row = lawyer_of(session, who)
    return row if row is not None and row.state == "verified" else None


def invitation(session: Session, code: str, now: datetime) -> LawyerInvitation | None:
    """The invitation of a code that still works, however it was typed."""
    row = session.scalar(select(LawyerInvitation).where(LawyerInvitation.code_digest == digest(tidy_code(code))))
    return None if row is None or row.used_at is not None or row.expires_at <= now or row.firm.closed_at is not None else row


def standing(lawyer: Lawyer) -> Standing:
    return Standing(lawyer.state, frozenset(lawyer.weekdays), tuple((away.starts_on, away.ends_on) for away in lawyer.away))

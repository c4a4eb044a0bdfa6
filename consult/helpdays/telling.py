"""What lawyers and wards are told about their days. The short message names neither the prison nor anybody in it; all of it is read after signing in."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from consult.helpdays.models import HelpDay, HelpDuty, HelpSwap
from visitation.accounts.models import Account, AccountRole, AccountWard
from visitation.kernel.identity import Identity, Role
from visitation.notices.models import Notice
from visitation.notices.service import REACHED, tell, tell_all

PAGE = "/lawyer/days"


def asked(session: Session, duty: HelpDuty, now: datetime) -> None:
    """A lawyer is asked to serve on a day, or reads what was agreed by telephone."""
    _tell(session, duty, duty.day, "help_duty_agreed" if duty.state == "agreed" else "help_duty_asked", now)


def moved(session: Session, day: HelpDay, duties: Iterable[HelpDuty], now: datetime) -> None:
    """The day stands at another time, for which each is asked anew."""
    for duty in duties:
        _tell(session, duty, day, "help_duty_moved", now)


def cancelled(session: Session, day: HelpDay, duties: Iterable[HelpDuty], reason: str, now: datetime) -> None:
    """The day, or a lawyer's place on it, falls away."""
    for duty in duties:
        _tell(session, duty, day, "help_duty_cancelled", now, reason)


def replaced(session: Session, duty: HelpDuty, now: datetime) -> None:
    """The office has given a lawyer's place to another one."""
    _tell(session, duty, duty.day, "help_duty_replaced", now)


def swap_asked(session: Session, swap: HelpSwap, now: datetime) -> None:
    """A colleague asks a lawyer to take over."""
    facts = {"ref": swap.duty.day.ref, "starts_at": swap.duty.day.starts_at.isoformat()}
    tell(session, swap.to_lawyer.account_id, "help_swap_asked", facts, now, PAGE)


def swap_answered(session: Session, swap: HelpSwap, accepted: bool, now: datetime) -> None:
    """Whoever asked learns whether the colleague takes over."""
    _tell(session, swap.duty, swap.duty.day, "help_swap_accepted" if accepted else "help_swap_declined", now)


WARD_NEWS = ("help_ward_published", "help_ward_changed", "help_ward_taken_back")
"""Kinds of notices that a ward's officers get."""
MOST_NEWS = 50


def wards(session: Session, day: HelpDay, ward_ids: Collection[int], kind: str, now: datetime) -> int:
    """The officers of these wards are told that whom they bring is published, has changed or is taken back. Returns how many were told."""
    if not ward_ids:
        return 0
    session.flush()
    query = select(*REACHED).join(AccountRole, AccountRole.account_id == Account.id).join(AccountWard, AccountWard.account_id == Account.id)
    query = query.where(AccountRole.role == Role.WARD_OFFICER, AccountWard.ward_id.in_(sorted(ward_ids)), Account.closed_at.is_(None)).distinct()
    facts = {"ref": day.ref, "starts_at": day.starts_at.isoformat()}
    return len(tell_all(session, session.execute(query).all(), kind, facts, now, f"/help-days/{day.ref}"))


def ward_news(session: Session, who: Identity) -> list[Notice]:
    """What an officer of a ward has not read yet, the latest first; the same word about the same day once, as it was said last."""
    query = select(Notice).where(Notice.account_id == who.account_id, Notice.kind.in_(WARD_NEWS), Notice.read_at.is_(None))
    last: dict[tuple[str, str], Notice] = {}
    for row in session.scalars(query.order_by(Notice.id.desc()).limit(MOST_NEWS)):
        last.setdefault((row.kind, str(row.facts["ref"])), row)
    return list(last.values())


def news_read(session: Session, who: Identity, up_to: int, now: datetime) -> None:
    """The officer has read these notices; what came since (a higher id) stays."""
    mine = (Notice.account_id == who.account_id, Notice.kind.in_(WARD_NEWS), Notice.read_at.is_(None), Notice.id <= up_to)
    session.execute(update(Notice).where(*mine).values(read_at=now))


def _tell(session: Session, duty: HelpDuty, day: HelpDay, kind: str, now: datetime, reason: str = "") -> None:
    facts = {"ref": day.ref, "starts_at": day.starts_at.isoformat(), "reason_text": reason}
    tell(session, duty.lawyer.account_id, kind, facts, now, PAGE)

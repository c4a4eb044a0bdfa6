"""The language of a visit: it goes to an officer who follows it, or to one who decides; it is never a reason to cut a visit (rules.md §1)."""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account, AccountRole
from visitation.bookings.rules import EVERYBODYS, Limits, Wish
from visitation.kernel.identity import Role
from visitation.kernel.interval import Interval
from visitation.timetable.models import Duty


def in_language(session: Session, prison_id: int, wish: Wish, limits: Limits, language: str) -> tuple[Wish, Limits]:
    """The wish in its language, and the limits with the languages that officers follow then. Chinese asks nothing more of the database."""
    if language == EVERYBODYS:
        return wish, limits
    return replace(wish, language=language), replace(limits, languages=followed(session, prison_id, wish.visit))


def followed(session: Session, prison_id: int, visit: Interval) -> frozenset[str]:
    """Languages that an officer on the roster of that time follows; while there is no roster yet, any officer of the prison."""
    roles = select(AccountRole.account_id).where(AccountRole.role.in_((Role.OFFICER.value, Role.DUTY_CHIEF.value)))
    on_duty = select(Duty.account_id).where(Duty.prison_id == prison_id, Duty.starts_at <= visit.start, Duty.ends_at >= visit.end)
    query = select(Account.id, Account.spoken).where(Account.prison_id == prison_id, Account.closed_at.is_(None), Account.id.in_(roles))
    officers = {row.id: row.spoken for row in session.execute(query)}
    rostered = set(session.scalars(on_duty)) & officers.keys()
    return frozenset(language for number in rostered or officers for language in officers[number] or ())

"""Reading staff accounts, their sign-ins and their devices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account, Device, SignIn
from visitation.accounts.queries import IDLE
from visitation.accounts.rules_staff import KEPT_KINDS
from visitation.kernel.identity import Identity, Role
from visitation.people.models import Prison, Ward
from visitation.timetable.models import Terminal


def by_login(session: Session, login: str) -> Account | None:
    """The open staff account of a login name, upper or lower case alike."""
    query = select(Account).where(func.lower(Account.login) == login.lower(), Account.kind == "staff", Account.closed_at.is_(None))
    return session.scalar(query)


def staff_account(session: Session, account_id: int) -> Account | None:
    account = session.get(Account, account_id)
    return account if account is not None and account.kind in KEPT_KINDS else None


@dataclass(frozen=True)
class StaffLine:
    """One line of the staff list. `seen_at`: the latest of the living and ended sign-ins."""

    account: Account
    roles: list[Role]
    prison: Prison | None
    wards: list[Ward]
    seen_at: datetime | None


def staff_list(session: Session, who: Identity, words: str = "", closed: bool = False) -> list[StaffLine]:
    """Accounts of the person's prison (all for who belongs to none), by name."""
    seen = select(SignIn.account_id, func.max(SignIn.seen_at).label("seen_at")).group_by(SignIn.account_id).subquery()
    query = select(Account, Prison, seen.c.seen_at).outerjoin(Prison, Prison.id == Account.prison_id).outerjoin(seen, seen.c.account_id == Account.id)
    query = query.where(Account.kind.in_(KEPT_KINDS), Account.closed_at.is_not(None) if closed else Account.closed_at.is_(None))
    if who.prison_id is not None:
        query = query.where(Account.prison_id == who.prison_id)
    if words:
        query = query.where(Account.name.contains(words, autoescape=True) | Account.login.contains(words, autoescape=True))
    rows = session.execute(query.order_by(Account.name, Account.id)).all()
    wards = {ward.id: ward for ward in session.scalars(select(Ward))}
    return [StaffLine(account, roles_of(account), prison, [wards[row.ward_id] for row in account.wards], at) for account, prison, at in rows]


def roles_of(account: Account) -> list[Role]:
    return sorted(Role(row.role) for row in account.roles)


def living_sign_ins(session: Session, account_id: int, now: datetime) -> list[SignIn]:
    """Where the account is signed in at present, the latest first."""
    query = select(SignIn).where(SignIn.account_id == account_id, SignIn.revoked_at.is_(None), SignIn.second_factor_at.is_not(None))
    living = or_(*(and_(SignIn.zone == zone, SignIn.seen_at > now - idle) for zone, idle in IDLE.items()))
    rows = session.scalars(query.where(SignIn.expires_at > now, living).order_by(SignIn.seen_at.desc()))
    return list(rows)


def sign_in_row(session: Session, sign_in_id: int) -> SignIn | None:
    return session.get(SignIn, sign_in_id)


def wards_for(session: Session, who: Identity, prison_id: int | None) -> Sequence[Ward]:
    """Wards that may be chosen: of one prison, or of all for who belongs to none."""
    chosen = prison_id if prison_id is not None else who.prison_id
    query = select(Ward).join(Prison).order_by(Prison.name, Ward.id)
    return session.scalars(query.where(Ward.prison_id == chosen) if chosen is not None else query).all()


def prisons_for(session: Session, who: Identity) -> Sequence[Prison]:
    query = select(Prison).where(Prison.closed_at.is_(None)).order_by(Prison.name)
    return session.scalars(query.where(Prison.id == who.prison_id) if who.prison_id is not None else query).all()


def terminal_by_id(session: Session, terminal_id: int) -> Terminal | None:
    return session.get(Terminal, terminal_id)


def devices_of(session: Session, terminal_id: int) -> list[tuple[Device, str]]:
    """Devices paired with a terminal, living ones first, each with the name of who paired it."""
    query = select(Device, Account.name).join(Account, Account.id == Device.paired_by).where(Device.terminal_id == terminal_id)
    return [(device, name) for device, name in session.execute(query.order_by(Device.revoked_at.is_not(None), Device.paired_at.desc()))]

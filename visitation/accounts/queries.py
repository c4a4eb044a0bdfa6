"""Reading accounts and sign-ins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.orm import Session

from visitation.accounts import rules
from visitation.accounts.models import Account, AccountRole, AccountWard, MobileChange, SignIn
from visitation.bookings.models import Booking
from visitation.kernel.identity import Identity, Role, Zone
from visitation.kernel.ids import digest
from visitation.store.sealed import vault
from visitation.web.login import SignedIn

IDLE = {"family": timedelta(hours=2), "prison": timedelta(minutes=30)}
"""How long a sign-in may rest before it ends (architecture.md, security)."""
PROFESSIONS = ("clerk", "lawyer")
"""Kinds of accounts that sign in to the family zone with a login name, a password and a second factor."""


_sign_in, _account, _role, _ward = SignIn.__table__, Account.__table__, AccountRole.__table__, AccountWard.__table__
LIVING = (
    select(_sign_in.c.id, _sign_in.c.revoked_at, _sign_in.c.expires_at, _sign_in.c.seen_at, _sign_in.c.second_factor_at, _sign_in.c.assisting_id)
    .add_columns(_account.c.id.label("account_id"), _account.c.kind, _account.c.name, _account.c.prison_id, _account.c.visitor_id)
    .add_columns(_account.c.closed_at, _account.c.must_change_password, _role.c.role, _ward.c.ward_id)
    .join(_account, _account.c.id == _sign_in.c.account_id)
    .outerjoin(_role, _role.c.account_id == _account.c.id)
    .outerjoin(_ward, _ward.c.account_id == _account.c.id)
    .where(_sign_in.c.token_digest == bindparam("digest"), _sign_in.c.zone == bindparam("zone_name"))
)
"""One query for what every request asks first, in plain columns: a row for each role and ward of the account."""


def living_sign_in(session: Session, token: str, zone: str, now: datetime) -> Sequence[Row[Any]]:
    """The sign-in of this token, if it is of this zone, not revoked, not idle for too long and its account open; a row for each role and ward."""
    rows = session.execute(LIVING, {"digest": digest(token), "zone_name": zone}).all()
    if not rows or rows[0].revoked_at is not None or rows[0].closed_at is not None:
        return ()
    return () if now >= rows[0].expires_at or now - rows[0].seen_at > IDLE[zone] else rows


def resolve(session: Session, token: str, zone: str, now: datetime) -> SignedIn | None:
    """For the web layer: the signed-in person of a token."""
    rows = living_sign_in(session, token, zone, now)
    if not rows:
        return None
    row = rows[0]
    complete = row.second_factor_at is not None and not row.must_change_password
    person = account_standing_for(session, row.assisting_id) if row.kind == "clerk" and row.assisting_id is not None else None
    holder = Holder(row, frozenset(Role(one.role) for one in rows if one.role), frozenset(one.ward_id for one in rows if one.ward_id is not None))
    return SignedIn(token, row.id, row.account_id, _identity(holder, zone, person) if complete else None, row.seen_at)


@dataclass(frozen=True)
class Holder:
    """Whose sign-in it is: `row` has account_id, kind, name, prison_id and visitor_id."""

    row: Any
    roles: frozenset[Role]
    wards: frozenset[int]


def identity_of(account: Account, zone: str) -> Identity:
    """The identity of an account."""
    return Identity(
        account_id=account.id,
        roles=frozenset(Role(row.role) for row in account.roles),
        name=account.name,
        zone=Zone(zone),
        prison_id=account.prison_id if account.kind == "staff" else None,
        ward_ids=frozenset(row.ward_id for row in account.wards),
        visitor_id=account.visitor_id,
    )


def _identity(holder: Holder, zone: str, assisted: Account | None) -> Identity:
    """Of who is signed in. A clerk who assists a person acts as that person's account, and is remembered in `clerk_id`."""
    row = holder.row
    return Identity(
        account_id=assisted.id if assisted else row.account_id,
        roles=holder.roles | ({Role.FAMILY} if assisted else set()),
        name=assisted.name if assisted else row.name,
        zone=Zone(zone),
        prison_id=row.prison_id if row.kind == "staff" else None,
        ward_ids=holder.wards,
        visitor_id=assisted.visitor_id if assisted else row.visitor_id,
        clerk_id=row.account_id if assisted else None,
    )


def account_standing_for(session: Session, visitor_id: int) -> Account | None:
    """The open family account of a person."""
    return session.scalar(select(Account).where(Account.visitor_id == visitor_id, Account.closed_at.is_(None)))


def sign_in_row(session: Session, sign_in_id: int) -> SignIn | None:
    return session.get(SignIn, sign_in_id)


def account(session: Session, account_id: int) -> Account | None:
    return session.get(Account, account_id)


def by_mobile(session: Session, mobile: str) -> Account | None:
    """The open family account of a number in E.164."""
    index = vault().index(mobile, "mobile")
    return session.scalar(select(Account).where(Account.mobile_index == index, Account.kind == "family", Account.closed_at.is_(None)))


def professional_by_login(session: Session, login: str) -> Account | None:
    """The open account of a justice station's clerk or of a lawyer, upper or lower case alike."""
    query = select(Account).where(func.lower(Account.login) == login.lower(), Account.kind.in_(PROFESSIONS), Account.closed_at.is_(None))
    return session.scalar(query)


def family_sign_ins(session: Session, account_id: int, now: datetime) -> list[SignIn]:
    """Where a family account is signed in at present, the latest first."""
    query = select(SignIn).where(SignIn.account_id == account_id, SignIn.zone == "family", SignIn.revoked_at.is_(None), SignIn.expires_at > now)
    return list(session.scalars(query.where(SignIn.seen_at > now - IDLE["family"]).order_by(SignIn.seen_at.desc(), SignIn.id.desc())))


def visits_ahead(session: Session, account_id: int, now: datetime) -> int:
    """Visits of this account that still lie ahead."""
    ahead = Booking.account_id == account_id, Booking.state.in_(rules.STATES_AHEAD), Booking.ends_at > now
    return session.scalar(select(func.count(Booking.id)).where(*ahead)) or 0


def mobile_change_by_ref(session: Session, ref: str) -> MobileChange | None:
    return session.scalar(select(MobileChange).where(MobileChange.ref == "".join(ref.split()).upper()))


def open_mobile_changes(session: Session, prison_id: int | None) -> list[MobileChange]:
    """Requests for another number that nobody has decided, oldest first; of one prison, or of all."""
    query = select(MobileChange).where(MobileChange.state == "submitted").order_by(MobileChange.created_at, MobileChange.id)
    return list(session.scalars(query if prison_id is None else query.where(MobileChange.prison_id == prison_id)))

"""Reading accounts and sign-ins."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, joinedload

from visitation.accounts import rules
from visitation.accounts.models import Account, MobileChange, SignIn
from visitation.bookings.models import Booking
from visitation.kernel.identity import Identity, Role, Zone
from visitation.kernel.ids import digest
from visitation.store.sealed import vault
from visitation.web.login import SignedIn

IDLE = {"family": timedelta(hours=2), "prison": timedelta(minutes=30)}
"""How long a sign-in may rest before it ends (architecture.md, security)."""
PROFESSIONS = ("clerk", "lawyer")
"""Kinds of accounts that sign in to the family zone with a login name, a password and a second factor."""


LIVING = (
    select(SignIn)
    .where(SignIn.token_digest == bindparam("digest"), SignIn.zone == bindparam("zone_name"))
    .options(joinedload(SignIn.account).options(joinedload(Account.roles), joinedload(Account.wards)))
)
"""One query for what every request asks first."""


def living_sign_in(session: Session, token: str, zone: str, now: datetime) -> SignIn | None:
    """The sign-in of this token, if it is of this zone, not revoked, not idle for too long and its account open."""
    row = session.scalars(LIVING, {"digest": digest(token), "zone_name": zone}).unique().one_or_none()
    if row is None or row.revoked_at is not None or row.account.closed_at is not None:
        return None
    return None if now >= row.expires_at or now - row.seen_at > IDLE[zone] else row


def resolve(session: Session, token: str, zone: str, now: datetime) -> SignedIn | None:
    """For the web layer: the signed-in person of a token."""
    row = living_sign_in(session, token, zone, now)
    if row is None:
        return None
    complete = row.second_factor_at is not None and not row.account.must_change_password
    person = account_standing_for(session, row.assisting_id) if row.account.kind == "clerk" and row.assisting_id is not None else None
    identity = identity_of(row.account, zone, person) if complete else None
    return SignedIn(token, row.id, row.account_id, identity, row.seen_at)


def identity_of(account: Account, zone: str, assisted: Account | None = None) -> Identity:
    """The identity of an account. A clerk who assists a person acts as that person's account, and is remembered in `clerk_id`."""
    acting = assisted or account
    roles = {Role(row.role) for row in account.roles} | ({Role.FAMILY} if assisted else set())
    return Identity(
        account_id=acting.id,
        roles=frozenset(roles),
        name=acting.name,
        zone=Zone(zone),
        prison_id=account.prison_id if account.kind == "staff" else None,
        ward_ids=frozenset(row.ward_id for row in account.wards),
        visitor_id=acting.visitor_id,
        clerk_id=account.id if assisted else None,
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

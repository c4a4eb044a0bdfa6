"""Reading accounts and sign-ins."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from visitation.accounts.models import Account, SignIn
from visitation.kernel.identity import Identity, Role, Zone
from visitation.kernel.ids import digest
from visitation.web.login import SignedIn

IDLE = {"family": timedelta(hours=2), "prison": timedelta(minutes=30)}
"""How long a sign-in may rest before it ends (architecture.md, security)."""


def living_sign_in(session: Session, token: str, zone: str, now: datetime) -> SignIn | None:
    """The sign-in of this token, if it is of this zone, not revoked, not idle for too long and its account open."""
    row = session.scalar(select(SignIn).where(SignIn.token_digest == digest(token), SignIn.zone == zone))
    if row is None or row.revoked_at is not None or row.account.closed_at is not None:
        return None
    return None if now >= row.expires_at or now - row.seen_at > IDLE[zone] else row


def resolve(session: Session, token: str, zone: str, now: datetime) -> SignedIn | None:
    """For the web layer: the signed-in person of a token."""
    row = living_sign_in(session, token, zone, now)
    if row is None:
        return None
    complete = row.second_factor_at is not None and not row.account.must_change_password
    identity = identity_of(row.account, zone, row.assisting_id) if complete else None
    return SignedIn(token, row.id, row.account_id, identity)


def identity_of(account: Account, zone: str, assisting_id: int | None = None) -> Identity:
    """The identity of an account. A clerk who assists a person acts as that person's family account would, and is remembered."""
    assisted = account.kind == "clerk" and assisting_id is not None
    roles = {Role(row.role) for row in account.roles} | ({Role.FAMILY} if assisted else set())
    return Identity(
        account_id=account.id,
        roles=frozenset(roles),
        name=account.name,
        zone=Zone(zone),
        prison_id=account.prison_id,
        ward_ids=frozenset(row.ward_id for row in account.wards),
        visitor_id=assisting_id if assisted else account.visitor_id,
        clerk_id=account.id if assisted else None,
    )

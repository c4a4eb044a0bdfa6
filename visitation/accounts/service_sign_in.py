"""Signing in to the prison's zone, step by step: password, second factor, and a password of one's own. A clerk does the same in the family zone.

A try is written down before it is verified, in a transaction of its own: a hundred tries at once cannot all find the count still low.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from visitation.accounts import rules_staff, second_factor, service
from visitation.accounts.models import Account, SignIn, SignInAttempt
from visitation.accounts.queries import identity_of
from visitation.audit.service import record
from visitation.kernel.errors import NotFound, Refusal, Refused, refuse
from visitation.kernel.identity import Identity, Zone
from visitation.kernel.ids import digest

ZONE = Zone.PRISON.value
KEPT = timedelta(days=1)
ADDRESS_WINDOW = timedelta(minutes=15)


def password_subject(login: str) -> str:
    """What is counted of a login: never the login itself."""
    return digest(f"staff:{login.casefold()}")


def code_subject(account_id: int) -> str:
    return digest(f"totp:{account_id}")


def reserve_try(session: Session, subject: str, address: str, now: datetime) -> None:
    """Write a try down before it is verified. Raises Refused(SIGN_IN_WAIT, until) when this address must wait for this subject."""
    session.execute(delete(SignInAttempt).where(SignInAttempt.subject == subject, SignInAttempt.at < now - KEPT))
    tries = session.scalars(select(SignInAttempt.at).where(SignInAttempt.subject == subject, SignInAttempt.address == address)).all()
    until = rules_staff.wait_until(tries, now)
    if until is not None:
        raise Refused(Refusal("SIGN_IN_WAIT", {"until": until}))
    recent = (SignInAttempt.address == address, SignInAttempt.at > now - ADDRESS_WINDOW)
    if len(session.scalars(select(SignInAttempt.id).where(*recent).limit(rules_staff.ADDRESS_TRIES)).all()) >= rules_staff.ADDRESS_TRIES:
        raise Refused(Refusal("SIGN_IN_WAIT", {"until": now + ADDRESS_WINDOW}))
    session.add(SignInAttempt(subject=subject, address=address, at=now))


def reserve_code_try(session: Session, account_id: int, address: str, now: datetime) -> None:
    """As reserve_try, for the second factor; counted over all addresses too, because only who knows the password comes this far."""
    subject = code_subject(account_id)
    since = now - rules_staff.TRY_WINDOW
    everywhere = session.scalars(select(SignInAttempt.at).where(SignInAttempt.subject == subject, SignInAttempt.at > since)).all()
    if len(everywhere) >= rules_staff.CODE_TRIES:
        raise Refused(Refusal("SIGN_IN_WAIT", {"until": min(everywhere) + rules_staff.TRY_WINDOW}))
    reserve_try(session, subject, address, now)


def password_given(session: Session, account_id: int, address: str, agent: str, now: datetime, zone: str = ZONE) -> str:
    """The password was right: open a sign-in that still lacks its second factor, and offer a secret to who has none. Returns the token."""
    account = _open_account(session, account_id)
    _forget_tries(session, password_subject(account.login or ""), address)
    if account.totp_secret is None:
        account.totp_pending = second_factor.new_secret()
    return service.open_sign_in(session, account, zone, now, False, address, agent)


def code_given(session: Session, sign_in_id: int, code: str, address: str, agent: str, now: datetime, zone: str = ZONE) -> str:
    """The second factor, at enrolment too. A new token takes the place of the old one. Raises Refused(CODE_WRONG or CODE_USED)."""
    row = _unfinished(session, sign_in_id, now)
    account = _open_account(session, row.account_id)
    enrolling = account.totp_secret is None
    secret = account.totp_pending if enrolling else account.totp_secret
    if secret is None:
        raise NotFound
    step = second_factor.accepted_step(secret, code, now, account.totp_step)
    if step is None:
        raise Refused("CODE_USED" if second_factor.was_used(secret, code, now, account.totp_step) else "CODE_WRONG")
    account.totp_step = step
    if enrolling:
        account.totp_secret, account.totp_pending = secret, None
    _forget_tries(session, code_subject(account.id), address)
    row.revoked_at = now
    _note(session, account, "staff.enrol" if enrolling else "staff.sign_in", now, zone)
    return service.open_sign_in(session, account, zone, now, True, address, agent)


def change_password(session: Session, account_id: int, keep_sign_in_id: int, plain: str, hashed: str, now: datetime) -> None:
    """A password of one's own; every other sign-in of the account ends. `hashed` is made outside, because hashing is slow."""
    account = _open_account(session, account_id)
    refuse(rules_staff.password_refusals(plain, account.login or "", account.name))
    account.password_hash, account.must_change_password = hashed, False
    service.close_sign_ins(session, account_id, now, keep=keep_sign_in_id)
    _note(session, account, "staff.change_password", now)


def end_sign_in(session: Session, account_id: int, sign_in_id: int, now: datetime) -> None:
    """End one of one's own sign-ins. Raises NotFound for anybody else's."""
    row = session.get(SignIn, sign_in_id, with_for_update=True, populate_existing=True)
    if row is None or row.account_id != account_id:
        raise NotFound
    row.revoked_at = row.revoked_at or now
    _note(session, row.account, "staff.sign_out", now)


def end_sign_ins_noted(session: Session, who: Identity, now: datetime, keep: int) -> None:
    """End one's own sign-ins everywhere else, and write it down."""
    service.close_sign_ins(session, who.account_id, now, keep)
    record(session, who, "staff.sign_out_elsewhere", "account", who.account_id, now)


def _unfinished(session: Session, sign_in_id: int, now: datetime) -> SignIn:
    row = session.get(SignIn, sign_in_id, with_for_update=True, populate_existing=True)
    if row is None or row.revoked_at is not None or row.second_factor_at is not None or now - row.created_at > rules_staff.UNFINISHED:
        raise Refused("SIGN_IN_TOO_SLOW")
    return row


def _open_account(session: Session, account_id: int) -> Account:
    account = session.get(Account, account_id, with_for_update=True, populate_existing=True)
    if account is None or account.closed_at is not None:
        raise NotFound
    return account


def _forget_tries(session: Session, subject: str, address: str) -> None:
    session.execute(delete(SignInAttempt).where(SignInAttempt.subject == subject, SignInAttempt.address == address))


def _note(session: Session, account: Account, act: str, now: datetime, zone: str = ZONE) -> None:
    record(session, identity_of(account, zone), act, "account", account.id, now)
